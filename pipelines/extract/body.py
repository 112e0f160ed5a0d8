"""The choice of the article's text on a page. trafilatura is the heart of it."""

from __future__ import annotations

from collections.abc import Sequence

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from pipelines.extract.blocks import Block, read_blocks
from pipelines.extract.enough import is_article
from pipelines.extract.words import words
from pipelines.items import ExtractionError

_DOUBTFUL = 0.35
"""An answer that holds a smaller share of the title's and lead's words is doubted, and others are asked for.
Together with the pruning of following articles it raised zyte-dev from .9208 to .9311."""


def choose_text(tree: HtmlElement, url: str, title: str | None, lead: str | None) -> tuple[list[Block], list[Block]]:
    """The blocks of the page's article, and those of a first answer that the chosen one is without.

    `title` and `lead` are what page or feed announce: an answer that speaks of something else is another text's
    (a plea for donations, the neighbour in the sidebar). trafilatura's own rules alone answer first (`fast`), which
    differ from its default on one page in twenty; where theirs is no article, or is doubted, the default with its
    fallbacks and the stricter mode are asked as well. Raises `ExtractionError` ("no article text").
    """
    announced = [claim for claim in (title, lead) if claim]
    blocks = _ask(tree, url, fast=True)
    if len(blocks) < 2:  # where its rules find nothing, it gives the whole page in one line
        blocks = _ask(tree, url)
    first = blocks
    if not is_article(blocks, tree, title, lead) or (announced and _support(blocks, announced) < _DOUBTFUL):
        answers = [blocks, _ask(tree, url), _ask(tree, url, favor_precision=True)]
        blocks = max(filter(None, answers), key=lambda answer: _support(answer, announced), default=blocks)
    if not blocks:
        raise ExtractionError("no article text")
    chosen = {block.text for block in blocks}
    return blocks, [block for block in first if block.text not in chosen]


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
