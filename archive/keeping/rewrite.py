"""Writing segments again: several as one, or without some of their rows. The new objects are put first, their commit
last; what they take the place of stays until somebody deletes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from archive.bucket import Bucket
from archive.clean import encode_lines
from archive.commit import Commit, ObjectRef, Part, encode_commit
from archive.layout import CommitKey, data_key, new_run_id
from archive.times import rfc3339


@dataclass(frozen=True, slots=True)
class Piece:
    """A segment as it is to stand in a rewrite: its description, the lines of its rows, the object of its captures."""

    part: Part
    lines: Sequence[bytes]
    raw: ObjectRef | None


def object_ref(key: str, data: bytes) -> ObjectRef:
    """What a commit says of an object with these bytes."""
    return ObjectRef(key=key, size=len(data), sha256=hashlib.sha256(data).hexdigest())


def write_rewrite(bucket: Bucket, day: date, pieces: Sequence[Piece], now: datetime) -> Commit:
    """Commit these segments of a day again, as one. `now` names the run: a rewrite is a run of its own."""
    place = CommitKey(day, new_run_id(now), 1, rewrite=True)
    clean = encode_lines(line for piece in pieces for line in piece.lines)
    key = str(data_key("clean", place, clean))
    raws = {piece.raw.key: piece.raw for piece in pieces if piece.raw}
    parts = tuple(msgspec.structs.replace(piece.part, level=piece.part.level + 1) for piece in pieces)
    commit = Commit(
        run=place.run,
        seq=place.seq,
        written=rfc3339(now),
        rows=sum(part.rows for part in parts),
        fetched_first=min(part.fetched_first for part in parts),
        fetched_last=max(part.fetched_last for part in parts),
        objects=(object_ref(key, clean), *raws.values()),
        replaces=parts,
    )
    bucket.put(key, clean)
    bucket.put(commit.key, encode_commit(commit))
    return commit
