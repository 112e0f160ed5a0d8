"""Reading a day's tables: first the few columns that tell which rows are wanted, then of those what is asked for.

What a table holds lies in the segments, too. One that was replaced or is damaged is passed over for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from archive.bucket import Bucket
from archive.choice import Choice, Chosen
from archive.errors import ObjectMissing
from archive.live import Place, read_places
from archive.parquet import GROUP, DamagedTable, Table
from archive.records import Article, Dedup
from archive.tables import article_schema, as_row, from_row, need

COLUMNS = tuple(each.name for each in msgspec.structs.fields(Article))


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

    def articles(self, choice: Choice) -> Iterator[Article]:
        """Those that are chosen, the newest first."""
        for found in self.arrow(choice, COLUMNS):
            yield from map(from_row, found.to_pylist())

    def arrow(self, choice: Choice, columns: Sequence[str]) -> Iterator[Any]:
        """The same as tables of these columns."""
        pa = need("pyarrow", "arrow")
        schema = article_schema(pa, columns)
        for low, high, chosen in self.chosen(choice):
            if chosen.rows:
                found = self._rows(low, high, schema, chosen.rows)
                yield _as_it_stands(pa, found, chosen) if chosen.moved and "dedup" in columns else found

    def chosen(self, choice: Choice) -> Iterator[tuple[int, int, Chosen]]:
        """What is chosen of each row group, from the last to the first: of its rows from the first number to the
        second, numbered from there."""
        for first in range((self.stop - 1) // GROUP * GROUP, self.start // GROUP * GROUP - 1, -GROUP):
            low, high = max(self.start, first), min(self.stop, first + GROUP)
            yield low, high, self._chosen(choice, low, high)

    @property
    def is_of_table(self) -> bool:
        """Whether the table was there and whole, as far as it was read."""
        return not self._instead

    def _chosen(self, choice: Choice, low: int, high: int) -> Chosen:
        """Those of the rows that are chosen, numbered from `low`."""
        if not self._instead:
            try:
                keys = self.table.read(low, high, choice.columns)
            except (ObjectMissing, DamagedTable):
                self._read_instead()
            else:
                return choice.many(keys.flatten())
        chosen = Chosen([], {}, set())
        for row in range(high - low - 1, -1, -1):
            archived = self._instead[low - self.start + row]
            current = choice.one(archived)
            if current is not None:
                chosen.rows.append(row)
                if current.dedup is not archived.dedup:
                    chosen.moved[row] = current.dedup
        return chosen

    def _rows(self, low: int, high: int, schema: Any, rows: list[int]) -> Any:
        """These of the rows, as a table."""
        if not self._instead:
            try:
                return self.table.read(low, high, schema.names).take(rows).select(schema.names).cast(schema)
            except (ObjectMissing, DamagedTable):
                self._read_instead()
        whole = (as_row(self._instead[low - self.start + row]) for row in rows)
        pa = need("pyarrow", "arrow")
        return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in whole], schema=schema)

    def _read_instead(self) -> None:
        found = read_places(self.bucket, self.places)
        self._instead = [record.article for _, records in found for record in records]


def _as_it_stands(pa: Any, found: Any, chosen: Chosen) -> Any:
    """The table with the places among the copies as newer records have them, and the evidence they were decided by."""
    number = found.schema.get_field_index("dedup")
    column = found.schema.field(number)
    places = [
        place | _changed(chosen.moved[row]) if row in chosen.moved else place
        for row, place in zip(chosen.rows, found.column(number).to_pylist(), strict=True)
    ]
    return found.set_column(number, column, pa.array(places, column.type))


def _changed(dedup: Dedup) -> dict[str, str | None]:
    return {"verdict": dedup.verdict, "duplicate_of": dedup.duplicate_of}
