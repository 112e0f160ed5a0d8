"""Compaction: the small segments of a day merged, its records as Parquet tables, and what nobody counts on removed.

Each step leaves the archive whole, so it may be killed, repeated, and run several times at once, while others write and
read: new objects are added, their commit last, and only what does not count any more is deleted (`archive.live`). A day
is looked at again after each change, until there is nothing left to do: so what another did meanwhile is dealt with.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from operator import add, gt

from archive.bucket import Bucket
from archive.commit import Commit, ObjectRef, Part
from archive.errors import ArchiveError, ObjectMissing
from archive.keeping.carry_out import Receipt, carry_out
from archive.keeping.clearing import clear_day, is_erased_from, live_places, remove
from archive.keeping.removal import clear_temporary, data_keys, is_settled, orphans
from archive.keeping.rewrite import Piece, write_rewrite
from archive.keeping.settle import settle
from archive.keeping.told import Told, each_told, nobody
from archive.layout import CommitKey
from archive.live import Place, commit_keys, places_in, read_holder
from archive.parquet import ROWS, table_keys, tables_of, write_table
from archive.records import Article
from archive.tables import need
from archive.times import parse_time, utc_now
from archive.tombstone import Tombstones

GRACE = timedelta(days=7)
"""How long what was replaced stays for those who have begun to read it."""
SMALL_BYTES = 2 * 2**20
"""Clean objects below this size are merged."""
MERGED_BYTES = 8 * 2**20
MERGED_UNPACKED = 128 * 2**20
MERGED_ROWS = 5_000
"""What a merged clean object holds at most, unless one segment is larger. Who reads it holds all of it in memory: 60 MB
as measured on news of 320 words. A text that says one thing over and over packs into a thousandth of its size."""
MERGED_SEGMENTS = 1_000
"""The commit names each with its captures, in 480 bytes."""
_TRIES = 10


@dataclass(slots=True)
class Compacted:
    """What a compaction did: days in which something changed, segments merged into how many objects, tables written,
    and the keys of the objects that were removed."""

    days: int = 0
    merged: int = 0
    into: int = 0
    tables: int = 0
    removed: list[str] = field(default_factory=list)


def compact(
    bucket: Bucket,
    *,
    grace: timedelta = GRACE,
    before: date | None = None,
    clock: Callable[[], datetime] = utc_now,
    told: Told = nobody,
) -> Compacted:
    """Compact the days before `before` (default: today, UTC), and remove what has not counted for `grace`.

    Raises `ArchiveError` when pyarrow is not installed, before anything is done.
    """
    need("pyarrow.parquet", "arrow")
    done = Compacted()
    erased = Tombstones.of(bucket)
    last = before or clock().astimezone(UTC).date()
    days = sorted({key.day for key in commit_keys(bucket) if key.day < last})
    for day in each_told(days, "compacting days", told):
        done.days += compact_day(bucket, day, erased, done, clock)
    for _ in range(_TRIES):
        with contextlib.suppress(ObjectMissing):  # another one clears, too: look again
            clear(bucket, grace, clock(), done)
            break
    settle(
        bucket, min(last, clock().astimezone(UTC).date()), done.removed, told
    )  # what is under way may change at any time
    return done


def compact_day(bucket: Bucket, day: date, erased: Tombstones, done: Compacted, clock: Callable[[], datetime]) -> bool:
    """Merge and tabulate one day until nothing is left to do, or others write as fast; whether there was anything."""
    changed = False
    for _ in range(_TRIES):
        try:
            live = live_places(bucket, day)
            erased = erased.refreshed(bucket)  # only now: whoever erases looks at what is there after his tombstones
            if not (
                _take_out(bucket, day, live, erased, done, clock)
                or _merge(bucket, day, done, clock)
                or _tabulate(bucket, day, {place.key for place in live}, done)
            ):
                return changed
            changed = True
        except ObjectMissing:  # replaced by another meanwhile: look again
            continue
    if not changed:
        raise ArchiveError(
            f"{bucket.uri}: the segments of {day} vanish again and again; is something else rewriting them?"
        )
    return True  # the day is under way, and what came meanwhile is for the next time


def _take_out(
    bucket: Bucket,
    day: date,
    live: Sequence[Place],
    erased: Tombstones,
    done: Compacted,
    clock: Callable[[], datetime],
) -> bool:
    """Take out what was erased and slipped in all the same: a writer had not seen the tombstone yet."""
    if not erased:
        return False
    tabled = {key for table in tables_of(bucket, table_keys(bucket, day), live) for key, _, _ in table.places()}
    new = [place for place in live if place.key not in tabled]
    if not any(erased.hides(article) for _, articles in _articles(bucket, new) for article in articles):
        return False
    receipt = Receipt()
    carry_out(bucket, lambda a: "gone" if erased.hides(a) else "stays", erased.hides_url, receipt, clock, [day])
    done.removed += receipt.removed
    return True


# -- merging ---------------------------------------------------------------------------------------------------------


def _merge(bucket: Bucket, day: date, done: Compacted, clock: Callable[[], datetime]) -> bool:
    """Write the small segments again as few; and those that share an object with what does not count any more."""
    changed = False
    for holders in _chunks(bucket, list(_mergeable(live_places(bucket, day)))):
        if len(holders) > 1 or _is_divided(holders[0]):
            pieces = [piece for holder in holders for piece in _pieces(bucket, holder)]
            pieces.sort(key=lambda piece: (piece.part.written, piece.part.run, piece.part.seq))
            write_rewrite(bucket, day, pieces, clock())
            done.merged += len(pieces)
            done.into += 1
            changed = True
    return changed


def _mergeable(live: Iterable[Place]) -> Iterator[list[Place]]:
    """The segments of each small or divided holder."""
    for _, group in groupby(sorted(live, key=lambda place: (place.holder, place.start)), lambda place: place.holder):
        holder = list(group)
        if _commit(holder).clean.size < SMALL_BYTES or _is_divided(holder):
            yield holder


def _chunks(bucket: Bucket, holders: Sequence[list[Place]]) -> Iterator[list[list[Place]]]:
    """The holders, as many together as may be merged."""
    most = (MERGED_SEGMENTS, MERGED_ROWS, MERGED_BYTES, MERGED_UNPACKED)
    chunk: list[list[Place]] = []
    so_far = (0, 0, 0, 0)
    for holder in sorted(holders, key=lambda holder: min(place.closed for place in holder)):
        clean = _commit(holder).clean
        unpacked = _unpacked(bucket, clean) if len(holders) > 1 else 0
        own = (len(holder), sum(place.part.rows for place in holder), clean.size, unpacked)
        together = tuple(map(add, so_far, own))
        if chunk and any(map(gt, together, most)):
            yield chunk
            chunk, together = [], own
        chunk.append(holder)
        so_far = together
    if chunk:
        yield chunk


def _unpacked(bucket: Bucket, clean: ObjectRef) -> int:
    """The bytes of the records, as gzip tells them at its end (RFC 1952 §2.3.1)."""
    return int.from_bytes(bucket.get_range(clean.key, clean.size - 4, 4), "little")


def _is_divided(holder: Sequence[Place]) -> bool:
    """Whether some of what the commit holds counts elsewhere."""
    return len(holder) < len(_commit(holder).parts)


def _commit(holder: Sequence[Place]) -> Commit:
    commit = holder[0].commit
    assert commit is not None
    return commit


def _pieces(bucket: Bucket, holder: Sequence[Place]) -> Iterator[Piece]:
    raws = {ref.key: ref for ref in _commit(holder).raws}
    for place, (_, records) in zip(holder, read_holder(bucket, holder), strict=True):
        raw = raws[place.part.raw] if place.part.raw else None
        yield Piece(place.part, [record.line for record in records], raw)


# -- tables ----------------------------------------------------------------------------------------------------------


def _tabulate(bucket: Bucket, day: date, looked_at: Container[CommitKey], done: Compacted) -> bool:
    """Write tables of the segments that are in none, with those of tables that are not full; remove what does not
    count: who reads Parquet by himself misses a row for a while rather than seeing it twice. Only segments that were
    looked at for what was erased: of those in tables nobody asks again."""
    live = live_places(bucket, day)
    found = list(table_keys(bucket, day))
    counting = tables_of(bucket, found, live)
    keep = {table.key for table in counting}
    remove(bucket, (str(key) for key, _ in found if key not in keep), done.removed)
    missing = {place.key for place in live} - {key for table in counting for key, _, _ in table.places()}
    if not missing:
        return False
    missing |= {key for table in counting if table.rows < ROWS // 2 for key, _, _ in table.places()}
    missing = {key for key in missing if key in looked_at}
    for chunk in _tables([place for place in live if place.key in missing]):
        write_table(bucket, day, _articles(bucket, chunk))
        done.tables += 1
    return True


def _tables(segments: Sequence[Place]) -> Iterator[list[Place]]:
    """The segments, divided into tables."""
    chunk: list[Place] = []
    for place in segments:
        chunk.append(place)
        if sum(each.part.rows for each in chunk) >= ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _articles(bucket: Bucket, chunk: Sequence[Place]) -> Iterator[tuple[Part, list[Article]]]:
    for _, group in groupby(chunk, lambda place: place.holder):
        holder = list(group)
        for place, (_, records) in zip(holder, read_holder(bucket, holder), strict=True):
            yield place.part, [record.article for record in records]


# -- clearing --------------------------------------------------------------------------------------------------------


def clear(bucket: Bucket, grace: timedelta, now: datetime, done: Compacted) -> None:
    """Remove the commits that count for nothing, with their objects, and objects that no commit names."""
    present = list(data_keys(bucket))
    keys = list(commit_keys(bucket))
    unnamed = {str(key): key for key in orphans(present, keys)}
    for _, group in groupby(keys, lambda key: key.day):
        day = list(group)
        if any(each.rewrite for each in day):
            named = clear_day(
                bucket, day, lambda commit, counting: _is_over(commit, counting, grace, now), done.removed
            )
            for key in named:
                unnamed.pop(key, None)
    remove(bucket, (name for name, key in unnamed.items() if is_settled(bucket, key, now, grace)), done.removed)
    done.removed += clear_temporary(bucket)


def _is_over(commit: Commit, counting: dict[CommitKey, Place], grace: timedelta, now: datetime) -> bool:
    """Whether nobody may read what the commit holds any more: it was erased from, or replaced long enough ago."""
    if is_erased_from(commit, counting):
        return True
    instead = (counting[place.key].commit for place in places_in(commit))
    return all(now - parse_time(other.written) >= grace for other in instead if other)
