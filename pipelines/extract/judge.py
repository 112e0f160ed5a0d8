"""The judge of lines: learned from labelled pages, it corrects what trafilatura and the rules made of a page.

For each line of the page it gives the probability that the line belongs to the article (`features`, `trees`;
`python -m benchmarks.train_judge` makes the model). The rules have the first word: what they took out stays out,
what they kept goes only where the judge is against it, and what they never saw comes in only where it is sure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from importlib.resources import files
from itertools import groupby

import numpy as np
from lxml import etree
from lxml.html import HtmlElement
from numpy.typing import NDArray
from trafilatura.external import try_readability

from archive.records import Removed
from pipelines.extract.blocks import Block, Kind, squeeze
from pipelines.extract.features import Lines, features
from pipelines.extract.segments import Segment
from pipelines.extract.trees import Trees, read_trees
from pipelines.extract.words import key

Probabilities = NDArray[np.float64]

CLEANED, FOUND = 0, 1
"""The answers' columns in `Lines.shares`: what the rules left, and what trafilatura gave."""

KEEP = 0.4
"""A line that the rules kept stays from this probability on."""
ADD = 0.6
"""A line that they did not have comes in from this probability on."""
_MAX_LINES = 5_000
"""Lines of a page that is judged at all, which bounds time and memory; the development sets have 1,400 at most."""
_GROWTH = 1.5
_SURE = 0.9
"""Where the text would grow by more than `_GROWTH`, only lines as probable as `_SURE` come in: what follows
the article or comments on it reads like it."""
_SMALL = 400
"""Characters below which a text may grow more than that."""


def judge(
    tree: HtmlElement,
    segments: Sequence[Segment],
    found: Sequence[Block],
    cleaned: Sequence[Block],
    title: str | None,
    lead: str | None,
) -> tuple[list[Block], list[Removed]]:
    """The blocks of the article on the pruned page `tree`, and a record of those of `cleaned` that are taken out.

    `segments` are the page's lines, `found` is trafilatura's answer, `cleaned` what the rules left of it. Where nothing
    would be left, it is `cleaned`.
    """
    if not 0 < len(segments) <= _MAX_LINES:
        return list(cleaned), []
    lines = examine(tree, segments, found, cleaned, title, lead)
    judged = [segments[place] for place in lines.places]
    chosen = choose([len(segment.text) for segment in judged], lines, probabilities(lines, model()))
    known = {key(block.text): block for block in cleaned}
    blocks = list(_blocks([segment for segment, keep in zip(judged, chosen, strict=True) if keep], known))
    if not blocks:
        return list(cleaned), []
    left = {key(block.text) for block in blocks}
    gone = [block for block in cleaned if key(block.text) not in left]
    return blocks, [Removed(kind="judged", length=len(block.text), start=block.text[:60]) for block in gone]


def examine(
    tree: HtmlElement,
    segments: Sequence[Segment],
    found: Sequence[Block],
    cleaned: Sequence[Block],
    title: str | None,
    lead: str | None,
) -> Lines:
    """The features of the page's lines, readability asked for a second opinion."""
    return features(segments, [_text(cleaned), _text(found), second_opinion(tree)], title, lead)


def probabilities(lines: Lines, trees: Trees) -> Probabilities:
    """The probability of each judged line that it belongs to the article."""
    return trees.probabilities(lines.rows) if len(lines.places) else np.zeros(0)


def choose(sizes: Sequence[int], lines: Lines, probability: Probabilities) -> list[bool]:
    """Which lines make the text, out of their lengths in characters, features and probabilities."""
    kept, had = lines.shares[:, CLEANED] >= 0.5, lines.shares[:, FOUND] >= 0.5
    removed = had & ~kept
    length = np.array(sizes)
    limit = _GROWTH * max(_SMALL, int(length[kept].sum()))
    chosen = np.where(kept, probability >= KEEP, (probability >= ADD) & ~removed)
    if length[chosen].sum() > limit:
        chosen = np.where(kept, probability >= KEEP, (probability >= _SURE) & ~removed)
    return [bool(choice) for choice in chosen]


def second_opinion(tree: HtmlElement) -> str:
    """The lines of readability's choice, in trafilatura's version of it."""
    summary = try_readability(deepcopy(tree))
    return "\n".join(squeeze(line) for line in etree.tostring(summary, method="text", encoding="unicode").split("\n"))


@cache
def model() -> Trees:
    """The packaged model."""
    return read_trees(files("pipelines.extract").joinpath("judge.json").read_bytes())


def _text(blocks: Sequence[Block]) -> str:
    return "\n".join(block.text for block in blocks)


def _blocks(segments: Sequence[Segment], known: Mapping[str, Block]) -> Iterator[Block]:
    """The lines as blocks: as trafilatura had them (`known`, by key), else by their element; cells as one row."""
    for row, cells in groupby(segments, _row):
        for segment in [] if row is not None else cells:
            yield known.get(key(segment.text)) or Block(segment.text, *_kind(segment.element))
        if row is not None:
            text = " | ".join(segment.text for segment in cells)
            yield known.get(key(text)) or Block(text, "row")


def _row(segment: Segment) -> HtmlElement | None:
    return next(
        (element for element in (segment.element, *segment.element.iterancestors()) if element.tag == "tr"), None
    )


def _kind(element: HtmlElement) -> tuple[Kind, int]:
    tag = str(element.tag)
    if re.fullmatch("h[1-6]", tag):
        return "heading", int(tag[1])
    around = {tag, *(str(parent.tag) for parent in element.iterancestors())}
    kind: Kind = "item" if "li" in around else "quote" if "blockquote" in around else "paragraph"
    return kind, 0
