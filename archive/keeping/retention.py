"""Retention: how long articles and captures are kept, and what that means for each record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from archive.records import Article
from archive.times import parse_time

if TYPE_CHECKING:
    from archive.keeping.carry_out import Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """For how long after they were fetched articles, and their captures, are kept; None is for ever."""

    articles: timedelta | None = None
    captures: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is kept how long; of articles judged by a topic of `topics`, what that says goes before, as far as it says
    anything."""

    kept: Kept = Kept()
    topics: Mapping[str, Kept] = field(default_factory=dict)

    @property
    def is_for_ever(self) -> bool:
        """Whether nothing ever goes."""
        return all(kept == Kept() for kept in (self.kept, *self.topics.values()))

    def fate(self, now: datetime) -> Callable[[Article], Fate]:
        """What becomes of each record at that time.

        >>> from archive import Article
        >>> url = "https://a.example/"
        >>> old = Article(id="1", url=url, canonical_url=url, source="a", fetched="2026-02-01T12:00:00Z")
        >>> fate = Retention(kept=Kept(captures=timedelta(days=30))).fate(parse_time("2026-03-09"))
        >>> fate(old)
        'bare'
        """

        def fate(article: Article) -> Fate:
            topic = article.relevance.topic if article.relevance else None
            own = self.topics.get(topic, Kept()) if topic else Kept()
            age = now - parse_time(article.fetched)
            if _is_over(own.articles or self.kept.articles, age):
                return "gone"
            return "bare" if _is_over(own.captures or self.kept.captures, age) else "stays"

        return fate


def _is_over(span: timedelta | None, age: timedelta) -> bool:
    return span is not None and age > span
