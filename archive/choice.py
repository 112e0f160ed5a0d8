"""Choosing: which of an archive's records are wanted, and as what they stand today.

Records are asked about from the newest to the oldest, one by one or all rows of a table at once. Of most rows no newer
record says anything, and they say nothing of older ones: these are dealt with together. The others go by the same rules
as a record that is asked about alone, in the same order, so both ways choose the same.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain, compress
from typing import Any, NamedTuple

import msgspec

from archive.records import Article, Dedup, Relevance
from archive.selection import Selection
from archive.standing import Newer, page_of
from archive.tables import need
from archive.tombstone import Tombstones

_PAGE = ("url", "canonical_url")
_PLACE = ("dedup.verdict", "dedup.duplicate_of", "dedup.cluster")
_LABELS = ("source", "language", "relevance.topic", "relevance.verdict")


class Chosen(NamedTuple):
    """Rows of a table that are wanted, from the last to the first; where those of them stand among the copies that
    newer records have moved; and those of which the page has a newer version."""

    rows: list[int]
    moved: dict[int, Dedup]
    revised: set[int]


class Choice:
    """What is wanted of an archive that is read from the newest record to the oldest."""

    def __init__(self, wanted: Selection, erased: Tombstones, columns: Collection[str]) -> None:
        """`columns` are those that are shown of what is chosen."""
        self._wanted = wanted
        self._erased = erased
        self.newer = Newer()
        """What was read so far."""
        self._by_standing = "dedup" in columns or not wanted.includes_all
        self.columns = ["id", "fetched"]
        """Those of a table that `many` goes by."""
        if self._by_standing or erased:
            self.columns += _PAGE
        if self._by_standing or wanted.is_narrow:
            self.columns += _PLACE
        if wanted.is_narrow:
            self.columns += _LABELS
        if erased:
            self.columns.append("extra")

    def one(self, article: Article) -> Article | None:
        """The record as it stands today, None if it is not wanted. Raises `ArchiveError` when its time is none."""
        if not self._wanted.in_range(article) or self.newer.has(article) or self._erased.hides(article):
            return None
        self.newer.take_ids([article.id])
        return self._today(article)[0]

    def many(self, table: Any) -> Chosen:
        """The rows of a `pyarrow.Table` of `columns`, flattened, with the oldest record first."""
        keys = _Keys(table)
        rows = self._in_range(keys)
        if self._erased:
            rows = [row for row in rows if not self._erased.hides(keys.article(row))]
        ids = keys["id"]
        rows = list(compress(rows, self.newer.take_ids([ids[row] for row in rows])))
        if not (self._by_standing or self._wanted.is_narrow):
            return Chosen(rows, {}, set())
        asked = self._asked(keys, rows) if self._by_standing else ()
        kinds = keys.kinds(_LABELS if self._wanted.is_narrow else ())
        takes: dict[object, bool] = {}
        chosen = Chosen([], {}, set())
        for row in rows:
            if row in asked:
                article = keys.article(row)
                current, is_revised = self._today(article)
                if current is None:
                    continue
                if is_revised:
                    chosen.revised.add(row)
                if current.dedup is not article.dedup:
                    chosen.moved[row] = current.dedup
            else:
                kind = kinds[row]
                if kind not in takes:
                    takes[kind] = self._wanted.takes(keys.article(row))
                if not takes[kind]:
                    continue
            chosen.rows.append(row)
        return chosen

    def _today(self, article: Article) -> tuple[Article | None, bool]:
        """The article as it is wanted, and whether its page has a newer version; what it says of older ones counts from
        now on."""
        replaced = self.newer.replaces(article)
        current = self.newer.today(article)
        self.newer.hear(article)
        wanted = self._wanted.takes(current) and not (replaced and self._wanted.leaves_out_revised)
        return (current if wanted else None), replaced

    def _in_range(self, keys: _Keys) -> list[int]:
        """The rows that were fetched in the range, from the last to the first."""
        pa, pc = need("pyarrow", "arrow"), need("pyarrow.compute", "arrow")
        rows = range(keys.table.num_rows - 1, -1, -1)
        utc = pa.timestamp("us", "UTC")
        try:
            fetched = keys.table["fetched"].cast(utc)
        except pa.ArrowInvalid:  # written in another way, or no time at all
            return [row for row in rows if self._wanted.in_range(keys.article(row))]
        if self._wanted.is_unbounded:
            return list(rows)
        since, until = pa.scalar(self._wanted.since, utc), pa.scalar(self._wanted.until, utc)
        inside = pc.and_(pc.greater_equal(fetched, since), pc.less(fetched, until)).to_pylist()
        return [row for row in rows if inside[row]]

    def _asked(self, keys: _Keys, rows: list[int]) -> set[int]:
        """Those of the rows that say something of older records, and those that others, or these, may speak of."""
        ids, verdicts, copy_of, clusters = (keys[name] for name in ("id", *_PLACE))
        speaking = [
            row
            for row in rows
            if verdicts[row] == "revision"
            or (clusters[row] not in (None, "", ids[row]) and copy_of[row] is None and verdicts[row] != "duplicate")
        ]
        asked = set(speaking)
        pages = {page_of(keys.article(row)) for row in speaking if verdicts[row] == "revision"}
        if self.newer.revised:
            pages |= self.newer.revised.intersection(chain(keys["url"], keys["canonical_url"]))
        if pages:
            urls, canonical = keys["url"], keys["canonical_url"]
            asked.update(row for row in rows if urls[row] in pages or canonical[row] in pages)
        led = {clusters[row] for row in speaking}
        if led or self.newer.leading:
            names = [clusters[row] or ids[row] for row in rows]
            led |= self.newer.leading.keys() & set(names)
            asked.update(row for row, name in zip(rows, names, strict=True) if name in led)
        return asked


class _Keys:
    """The columns of a table as lists, made when they are asked for."""

    def __init__(self, table: Any) -> None:
        self.table = table
        self._lists: dict[str, list[Any]] = {}

    def __getitem__(self, column: str) -> list[Any]:
        if column not in self._lists:
            self._lists[column] = self.table[column].to_pylist()
        return self._lists[column]

    def kinds(self, labels: tuple[str, ...]) -> list[object]:
        """Of each row what `Selection.takes` goes by: its labels, as far as these matter, and its place."""
        is_copy = [other is not None for other in self["dedup.duplicate_of"]]
        return list(zip(*(self[name] for name in (*labels, "dedup.verdict")), is_copy, strict=True))

    def article(self, row: int) -> Article:
        """The record of a row, as far as the columns go."""
        cell = {name: self[name][row] for name in self.table.column_names}
        topic = cell.get("relevance.topic")
        return Article(
            id=cell["id"],
            url=cell.get("url", ""),
            canonical_url=cell.get("canonical_url", ""),
            source=cell.get("source", ""),
            language=cell.get("language"),
            fetched=cell["fetched"],
            dedup=Dedup(
                verdict=cell.get("dedup.verdict", "unique"),
                duplicate_of=cell.get("dedup.duplicate_of"),
                cluster=cell.get("dedup.cluster"),
            ),
            relevance=None if topic is None else Relevance(topic=topic, score=0.0, verdict=cell["relevance.verdict"]),
            extra=msgspec.json.decode(cell.get("extra", "{}")),
        )
