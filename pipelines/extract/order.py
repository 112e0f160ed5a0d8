"""Whether 03/04/2026 is the third of April or the fourth of March, which the page around it tells."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extract.moments import Moment

_DAY = re.compile(
    r"(?<![\d./-])(\d{1,2})([./-])(\d{1,2})\2(?:20)?(\d\d)(?![\d/-]|\.\d)(?:\D{0,4}\d\d?:\d\d\s*([A-Z]{3,4})?)?"
)
_NEAR = timedelta(days=2)
_TEXTS = XPath("/descendant::body/descendant::text()[not(parent::script or parent::style)]", smart_strings=False)
_AMERICAN = frozenset({"us", "gov", "edu", "mil", "ph"})
_NO_COUNTRY = frozenset({"ai", "co", "fm", "io", "me", "tv"})
_OF_EUROPE_AND_ASIA = frozenset({"CET", "CEST", "GMT", "BST", "WET", "WEST", "EET", "EEST", "MSK", "IST", "SGT", "HKT"})


def in_order(
    moment: Moment, tree: HtmlElement, language: str | None, url: str, announced: Moment | None = None
) -> Moment:
    """The day that was read with its day first, or with its month first where the page has it in digits and counts so:
    by what was `announced`, by its other days, by its country, by its language, by the zone behind it."""
    day = moment.time
    if moment.precision or day.day > 12 or day.day == day.month:
        return moment
    texts: Any = _TEXTS(tree)
    days = [match.groups() for match in _DAY.finditer(" ".join(texts))]
    own = (day.day, day.month, day.year % 100)
    zones = [zone for one, _, two, year, zone in days if (int(one), int(two), int(year)) == own]
    told = [(int(one), int(two)) for one, _, two, _, _ in days]
    swapped = day.replace(day=day.month, month=day.day)
    if not zones or swapped > datetime.now(UTC):
        return moment
    near = [one for one in (day, swapped) if announced and abs(one - announced.time) <= _NEAR]
    first = near == [swapped] if near else _has_month_first(told, zones, language or "", url)
    return replace(moment, time=swapped) if first else moment


def _has_month_first(days: list[tuple[int, int]], zones: list[str | None], language: str, url: str) -> bool:
    """
    >>> _has_month_first([(3, 4)], [None], "en-US", "https://firm.example/a")
    True
    >>> _has_month_first([(3, 4), (13, 4)], [None], "en-US", "https://firm.example/a")
    False
    """
    first, second = (any(12 < pair[at] < 32 for pair in days) for at in (0, 1))
    if first != second:
        return second
    country = (urlsplit(url).hostname or "").rpartition(".")[2]
    if (len(country) == 2 and country not in _NO_COUNTRY) or country in _AMERICAN:
        return country in _AMERICAN
    tongue, _, region = language.lower().replace("_", "-").partition("-")
    return tongue == "en" and region in ("", "us", "ph") and not _OF_EUROPE_AND_ASIA.intersection(filter(None, zones))
