"""How a URL ended: what is known of it once its article is in the archive, and when it is looked at again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from archive import Article
from archive.times import parse_time
from crawler.outcomes import outcome_of, requested_url
from crawler.polls import Validators
from pipelines.items import Link
from pipelines.urls import identities

LOOKS = (3_600.0, 21_600.0, 86_400.0, 604_800.0)
"""Seconds after its first fetch at which an article is looked at again; one that was a week old then is not."""


class End(NamedTuple):
    """How a URL ended. `first` is when its article was fetched, where that is recent news."""

    link: Link
    outcome: str
    when: float
    seen: str | None = None
    first: float | None = None
    validators: Validators = Validators()
    also: tuple[str, ...] = ()
    """Further keys under which the page is known: where redirects led to, what it declares."""


def next_look(first: float, now: float) -> float | None:
    """When an article that was first fetched then is looked at again; None when that was for the last time.

    >>> next_look(0.0, 10.0), next_look(0.0, 4_000.0), next_look(0.0, 700_000.0)
    (3600.0, 21600.0, None)
    """
    return next((first + look for look in LOOKS if first + look > now), None)


def end_of(article: Article) -> End:
    """How the URL of an archived article ended; the link as it would have been announced."""
    link = Link(
        url=requested_url(article),
        source=article.source,
        discovered_by=article.discovered_by or "",
        title=article.title,
        published=article.published,
        language=article.language,
    )
    fetched = _epoch(article.fetched) or 0.0
    published = _epoch(article.published)
    recent = published is None or fetched - published < LOOKS[-1]
    validators = Validators(article.http.etag, article.http.last_modified)
    stamp = utc(article.modified or article.published)
    also = identities(link.url, article.url, article.canonical_url)[1:]
    return End(link, outcome_of(article), fetched, stamp, fetched if recent else None, validators, also)


def _epoch(time: str | None) -> float | None:
    moment = _moment(time)
    return moment.timestamp() if moment else None


def utc(time: str | None) -> str | None:
    """An RFC 3339 time in UTC, so that two of them compare as text; without a zone it is taken as UTC.

    >>> utc("2026-02-01T09:30:00+09:00"), utc("2026-02-01T09:30:00"), utc("soon")
    ('2026-02-01T00:30:00+00:00', '2026-02-01T09:30:00+00:00', None)
    """
    moment = _moment(time)
    return moment.isoformat() if moment else None


def _moment(time: str | None) -> datetime | None:
    try:
        return parse_time(time) if time else None
    except ValueError:
        return None
