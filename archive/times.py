"""Moments in UTC, and their RFC 3339 text."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def parse_time(text: str) -> datetime:
    """The moment that an RFC 3339 text (or a bare date) names, in UTC; without a zone it is taken as UTC.

    Raises ValueError when the text is no date.

    >>> parse_time("2026-02-01T09:30:00+09:00")
    datetime.datetime(2026, 2, 1, 0, 30, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError(f"not an RFC 3339 time: {text[:40]!r}") from error


def rfc3339(moment: datetime) -> str:
    """The moment in UTC with `Z`, to the microsecond, so that texts sort as moments do.

    >>> rfc3339(parse_time("2026-02-01"))
    '2026-02-01T00:00:00.000000Z'
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def unix_second(text: str, otherwise: int = 0) -> int:
    """The Unix second of an RFC 3339 time; `otherwise` for what is none.

    >>> unix_second("1970-01-02"), unix_second("yesterday", 7)
    (86400, 7)
    """
    try:
        return int(parse_time(text).timestamp())
    except ValueError:
        return otherwise
