"""The articles of a selection, read out of committed segments or out of tables that hold them, newest first."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import partial
from itertools import chain, groupby
from multiprocessing import get_context
from typing import Any, TypeVar

import msgspec

from archive.bucket import Bucket, open_bucket
from archive.choice import Choice
from archive.columns import COLUMNS, Rows
from archive.errors import ArchiveError
from archive.layout import CommitKey, ParquetKey
from archive.live import Place, commit_keys, known, places, read_places
from archive.parquet import Table, table_keys, tables_of
from archive.records import Article
from archive.selection import Selection
from archive.tables import Columns, Tables, article_schema, batches, is_installed, need
from archive.tombstone import Tombstones

_WORTH_PROCESSES = 8
"""Segments; fewer are read sooner than processes have started."""
T = TypeVar("T")
G = TypeVar("G")


class Articles(Tables):
    """The articles of an archive that pass a selection. Each iteration reads the archive again."""

    def __init__(
        self,
        bucket: Bucket,
        selection: Selection,
        keys: Collection[CommitKey] | None = None,
        ahead: int = 0,
        days: tuple[date, date] = (date.min, date.max),
    ) -> None:
        """Of the segments `keys`, and of the days from the first to before the second."""
        self._bucket = bucket
        self._selection = selection
        self._keys = keys
        self._ahead = ahead
        self._days = days

    def read_ahead(self, segments: int) -> Articles:
        """The same articles, for who wants all of them: so many segments are read at a time, in threads."""
        return Articles(self._bucket, self._selection, self._keys, segments, self._days)

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

            if (connection := scanned(self._bucket, self._selection, columns)) is not None:
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
        worked = partial(_worked, self._bucket.uri, work)
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
        return Choice(self._selection, Tombstones.of(self._bucket), columns)

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
        found = read_places(self._bucket, group)
        return [[record.article for record in records] for _, records in found]

    def _groups(self, tables_too: bool) -> Iterator[list[Place] | Rows]:
        """Segments that lie together, the newest first."""
        tables: dict[date, list[tuple[ParquetKey, int]]] = {}
        if tables_too and is_installed("pyarrow"):
            for key, size in table_keys(self._bucket):
                tables.setdefault(key.day, []).append((key, size))
        for day, live, chosen in self._newest_first():
            rows = dict(_in_tables(tables_of(self._bucket, tables.get(day, ()), live)))
            together = partial(_together, rows=rows)
            yield from (_as_rows(self._bucket, list(group), rows) for _, group in groupby(chosen, together))

    def _newest_first(self) -> Iterator[tuple[date, list[Place], list[Place]]]:
        """The days of the range, backwards, each with all its segments, and with those that are wanted by when they
        were closed, backwards."""
        wanted = None if self._keys is None else {key.day for key in self._keys}
        days: dict[date, list[CommitKey]] = {}
        for key in commit_keys(self._bucket):
            is_asked = self._days[0] <= key.day < self._days[1] and (wanted is None or key.day in wanted)
            if is_asked and self._selection.may_hold(key.day):
                days.setdefault(key.day, []).append(key)
        for day in sorted(days, reverse=True):
            live = list(places(self._bucket, days[day]))
            found = [known(self._bucket, place) for place in live if self._keys is None or place.key in self._keys]
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
