"""The rows of articles in the store's file, found by the keys of their bands and names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from archive.database import Database
from pipelines.dedup.bands import BANDS, keys_of
from pipelines.dedup.buckets import ARTICLE, ARTICLE_BITS, Buckets, Places
from pipelines.dedup.known import Candidate, KnownArticle
from pipelines.dedup.names import id_name, keys_of_names, text_name, unpacked
from pipelines.dedup.presence import Entries
from pipelines.dedup.signature import Signature

_READY_BYTES = 16_384
"""Compressed texts up to this size are read together with the rows; larger ones when they are asked for, so that many
of them do not fill the memory."""
COLUMNS = (
    f"number, addresses, written, CASE WHEN length(text) <= {_READY_BYTES} THEN text END, id, coalesce(cluster, id),"
    " exact, words, title, source, published, access, site, credits, leads, related"
)
_ROWS = f"SELECT {COLUMNS} FROM (SELECT value FROM json_each(?)) CROSS JOIN articles ON number = value"  # noqa: S608  # our own columns

Name = tuple[int, bytes]
"""An article's number, and one of its names."""
Signed = tuple[int, Signature]
"""An article's number, and its signature."""


class Row(NamedTuple):
    """What is read of an article. `text` is compressed, None where it is long, or stands with the first exact copy."""

    number: int
    addresses: bytes
    written: str
    text: bytes | None
    article: KnownArticle

    @classmethod
    def of(cls, values: Sequence[Any]) -> Row:
        """From `COLUMNS`."""
        number, addresses, written, text, *fields, leads, related = values
        article = KnownArticle._make(
            (*fields, bool(leads), bool(related), unpacked(addresses)[-1] if addresses else b"")
        )
        return cls(number, addresses, written, text, article)

    def has(self, name: bytes) -> bool:
        """Whether the article is named so."""
        return name in (id_name(self.article.id), text_name(self.article.exact), *unpacked(self.addresses))


class Found(NamedTuple):
    """The candidates of each signature, and the rows that have each name, in order of arrival; names that none has are
    left out. `rows` are all that were read."""

    candidates: list[list[Candidate]]
    named: dict[bytes, list[Row]]
    rows: list[Row]


class Lookup:
    """Finds within the caller's transaction, or `reading`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._buckets = Buckets(database)

    def add(self, names: Sequence[Name], signed: Sequence[Signed]) -> None:
        """Articles are found by these names and bands from now on."""
        self._buckets.add(*_entries(names, signed))

    def remove(self, names: Sequence[Name], signed: Sequence[Signed]) -> None:
        """Articles that have no names and bands but these are not found any more."""
        self._buckets.remove(*_entries(names, signed))

    def named(self, names: Sequence[bytes]) -> dict[bytes, list[Row]]:
        """The rows that have each name, as in `Found`."""
        return self.find([], names, 0).named

    def find(self, signatures: Sequence[Signature], names: Sequence[bytes], limit: int) -> Found:
        """At most `limit` candidates of each signature, those that share most bands first, then in order of arrival;
        and what has each name."""
        hits = self._buckets.find(np.concatenate((keys_of(signatures).ravel(), keys_of_names(names))))
        if not len(hits.places):
            return Found([[] for _ in signatures], {}, [])
        cut = BANDS * len(signatures)
        banded = hits.places < cut
        most = _most(hits.places[banded] // BANDS, hits.numbers[banded], len(signatures), limit)
        by_name = sorted(zip((hits.places[~banded] - cut).tolist(), hits.numbers[~banded].tolist(), strict=True))
        wanted = {number for each in most for number, _ in each}.union(number for _, number in by_name)
        rows = {row.number: row for row in map(Row.of, self._database.all(_ROWS, (str(sorted(wanted)),)))}
        named: dict[bytes, list[Row]] = {}
        for at, number in by_name:
            if rows[number].has(names[at]):  # else another name has the same key
                named.setdefault(names[at], []).append(rows[number])
        candidates = [[Candidate(count, rows[number].article) for number, count in each] for each in most]
        return Found(candidates, named, list(rows.values()))


def _most(whose: Places, numbers: Places, count: int, limit: int) -> list[list[tuple[int, int]]]:
    """For each of so many signatures the numbers with how often they were found, the highest counts first."""
    pairs, shared = np.unique((whose << ARTICLE_BITS) | numbers, return_counts=True)
    whose, numbers = pairs >> ARTICLE_BITS, pairs & int(ARTICLE)
    order = np.lexsort((numbers, -shared, whose))
    cuts = np.searchsorted(whose, np.arange(count + 1)).tolist()
    found = list(zip(numbers[order].tolist(), shared[order].tolist(), strict=True))
    return [found[start : min(end, start + limit)] for start, end in pairwise(cuts)]


def _entries(names: Sequence[Name], signed: Sequence[Signed]) -> tuple[Entries, Entries]:
    """All keys, and beside each the article's number."""
    keys = np.concatenate((keys_of_names([name for _, name in names]), keys_of([each for _, each in signed]).ravel()))
    numbers = np.array(
        [number for number, _ in names] + [number for number, _ in signed for _ in range(BANDS)], np.uint64
    )
    return keys, numbers
