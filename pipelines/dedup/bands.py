"""The bands of signatures in a SQLite file: which articles share some with a new one.

The banding is that of datasketch's `MinHashLSH` with the same parameters; only where its buckets lie is our own, after
the log-structured merge tree (O'Neil et al. 1996). An entry is 64 bits: 40 of the band's hash, 24 of the article's
number. What one segment brings is one sorted run of entries, written in one piece; when the runs hold a sixteenth of
all, they are folded into the pages, each of which holds the entries of one range of hashes. So an article costs 0.6 kB
on the disk and a bounded number of writes however many there are, where a row for each band would rewrite 74 pages.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import xxhash

from archive.database import Database
from archive.errors import ArchiveError
from pipelines.dedup.index import MAX_BUCKET, most_shared
from pipelines.dedup.signature import BODY_BANDS, BODY_ROWS, LEAD_BANDS, LEAD_ROWS, Signature

Entries = npt.NDArray[np.uint64]

TABLES = """
CREATE TABLE IF NOT EXISTS runs (run INTEGER PRIMARY KEY AUTOINCREMENT, entries BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pages (page INTEGER PRIMARY KEY, entries BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS folded (run INTEGER NOT NULL, entries INTEGER NOT NULL, waiting INTEGER NOT NULL);
INSERT INTO folded VALUES (0, 0, 0);
"""

KEY = f"xxh64/{BODY_BANDS}x{BODY_ROWS}+{LEAD_BANDS}x{LEAD_ROWS}/40"
"""Names how a band becomes a key."""

MAX_ARTICLES = 2**24
_ARTICLE_BITS = 24
_ARTICLE = np.uint64(MAX_ARTICLES - 1)
_PAGES = 2**18
"""At a million articles a page holds 280 entries."""
_PAGE_BITS = 64 - 18
_CHUNK = 2**12
"""Pages read and written at a time, about 10 MB at a million articles."""
_FEWEST = 2**21
"""Entries below which runs are not folded: 28,000 articles, 16 MB of memory. A fold writes every page, even if
for one entry."""
_SHARE = 16


class Bands:
    """Two parts of one file: the pages, looked up there, and the runs since the last fold, read as they come and kept
    in memory (37 MB at a million articles)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folded = -1
        self._last = 0
        self._runs: list[Entries] = []

    def add(self, articles: Sequence[tuple[int, Signature]]) -> None:
        """Take articles in, within the caller's transaction, under numbers that were not used before.

        Raises `ArchiveError` beyond 16 million articles.
        """
        if not articles:
            return
        numbers = [number for number, _ in articles]
        if max(numbers) >= MAX_ARTICLES:
            raise ArchiveError(f"{self._database.path}: holds {MAX_ARTICLES} articles, and has no room for more")
        keys = keys_of([signature for _, signature in articles])
        run = _bounded(np.sort(keys | np.array(numbers, np.uint64)[:, None], axis=None))
        self._database.run("INSERT INTO runs (entries) VALUES (?)", (_bytes(run),))
        self._database.run("UPDATE folded SET waiting = waiting + ?", (len(run),))
        ((total, waiting),) = self._database.all("SELECT entries, waiting FROM folded")
        if waiting > max(_FEWEST, total // _SHARE):
            self._fold()

    def remove(self, articles: Sequence[tuple[int, Signature]]) -> None:
        """Take articles out again, within the caller's transaction, that were added with these signatures."""
        if not articles:
            return
        gone = np.array([number for number, _ in articles], np.uint64)
        found = np.unique(keys_of([signature for _, signature in articles]) >> _PAGE_BITS).tolist()
        pages = self._database.all(
            "SELECT page, entries FROM pages WHERE page IN (SELECT value FROM json_each(?))", (str(found),)
        )
        for table, key, rows in (
            ("pages", "page", pages),
            ("runs", "run", self._database.all("SELECT run, entries FROM runs")),
        ):
            for at, data in rows:
                entries = _entries(data)
                kept = entries[~np.isin(entries & _ARTICLE, gone)]
                if len(kept) < len(entries):
                    self._database.run(f"UPDATE {table} SET entries = ? WHERE {key} = ?", (_bytes(kept), at))  # noqa: S608
        self._folded = -1  # what is in memory is read again

    def shared(self, signatures: Sequence[Signature]) -> list[Counter[int]]:
        """For each signature the articles that share bands with it, and how many, hot buckets passed over."""
        keys = keys_of(signatures).reshape(-1)
        with self._database.reading():
            self._refresh()
            parts = [*self._runs, self._pages(keys)]
        spans = [_spans(part, keys) for part in parts]
        sizes = sum((ends - starts for starts, ends in spans), np.zeros(len(keys), np.int64))
        sizes[sizes > MAX_BUCKET] = 0
        found: list[list[int]] = [[] for _ in signatures]
        bands = len(keys) // max(1, len(signatures))
        for at in np.flatnonzero(sizes).tolist():
            for part, (starts, ends) in zip(parts, spans, strict=True):
                if starts[at] < ends[at]:
                    found[at // bands] += (part[starts[at] : ends[at]] & _ARTICLE).tolist()
        return [Counter(articles) for articles in found]

    def _refresh(self) -> None:
        """Takes in the runs that were written since the last look, by this process or another."""
        ((folded,),) = self._database.all("SELECT run FROM folded")
        if folded != self._folded:
            self._folded = self._last = folded
            self._runs = []
        rows = self._database.all("SELECT run, entries FROM runs WHERE run > ? ORDER BY run", (self._last,))
        if rows:
            self._last = rows[-1][0]
            run = _sorted(b"".join(entries for _, entries in rows))
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
        for first in range(0, _PAGES, _CHUNK):
            last = first + _CHUNK - 1
            query = "SELECT entries FROM pages WHERE page BETWEEN ? AND ?"
            rows = self._database.all(query, (first, last))
            start, end = np.searchsorted(page, [first, last + 1])
            merged = _merged(_entries(b"".join(entries for (entries,) in rows)), run[start:end])
            total += len(merged)
            self._database.run_many("INSERT OR REPLACE INTO pages VALUES (?, ?)", _by_page(merged))
        self._database.run("UPDATE folded SET run = (SELECT max(run) FROM runs), entries = ?, waiting = 0", (total,))
        self._database.run("DELETE FROM runs")


class FewBands:
    """The same bands in memory, for the few articles that a run has decided and not committed yet: a row of keys for
    each, all of which are looked at, which for a thousand takes less time than to keep buckets."""

    def __init__(self) -> None:
        self._articles: list[int] = []
        self._keys = np.empty((64, BODY_BANDS + LEAD_BANDS), np.uint64)

    def add(self, key: int, signature: Signature) -> None:
        """Take in a signature under a key that was not used before."""
        if len(self._articles) == len(self._keys):
            self._keys = np.concatenate((self._keys, np.empty_like(self._keys)))
        self._keys[len(self._articles)] = keys_of([signature])[0]
        self._articles.append(key)

    def candidates(self, signature: Signature, limit: int) -> list[tuple[int, int]]:
        """At most `limit` keys with the bands shared, those sharing most first, then in order of arrival."""
        same = self._keys[: len(self._articles)] == keys_of([signature])
        if not same.any():
            return []
        same[:, np.count_nonzero(same, axis=0) > MAX_BUCKET] = False
        shared = np.count_nonzero(same, axis=1)
        return most_shared(Counter({self._articles[at]: int(shared[at]) for at in np.flatnonzero(shared)}), limit)


def keys_of(signatures: Sequence[Signature]) -> Entries:
    """The hash of each band, a row for each signature, in the upper 40 bits."""
    return np.array([_keys(signature) for signature in signatures], np.uint64).reshape(len(signatures), -1)


@lru_cache(maxsize=2_048)
def _keys(signature: Signature) -> Entries:
    """Remembered, for a new article is looked up, taken in ahead and taken in for good."""
    keys = [
        xxhash.xxh64_intdigest(sketch[at : at + width], seed=seed + at)
        for sketch, width, seed in (
            (signature.body, 4 * BODY_ROWS, 0),
            (signature.lead, 4 * LEAD_ROWS, len(signature.body)),
        )
        for at in range(0, len(sketch), width)
    ]
    return np.array(keys, np.uint64) & ~_ARTICLE


def _entries(data: bytes) -> Entries:
    return np.frombuffer(data, "<u8").astype(np.uint64, copy=False)


def _bytes(entries: Entries) -> bytes:
    return entries.astype("<u8", copy=False).tobytes()


def _spans(entries: Entries, keys: Entries) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where in the sorted entries each key's bucket starts and ends."""
    starts = np.searchsorted(entries, keys)
    ends = starts.copy()
    at = np.flatnonzero(starts < len(entries))
    hits = at[(entries[starts[at]] ^ keys[at]) <= _ARTICLE]  # most keys have no bucket
    ends[hits] = np.searchsorted(entries, keys[hits] | _ARTICLE, "right")
    return starts, ends


def _bounded(entries: Entries) -> Entries:
    """The sorted entries without those that a hot bucket has beyond what tells that it is hot."""
    if len(entries) <= MAX_BUCKET:
        return entries
    keys = entries >> _ARTICLE_BITS
    # An entry is beyond when the one so many places before it is of the same bucket.
    beyond = keys[MAX_BUCKET + 1 :] == keys[: -(MAX_BUCKET + 1)]
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
