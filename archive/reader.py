"""Reading: an archive as one sequence of articles, newest first, each once."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar, Unpack

import msgspec

from archive.bucket import Bucket, open_bucket
from archive.clean import read_articles
from archive.commit import Commit, read_commit
from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.errors import ArchiveError, InvalidQuery
from archive.layout import COMMITS, CommitKey, parse_key
from archive.records import Article
from archive.segment import Segment
from archive.selection import INCLUDES, Filters, Selection
from archive.standing import Newer, cluster_of, page_of
from archive.tables import Tables
from archive.times import parse_time, utc_now

_MIN_ID_PREFIX = 8
_WORTH_PROCESSES = 8
"""Segments; fewer are read sooner than processes have started."""
T = TypeVar("T")


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
        same = [other for other in self._everything() if page_of(other) == page_of(article)]
        same.reverse()
        return sorted(same, key=lambda other: parse_time(other.fetched))

    def copies(self, article: Article) -> list[Article]:
        """Every article of the same cluster, this one among them, the earliest published first."""
        cluster = cluster_of(article)
        same = [other for other in self._everything() if cluster_of(other) == cluster]
        same.reverse()
        return sorted(same, key=_appeared)

    def _everything(self) -> Articles:
        return self.articles(include=INCLUDES)


class Articles(Tables):
    """The articles of an archive that pass a selection. Each iteration reads the archive again."""

    def __init__(
        self, archive: Archive, selection: Selection, keys: tuple[CommitKey, ...] | None = None, ahead: int = 0
    ) -> None:
        self._archive = archive
        self._selection = selection
        self._keys = keys
        self._ahead = ahead

    def read_ahead(self, segments: int) -> Articles:
        """The same articles, for who wants all of them: so many segments are read at a time, in threads."""
        return Articles(self._archive, self._selection, self._keys, segments)

    def __iter__(self) -> Iterator[Article]:
        return (article for article, _ in self._standing([(each, None) for each in own] for own in self._segments()))

    def worked_on(self, work: Callable[[Article], T], processes: int) -> Iterator[tuple[Article, T]]:
        """The same articles without their long fields (text, Markdown, what was removed, signature), each with what
        `work`, a function of a module, makes of its whole record. So many processes do it, a segment at a time."""
        commits = list(self._newest_first())
        worked = partial(_worked, self._archive.bucket.uri, work)
        if processes < 2 or len(commits) < _WORTH_PROCESSES:
            yield from self._standing(map(worked, commits))
            return
        try:
            # Spawned, for a process that is forked beside threads may wait for ever for a lock that one of them holds.
            with ProcessPoolExecutor(processes, get_context("spawn"), _left_to_the_parent) as pool:
                yield from self._standing(_in_order(pool, worked, commits, 2 * processes))
        except BrokenProcessPool as error:
            raise ArchiveError("a process that read segments was killed, perhaps for want of memory") from error

    def _standing(self, segments: Iterable[Sequence[tuple[Article, T]]]) -> Iterator[tuple[Article, T]]:
        """What is selected of the segments, the newest first, as it stands today."""
        wanted = self._selection
        newer = Newer()
        for articles in segments:
            for article, more in reversed(articles):
                if not wanted.in_range(article) or newer.has(article):
                    continue
                replaced = newer.replaces(article)
                current = newer.today(article)
                newer.take(article)
                if wanted.takes(current) and not (replaced and "revisions" not in wanted.include):
                    yield current, more

    def _segments(self) -> Iterator[list[Article]]:
        """The segments' articles, the newest segment first."""
        if not self._ahead:
            yield from map(self._read, self._newest_first())
            return
        with ThreadPoolExecutor(self._ahead) as threads:
            yield from _in_order(threads, self._read, self._newest_first(), self._ahead)

    def _read(self, commit: Commit) -> list[Article]:
        return list(read_articles(self._archive.bucket, commit))

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


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new since a cursor, and the cursor to ask with next time."""

    articles: Articles
    cursor: str


def _in_order(pool: Executor, read: Callable[[Commit], T], commits: Iterable[Commit], ahead: int) -> Iterator[T]:
    """What is read of each commit, in their order; so many are read ahead."""
    waiting: deque[Future[T]] = deque()
    for commit in commits:
        waiting.append(pool.submit(read, commit))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _worked(uri: str, work: Callable[[Article], T], commit: Commit) -> list[tuple[Article, T]]:
    """Of each article of a segment what passes between processes."""
    return [
        (msgspec.structs.replace(article, text="", markdown=None, removed=(), signature=None), work(article))
        for article in read_articles(open_bucket(uri), commit)
    ]


def _left_to_the_parent() -> None:
    """An interrupt from the keyboard reaches every process of a terminal; one deals with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _appeared(article: Article) -> datetime:
    """When the article was published, as far as it says so; else when it was fetched."""
    try:
        return parse_time(article.published or article.fetched)
    except ValueError:
        return parse_time(article.fetched)
