"""Reading a day's tables: first the few columns that tell which rows are wanted, then of those what is asked for.

What a table holds lies in the segments, too. One that was replaced or is damaged is passed over for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from archive.bucket import Bucket
from archive.errors import ObjectMissing
from archive.live import Place, read_places
from archive.parquet import GROUP, DamagedTable, Table
from archive.records import Article, Dedup, Relevance
from archive.tables import article_schema, as_row, from_row, need

COLUMNS = tuple(each.name for each in msgspec.structs.fields(Article))
_KEYS = ("id", "url", "canonical_url", "source", "language", "fetched")
_PLACE = ("dedup.verdict", "dedup.duplicate_of", "dedup.cluster", "relevance.topic", "relevance.verdict")

Choose = Callable[[Article], Article | None]
"""Whether a record is wanted, and as what; asked once for each record, from the newest to the oldest."""


@dataclass(slots=True)
class Rows:
    """Segments that follow one another in a table: its rows from `start` to `stop`."""

    bucket: Bucket
    table: Table
    start: int
    stop: int
    places: list[Place]
    """From the oldest to the newest."""
    _instead: list[Article] = field(default_factory=list)

    def articles(self, choose: Choose) -> Iterator[Article]:
        """Those that are chosen, the newest first."""
        for low, high, chosen in self._chosen(choose):
            for row, (_, current) in zip(self._rows(low, high, COLUMNS, chosen), chosen, strict=True):
                yield msgspec.structs.replace(from_row(row), dedup=_with_evidence(current.dedup, row))

    def arrow(self, choose: Choose, columns: Sequence[str]) -> Iterator[Any]:
        """The same as tables of these columns."""
        pa = need("pyarrow", "arrow")
        schema = pa.schema([article_schema(pa).field(name) for name in columns])
        for low, high, chosen in self._chosen(choose):
            if "dedup" not in columns and not self._instead:
                try:
                    found = self.table.read(low, high, columns).take([index for index, _ in chosen])
                    yield found.select(list(columns)).cast(schema)
                    continue
                except (ObjectMissing, DamagedTable):
                    self._read_instead()
            rows = self._rows(low, high, columns, chosen)
            if "dedup" in columns:
                for row, (_, current) in zip(rows, chosen, strict=True):
                    row["dedup"] = msgspec.to_builtins(_with_evidence(current.dedup, row))
            yield pa.Table.from_pylist(rows, schema=schema)

    def _chosen(self, choose: Choose) -> Iterator[tuple[int, int, list[tuple[int, Article]]]]:
        """Of each row group, from the last to the first: its rows, and the numbers in it of those that are chosen."""
        for first in range((self.stop - 1) // GROUP * GROUP, self.start // GROUP * GROUP - 1, -GROUP):
            low, high = max(self.start, first), min(self.stop, first + GROUP)
            keys = self._keys(low, high)
            found = ((index, choose(keys[index])) for index in range(high - low - 1, -1, -1))
            chosen = [(index, article) for index, article in found if article is not None]
            if chosen:
                yield low, high, chosen

    def _keys(self, low: int, high: int) -> list[Article]:
        """The rows with no more than what tells whether they are wanted."""
        if not self._instead:
            try:
                found = self.table.read(low, high, (*_KEYS, *_PLACE, "extra")).flatten()
                return list(map(_bare, *(found[name].to_pylist() for name in (*_KEYS, *_PLACE, "extra"))))
            except (ObjectMissing, DamagedTable):
                self._read_instead()
        return self._instead[low - self.start : high - self.start]

    def _rows(self, low: int, high: int, columns: Sequence[str], chosen: list[tuple[int, Article]]) -> list[Any]:
        indices = [index for index, _ in chosen]
        if not self._instead:
            try:
                rows: list[Any] = self.table.read(low, high, columns).take(indices).to_pylist()
                return rows
            except (ObjectMissing, DamagedTable):
                self._read_instead()
        offset = low - self.start
        whole = [as_row(self._instead[offset + index]) for index in indices]
        return [{name: row[name] for name in columns} for row in whole]

    def _read_instead(self) -> None:
        found = read_places(self.bucket, self.places)
        self._instead = [record.article for _, records in found for record in records]


def _bare(*values: Any) -> Article:
    """The record of a row of `_KEYS`, `_PLACE` and `extra`."""
    id, url, canonical_url, source, language, fetched, verdict, duplicate_of, cluster, topic, relevant, extra = values
    return Article(
        id=id,
        url=url,
        canonical_url=canonical_url,
        source=source,
        language=language,
        fetched=fetched,
        dedup=Dedup(verdict=verdict, duplicate_of=duplicate_of, cluster=cluster),
        relevance=Relevance(topic=topic, score=0.0, verdict=relevant) if topic is not None else None,
        extra=msgspec.json.decode(extra) if extra != "{}" else {},
    )


def _with_evidence(dedup: Dedup, row: dict[str, Any]) -> Dedup:
    """The place as newer records have it, with the evidence of when it was decided."""
    archived = msgspec.convert(row["dedup"], Dedup)
    return msgspec.structs.replace(archived, verdict=dedup.verdict, duplicate_of=dedup.duplicate_of)
