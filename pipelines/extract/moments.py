"""A point in time as web pages write it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
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
_AREA = re.compile(r"\s*(?:\[[\w/+-]+\]|\([^()]*\))$")
"""What stands behind an offset: Java's name of the zone ("[Europe/Berlin]"), JavaScript's ("(CET)")."""
_LOOSE = re.compile(
    r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(\d{1,2})(:\d\d(?::\d\d)?)(?:\.\d+)?\s*(?:([ap])\.?m\b\.?)?)?"
    r"\s*(Z|[+-]\d{4})?$",
    re.IGNORECASE,
)
_DOTTED = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_EAST = re.compile(r"^(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
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
    """
    moment = read_moment(text)
    return moment.rfc3339() if moment else None


def read_moment(text: str | None) -> Moment | None:
    """The point in time that a text gives; None if it gives none, or one that no web page can be of."""
    text = _plain((text or "").strip()[:80])
    found = _iso(text) or _iso(_tightened(text)) or _mail(text) or _since_1970(text)
    if found is None or not 1990 <= found.year <= datetime.now(UTC).year + 1:
        return None
    precision = 2 if found.tzinfo else 1 if ":" in text or "T" in text else 0
    return Moment(found if found.tzinfo else found.replace(tzinfo=UTC), precision)


def _plain(text: str) -> str:
    """The text with its zone, whatever its form, as hours and minutes.

    >>> _plain("2024-05-01T09:30:00+2:00[Europe/Berlin]"), _plain("Wed, 01 May 2024 09:30:00 CEST")
    ('2024-05-01T09:30:00 +0200', 'Wed, 01 May 2024 09:30:00 +0200')
    """
    named = _NAMED_ZONE.sub(lambda match: f" {_ZONE_NAMES[match[1]]}", _AREA.sub("", text))
    return _OFFSET.sub(lambda match: f" {match[1]}{match[2]:0>2}{match[3]}", named)


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
