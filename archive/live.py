"""Which commit counts for each segment.

Commits are only ever added, and a segment may be in several: its own, and rewrites that merged it with others of its
day or took rows out of it. All that are there are looked at, and for each segment the one with the highest edition
counts; among equals that of the highest level, then the one whose key sorts last. No clock has a say in it. So any two
readers that see the same commits read the same rows, each row once, and whoever sees one commit more reads the same
rows from another place. Nothing is deleted but what does not count, so what counts is always there.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

import msgspec

from archive.bucket import Bucket
from archive.clean import Record, read_records
from archive.commit import Commit, Part, read_commit
from archive.errors import ArchiveError, ObjectMissing
from archive.layout import COMMITS, CommitKey, day_of, parse_key

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment's rows are: in the clean object of the commit at `holder`, from row `start` on, as the part with
    number `index`. `commit` is None as long as the holder, the segment's own commit, has not been read."""

    key: CommitKey
    holder: CommitKey
    commit: Commit | None = None
    index: int = 0
    start: int = 0

    @property
    def part(self) -> Part:
        """The segment's description; only once the holder was read."""
        assert self.commit is not None
        return self.commit.parts[self.index]

    @property
    def rank(self) -> tuple[int, int, CommitKey]:
        """What decides which place of a segment counts: the greatest."""
        return (self.part.edition, self.part.level, self.holder) if self.commit else (0, 0, self.holder)

    @property
    def closed(self) -> tuple[str, str, int]:
        """When the segment was closed, with what tells apart those of one moment."""
        return self.part.written, self.key.run, self.key.seq


def commit_keys(bucket: Bucket, day: date | None = None) -> Iterator[CommitKey]:
    """The keys of all commits that are there, of a day or of all days, in order."""
    for key, _size in bucket.list(COMMITS + (day_of(day) if day else "")):
        if isinstance(place := parse_key(key), CommitKey):
            yield place


def places(bucket: Bucket, keys: Iterable[CommitKey]) -> Iterator[Place]:
    """The place that counts of each segment in these commits (all of a day's, day by day), in the order of their keys.

    Reads the rewrites; one that went away since it was listed has been replaced, and the day is listed again.
    """
    for day, found in groupby(keys, lambda key: key.day):
        here = list(found)
        for tries in range(_TRIES):
            try:
                yield from sorted(_counting(bucket, here).values(), key=lambda place: place.key)
                break
            except ObjectMissing:
                if tries == _TRIES - 1:
                    raise
                here = list(commit_keys(bucket, day))


def place_of(bucket: Bucket, key: CommitKey) -> Place | None:
    """The place of one segment, None where there is none."""
    found = places(bucket, list(commit_keys(bucket, key.day)))
    return next((place for place in found if place.key == key), None)


def places_in(commit: Commit) -> Iterator[Place]:
    """The places of the segments that a commit holds."""
    start = 0
    for index, part in enumerate(commit.parts):
        yield Place(CommitKey(commit.day, part.run, part.seq), commit.place, commit, index, start)
        start += part.rows


def known(bucket: Bucket, place: Place) -> Place:
    """The place with its commit; where that went away meanwhile, the one that counts now."""
    for _ in range(_TRIES):
        if place.commit is not None:
            return place
        try:
            return replace(place, commit=read_commit(bucket, str(place.holder)))
        except ObjectMissing:
            now = place_of(bucket, place.key)
            if now is None or now.holder == place.holder:
                raise
            place = now
    raise ObjectMissing(f"{bucket.uri}: object {place.holder} is missing; see `breachwire archive verify`")


def read_places(bucket: Bucket, chosen: Iterable[Place]) -> Iterator[tuple[Commit, list[Record]]]:
    """The segments at these places, in this order, each with the commit that it would have for itself; a holder is read
    once for all that follow one another. What went away since it was looked up is read from where it is now.
    """
    for _, group in groupby(chosen, lambda place: place.holder):
        wanted = list(group)
        try:
            found = read_holder(bucket, wanted)
        except ObjectMissing as error:
            found = [_moved(bucket, place, error) for place in wanted]
        yield from found


def counting(commits: Iterable[Commit]) -> list[Commit]:
    """Those of these commits that count for a segment."""
    best: dict[CommitKey, Place] = {}
    found = list(commits)
    for commit in found:
        for place in places_in(commit):
            if place.key not in best or place.rank > best[place.key].rank:
                best[place.key] = place
    holders = {place.holder for place in best.values()}
    return [commit for commit in found if commit.place in holders]


def as_commit(holder: Commit, part: Part) -> Commit:
    """A segment's commit as it would be if it had its rows for itself."""
    names = ("run", "seq", "written", "rows", "fetched_first", "fetched_last")
    own = {name: getattr(part, name) for name in names}
    return msgspec.structs.replace(holder, replaces=msgspec.UNSET, **own)


def _counting(bucket: Bucket, keys: list[CommitKey]) -> dict[CommitKey, Place]:
    """Of each segment in the commits of one day, the place that counts."""
    best: dict[CommitKey, Place] = {key: Place(key, key) for key in keys if not key.rewrite}
    for key in keys:
        if key.rewrite:
            for place in places_in(read_commit(bucket, str(key))):
                other = best.get(place.key)
                if other is None or place.rank > other.rank:
                    best[place.key] = place
    return best


def read_holder(bucket: Bucket, wanted: Sequence[Place]) -> list[tuple[Commit, list[Record]]]:
    """The segments at places of one holder. Raises `ObjectMissing` when that is gone."""
    holder = wanted[0].commit or read_commit(bucket, str(wanted[0].holder))
    records = list(read_records(bucket, holder))
    spans = [(holder.parts[place.index], place.start) for place in wanted]
    return [(as_commit(holder, part), records[start : start + part.rows]) for part, start in spans]


def _moved(bucket: Bucket, place: Place, error: ArchiveError) -> tuple[Commit, list[Record]]:
    """The segment whose holder is gone, from its new one. Raises `error` when there is none."""
    for _ in range(_TRIES):
        now = place_of(bucket, place.key)
        if now is None or now.holder == place.holder:
            break
        place = now
        with contextlib.suppress(ObjectMissing):
            return read_holder(bucket, [now])[0]
    raise error
