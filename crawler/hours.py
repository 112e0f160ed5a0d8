"""Hours of the day in which a source may be asked: as they are written, and when they begin the next time."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

from msgspec import Meta

Hours = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
"""As in `"22:00-06:00"`, UTC."""


def span_of(hours: Hours) -> tuple[time, time]:
    """From when to when.

    >>> span_of("22:00-06:30")
    (datetime.time(22, 0), datetime.time(6, 30))
    """
    start, end = hours.split("-")
    return time.fromisoformat(start), time.fromisoformat(end)


def until_open(start: time, end: time, now: datetime) -> float | None:
    """When a daily span of hours begins the next time, in seconds since the epoch; None within it. It may go over
    midnight; the zone is that of `now`.

    >>> from datetime import UTC
    >>> night = time(22), time(6)
    >>> until_open(*night, datetime(2026, 1, 1, 23, tzinfo=UTC)) is None
    True
    >>> until_open(*night, datetime(2026, 1, 1, 12, tzinfo=UTC)) == datetime(2026, 1, 1, 22, tzinfo=UTC).timestamp()
    True
    """
    at = now.time()
    within = start <= at < end if start < end else at >= start or at < end
    if within:
        return None
    opens = datetime.combine(now.date(), start, now.tzinfo)
    return (opens if at < start else opens + timedelta(days=1)).timestamp()
