"""The choice of the article's text on a page. trafilatura is the heart of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import MANUALLY_CLEANED, Extractor

from archive.records import Removed
from pipelines.extract.access import is_walled
from pipelines.extract.amid import read_parts
from pipelines.extract.blocks import Block, read_blocks
from pipelines.extract.drawn import drawn_text
from pipelines.extract.enough import is_article
from pipelines.extract.prune import SIGN_UP, bare_links, prune
from pipelines.extract.segments import SUBHEADINGS, Segment
from pipelines.extract.words import words
from pipelines.items import ExtractionError

_DOUBTFUL = 0.35
"""An answer that holds a smaller share of the title's and lead's words is doubted, and others are asked for.
Together with the pruning of following articles it raised zyte-dev from .9208 to .9311."""

_LITTLE = 0.5
"""A text of a smaller share of the characters in the page's longer lines (over 80) may be a part of the article. So it
is on 7 % of the pages of the development sets, 22 of the 34 on which the default gives another text among them."""

_LEFT_OUT = "data-breachwire-left-out"
_MARKED = etree.XPath(f"//@{_LEFT_OUT}/..")
_SIGN_UPS = etree.XPath(f"//@{SIGN_UP}/..")

_NEVER_TEXT = tuple(tag for tag in MANUALLY_CLEANED if tag not in ("form", "figure"))
"""What trafilatura takes out of every page; forms and figures it looks into first."""


@dataclass(frozen=True, slots=True)
class Body:
    """A page read: its lines, the places of those that are bare links, the blocks of the chosen answer (without those
    links), those of a first answer that this one is without, and what was taken out of the page before."""

    segments: list[Segment]
    links: list[int]
    found: list[Block]
    passed_over: list[Block]
    pruned: list[Removed]


def read_body(tree: HtmlElement, title: str | None, lead: str | None) -> Body:
    """The article's text on the page `tree`, which is left as it is; where it has none, the one that its scripts would
    draw, if that speaks of what the page announces and no wall stands before it.

    Raises `ExtractionError` ("no article text").
    """
    try:
        body = _read(deepcopy(tree), title, lead)
        if is_article(body.found, body.segments, title, lead):
            return body
    except ExtractionError:
        body = None
    drawn, announced = drawn_text(tree), [claim for claim in (title, lead) if claim]
    if drawn is not None and announced and not is_walled(tree):
        with suppress(ExtractionError):
            instead = _read(drawn, title, lead)
            if _support(instead.found, announced) >= _DOUBTFUL:
                return instead
    if body is None:
        raise ExtractionError("no article text")
    return body


def _read(page: HtmlElement, title: str | None, lead: str | None) -> Body:
    _held = list(page.iter())  # else lxml makes each element's object anew whenever one of many passes comes to it
    segments, pruned = prune(page, title)
    bare = list(bare_links(page))
    inside = {part for link in bare for part in link.iter()}
    links = [place for place, segment in enumerate(segments) if segment.element in inside]
    for place in links:
        segments[place] = segments[place]._replace(linked=len(segments[place].text))
    found, passed_over = choose_text(page, bare, segments, title, lead)
    boxes: Any = _SIGN_UPS(page)
    inside = {part for box in boxes for part in box.iter()}
    asking = {_unspaced(segment.text) for segment in segments if segment.element in inside} if boxes else ()
    if boxes and all(_unspaced(block.text) in asking for block in found):  # which are no text, as the judge knows
        with suppress(ExtractionError):
            found, passed_over = choose_text(page, [*bare, *boxes], segments, title, lead)
    return Body(segments, links, found, passed_over, pruned)


def _unspaced(text: str) -> str:
    """trafilatura loses some of the spaces beside links."""
    return "".join(text.split())


def choose_text(
    tree: HtmlElement,
    links: Sequence[HtmlElement],
    segments: Sequence[Segment],
    title: str | None,
    lead: str | None,
) -> tuple[list[Block], list[Block]]:
    """The blocks of the page's article, and those of a first answer that the chosen one is without.

    `tree` is the page, `links` are those in it that trafilatura does not see, `segments` the page's lines. `title` and
    `lead` are what page or feed announce: an answer that speaks of something else is another text's (a plea for
    donations, the neighbour in the sidebar). trafilatura's own rules alone answer first (`fast`); where their text is
    no article, or little of the page, the default with its fallbacks is asked as well, and the stricter mode too where
    the text is doubted. Raises `ExtractionError` ("no article text").
    """
    announced = [claim for claim in (title, lead) if claim]
    blocks = _ask(_copy(tree, links, _NEVER_TEXT), fast=True)
    if len(blocks) < 2:
        blocks = _in_lines(_ask(_copy(tree, links)), segments)
    first = blocks
    doubted = not is_article(blocks, segments, title, lead) or _support(blocks, announced) < _DOUBTFUL
    if doubted or _length(blocks) < _LITTLE * sum(len(line.text) for line in segments if _is_long(line)):
        others = [_ask(_copy(tree, links)), *([_ask(_copy(tree, links), favor_precision=True)] if doubted else [])]
        blocks = max(filter(None, [*others, first]), key=lambda blocks: _support(blocks, announced), default=[])
    if not blocks:
        raise ExtractionError("no article text")
    blocks = _completed(blocks, segments)
    chosen = {block.text for block in blocks}
    return blocks, [block for block in first if block.text not in chosen]


def _completed(blocks: list[Block], segments: Sequence[Segment]) -> list[Block]:
    """Of a page that marks nothing as its text trafilatura gives paragraphs and tables alone: then the headings and
    lists that stand beside two of these paragraphs, between them, belong to it as well."""
    texts = [segment.text for segment in segments]
    if len(blocks) < 2 or any(block.kind in ("heading", "item") for block in blocks):
        return blocks
    said = {block.text for block in blocks}
    chosen = np.array([text in said for text in texts], dtype=np.bool_)
    amid = read_parts(segments).between(chosen, texts) & ~chosen
    behind: defaultdict[str, list[Block]] = defaultdict(list)
    last = ""
    for segment, is_chosen, is_amid in zip(segments, chosen, amid, strict=True):
        last = segment.text if is_chosen else last
        if is_amid:
            behind[last].append(Block(segment.text, "heading" if segment.element.tag in SUBHEADINGS else "item"))
    return [part for block in blocks for part in (block, *behind.pop(block.text, ()))]


def _in_lines(blocks: list[Block], segments: Sequence[Segment]) -> list[Block]:
    """Where trafilatura finds nothing, it gives the whole page as one block: then the lines that are no links."""
    longest = max((len(segment.text) for segment in segments), default=0)
    if len(blocks) != 1 or len(blocks[0].text) <= longest:
        return blocks
    return [Block(segment.text) for segment in segments if segment.linked <= len(segment.text) / 2]


def _is_long(segment: Segment) -> bool:
    return len(segment.text) > 80 and segment.linked < len(segment.text)


def _length(blocks: Sequence[Block]) -> int:
    return sum(len(block.text) for block in blocks)


def _ask(tree: HtmlElement, *, fast: bool = False, favor_precision: bool = False) -> list[Block]:
    document = bare_extraction(tree, options=_options(fast, favor_precision))
    body = getattr(document, "body", None)
    return read_blocks(body) if body is not None else []


@cache
def _options(fast: bool, precision: bool) -> Extractor:
    """Made once for all pages, for to read trafilatura's settings takes a fiftieth of its time. For the format `python`
    it would also write out the text, which takes a seventh."""
    return Extractor(output_format="txt", fast=fast, precision=precision, comments=False, formatting=True)


def _copy(tree: HtmlElement, links: Sequence[HtmlElement], tags: Sequence[str] = ()) -> HtmlElement:
    """A copy of the page without those links, nor elements of those tags: what trafilatura takes out anyway is better
    not there, for its many searches go over half as many elements then."""
    for link in links:
        link.set(_LEFT_OUT, "")
    copy = deepcopy(tree)
    for link in links:
        del link.attrib[_LEFT_OUT]
    marked: Any = _MARKED(copy)
    for link in marked:
        link.drop_tree()
    if tags:
        etree.strip_elements(copy, *tags, with_tail=False)
    return copy


def _support(blocks: Sequence[Block], announced: Sequence[str]) -> float:
    """The largest share of one announcement's longer words that the text holds, 0 to 1."""
    said = {word for block in blocks for word in words(block.text)}
    return max((_share(claim, said) for claim in announced), default=1.0)


def _share(claim: str, said: set[str]) -> float:
    telling = {word for word in words(claim) if len(word) > 3 or not word.isascii()}
    return len(telling & said) / len(telling) if telling else 1.0
