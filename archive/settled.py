"""What a compaction has settled: of the tables of the days before one, which rows do not stand as they were archived.

Whether a newer record stands in place of a row is told by all that was committed after it. A compaction has read all of
that and writes down the rows that it hides or moves among the copies, so that a reader need look at nothing but what
came later. What it wrote holds as long as the commits that counted then are all that there are for those days, and the
tombstones are the same: nobody trusts it further, and it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from archive.bucket import Bucket
from archive.errors import ObjectMissing
from archive.layout import SETTLED, CommitKey, ParquetKey, parse_key
from archive.tables import need
from archive.tombstone import Tombstones

VERSION = 1
_METADATA = b"breachwire"
_MAX_BYTES = 2**28
"""More is not read: some ten million rows that do not stand as they were archived."""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """When it holds, and which tables it is of: the keys of the commits before the day `before` that count, of those
    that were there as well and do not, `Tombstones.state`, and keys and sizes of the tables."""

    version: int = VERSION
    before: date
    counting: tuple[str, ...]
    idle: tuple[str, ...]
    erased: str
    tables: tuple[tuple[str, int], ...]

    def holds(self, keys: Iterable[CommitKey], erased: Tombstones) -> bool:
        """Whether it is true of an archive with these commits and tombstones."""
        there = {str(key) for key in keys if key.day < self.before}
        counting = set(self.counting)
        return self.erased == erased.state and counting <= there and (there - counting).issubset(self.idle)


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled; `rows` is a `pyarrow.Table` of `row_schema`."""

    head: Head
    rows: Any

    @property
    def tables(self) -> list[tuple[ParquetKey, int]]:
        """The tables that hold all rows of those days, with their sizes."""
        found = [(parse_key(key), size) for key, size in self.head.tables]
        return [(key, size) for key, size in found if isinstance(key, ParquetKey)]


def row_schema(pa: Any) -> Any:
    """The columns of the rows that do not stand as they were archived: the number of the table and of the row in it;
    whether it is hidden, by a newer record or a tombstone; whether its page has a newer version; whether it has another
    place among the copies now, and which."""
    columns = [("table", pa.int32()), ("row", pa.int64()), ("hidden", pa.bool_()), ("revised", pa.bool_())]
    columns += [("moved", pa.bool_()), ("verdict", pa.string()), ("duplicate_of", pa.string())]
    return pa.schema(columns)


def read_settled(bucket: Bucket, keys: Collection[CommitKey], erased: Tombstones) -> Settled | None:
    """What is settled of an archive with these commits and tombstones, None if nothing is."""
    found = [each for _, each in all_settled(bucket) if each.head.holds(keys, erased)]
    return max(found, key=lambda each: each.head.before, default=None)


def all_settled(bucket: Bucket) -> Iterator[tuple[str, Settled]]:
    """All that was ever settled and is there still, with its key. What is damaged does not count."""
    for key, _size in list(bucket.list(SETTLED)):
        try:
            yield key, _read(bucket, key)
        except (ObjectMissing, ValueError):
            continue


def write_settled(bucket: Bucket, settled: Settled) -> str:
    """Put it into the archive; its key."""
    file = io.BytesIO()
    table = settled.rows.replace_schema_metadata({_METADATA: msgspec.json.encode(settled.head)})
    need("pyarrow.parquet", "arrow").write_table(table, file, compression="zstd")
    data = file.getvalue()
    key = _key(data)
    bucket.put(key, data)
    return key


def is_whole(bucket: Bucket, key: str) -> bool:
    """Whether the object has the bytes that it is named by."""
    return _key(bucket.get_range(key, 0, _MAX_BYTES + 1)) == key


def _key(data: bytes) -> str:
    return f"{SETTLED}{hashlib.sha256(data).hexdigest()[:16]}.parquet"


def _read(bucket: Bucket, key: str) -> Settled:
    """Raises `ValueError` when it is not what was written."""
    pa, pq = need("pyarrow", "arrow"), need("pyarrow.parquet", "arrow")
    data = bucket.get_range(key, 0, _MAX_BYTES + 1)
    if _key(data) != key:
        raise ValueError(f"{key}: does not have the sha256 that it is named by")
    try:
        rows = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
        head = msgspec.json.decode(rows.schema.metadata[_METADATA], type=Head)
    except (pa.ArrowException, msgspec.MsgspecError, KeyError, TypeError, OSError) as error:
        raise ValueError(f"{key}: {error}") from error
    if head.version != VERSION:
        raise ValueError(f"{key}: of version {head.version}")
    numbers = range(len(head.tables))
    if any(number not in numbers for number in rows["table"].unique().to_pylist()):
        raise ValueError(f"{key}: names a table that it does not list")
    return Settled(head, rows.cast(row_schema(pa)))
