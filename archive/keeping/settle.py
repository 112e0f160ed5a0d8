"""Settling: one pass over the tables, the newest rows first, that writes down which of them do not stand as they were
archived (`archive.settled`)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from archive.articles import Articles
from archive.bucket import Bucket
from archive.choice import Choice
from archive.columns import COLUMNS, Rows
from archive.errors import ArchiveError, ObjectMissing
from archive.keeping.clearing import remove
from archive.keeping.told import Told, nobody
from archive.layout import SETTLED, CommitKey
from archive.live import commit_keys, places
from archive.selection import INCLUDES, Selection
from archive.settled import Head, Settled, all_settled, row_schema, write_settled
from archive.tables import need
from archive.tombstone import Tombstones

_TRIES = 5
_EVERYTHING = Selection(include=frozenset(INCLUDES))


def settle(bucket: Bucket, before: date, removed: list[str], told: Told = nobody) -> None:
    """Write down what stands of the days before `before`, unless that is written already, and remove what was written
    down earlier and does not hold any more."""
    for _ in range(_TRIES):
        erased, keys = Tombstones.of(bucket), _keys(bucket, before)
        there = [key for key, _size in bucket.list(SETTLED)]
        held = [key for key, settled in all_settled(bucket) if _covers(settled.head, keys, erased)][-1:]
        if not held and keys:
            with contextlib.suppress(ObjectMissing):  # another one compacts, too: look again
                found = _settled(bucket, before, keys, erased, told)
                # Nothing is written down that was read while a segment came late, or something was erased.
                if found and _is_as_before(bucket, before, keys, erased):
                    held = [write_settled(bucket, found)]
        remove(bucket, (key for key in there if key not in held), removed)
        if _is_as_before(bucket, before, keys, erased):
            return
        remove(bucket, held, removed)


def unsettle(bucket: Bucket, removed: list[str]) -> None:
    """Remove what was written down and does not hold any more: it names articles, though by nothing but ids."""
    there = [key for key, _size in bucket.list(SETTLED)]
    if there:
        keys, erased = list(commit_keys(bucket)), Tombstones.of(bucket)
        with contextlib.suppress(ArchiveError):  # without pyarrow nobody can tell; it is derived, and made again
            held = [key for key, settled in all_settled(bucket) if settled.head.holds(keys, erased)]
            there = [key for key in there if key not in held]
        remove(bucket, there, removed)


def _keys(bucket: Bucket, before: date) -> list[CommitKey]:
    return [key for key in commit_keys(bucket) if key.day < before]


def _covers(head: Head, keys: Iterable[CommitKey], erased: Tombstones) -> bool:
    return head.holds(keys, erased) and all(key.day < head.before for key in keys)


def _is_as_before(bucket: Bucket, before: date, keys: list[CommitKey], erased: Tombstones) -> bool:
    return _keys(bucket, before) == keys and Tombstones.of(bucket).state == erased.state


def _settled(bucket: Bucket, before: date, keys: list[CommitKey], erased: Tombstones, told: Told) -> Settled | None:
    """None where not all segments are in tables that are whole."""
    pa = need("pyarrow", "arrow")
    tables: dict[str, tuple[int, int]] = {}
    choice = Choice(_EVERYTHING, erased, COLUMNS)
    found: list[dict[str, Any]] = []
    of = len({key.day for key in keys})
    for group in Articles(bucket, _EVERYTHING, days=(date.min, before)).groups():
        if not isinstance(group, Rows):
            return None
        key = str(group.table.key)
        told("settling tables", len(tables), max(of, len(tables)))
        tables.setdefault(key, (len(tables), group.table.size))
        found += ({"table": tables[key][0], **row} for row in _changed(group, choice))
        if not group.is_of_table:
            return None
    counting = {str(place.holder) for place in places(bucket, keys)}
    head = Head(
        before=before,
        counting=tuple(sorted(counting)),
        idle=tuple(sorted({str(key) for key in keys} - counting)),
        erased=erased.state,
        tables=tuple((key, size) for key, (_, size) in tables.items()),
    )
    return Settled(head, pa.Table.from_pylist(found, schema=row_schema(pa)))


def _changed(group: Rows, choice: Choice) -> Iterator[dict[str, Any]]:
    """The rows of the group that do not stand as they were archived."""
    for low, high, chosen in group.chosen(choice):
        stands = set(chosen.rows)
        yield from ({"row": low + row, "hidden": True} for row in range(high - low) if row not in stands)
        for row in sorted(chosen.revised | chosen.moved.keys()):
            dedup = chosen.moved.get(row)
            yield {
                "row": low + row,
                "hidden": False,
                "revised": row in chosen.revised,
                "moved": dedup is not None,
                "verdict": dedup.verdict if dedup else None,
                "duplicate_of": dedup.duplicate_of if dedup else None,
            }
