"""Which articles of an archive are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypedDict

from archive.commit import Commit, Part
from archive.errors import ArchiveError, InvalidQuery
from archive.records import Article
from archive.standing import is_copy
from archive.times import parse_time

Include = Literal["duplicates", "related", "revisions"]
INCLUDES: tuple[Include, ...] = ("duplicates", "related", "revisions")

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)
_CLOCK_SLACK = timedelta(days=1)  # `SegmentWriter.add` takes nothing fetched further in the future than this


class Filters(TypedDict, total=False):
    """Which articles are wanted; what is left out does not matter.

    `since` and `until` go by `fetched`: a date (the whole day, UTC) or an RFC 3339 time (`since` at or after
    it, `until` before it). `source` is the record's source, `language` a BCP 47 tag (`en` takes in `en-GB`),
    `topic` a topic that the article was judged relevant to. `include` lets in what is left out otherwise:
    `duplicates` (new versions of a copy among them), `related` (the same event told again), `revisions` (texts that a
    later version of the page replaced).
    """

    since: str | date | None
    until: str | date | None
    source: str | None
    language: str | None
    topic: str | None
    include: Include | Sequence[Include]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """`Filters`, checked: `since` is included, `until` is not."""

    since: datetime = _BEGINNING
    until: datetime = _END
    source: str | None = None
    language: str | None = None
    topic: str | None = None
    include: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, filters: Filters) -> Selection:
        """The selection that the filters describe. Raises `InvalidQuery` naming the one that is wrong."""
        if unknown := sorted(filters.keys() - Filters.__annotations__):  # mistyped, it would let everything in
            raise InvalidQuery(f"{unknown[0]!r} is no filter; there are {', '.join(Filters.__annotations__)}")
        given = filters.get("include", ())
        include = frozenset([given] if isinstance(given, str) else given)
        if unknown := sorted(include.difference(INCLUDES)):
            raise InvalidQuery(f"include: {unknown[0]!r} is none of {', '.join(INCLUDES)}")
        since, until = filters.get("since"), filters.get("until")
        return cls(
            since=_moment("since", since, timedelta(0)) if since else _BEGINNING,
            until=_moment("until", until, timedelta(days=1)) if until else _END,
            source=_text("source", filters.get("source")),
            language=_text("language", filters.get("language")),
            topic=_text("topic", filters.get("topic")),
            include=include,
        )

    @property
    def is_narrow(self) -> bool:
        """Whether it asks for more than a range of days, so that most records may not be wanted."""
        return (self.source, self.language, self.topic) != (None, None, None)

    @property
    def is_unbounded(self) -> bool:
        """Whether it does not matter when an article was fetched."""
        return (self.since, self.until) == (_BEGINNING, _END)

    @property
    def includes_all(self) -> bool:
        """Whether nothing is left out for its place among copies and versions."""
        return self.include.issuperset(INCLUDES)

    @property
    def leaves_out_revised(self) -> bool:
        """Whether texts that a later version of the page replaced are left out."""
        return "revisions" not in self.include

    def may_hold(self, day: date) -> bool:
        """Whether a segment of this day can hold articles of the range. Late ones can: backfilled, extracted
        anew."""
        return self.since == _BEGINNING or day >= (self.since - _CLOCK_SLACK).date()

    def meets(self, commit: Commit | Part) -> bool:
        """Whether the span of the segment's rows meets the range."""
        return parse_time(commit.fetched_last) >= self.since and parse_time(commit.fetched_first) < self.until

    def in_range(self, article: Article) -> bool:
        """Whether the article was fetched in the range."""
        try:
            return self.since <= parse_time(article.fetched) < self.until
        except ValueError as error:
            raise ArchiveError(f"article {article.id[:40]!r}: its `fetched` is {error}") from error

    def takes(self, article: Article) -> bool:
        """Whether the article is of the source, language, topic and verdicts wanted."""
        return (
            (not is_copy(article.dedup) or "duplicates" in self.include)
            and (article.dedup.verdict != "related" or "related" in self.include)
            and self.source in (None, article.source)
            and (self.language is None or _speaks(article.language, self.language))
            and (self.topic is None or _is_about(article, self.topic))
        )


def _text(name: str, value: str | None) -> str | None:
    if value is not None and not is_text(value):
        raise InvalidQuery(f"{name}: {value!r} is not UTF-8 text")
    return value


def is_text(value: str) -> bool:
    """Whether it can be written in UTF-8; an argument that came in another encoding cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _moment(name: str, value: str | date, whole_day: timedelta) -> datetime:
    """The moment of a bound; a bare date stands for its beginning, moved by `whole_day`."""
    try:
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        if isinstance(value, str):
            if len(value) > len("2026-02-01"):
                return parse_time(value)
            value = date.fromisoformat(value)
        begins = datetime.combine(value, time(), UTC)
        return begins + whole_day if begins < _END - whole_day else _END  # 9999-12-31 is the last day there is
    except (ValueError, OverflowError, TypeError) as error:
        raise InvalidQuery(
            f"{name}: {str(value)[:40]!r} is neither a date (2026-02-01) nor an RFC 3339 time (2026-02-01T09:30:00Z)"
        ) from error


def _speaks(language: str | None, wanted: str) -> bool:
    """Whether a BCP 47 tag falls under the wanted one.

    >>> _speaks("en-GB", "en"), _speaks("en", "en-GB")
    (True, False)
    """
    return language is not None and f"{language}-".lower().startswith(f"{wanted}-".lower())


def _is_about(article: Article, topic: str) -> bool:
    relevance = article.relevance
    return relevance is not None and relevance.topic == topic and relevance.verdict != "no"
