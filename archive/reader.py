"""Reading: an archive as one sequence of articles, newest first, each once."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import chain, groupby
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import msgspec

from archive.bucket import Bucket, folder_of, open_bucket
from archive.choice import Choice
from archive.columns import COLUMNS, Rows
from archive.commit import Commit
from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.errors import ArchiveError, InvalidQuery, ObjectMissing
from archive.follow import Batch, follow
from archive.layout import CommitKey, ParquetKey
from archive.live import Place, as_commit, commit_keys, known, places, read_places
from archive.parquet import Table, table_keys, tables_of
from archive.records import Article
from archive.segment import Segment
from archive.selection import INCLUDES, Filters, Selection
from archive.standing import cluster_of, page_of
from archive.tables import Columns, Tables, article_schema, batches, is_installed, need
from archive.times import parse_time, utc_now
from archive.tombstone import Tombstones

if TYPE_CHECKING:
    from archive.search import Hit

_MIN_ID_PREFIX = 8
_WORTH_PROCESSES = 8
"""Segments; fewer are read sooner than processes have started."""
T = TypeVar("T")
G = TypeVar("G")


def open_archive(uri: str | Path) -> Archive:
    """The archive in a folder or at `s3://bucket/prefix`. Nothing is read yet."""
    return Archive(open_bucket(uri), str(uri) if folder_of(uri) is None else None)


class Archive(Tables):
    """An archive, as its committed segments show it. Iterating gives what `articles()` gives.

    Every method that reads raises `ArchiveError` when the archive is not there or an object in it is damaged;
    the message names the key.
    """

    def __init__(self, bucket: Bucket, uri: str | None = None) -> None:
        """`uri` is what it was opened by: the bucket's own has no options of a store, by which local state is named."""
        self.bucket = bucket
        self.uri = uri or bucket.uri

    def __iter__(self) -> Iterator[Article]:
        return iter(self.articles())

    def to_batches(self, columns: Columns = None) -> Iterator[Any]:
        return self.articles().to_batches(columns)

    def duckdb(self, columns: Columns = None) -> Any:
        return self.articles().duckdb(columns)

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
        new = frozenset(key for key in keys if not last.saw(key))
        token = encode_cursor(cursor_of(keys, utc_now().date(), last))
        return Changes(Articles(self, Selection.of(filters), new), token)

    def follow(self, cursor: str | None = None) -> Iterator[Batch]:
        """What was committed since the cursor, segment by segment, with copies and new versions (`archive.follow`)."""
        return follow(self, cursor)

    def commit_keys(self) -> Iterator[CommitKey]:
        """The keys of all segments, in order of day, run and segment. A segment keeps its key when it is merged with
        others, though its own commit object goes."""
        return (place.key for place in places(self.bucket, commit_keys(self.bucket)))

    def commits(self, wanted: Collection[CommitKey] | None = None) -> Iterator[Commit]:
        """The commits of all segments, or of those that are wanted, in order of day, run and segment."""
        for place in places(self.bucket, commit_keys(self.bucket)):
            if wanted is None or place.key in wanted:
                there = known(self.bucket, place)
                assert there.commit is not None
                yield as_commit(there.commit, there.part)

    def segment(self, key: CommitKey) -> Segment:
        """The committed segment under `key`, with its articles."""
        found = list(self.segments(lambda other: other == key, key.day))
        if not found:
            raise ObjectMissing(f"{self.bucket.uri}: object {key} is missing; see `breachwire archive verify`")
        return found[0]

    def segments(self, wanted: Callable[[CommitKey], bool], day: date | None = None) -> Iterator[Segment]:
        """The committed segments that are wanted, of one day or all days, without the articles that were erased."""
        erased = Tombstones.of(self.bucket)
        chosen = (place for place in places(self.bucket, commit_keys(self.bucket, day)) if wanted(place.key))
        for commit, records in read_places(self.bucket, chosen):
            yield Segment(commit, tuple(each.article for each in records if not erased.hides(each.article)))

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

    def search(self, question: str, **filters: Unpack[Filters]) -> Iterator[Hit]:
        """The articles that hold what is asked for, the best first (`archive.search.Search.find`).

        The index lies in the local state; what was committed since the last time is taken in first.
        """
        from archive.search import open_search  # SQLite: only for those who search

        with open_search(self) as search:
            yield from search.find(question, **filters)

    def _everything(self) -> Articles:
        return self.articles(include=INCLUDES)


class Articles(Tables):
    """The articles of an archive that pass a selection. Each iteration reads the archive again."""

    def __init__(
        self,
        archive: Archive,
        selection: Selection,
        keys: Collection[CommitKey] | None = None,
        ahead: int = 0,
        days: tuple[date, date] = (date.min, date.max),
    ) -> None:
        """Of the segments `keys`, and of the days from the first to before the second."""
        self._archive = archive
        self._selection = selection
        self._keys = keys
        self._ahead = ahead
        self._days = days

    def read_ahead(self, segments: int) -> Articles:
        """The same articles, for who wants all of them: so many segments are read at a time, in threads."""
        return Articles(self._archive, self._selection, self._keys, segments, self._days)

    def __iter__(self) -> Iterator[Article]:
        choice = self._choice(COLUMNS)
        # A whole record costs less out of a segment; tables are for who wants few of them.
        for found in self._parts(tables_too=self._selection.is_narrow):
            if isinstance(found, Rows):
                yield from found.articles(choice)
            else:
                yield from filter(None, map(choice.one, reversed(found)))

    def to_batches(self, columns: Columns = None) -> Iterator[Any]:
        pa = need("pyarrow", "arrow")
        schema = article_schema(pa, columns)
        choice = self._choice(schema.names)
        for found in self._parts(tables_too=True):
            if isinstance(found, Rows):
                for table in found.arrow(choice, schema.names):
                    yield from table.to_batches()
            else:
                yield from batches(pa, filter(None, map(choice.one, reversed(found))), schema)

    def duckdb(self, columns: Columns = None) -> Any:
        """As `Tables.duckdb`. Of a folder archive that was compacted DuckDB reads the tables itself, in no order, and
        of each query only the columns that it names; what is not in them yet is taken in at once. Ask for a new
        connection after something was erased: the files that this one reads are gone then."""
        if self._keys is None and self._selection.is_unbounded:
            from archive.scan import scanned  # only for those who ask for it

            if (connection := scanned(self._archive, self._selection, columns)) is not None:
                return connection
        return super().duckdb(columns)

    def segments(self) -> Iterator[list[Article]]:
        """The records of each segment that may hold some of them, the newest segment first; none is left out yet."""
        for found in self._parts(tables_too=False):
            assert not isinstance(found, Rows)
            yield found

    def groups(self) -> Iterator[list[Place] | Rows]:
        """Segments that lie together, the newest first, and rows of tables that hold them."""
        return self._groups(tables_too=True)

    def worked_on(self, work: Callable[[Article], T], processes: int) -> Iterator[tuple[Article, T]]:
        """The same articles without their long fields (text, Markdown, what was removed, signature), each with what
        `work`, a function of a module, makes of its whole record. So many processes do it, a commit at a time."""
        groups = [group for group in self._groups(tables_too=False) if not isinstance(group, Rows)]
        worked = partial(_worked, self._archive.bucket.uri, work)
        if processes < 2 or len(groups) < _WORTH_PROCESSES:
            yield from self._standing(map(worked, groups))
            return
        try:
            # Spawned, for a process that is forked beside threads may wait for ever for a lock that one of them holds.
            with ProcessPoolExecutor(processes, get_context("spawn"), _left_to_the_parent) as pool:
                yield from self._standing(_in_order(pool, worked, groups, 2 * processes))
        except BrokenProcessPool as error:
            raise ArchiveError("a process that read segments was killed, perhaps for want of memory") from error

    def _standing(self, groups: Iterable[list[list[tuple[Article, T]]]]) -> Iterator[tuple[Article, T]]:
        """What is selected of the segments, the newest first, as it stands today."""
        choice = self._choice(COLUMNS)
        for article, more in chain.from_iterable(map(reversed, chain.from_iterable(groups))):
            current = choice.one(article)
            if current is not None:
                yield current, more

    def _choice(self, columns: Collection[str]) -> Choice:
        return Choice(self._selection, Tombstones.of(self._archive.bucket), columns)

    def _parts(self, *, tables_too: bool) -> Iterator[list[Article] | Rows]:
        """The segments' articles, the newest segment first, or rows of tables where there are tables that hold them."""
        groups = self._groups(tables_too)
        if not self._ahead:
            yield from chain.from_iterable(map(self._read, groups))
            return
        with ThreadPoolExecutor(self._ahead) as threads:
            yield from chain.from_iterable(_in_order(threads, self._read, groups, self._ahead))

    def _read(self, group: list[Place] | Rows) -> list[list[Article] | Rows]:
        """The articles of segments that one commit holds."""
        if isinstance(group, Rows):
            return [group]
        found = read_places(self._archive.bucket, group)
        return [[record.article for record in records] for _, records in found]

    def _groups(self, tables_too: bool) -> Iterator[list[Place] | Rows]:
        """Segments that lie together, the newest first."""
        bucket = self._archive.bucket
        tables: dict[date, list[tuple[ParquetKey, int]]] = {}
        if tables_too and is_installed("pyarrow"):
            for key, size in table_keys(bucket):
                tables.setdefault(key.day, []).append((key, size))
        for day, live, chosen in self._newest_first():
            rows = dict(_in_tables(tables_of(bucket, tables.get(day, ()), live)))
            together = partial(_together, rows=rows)
            yield from (_as_rows(bucket, list(group), rows) for _, group in groupby(chosen, together))

    def _newest_first(self) -> Iterator[tuple[date, list[Place], list[Place]]]:
        """The days of the range, backwards, each with all its segments, and with those that are wanted by when they
        were closed, backwards."""
        bucket = self._archive.bucket
        wanted = None if self._keys is None else {key.day for key in self._keys}
        days: dict[date, list[CommitKey]] = {}
        for key in commit_keys(bucket):
            is_asked = self._days[0] <= key.day < self._days[1] and (wanted is None or key.day in wanted)
            if is_asked and self._selection.may_hold(key.day):
                days.setdefault(key.day, []).append(key)
        for day in sorted(days, reverse=True):
            live = list(places(bucket, days[day]))
            found = [known(bucket, place) for place in live if self._keys is None or place.key in self._keys]
            chosen = [place for place in found if self._selection.meets(place.part)]
            yield day, live, sorted(chosen, key=lambda place: place.closed, reverse=True)


def _in_tables(tables: Iterable[Table]) -> Iterator[tuple[CommitKey, tuple[Table, int]]]:
    """Of each segment that is in a table: that, and its first row there."""
    for table in tables:
        for key, _edition, start in table.places():
            yield key, (table, start)


def _together(place: Place, rows: Mapping[CommitKey, tuple[Table, int]]) -> object:
    return rows[place.key][0].key if place.key in rows else place.holder


def _as_rows(bucket: Bucket, group: list[Place], rows: Mapping[CommitKey, tuple[Table, int]]) -> list[Place] | Rows:
    if group[0].key not in rows:
        return group
    oldest, newest = group[-1], group[0]
    (table, start), (_, last) = rows[oldest.key], rows[newest.key]
    stop = last + newest.part.rows
    if stop - start != sum(place.part.rows for place in group):  # others lie between that are not wanted
        return group
    return Rows(bucket, table, start, stop, group[::-1])


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new since a cursor, and the cursor to ask with next time."""

    articles: Articles
    cursor: str


def _in_order(pool: Executor, read: Callable[[G], T], groups: Iterable[G], ahead: int) -> Iterator[T]:
    """What is read of each group, in their order; so many are read ahead."""
    waiting: deque[Future[T]] = deque()
    for group in groups:
        waiting.append(pool.submit(read, group))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _worked(uri: str, work: Callable[[Article], T], group: Sequence[Place]) -> list[list[tuple[Article, T]]]:
    """Of each article of segments that lie together what passes between processes."""
    return [
        [(_short(record.article), work(record.article)) for record in records]
        for _, records in read_places(open_bucket(uri), group)
    ]


def _short(article: Article) -> Article:
    return msgspec.structs.replace(article, text="", markdown=None, removed=(), signature=None)


def _left_to_the_parent() -> None:
    """An interrupt from the keyboard reaches every process of a terminal; one deals with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _appeared(article: Article) -> datetime:
    """When the article was published, as far as it says so; else when it was fetched."""
    try:
        return parse_time(article.published or article.fetched)
    except ValueError:
        return parse_time(article.fetched)
