"""A point in time as web pages write it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")
_ZONE_NAMES = {
    "UTC": "+0000", "GMT": "+0000", "WET": "+0000", "WEST": "+0100", "BST": "+0100", "CET": "+0100", "CEST": "+0200",
    "EET": "+0200", "EEST": "+0300", "MSK": "+0300", "SGT": "+0800", "HKT": "+0800", "JST": "+0900", "KST": "+0900",
    "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300", "EST": "-0500", "EDT": "-0400",
    "CST": "-0600", "CDT": "-0500", "MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700",
}  # fmt: skip
_NAMED_ZONE = re.compile(rf"\s*\b({'|'.join(_ZONE_NAMES)})\b(?![+-]\d)")
_OFFSET = re.compile(r"(?<=:\d\d)\s*(?:GMT|UTC)?([+-])(\d{1,2}):?(\d\d)\b")
_AREA = re.compile(r"\s*(?:\[[\w/+-]+\]|\([^()]*\)|(?<=[+-]\d{4})\s+[A-Z]{2,5})$")
"""What stands behind an offset: Java's name of the zone ("[Europe/Berlin]"), JavaScript's ("(CET)"), Go's ("CET")."""
_LOOSE = re.compile(
    r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(\d{1,2})(:\d\d(?::\d\d)?)(?:\.\d+)?\s*(?:([ap])\.?m\b\.?)?)?"
    r"\s*(Z|[+-]\d{4})?$",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_EAST = re.compile(r"^(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
SOLAR_YEAR = r"13[7-9]\d|14(?:0\d|10)"
"""The years of the Persian calendar that are read, for a regular expression."""
_SOLAR = re.compile(rf"^({SOLAR_YEAR})([-/.])(\d{{1,2}})\2(\d{{1,2}})(?!\d)")
_SOLAR_LEAP = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
"""The leap years among 33 of the Persian calendar, as it falls from 1244 to 1472."""
_SECONDS = re.compile(r"1\d{9}(?:\d{3})?")
"""Seconds or milliseconds since 1970, from 2001 on."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a page gives it. `precision`: 0 a day alone, 1 a time of an unknown zone, 2 with its zone."""

    time: datetime
    precision: int

    def rfc3339(self) -> str:
        return _ZONE.sub(r"\1:\2", self.time.isoformat(timespec="seconds")).replace("+00:00", "Z")


def rfc3339(text: str | None) -> str | None:
    """An ISO 8601 or RFC 5322 date (with or without a time) as RFC 3339; UTC where no zone is given;
    None if it is none.

    >>> rfc3339("2024-05-01T09:30:00+0900"), rfc3339("Wed, 01 May 2024 09:30:00 +0900")
    ('2024-05-01T09:30:00+09:00', '2024-05-01T09:30:00+09:00')
    >>> rfc3339("2024/5/1 9:30 JST"), rfc3339("2024-05-01"), rfc3339("yesterday")
    ('2024-05-01T09:30:00+09:00', '2024-05-01T00:00:00Z', None)
    >>> rfc3339("Wed May 01 2024 09:30:00 GMT+0200 (CEST)"), rfc3339("2024-05-01 9:30 PM EST")
    ('2024-05-01T09:30:00+02:00', '2024-05-01T21:30:00-05:00')
    >>> rfc3339("2024-05-01 09:30:00 -0500 EST"), rfc3339("2024-05-01 09:30:00 +0000 UTC")
    ('2024-05-01T09:30:00-05:00', '2024-05-01T09:30:00Z')
    """
    moment = read_moment(text)
    return moment.rfc3339() if moment else None


def read_moment(text: str | None) -> Moment | None:
    """The point in time that a text gives; None if it gives none, or one that no web page can be of."""
    text = _gregorian(_plain(in_digits((text or "").strip()[:80])))
    found = _iso(text) or _iso(_tightened(text)) or _mail(text) or _since_1970(text)
    if found is None or not 1990 <= found.year <= datetime.now(UTC).year + 1:
        return None
    precision = 2 if found.tzinfo else 1 if ":" in text or "T" in text else 0
    return Moment(found if found.tzinfo else found.replace(tzinfo=UTC), precision)


def moment_of(day: date | None) -> Moment | None:
    """The begin of a day; None for none, or one that no web page can be of."""
    return read_moment(day.isoformat()) if day else None


def _plain(text: str) -> str:
    """The text with its zone, whatever its form, as hours and minutes.

    >>> _plain("2024-05-01T09:30:00+2:00[Europe/Berlin]"), _plain("Wed, 01 May 2024 09:30:00 CEST")
    ('2024-05-01T09:30:00 +0200', 'Wed, 01 May 2024 09:30:00 +0200')
    """
    named = _NAMED_ZONE.sub(lambda match: f" {_ZONE_NAMES[match[1]]}", _AREA.sub("", text))
    return _OFFSET.sub(lambda match: f" {match[1]}{match[2]:0>2}{match[3]}", named)


def in_digits(text: str) -> str:
    """The text with the digits of Arabic, Persian, Hindi and others as ours.

    >>> in_digits("۱۴۰۵/۰۹/۰۲")
    '1405/09/02'
    """
    return text if text.isascii() else re.sub(r"\d", lambda digit: str(int(digit[0])), text)


def solar_day(year: int, month: int, day: int) -> date:
    """A day of the Persian calendar (1370 to 1410). Raises `ValueError` where there is none.

    >>> solar_day(1405, 9, 2).isoformat(), solar_day(1399, 12, 30).isoformat(), solar_day(1400, 1, 1).isoformat()
    ('2026-11-23', '2021-03-20', '2021-03-21')
    """
    length = 31 if month <= 6 else 30 if month <= 11 or year % 33 in _SOLAR_LEAP else 29
    if not (1370 <= year <= 1410 and 1 <= month <= 12 and 1 <= day <= length):
        raise ValueError(f"no such day: {year}/{month}/{day}")
    leaps = sum(one % 33 in _SOLAR_LEAP for one in range(1370, year))
    return date(1991, 3, 21) + timedelta(365 * (year - 1370) + leaps + 31 * (month - 1) - max(0, month - 7) + day - 1)


def _gregorian(text: str) -> str:
    """A date of the Persian calendar as one of ours: "1405/09/02 14:20"."""
    if solar := _SOLAR.match(text):
        with suppress(ValueError):
            return solar_day(int(solar[1]), int(solar[3]), int(solar[4])).isoformat() + text[solar.end() :]
    return text


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _tightened(text: str) -> str:
    """A date close to ISO 8601 as one: "2024/5/1 9:30 +0900", "1.5.2024 9:30", "2024年5月1日 9:30"."""
    match = _LOOSE.match(_DOTTED.sub(r"\3-\2-\1", _EAST.sub(r"\1-\2-\3", text)))
    if not match:
        return ""
    year, month, day, hour, rest, half, zone = match.groups()
    if half:
        hour = str(int(hour) % 12 + 12 * (half in "pP"))
    return f"{year}-{month:0>2}-{day:0>2}" + (f"T{hour:0>2}{rest}{(zone or '').upper()}" if hour else "")


def _mail(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _since_1970(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text[:10]), UTC) if _SECONDS.fullmatch(text) else None
