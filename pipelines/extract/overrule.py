"""Where the judge of lines is overruled, by what the markup and the lines beside a line say for sure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby, islice, pairwise, takewhile
from typing import Any

import numpy as np
from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extract import phrases
from pipelines.extract.amid import top_of
from pipelines.extract.beside import read_day
from pipelines.extract.blocks import squeeze
from pipelines.extract.boxes import ends_sentence
from pipelines.extract.learned import Probabilities
from pipelines.extract.notes import footnotes
from pipelines.extract.prune import SIGN_UP
from pipelines.extract.segments import SUBHEADINGS, Segment
from pipelines.extract.words import key


def told_of(lines: Sequence[Segment], chosen: Sequence[bool], probability: Probabilities) -> set[int]:
    """The lines that chosen ones speak of: the list behind a colon, footnotes, the days of a timeline; and a list of
    sentences behind the text under a heading that is likely."""
    found: set[int] = set()
    for place, line in enumerate(lines):
        behind = place + 1
        if chosen[place] and line.text.endswith(_COLONS) and len(line.text) >= _LEAST_COLON:
            found.update(_list_at(lines, behind, _LINKED))
        elif place and chosen[place - 1] and probability[place] >= _LIKELY and _heads(line):
            items = _list_at(lines, behind, 1 / 2)
            if items and all(_is_sentence(lines[item]) for item in items):
                found.update((place, *items))
    return found | whole_lists(lines, chosen) | footnotes(lines, chosen) | timelines(lines, chosen)


def _heads(line: Segment) -> bool:
    return line.element.tag in SUBHEADINGS and not _SOURCES.search(line.text)


_COLONS = (":", "：")
_LEAST_COLON, _LIKELY, _LINKED = 12, 0.3, 0.1
_SOURCES = re.compile(
    r"\b(?:references?|sources?|citations?|bibliography|notes?|credits?|quellen|literatur|einzelnachweise|références|"
    r"fuentes|referencias|fonti|fontes|referências|bronnen|źródła|источники)\b|参考|出典|参照",
    re.IGNORECASE,
)
"""What is cited under such a heading is none of the text, as the gold texts have it."""


def whole_lists(lines: Sequence[Segment], chosen: Sequence[bool]) -> set[int]:
    """The items of lists without links of which two thirds are chosen."""
    found: set[int] = set()
    for around, items in groupby(range(len(lines)), lambda place: _list_of(lines[place].element)):
        places = list(items) if around is not None else []
        share = sum(chosen[place] for place in places) / max(1, len(places))
        if share >= _MOST and not any(lines[place].linked for place in places):
            found.update(places)
    return found


_MOST = 2 / 3


def _list_of(element: HtmlElement) -> HtmlElement | None:
    return element.getparent() if element.tag == "li" else None


def _list_at(lines: Sequence[Segment], start: int, linked: float) -> list[int]:
    """The places of the list that begins there, if less than that share of it is linked."""
    top = top_of(lines[start].element) if start < len(lines) else None
    if top is None or top.tag not in ("ul", "ol", "dl"):
        return []
    if top in lines[start - 1].element.iterancestors():
        return []
    inside = {top, *top.iterdescendants()}
    places = list(takewhile(lambda place: lines[place].element in inside, range(start, len(lines))))
    length = sum(len(lines[place].text) for place in places)
    return places if sum(lines[place].linked for place in places) < linked * length else []


def _is_sentence(line: Segment) -> bool:
    """Whether what is no link of it, its source say, ends as a sentence does."""
    loose: Any = _LOOSE(line.element)
    return ends_sentence(squeeze(" ".join(loose)))


_WHEN = re.compile(
    r"(?:[^\W\d]{2,10},? )?(?:[^\W\d]{3,10}\.? )?(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?: ?[ap]\.?m\.?)?(?: [a-z]{2,4})?:?",
    re.IGNORECASE,
)
"""A month, a year or a time."""
_MAX_WHEN, _LEAST_DAYS = 40, 3


def timelines(lines: Sequence[Segment], chosen: Sequence[bool]) -> set[int]:
    """The lines of lists of days, each with what happened then, where half of what happened is chosen."""
    lists: defaultdict[HtmlElement | None, list[int]] = defaultdict(list)
    for place, (day, event) in enumerate(pairwise(lines)):
        item = day.element.getparent()
        if len(day.text) <= _MAX_WHEN and item is not None and event.element.getparent() is item and _is_when(day.text):
            lists[item.getparent()].append(place)
    known = (days for days in lists.values() if len(days) >= _LEAST_DAYS)
    told = (days for days in known if 2 * sum(chosen[day + 1] for day in days) >= len(days))
    return {place for days in told for day in days for place in (day, day + 1)}


def _is_when(text: str) -> bool:
    return _WHEN.fullmatch(text) is not None or read_day(text) is not None


def overruled(lines: Sequence[Segment], chosen: Sequence[bool]) -> dict[int, str]:
    """The chosen lines that are none of the text, with what they are."""
    found = dict.fromkeys(drawn_out(lines, chosen), "quotation") | dict.fromkeys(pointers(lines, chosen), "inline")
    found |= dict.fromkeys(sign_ups(lines), "promotion")
    left = [place for place, keep in enumerate(chosen) if keep and place not in found]
    if left and lines[left[-1]].element.tag in SUBHEADINGS:  # of what is none of the text
        found[left[-1]] = "box"
    return found


_DRAWN_OUT = re.compile(r"pull-?_?quote|pquote|callout-quote")
_LEAST_QUOTE, _MAX_QUOTES = 30, 100


def drawn_out(lines: Sequence[Segment], chosen: Sequence[bool]) -> set[int]:
    """The chosen lines that are pull quotes: by their markup, and said word by word within another one."""
    likely = (place for place, line in enumerate(lines) if chosen[place] and len(line.text) >= _LEAST_QUOTE)
    quotes = list(islice((place for place in likely if _is_quote(lines[place])), _MAX_QUOTES))
    rest = set(np.flatnonzero(chosen).tolist()) - set(quotes) if quotes else ()
    said = "\n".join(key(lines[place].text) for place in rest)
    return {place for place in quotes if key(lines[place].text) in said}


def _is_quote(line: Segment) -> bool:
    near = islice((line.element, *line.element.iterancestors()), 3)
    return any(item.tag in ("q", "aside", "blockquote") or _DRAWN_OUT.search(item.get("class") or "") for item in near)


def pointers(lines: Sequence[Segment], chosen: Sequence[bool]) -> set[int]:
    """The chosen lines that are a phrase such as "Lees ook" and a link, or links alone ("[Print] [Send]"): they point
    elsewhere. They are left to the judge first, for without them it thinks otherwise of their neighbours (zyte -.001).
    """
    return {
        place
        for place, line in enumerate(lines)
        if chosen[place] and 0 < line.linked < len(line.text) <= _MAX_POINTER and (_is_pointer(line) or _is_row(line))
    }


_LOOSE = XPath("descendant::text()[not(ancestor::a)]", smart_strings=False)
_MAX_POINTER, _MAX_OPENING = 220, 40


def _is_pointer(line: Segment) -> bool:
    if len(line.element) > _MAX_OPENING or squeeze(line.element.text_content()) != line.text:
        return False
    loose: Any = _LOOSE(line.element)
    opening = squeeze(" ".join(loose))
    return len(opening) <= _MAX_OPENING and phrases.inline().match(opening)


_BESIDE_BUTTONS = frozenset("[]|｜·•/")


def _is_row(line: Segment) -> bool:
    """Whether it is links alone, with marks between them or not; in a list or table, with marks."""
    if 2 * line.linked < len(line.text) or len(line.element) > _MAX_OPENING:
        return False
    loose: Any = _LOOSE(line.element)
    marks = set("".join("".join(loose).split()))
    several = len(list(islice(line.element.iter("a"), 2))) > 1
    return several and marks <= _BESIDE_BUTTONS and (bool(marks) or line.element.tag not in _CELLS)


_CELLS = frozenset({"li", "td", "th", "dd"})


def sign_ups(lines: Sequence[Segment]) -> list[int]:
    """The lines of boxes that ask for an e-mail address (`prune` marks them)."""
    return [
        place
        for place, line in enumerate(lines)
        if any(item.get(SIGN_UP) is not None for item in islice((line.element, *line.element.iterancestors()), _NEAR))
    ]


_NEAR = 6
