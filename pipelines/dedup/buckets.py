"""Keys of articles in a SQLite file: which articles have one in common with a new one, or are named so.

After the log-structured merge tree (O'Neil et al. 1996). An entry is 64 bits: 40 of a key, 24 of the article's number.
What one segment brings is one sorted run of entries, written in one piece; when the runs hold a sixteenth of all, they
are folded into the pages, each of which holds the entries of one range of keys. So an article's 77 keys cost 0.6 kB on
the disk and a bounded number of writes however many articles there are; a row for each key would rewrite 77 pages.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from archive.database import Database
from archive.errors import ArchiveError
from pipelines.dedup.index import MAX_BUCKET
from pipelines.dedup.presence import Entries, Presence

TABLES = """
CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY AUTOINCREMENT, entries BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pages (page INTEGER PRIMARY KEY, entries BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS folded (run INTEGER NOT NULL, entries INTEGER NOT NULL, waiting INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS presence (row INTEGER PRIMARY KEY, bits BLOB NOT NULL);
INSERT INTO folded VALUES (0, 0, 0);
"""

# At least one row: which runs are folded, and with it those that came since.
_NEW = "SELECT folded.run, runs.run, runs.entries FROM folded LEFT JOIN runs ON runs.run > ?"

MAX_ARTICLES = 2**24
ARTICLE = np.uint64(MAX_ARTICLES - 1)
"""The bits of an entry that are the article's number."""
NAME = np.uint64(MAX_ARTICLES)
"""The bit that marks a key as a name, whose bucket is kept whole; other buckets only until they are hot."""
ARTICLE_BITS = 24
_PAGES = 2**18
"""At a million articles a page holds 280 entries."""
_PAGE_BITS = 64 - 18
_CHUNK = 2**12
"""Pages read and written at a time, about 10 MB at a million articles."""
_FEWEST = 2**21
"""Entries below which runs are not folded: 28,000 articles, 16 MB of memory. A fold writes every page, even if
for one entry."""
_SHARE = 16

Places = npt.NDArray[np.int64]


class Hits(NamedTuple):
    """For each entry that was found the place of its key among those asked for, and the article's number."""

    places: Places
    numbers: Places


class Buckets:
    """Two parts of one file: the pages, looked up there, and the runs since the last fold, read as they come and kept
    in memory (37 MB at a million articles)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folded = -1
        self._last = 0
        self._runs: list[Entries] = []
        self._presence = Presence.of_size(_FEWEST)

    def add(self, keys: Entries, numbers: Entries) -> None:
        """Take in keys, each with the number of its article, within the caller's transaction.

        Raises `ArchiveError` beyond 16 million articles.
        """
        if not len(keys):
            return
        if numbers.max() >= MAX_ARTICLES:
            raise ArchiveError(f"{self._database.path}: holds {MAX_ARTICLES} articles, and has no room for more")
        run = _bounded(np.sort(keys | numbers))
        self._database.run("INSERT INTO runs (entries) VALUES (?)", (_bytes(run),))
        self._database.run("UPDATE folded SET waiting = waiting + ?", (len(run),))
        ((total, waiting),) = self._database.all("SELECT entries, waiting FROM folded")
        if waiting > max(_FEWEST, total // _SHARE):
            self._fold()

    def remove(self, keys: Entries, numbers: Entries) -> None:
        """Take all entries of these articles out again, within the caller's transaction; `keys` are all they have."""
        found = np.unique(keys >> _PAGE_BITS).tolist()
        pages = self._database.all(
            "SELECT page, entries FROM pages WHERE page IN (SELECT value FROM json_each(?))", (str(found),)
        )
        for table, key, rows in (
            ("pages", "page", pages),
            ("runs", "run", self._database.all("SELECT run, entries FROM runs")),
        ):
            for at, data in rows:
                entries = _entries(data)
                kept = entries[~np.isin(entries & ARTICLE, numbers)]
                if len(kept) < len(entries):
                    self._database.run(f"UPDATE {table} SET entries = ? WHERE {key} = ?", (_bytes(kept), at))  # noqa: S608
        self._folded = -1  # what is in memory is read again

    def find(self, keys: Entries) -> Hits:
        """The articles that have the keys, hot buckets passed over; within the caller's transaction, or `reading`."""
        self._refresh()
        places = np.flatnonzero(self._presence.may_hold(keys))
        if not len(places):  # as of most articles that are asked for alone
            return Hits(places, places)
        places = places[np.argsort(keys[places])]  # neighbours are found in what the processor has at hand
        keys = keys[places]
        parts = [*self._runs, self._pages(keys)]
        spans = [_spans(part, keys) for part in parts]
        sizes = sum((ends - starts for starts, ends in spans), np.zeros(len(keys), np.int64))
        cold = (sizes <= MAX_BUCKET) | ((keys & NAME) > 0)
        found = [
            _within(part, places[cold], starts[cold], ends[cold])
            for part, (starts, ends) in zip(parts, spans, strict=True)
        ]
        return Hits(np.concatenate([hits.places for hits in found]), np.concatenate([hits.numbers for hits in found]))

    def _refresh(self) -> None:
        """Takes in the runs that were written since the last look, by this process or another."""
        rows = self._database.all(_NEW, (self._last,))
        if rows[0][0] != self._folded:
            self._folded = self._last = rows[0][0]
            self._runs = []
            bits = [bits for (bits,) in self._database.all("SELECT bits FROM presence ORDER BY row")]
            self._presence = Presence(bits) if bits else Presence.of_size(_FEWEST)
            rows = self._database.all(_NEW, (self._last,))
        if runs := {run: entries for _, run, entries in rows if run is not None}:
            self._last = max(runs)
            run = _sorted(b"".join(runs.values()))
            self._presence.add(run)
            # Each at least eight times as long as the next: so there are few, and an entry is merged a few times.
            while self._runs and len(self._runs[-1]) < 8 * len(run):
                run = _merged(self._runs.pop(), run)
            self._runs.append(run)

    def _pages(self, keys: Entries) -> Entries:
        """All entries of the pages in which these keys would lie, sorted."""
        wanted = np.unique(keys >> _PAGE_BITS).tolist()
        query = "SELECT page, entries FROM json_each(?) CROSS JOIN pages ON page = value"
        rows = self._database.all(query, (str(wanted),))
        return _entries(b"".join(entries for _, entries in sorted(rows)))

    def _fold(self) -> None:
        """Moves all runs into the pages, a range of pages at a time."""
        rows = self._database.all("SELECT entries FROM runs")
        run = _sorted(b"".join(entries for (entries,) in rows))
        page, total = run >> _PAGE_BITS, 0
        ((before,),) = self._database.all("SELECT entries FROM folded")
        presence = Presence.of_size(before + len(run))
        for first in range(0, _PAGES, _CHUNK):
            last = first + _CHUNK - 1
            query = "SELECT entries FROM pages WHERE page BETWEEN ? AND ?"
            rows = self._database.all(query, (first, last))
            start, end = np.searchsorted(page, [first, last + 1])
            merged = _merged(_entries(b"".join(entries for (entries,) in rows)), run[start:end])
            total += len(merged)
            presence.add(merged)
            self._database.run_many("INSERT OR REPLACE INTO pages VALUES (?, ?)", _by_page(merged))
        self._database.run("DELETE FROM presence")
        self._database.run_many("INSERT INTO presence VALUES (?, ?)", enumerate(presence.rows()))
        self._database.run("UPDATE folded SET run = (SELECT max(run) FROM runs), entries = ?, waiting = 0", (total,))
        self._database.run("DELETE FROM runs")


def _entries(data: bytes) -> Entries:
    return np.frombuffer(data, "<u8").astype(np.uint64, copy=False)


def _bytes(entries: Entries) -> bytes:
    return entries.astype("<u8", copy=False).tobytes()


def _spans(entries: Entries, keys: Entries) -> tuple[Places, Places]:
    """Where in the sorted entries each key's bucket starts and ends."""
    starts = np.searchsorted(entries, keys)
    ends = starts.copy()
    at = np.flatnonzero(starts < len(entries))
    hits = at[(entries[starts[at]] ^ keys[at]) <= ARTICLE]  # most keys have no bucket
    ends[hits] = np.searchsorted(entries, keys[hits] | ARTICLE, "right")
    return starts, ends


def _within(entries: Entries, places: Places, starts: Places, ends: Places) -> Hits:
    """The entries of these buckets."""
    sizes = ends - starts
    at = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
    return Hits(np.repeat(places, sizes), (entries[at] & ARTICLE).astype(np.int64))


def _bounded(entries: Entries) -> Entries:
    """The sorted entries without those that a hot bucket has beyond what tells that it is hot."""
    if len(entries) <= MAX_BUCKET:
        return entries
    keys = entries >> ARTICLE_BITS
    # An entry is beyond when the one so many places before it is of the same bucket.
    beyond = (keys[MAX_BUCKET + 1 :] == keys[: -(MAX_BUCKET + 1)]) & ((entries[MAX_BUCKET + 1 :] & NAME) == 0)
    if not beyond.any():
        return entries
    keep = np.ones(len(entries), bool)
    keep[MAX_BUCKET + 1 :] = ~beyond
    return entries[keep]


def _sorted(data: bytes) -> Entries:
    return _bounded(np.sort(_entries(data)))


def _merged(one: Entries, other: Entries) -> Entries:
    return _bounded(np.sort(np.concatenate((one, other)), kind="stable"))  # a merge sort, made for sorted runs


def _by_page(entries: Entries) -> list[tuple[int, bytes]]:
    pages = entries >> _PAGE_BITS
    cuts = [0, *(np.flatnonzero(pages[1:] != pages[:-1]) + 1).tolist(), len(entries)]
    data = _bytes(entries)
    return [(int(pages[a]), data[8 * a : 8 * b]) for a, b in itertools.pairwise(cuts) if a < b]
