"""A day's records as Parquet tables: derived from its segments, for readers that want some columns of some days.

A table holds whole segments, one after the other in the order in which they were closed, and its metadata says which.
It counts as long as each of these still has the edition that it had; whoever does not find one that counts reads the
segments themselves.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

import msgspec

from archive.bucket import Bucket
from archive.commit import Part
from archive.errors import ArchiveError, ObjectMissing
from archive.layout import PARQUET, CommitKey, ParquetKey, day_of, parse_key
from archive.live import Place
from archive.records import Article
from archive.tables import article_schema, as_row, need

VERSION = 1
ROWS = 20_000
"""Rows of a table, about; a segment is never divided. 40 MB as measured on news of 320 words."""
GROUP = 1_000
"""Rows of a row group, the least that is read of a column."""
_METADATA = b"breachwire"
_AHEAD = 2**17
"""Bytes at the end of a table that are read at once: the footer of 20 row groups takes 60 kB."""
_LABELS = ["source", "language", "access", "discovered_by", "relevance.topic", "relevance.verdict", "dedup.verdict"]
_BOUNDED = ["id", "source", "published", "language", "fetched", "written", "segment"]


class DamagedTable(ArchiveError):
    """A table that cannot be read. It is derived: the segments have all that it should hold."""


class _Covered(msgspec.Struct, frozen=True):
    version: int
    segments: tuple[Part, ...]


def write_table(bucket: Bucket, day: date, segments: Iterable[tuple[Part, Sequence[Article]]]) -> ParquetKey:
    """Put the segments of a day into a table of their own. Raises `ArchiveError` when pyarrow is not installed."""
    pa, pq = need("pyarrow", "arrow"), need("pyarrow.parquet", "arrow")
    schema = _schema(pa)
    covered: list[Part] = []
    file = io.BytesIO()
    options = {
        "compression": "zstd",
        "use_dictionary": [*_LABELS, "segment", "written"],
        "write_statistics": _BOUNDED,
        "write_page_checksum": True,
    }
    with pq.ParquetWriter(file, schema, **options) as writer:
        rows = _rows(segments, covered)
        while group := list(islice(rows, GROUP)):
            writer.write_batch(pa.RecordBatch.from_pylist(group, schema=schema))
        writer.add_key_value_metadata({_METADATA: msgspec.json.encode(_Covered(VERSION, tuple(covered)))})
    data = file.getvalue()
    key = ParquetKey(day, hashlib.sha256(data).hexdigest()[:16])
    bucket.put(str(key), data)
    return key


def _schema(pa: Any) -> Any:
    return article_schema(pa).append(pa.field("segment", pa.string())).append(pa.field("written", pa.string()))


def _rows(segments: Iterable[tuple[Part, Sequence[Article]]], covered: list[Part]) -> Iterator[dict[str, Any]]:
    """The rows of the segments; what each is, is added to `covered`."""
    for part, articles in segments:
        covered.append(part)
        name = f"{part.run}-{part.seq:05d}"
        yield from (as_row(article) | {"segment": name, "written": part.written} for article in articles)


class Table:
    """A table in the archive, of which only what is asked for is read. Raises `ArchiveError` when it is damaged."""

    def __init__(self, bucket: Bucket, key: ParquetKey, size: int) -> None:
        pa, pq = need("pyarrow", "arrow"), need("pyarrow.parquet", "arrow")
        self.key = key
        self.size = size
        self._pa = pa
        try:
            if size <= _AHEAD:
                file = pa.BufferReader(bucket.get_range(str(key), 0, size))
            else:
                file = pa.PythonFile(RangeFile(bucket, str(key), size), mode="r")
            self._file = pq.ParquetFile(file, pre_buffer=True, page_checksum_verification=True)
            found = msgspec.json.decode(self._file.metadata.metadata[_METADATA], type=_Covered)
            if not self._file.schema_arrow.equals(_schema(pa)):
                raise ValueError("its columns are others")
        except (pa.ArrowException, KeyError, OSError, TypeError, ValueError) as error:
            raise DamagedTable(
                f"{key}: not a table of this archive: {error}; run `breachwire archive compact`"
            ) from error
        self.segments = found.segments

    def places(self) -> Iterator[tuple[CommitKey, int, int]]:
        """Each segment that it holds, with its edition and its first row."""
        start = 0
        for part in self.segments:
            yield CommitKey(self.key.day, part.run, part.seq), part.edition, start
            start += part.rows

    @property
    def rows(self) -> int:
        """Rows that it holds."""
        return sum(part.rows for part in self.segments)

    def read(self, start: int, stop: int, columns: Sequence[str]) -> Any:
        """These rows and columns, as a `pyarrow.Table`, at the cost of the row groups that they lie in.

        Raises `ObjectMissing` when the table was replaced meanwhile.
        """
        first, last = start // GROUP, (stop - 1) // GROUP
        try:
            found = self._file.read_row_groups(list(range(first, last + 1)), columns=list(columns), use_threads=False)
        except (self._pa.ArrowException, ValueError, OSError) as error:
            raise DamagedTable(f"{self.key}: is damaged: {error}; delete it: it is derived") from error
        return found.slice(start - first * GROUP, stop - start)


def tables_of(bucket: Bucket, found: Iterable[tuple[ParquetKey, int]], places: Iterable[Place]) -> list[Table]:
    """Those of a day's tables that count, given where the day's segments are; no two hold the same segment."""
    editions = {place.key: place.part.edition if place.commit else 0 for place in places}
    chosen: list[Table] = []
    for table in sorted(_opened(bucket, found), key=lambda table: (-table.rows, table.key)):
        held = {key: edition for key, edition, _ in table.places()}
        if all(editions.get(key) == edition for key, edition in held.items()):
            chosen.append(table)
            for key in held:
                del editions[key]
    return chosen


def table_keys(bucket: Bucket, day: date | None = None) -> Iterator[tuple[ParquetKey, int]]:
    """The keys and sizes of all tables that are there, of a day or of all days."""
    for key, size in bucket.list(PARQUET + (day_of(day) if day else "")):
        if isinstance(place := parse_key(key), ParquetKey):
            yield place, size


def _opened(bucket: Bucket, found: Iterable[tuple[ParquetKey, int]]) -> Iterator[Table]:
    for key, size in found:
        # One that is damaged, or was replaced since it was listed, does not count: its segments are read instead.
        with contextlib.suppress(ObjectMissing, DamagedTable):
            yield Table(bucket, key, size)


class RangeFile(io.RawIOBase):
    """An object as a file of which only the parts asked for are fetched."""

    def __init__(self, bucket: Bucket, key: str, size: int) -> None:
        super().__init__()
        self._bucket = bucket
        self._key = key
        self._size = size
        self._at = 0
        self._end = b""

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        stop = self._size if size is None or size < 0 else min(self._size, self._at + size)
        data = self._part(self._at, stop)
        self._at += len(data)
        return data

    def _part(self, start: int, stop: int) -> bytes:
        """The bytes; those near the end from what was fetched at first."""
        if start >= stop:
            return b""
        ahead = max(0, self._size - _AHEAD)
        if start < ahead:
            return self._bucket.get_range(self._key, start, stop - start)
        self._end = self._end or self._bucket.get_range(self._key, ahead, self._size - ahead)
        return self._end[start - ahead : stop - ahead]
