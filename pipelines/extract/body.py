"""The choice of the article's text on a page. trafilatura is the heart of it."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from pipelines.extract.blocks import Block, read_blocks
from pipelines.extract.boxes import is_prose
from pipelines.extract.words import words
from pipelines.items import ExtractionError

_MUCH = 200
"""Characters of anything but prose (a list, a table) that still make a text."""

_DOUBTFUL = 0.35
"""An answer that holds a smaller share of the title's and lead's words is doubted, and others are asked for.
Together with the pruning of following articles it raised zyte-dev from .9208 to .9311."""


def main_text(tree: HtmlElement, url: str, title: str | None, lead: str | None) -> list[Block]:
    """The blocks of the page's article. Raises `ExtractionError` ("no article text").

    `title` and `lead` are what page or feed announce: an answer that speaks of something else is another text's
    (a plea for donations, the neighbour in the sidebar). trafilatura's own rules alone answer first (`fast`), which
    differ from its default on one page in twenty; where theirs is no article, or is doubted, the default with its
    fallbacks and the stricter mode are asked as well.
    """
    announced = [claim for claim in (title, lead) if claim]
    blocks = _ask(tree, url, fast=True)
    if not _is_article(blocks) or (announced and _support(blocks, announced) < _DOUBTFUL):
        answers = [blocks, _ask(tree, url), _ask(tree, url, favor_precision=True)]
        blocks = max(filter(_is_article, answers), key=lambda answer: _support(answer, announced), default=blocks)
    if not _is_article(blocks):
        raise ExtractionError("no article text")
    return blocks


def _is_article(blocks: Sequence[Block]) -> bool:
    """Whether there is a paragraph of prose, or at least much of anything: menus and notices alone are none."""
    return any(is_prose(block.text) for block in blocks) or sum(len(block.text) for block in blocks) >= _MUCH


def _ask(tree: HtmlElement, url: str, *, fast: bool = False, favor_precision: bool = False) -> list[Block]:
    document = bare_extraction(
        tree, url=url, include_comments=False, include_formatting=True, fast=fast, favor_precision=favor_precision
    )
    body = getattr(document, "body", None)
    return read_blocks(body) if body is not None else []


def _support(blocks: Sequence[Block], announced: Sequence[str]) -> float:
    """The largest share of one announcement's longer words that the text holds, 0 to 1."""
    said = {word for block in blocks for word in words(block.text)}
    return max((_share(claim, said) for claim in announced), default=0.0)


def _share(claim: str, said: set[str]) -> float:
    telling = {word for word in words(claim) if len(word) > 3 or not word.isascii()}
    return len(telling & said) / len(telling) if telling else 1.0
