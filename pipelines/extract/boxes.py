"""Boxes: runs of lines under a heading such as "Related Articles", among or after the text of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from operator import and_

from pipelines.extract import phrases
from pipelines.extract.patterns import Pattern
from pipelines.scripts import SENTENCE_ENDS

_ENDS = frozenset(".!?…" + SENTENCE_ENDS)
_CLOSERS = "\"'”’»」』）)]" + "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What may stand behind the end of a sentence: quotation marks, brackets, white space."""
_PROSE = 80
_PROSE_UNSPACED = 30
_PROSE_HANGUL = 45
_HANGUL = re.compile("[가-힣]")
"""Korean has spaces, but a syllable in a character."""
_UNSPACED = re.compile("[぀-ヿ一-鿿]")
"""Japanese and Chinese have a space here and there, before a number, say."""
_UNMARKED = re.compile(r"[ก-๛ກ-ໟ]{2}")
"""Thai and Lao end their sentences with a space at most."""
_AGO = Pattern(
    re.compile(
        r"\b\d+\s*(?:minutes?|mins?|hours?|hrs?|days?|weeks?)\s+ago\b|\bvor \d+ (?:minuten?|stunden?|tagen?)\b|"
        r"\b(?:il y a|hace) \d+ |\d+\s*(?:分|時間|日)前|\d+\s*(?:分钟|小时|天)前|\d+\s*(?:분|시간|일) ?전",
        re.IGNORECASE,
    ),
    ("ago", "vor ", "il y a ", "hace ", "前", "전"),
)
_MAX_HEADING = 60
BEFORE = 2.5
"""Least paragraphs of prose that must stand before a box: no article opens with one."""


def ends_sentence(text: str) -> bool:
    """Whether a line ends as a sentence does.

    >>> ends_sentence('"It is gone," he said. "All of it."'), ends_sentence("Read more"), ends_sentence("終わり。」")
    (True, False, True)
    """
    return text.rstrip(_CLOSERS)[-1:] in _ENDS


def is_prose(text: str) -> bool:
    """Whether a line reads as running text: long enough, and ending as a sentence does.

    >>> is_prose("The company said on Monday that for a whole month nobody at all had noticed the copy.")
    True
    >>> is_prose("Read more"), is_prose("このたび、2026年 5月に当社のサイトから情報が流出したことが分かりました。")
    (False, True)
    """
    if len(text) < least(text):
        return False
    return ends_sentence(text) or (len(text) >= _PROSE and _UNMARKED.match(text) is not None)


def weight(text: str) -> float:
    """How many least paragraphs of prose a line amounts to; 0 for what is none."""
    return len(text) / least(text) if is_prose(text) else 0.0


def least(text: str) -> int:
    """The characters that make a paragraph: fewer in scripts without spaces."""
    if text.isascii() or " " not in text[:40]:
        return _PROSE if text.isascii() else _PROSE_UNSPACED
    if _HANGUL.search(text[:20]):
        return _PROSE_HANGUL
    return _PROSE_UNSPACED if _UNSPACED.search(text[:20]) else _PROSE


def is_heading(text: str) -> bool:
    """Whether a line is the heading of a box."""
    return len(text) <= _MAX_HEADING and phrases.box().match(text)


def find_boxes(lines: Sequence[str]) -> list[range]:
    """The boxes in a run of lines, heading included.

    A box ends before the next line of prose, where the article resumes. Where its teasers may be prose themselves
    (by its heading, or by dates: "29 minutes ago"), it ends before two lines of prose in a row, for teasers
    alternate with their headlines. A heading that closes articles, such as that of the comments, ends all.
    """
    run = Run(lines)
    found: list[range] = []
    prose, place = 0.0, 0
    while place < len(lines):
        if prose >= BEFORE and is_heading(lines[place]):
            box = range(place, run.end_of_box(place))
            found.append(box)
            place = box.stop
        else:
            prose += weight(lines[place])
            place += 1
    return found


class Run:
    """Lines in a row. Where prose goes on behind each is worked out once: a page can have thousands of headings."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines

    def end_of_box(self, start: int) -> int:
        """The place behind the box whose heading stands at `start`, as `find_boxes` tells."""
        if phrases.final().match(self._lines[start]):
            return len(self._lines)
        single = self.resumption(start + 1, 1)
        dated = self._dated[start + 1] < single
        teasers = dated or phrases.teasers().match(self._lines[start])
        return self.resumption(single, 2) if teasers else single

    def resumption(self, start: int, count: int) -> int:
        """The place from `start` on where one or two lines of prose stand in a row; the end if there is none."""
        return (self._one if count == 1 else self._two)[start]

    @cached_property
    def _prose(self) -> list[bool]:
        return [*map(is_prose, self._lines)]

    @cached_property
    def _one(self) -> list[int]:
        return _next(self._prose)

    @cached_property
    def _two(self) -> list[int]:
        return _next([*map(and_, self._prose, [*self._prose[1:], False])])

    @cached_property
    def _dated(self) -> list[int]:
        return _next([*map(_AGO.is_in, self._lines)])


def _next(marks: Sequence[bool]) -> list[int]:
    """For each place, and for the one behind the last, the next place from there on that is marked; else the end."""
    place = len(marks)
    found = [place]
    for at in range(place - 1, -1, -1):
        place = at if marks[at] else place
        found.append(place)
    return found[::-1]
