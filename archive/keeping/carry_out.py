"""Carrying out what is to go: a look at everything, segments written again without it, what held it deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain, groupby
from typing import Any, Literal

import msgspec

from archive.blank import blanked, members, stem
from archive.bucket import Bucket
from archive.clean import Record, decode_clean, read_records
from archive.commit import ObjectRef, read_commit, read_object
from archive.errors import ArchiveError, BucketError, ObjectMissing
from archive.keeping.clearing import clear_day, is_erased_from, live_places
from archive.keeping.removal import clear_temporary, data_keys, is_settled, orphans, purge
from archive.keeping.rewrite import Piece, object_ref, write_rewrite
from archive.keeping.settle import unsettle
from archive.keeping.told import Told, each_told, nobody
from archive.layout import CommitKey, DataKey, parse_key
from archive.live import Place, commit_keys, places_in, read_holder
from archive.parquet import table_keys, tables_of
from archive.records import Article
from archive.tombstone import Tombstones

Fate = Literal["stays", "bare", "gone"]
"""What becomes of a record: nothing; it loses its capture; it goes, with its capture."""

_TRIES = 20


class Taken(msgspec.Struct, frozen=True):
    """An article that goes, or loses its capture, as a receipt names it."""

    id: str
    url: str
    title: str | None
    source: str
    fetched: str
    fate: Fate


@dataclass(slots=True)
class Found:
    """What a look at everything that is there has found of what is to go."""

    taken: dict[str, Taken] = field(default_factory=dict)
    holders: set[CommitKey] = field(default_factory=set)
    """Commits, whether they count or not, whose objects hold something of it."""
    captures: dict[str, set[int]] = field(default_factory=dict)
    """Offsets of captures that are to go, by the `stem` of their object."""
    borrowed: list[tuple[CommitKey, str, int]] = field(default_factory=list)
    """Of records that stay: holder and capture, where that lies in another segment's object."""


@dataclass(slots=True)
class Receipt:
    """What was removed where."""

    articles: dict[str, Taken] = field(default_factory=dict)
    tombstones: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    """Objects that were written without it."""
    removed: list[str] = field(default_factory=list)
    """Objects that were deleted, with every version."""
    local: dict[str, int] = field(default_factory=dict)
    """Entries removed from each part of the local state."""
    waiting: list[str] = field(default_factory=list)
    """Objects that hold some of it and that no commit names: of a run that was killed, or one that is under way."""

    def take(self, found: Found) -> None:
        """Name the articles."""
        self.articles |= {id: taken for id, taken in found.taken.items() if id not in self.articles}


def look(bucket: Bucket, fate: Callable[[Article], Fate], days: Iterable[date] = (), told: Told = nobody) -> Found:
    """Read every record that is there (of all days, or these), in commits that count and in those that do not any more.

    `fate` is asked once for each.
    """
    found = Found()
    keys = chain.from_iterable(commit_keys(bucket, day) for day in days) if days else commit_keys(bucket)
    for key in each_told(list(keys), "looking through", told):
        try:
            commit = read_commit(bucket, str(key))
            records = list(read_records(bucket, commit))
        except ObjectMissing:  # removed since, or half removed by a run that was killed
            continue
        for place in places_in(commit):
            own = stem(place.part.raw) if place.part.raw else ""
            for record in records[place.start : place.start + place.part.rows]:
                _note(record.article, fate(record.article), key, own, found)
    return found


def _note(article: Article, fate: Fate, holder: CommitKey, own: str, found: Found) -> None:
    capture = article.capture
    if fate == "stays" or (fate == "bare" and capture is None):
        if capture and stem(capture.warc) != own:
            found.borrowed.append((holder, stem(capture.warc), capture.offset))
        return
    found.holders.add(holder)
    taken = Taken(article.id, article.url, article.title, article.source, article.fetched, fate)
    found.taken.setdefault(article.id, taken)
    if capture:
        found.captures.setdefault(stem(capture.warc), set()).add(capture.offset)


def carry_out(
    bucket: Bucket,
    fate: Callable[[Article], Fate],
    is_gone: Callable[[str], bool],
    receipt: Receipt,
    clock: Callable[[], datetime],
    days: Sequence[date] = (),
    told: Told = nobody,
) -> None:
    """Write again and delete until nothing is found, in all days or these.

    `is_gone` tells addresses whose captures go, whatever they are of. Raises `ArchiveError` when an object is damaged:
    what it holds cannot be told.
    """
    for _ in range(_TRIES):
        found = look(bucket, fate, days, told)
        receipt.take(found)
        if not found.holders:
            break
        lenders = {holder for holder, name, at in found.borrowed if at in found.captures.get(name, ())}
        raws = {parse_key(f"{name}-{'0' * 16}.warc.gz") for name in found.captures}
        named = {key.day for key in found.holders | lenders} | {key.day for key in raws if key}
        todo = [_Day(bucket, day, found, fate, is_gone, receipt) for day in sorted(named)]
        with contextlib.suppress(ObjectMissing):  # another one rewrites them, too: the next look will tell
            # Nothing is deleted before all is written: what was there tells the next run what is still to be done.
            for day in each_told(todo, "writing days anew", told):
                day.write_again(clock)
            for day in each_told(todo, "deleting", told):
                day.clear()
    else:
        raise ArchiveError(f"{bucket.uri}: what is to go comes back again and again; is something else writing it?")
    for _, keys in groupby(list(commit_keys(bucket)), lambda key: key.day):
        _clear(bucket, list(keys), receipt)  # what a run that was killed had begun to delete
    _clear_tables(bucket, receipt)
    unsettle(bucket, receipt.removed)
    receipt.removed += clear_temporary(bucket)


def _clear(
    bucket: Bucket, keys: Sequence[CommitKey], receipt: Receipt, holders: Container[CommitKey] = frozenset()
) -> None:
    """Delete the commits of a day that count for nothing and from which something was taken out, or that hold it."""
    if any(key.rewrite for key in keys):
        clear_day(
            bucket,
            keys,
            lambda commit, counting: commit.place in holders or is_erased_from(commit, counting),
            receipt.removed,
        )


@dataclass(frozen=True, slots=True)
class _Day:
    """One day, and what is to go."""

    bucket: Bucket
    day: date
    found: Found
    fate: Callable[[Article], Fate]
    is_gone: Callable[[str], bool]
    receipt: Receipt

    def write_again(self, clock: Callable[[], datetime]) -> None:
        """Write the day's segments again without what is to go."""
        for _, group in groupby(sorted(live_places(self.bucket, self.day), key=_by_holder), lambda p: p.holder):
            holder = list(group)
            pieces = list(self._pieces(holder))
            if any(piece.part != place.part for piece, place in zip(pieces, holder, strict=True)):
                commit = write_rewrite(self.bucket, self.day, pieces, clock())
                self.receipt.written += [commit.clean.key, commit.key]

    def clear(self) -> None:
        """Delete what held it and counts no more."""
        _clear(self.bucket, list(commit_keys(self.bucket, self.day)), self.receipt, self.found.holders)

    def _pieces(self, holder: Sequence[Place]) -> Iterator[Piece]:
        for place, (_, records) in zip(holder, read_holder(self.bucket, holder), strict=True):
            raw, out = self._raw(place)
            kept = [line for record in records if (line := self._line(record, place, out)) is not None]
            same = raw == self._ref(place) and kept == [record.line for record in records]
            edition = place.part.edition + (not same)
            changes: dict[str, Any] = {"rows": len(kept), "edition": edition, "raw": raw.key if raw else None}
            yield Piece(msgspec.structs.replace(place.part, **changes), kept, raw)

    def _ref(self, place: Place) -> ObjectRef | None:
        assert place.commit is not None
        return next((ref for ref in place.commit.raws if ref.key == place.part.raw), None)

    def _raw(self, place: Place) -> tuple[ObjectRef | None, set[int]]:
        """The object of the segment's captures without those that go, and the offsets that are empty now."""
        ref = self._ref(place)
        offsets = self.found.captures.get(stem(ref.key), set()) if ref else set()
        if ref is None or not offsets:
            return ref, set()
        data, out = blanked(ref.key, read_object(self.bucket, ref), offsets, self.is_gone)
        if data is None:
            return None, out
        again = object_ref("", data)
        key = f"{stem(ref.key)}-{again.sha256[:16]}.warc.gz"
        if key != ref.key:
            self.bucket.put(key, data)
            self.receipt.written.append(key)
        return msgspec.structs.replace(again, key=key), out

    def _line(self, record: Record, place: Place, out: set[int]) -> bytes | None:
        """The record as it is from now on, None where it goes."""
        fate, capture = self.fate(record.article), record.article.capture
        if fate == "gone" or capture is None:
            return None if fate == "gone" else record.line
        own = place.part.raw is not None and stem(capture.warc) == stem(place.part.raw)
        lost = capture.offset in (out if own else self.found.captures.get(stem(capture.warc), ()))
        if fate == "stays" and not lost:
            return record.line
        return msgspec.json.encode(msgspec.json.decode(record.line) | {"capture": None})


def _by_holder(place: Place) -> tuple[CommitKey, int]:
    return place.holder, place.start


def _clear_tables(bucket: Bucket, receipt: Receipt) -> None:
    """Delete the tables that do not count any more: they may hold what is gone."""
    for day, group in groupby(list(table_keys(bucket)), lambda found: found[0].day):
        found = list(group)
        try:
            counting = {table.key for table in tables_of(bucket, found, live_places(bucket, day))}
        except ArchiveError:  # without pyarrow nobody can tell; they are derived, and made again
            counting = set()
        for key, _size in found:
            if key not in counting:
                purge(bucket, str(key))
                receipt.removed.append(str(key))


def clear_orphans(
    bucket: Bucket, erased: Tombstones, is_quiet: bool, receipt: Receipt, clock: Callable[[], datetime]
) -> None:
    """Delete what holds something erased and was never committed: at once if nobody writes, else once it is old."""
    present = list(data_keys(bucket))
    keys = list(commit_keys(bucket))
    named = {ref.key for key in keys if key.rewrite for ref in read_commit(bucket, str(key)).objects}
    left = [key for key in orphans(present, keys) if str(key) not in named]
    tainted = {(key.day, key.run, key.seq) for key in left if _holds(bucket, key, erased)}
    for key in left:
        if (key.day, key.run, key.seq) in tainted:
            if is_quiet or is_settled(bucket, key, clock(), timedelta(0)):
                purge(bucket, str(key))
                receipt.removed.append(str(key))
            else:
                receipt.waiting.append(str(key))


def _holds(bucket: Bucket, key: DataKey, erased: Tombstones) -> bool:
    """Whether the object holds something erased, or might: nobody can tell what is in a damaged one."""
    try:
        data = bucket.get(str(key))
        if key.kind == "clean":
            return any(map(erased.hides, decode_clean(str(key), data)))
        return any(erased.hides_url(url) for each in members(str(key), data) for url in each.names("warc-target-uri"))
    except ObjectMissing:
        return False
    except BucketError:
        raise
    except ArchiveError:
        return True
