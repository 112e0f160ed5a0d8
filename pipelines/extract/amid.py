"""Headings, lists and tables amid the paragraphs of a text: part of it more often than their lines look it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.extract.boxes import least
from pipelines.extract.segments import SUBHEADINGS, Segment

_LISTS = frozenset({"ul", "ol", "dl", "table"})
_LINKED = 0.1
"""The share of links from which a list is a box of pointers elsewhere (two pages of zyte and publishers tell)."""
_CONTAINERS = frozenset({"article", "main"})


@dataclass(frozen=True, slots=True)
class Parts:
    """For each line, the paragraph, heading, list or table that it is part of, and whether it is a heading, or of a
    list or table without links to speak of."""

    tops: Sequence[HtmlElement]
    others: NDArray[np.bool_]

    def between(self, chosen: NDArray[np.bool_], texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which lines are headings, or of lists or tables, with chosen paragraphs of some length in the same container
        before and behind them, no other such paragraph between. Containers of one kind, as those around each widget of
        a page builder, count as one, but for tables, which news pages have beside their texts as well."""
        found = np.zeros(len(texts), dtype=np.bool_)
        paragraphs: list[int] = np.flatnonzero(chosen & ~self.others).tolist()
        told = [place for place in paragraphs if 2 * len(texts[place]) >= least(texts[place])]
        for first, last in pairwise(told):
            if last > first + 1 and (steps := _steps_to_common(self.tops[first], self.tops[last])):
                common = _above(self.tops[first], steps)
                for place in range(first + 1, last):
                    top = self.tops[place]
                    near = islice(top.iterancestors(), steps if top.tag not in _TABLES else 1)
                    found[place] = self.others[place] and any(item is common for item in near)
        return found


def _steps_to_common(first: HtmlElement, last: HtmlElement) -> int:
    """How far up an element stands that holds both, the ways to it alike; 0 where there is none."""
    ways = zip(first.iterancestors(), last.iterancestors(), range(1, _FARTHEST + 1), strict=False)
    for one, other, steps in ways:
        if one is other:
            return steps if steps == 1 or one.tag not in ("body", "html") else 0
        if one.tag != other.tag:
            return 0
    return 0


def _above(element: HtmlElement, steps: int) -> HtmlElement | None:
    return next(islice(element.iterancestors(), steps - 1, steps), None)


_TABLES = frozenset({"table", "figure"})
_FARTHEST = 8
"""How deep the paragraphs of page builders stand."""


def read_parts(segments: Sequence[Segment]) -> Parts:
    """What each line is a part of."""
    known: dict[HtmlElement, HtmlElement | None] = {}
    lists = [_outermost(segment.element, known) for segment in segments]
    tops = [segment.element if top is None else _framed(top) for segment, top in zip(segments, lists, strict=True)]
    length: Counter[HtmlElement] = Counter()
    linked: Counter[HtmlElement] = Counter()
    for segment, top in zip(segments, tops, strict=True):
        length[top] += len(segment.text)
        linked[top] += segment.linked
    others = [
        segment.element.tag in SUBHEADINGS or (part is not None and linked[top] < _LINKED * length[top])
        for segment, part, top in zip(segments, lists, tops, strict=True)
    ]
    return Parts(tops, np.array(others, dtype=np.bool_))


def _outermost(element: HtmlElement | None, known: dict[HtmlElement, HtmlElement | None]) -> HtmlElement | None:
    """The outermost list or table that an element is or stands in, within the article."""
    if element is None or element.tag in _CONTAINERS:
        return None
    if element not in known:
        around = _outermost(element.getparent(), known)
        known[element] = element if around is None and element.tag in _LISTS else around
    return known[element]


def _framed(part: HtmlElement) -> HtmlElement:
    """The figure around a table, as WordPress has it: that is what stands beside the paragraphs."""
    around = islice(part.iterancestors(), _FRAMES if part.tag == "table" else 0)
    return next((item for item in around if item.tag == "figure"), part)


_FRAMES = 3


def top_of(element: HtmlElement) -> HtmlElement:
    """The outermost list or table around an element within the article, else the element."""
    top = _outermost(element, {})
    return element if top is None else top
