"""What stands beside a page's headline in lines of their own: a byline without "By", a date in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from lxml.html import HtmlElement

from pipelines.extract.prune import find_headline
from pipelines.extract.segments import Segment, read_segments

_BEFORE, _BEHIND = 2, 6
_MAX_DATE = 40
_MONTHS = {
    letters: number
    for number, names in enumerate(
        (
            *("jan ene gen", "feb fev", "mar maa", "apr avr abr", "may mai mei mag maj", "jun juin giu"),
            *("jul juil lug", "aug aou ago", "sep set", "oct okt ott out", "nov", "dec dez dic des"),
        ),
        1,
    )
    for letters in names.split()
}
"""Months by the first letters of their names, without accents, in the languages of Western Europe."""
_LABEL = (
    r"(?:(?:first )?(?:published|posted|written)(?: on)?|date|veröffentlicht(?: am)?|publié le|publicado(?: el)?|am|le)"
)
_DAY = re.compile(
    rf"\W*(?:{_LABEL}\b\W*)?(?:\w+day,? |\w+tag, )?(?:(?P<name>[^\W\d]{{3,10}})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?|"
    r"(?P<day2>\d{1,2})(?:\.|st|nd|rd|th|er)? (?:de )?(?P<name2>[^\W\d]{3,10})\.?),? (?:de )?"
    r"(?P<year>(?:19|20)\d\d)\W*",
    re.IGNORECASE,
)


def lines_beside(tree: HtmlElement, title: str | None) -> tuple[Sequence[Segment], Sequence[Segment]]:
    """The two lines before the page's headline and the six behind it; none where it has no headline."""
    headline = find_headline(tree, title)
    lines = read_segments(tree) if headline is not None else []
    for place, line in enumerate(lines):
        if line.element is headline or headline in line.element.iterancestors():
            return lines[max(0, place - _BEFORE) : place], lines[place + 1 : place + 1 + _BEHIND]
    return [], []


def day_beside(tree: HtmlElement, title: str | None) -> date | None:
    """The day that stands in a line of its own beside the headline."""
    before, behind = lines_beside(tree, title)
    return next((day for line in (*behind, *before) if (day := read_day(line.text))), None)


def read_day(text: str) -> date | None:
    """The day that is all that a line says, the month by its name.

    >>> read_day("Nov 21, 2018"), read_day("Published on 3. März 2025"), read_day("Last updated: November 13, 2025")
    (datetime.date(2018, 11, 21), datetime.date(2025, 3, 3), None)
    """
    found = _DAY.fullmatch(text) if len(text) <= _MAX_DATE else None
    if found is None:
        return None
    name = unicodedata.normalize("NFKD", (found["name"] or found["name2"]).casefold())
    letters = "".join(char for char in name if not unicodedata.combining(char))
    month = _MONTHS.get(letters[:4]) or _MONTHS.get(letters[:3])
    try:
        return date(int(found["year"]), month or 0, int(found["day"] or found["day2"]))
    except ValueError:
        return None
