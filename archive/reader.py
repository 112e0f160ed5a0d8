"""Reading: an archive as one sequence of articles, newest first, each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Unpack

import msgspec

from archive.addresses import page_address
from archive.bucket import Bucket, open_bucket
from archive.clean import read_articles
from archive.commit import Commit, read_commit
from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.errors import InvalidQuery
from archive.layout import COMMITS, CommitKey, parse_key
from archive.records import Article
from archive.segment import Segment
from archive.selection import INCLUDES, Filters, Selection
from archive.tables import Tables
from archive.times import parse_time, utc_now

_MIN_ID_PREFIX = 8


def open_archive(uri: str | Path) -> Archive:
    """The archive in a folder or at `s3://bucket/prefix`. Nothing is read yet."""
    return Archive(open_bucket(uri))


class Archive(Tables):
    """An archive, as its committed segments show it. Iterating gives what `articles()` gives.

    Every method that reads raises `ArchiveError` when the archive is not there or an object in it is damaged;
    the message names the key.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def __iter__(self) -> Iterator[Article]:
        return iter(self.articles())

    def articles(self, **filters: Unpack[Filters]) -> Articles:
        """The articles that pass the filters, newest first (by when they were committed).

        An id comes once, its newest record. Of a page that was revised, the newest version within the range; of copies,
        the one that took over last, and `dedup` of the others says so, whatever it said when they were archived.
        Segments are read one at a time, and only those whose span of `fetched` meets the range.
        """
        return Articles(self, Selection.of(filters))

    def articles_after(self, cursor: str | None, **filters: Unpack[Filters]) -> Changes:
        """What was committed since the cursor was made (everything for None), and the cursor for the next
        time.

        Keep the new cursor only once the articles are dealt with. Raises `InvalidQuery` for a malformed
        cursor.
        """
        last = decode_cursor(cursor) if cursor else Cursor()
        keys = list(self.commit_keys())
        new = tuple(key for key in keys if not last.saw(key))
        token = encode_cursor(cursor_of(keys, utc_now().date(), last))
        return Changes(Articles(self, Selection.of(filters), new), token)

    def commit_keys(self) -> Iterator[CommitKey]:
        """The keys of all commits, in order of day, run and segment."""
        for key, _size in self.bucket.list(COMMITS):
            if isinstance(place := parse_key(key), CommitKey):
                yield place

    def commits(self) -> Iterator[Commit]:
        """Every commit, in order of day, run and segment."""
        return (read_commit(self.bucket, str(key)) for key in self.commit_keys())

    def segment(self, key: CommitKey) -> Segment:
        """The committed segment under `key`, with its articles."""
        commit = read_commit(self.bucket, str(key))
        return Segment(commit, tuple(read_articles(self.bucket, commit)))

    def find(self, wanted: str) -> Article | None:
        """The newest record with this id, beginning of an id (8 characters or more), URL or canonical URL.

        Raises `InvalidQuery` when several ids begin so.
        """
        by_prefix: dict[str, Article] = {}
        for article in self._everything():
            if wanted in (article.id, article.url, article.canonical_url):
                return article
            if len(wanted) >= _MIN_ID_PREFIX and article.id.startswith(wanted):
                by_prefix.setdefault(article.id, article)
        if len(by_prefix) > 1:
            raise InvalidQuery(f"several articles' ids begin with {wanted}: {', '.join(sorted(by_prefix)[:5])}")
        return next(iter(by_prefix.values()), None)

    def revisions(self, article: Article) -> list[Article]:
        """The versions of the page that were archived, this one among them, oldest first."""
        same = [other for other in self._everything() if _page(other) == _page(article)]
        same.reverse()
        return sorted(same, key=lambda other: parse_time(other.fetched))

    def copies(self, article: Article) -> list[Article]:
        """Every article of the same cluster, this one among them, the earliest published first."""
        cluster = _cluster(article)
        same = [other for other in self._everything() if _cluster(other) == cluster]
        same.reverse()
        return sorted(same, key=_appeared)

    def _everything(self) -> Articles:
        return self.articles(include=INCLUDES)


class Articles(Tables):
    """The articles of an archive that pass a selection. Each iteration reads the archive again."""

    def __init__(self, archive: Archive, selection: Selection, keys: tuple[CommitKey, ...] | None = None) -> None:
        self._archive = archive
        self._selection = selection
        self._keys = keys

    def __iter__(self) -> Iterator[Article]:
        bucket, wanted = self._archive.bucket, self._selection
        newer = _Newer()
        for commit in self._newest_first():
            for article in reversed(list(read_articles(bucket, commit))):
                if not wanted.in_range(article) or newer.has(article):
                    continue
                replaced = newer.replaces(article)
                current = newer.amended(article)
                newer.take(article)
                if wanted.takes(current) and not (replaced and "revisions" not in wanted.include):
                    yield current

    def _newest_first(self) -> Iterator[Commit]:
        """The commits of the range, day by day backwards, within a day by when they were closed."""
        days: dict[date, list[CommitKey]] = {}
        for key in self._archive.commit_keys() if self._keys is None else self._keys:
            if self._selection.may_hold(key.day):
                days.setdefault(key.day, []).append(key)
        for day in sorted(days, reverse=True):
            commits = [read_commit(self._archive.bucket, str(key)) for key in days[day]]
            commits.sort(key=lambda commit: (commit.written, commit.run, commit.seq), reverse=True)
            yield from filter(self._selection.meets, commits)


class _Newer:
    """What the records read so far, the newer ones, say of the older ones."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._revised: set[str] = set()
        self._leading: dict[str, tuple[str, str]] = {}  # of clusters: the canonical copy's id and page

    def has(self, article: Article) -> bool:
        """Whether there is a newer record of the article."""
        return article.id in self._ids

    def replaces(self, article: Article) -> bool:
        """Whether there is a newer version of the page."""
        return _page(article) in self._revised

    def amended(self, article: Article) -> Article:
        """The article with the canonical copy of today: the last in its cluster that was a copy of none."""
        dedup = article.dedup
        leading, page = self._leading.get(_cluster(article), (dedup.duplicate_of, ""))
        if leading == dedup.duplicate_of or page == _page(article):
            return article
        verdict = dedup.verdict if dedup.verdict == "revision" else "duplicate"
        amended = msgspec.structs.replace(dedup, verdict=verdict, duplicate_of=leading)
        return msgspec.structs.replace(article, dedup=amended)

    def take(self, article: Article) -> None:
        """Reads a record, as it was archived."""
        self._ids.add(article.id)
        dedup, page = article.dedup, _page(article)
        if dedup.verdict == "revision":
            self._revised.add(page)
        leads = dedup.verdict != "duplicate" and dedup.duplicate_of is None
        if leads and _cluster(article) != article.id:  # it took over, or is a new version of the canonical copy
            self._leading.setdefault(_cluster(article), (article.id, page))


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new since a cursor, and the cursor to ask with next time."""

    articles: Articles
    cursor: str


def _page(article: Article) -> str:
    return page_address(article.url, article.canonical_url)


def _cluster(article: Article) -> str:
    return article.dedup.cluster or article.id


def _appeared(article: Article) -> datetime:
    """When the article was published, as far as it says so; else when it was fetched."""
    try:
        return parse_time(article.published or article.fetched)
    except ValueError:
        return parse_time(article.fetched)
