"""The commit object: what a segment holds, byte for byte. It is written last, and makes the segment count.

A segment may be written again, together with others of its day (merged), or without some of its rows (erased). Nothing
is changed in place: the commit of such a rewrite names what it holds in `replaces`, and `archive.live` tells which of
several commits that hold a segment counts.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import msgspec

from archive.bucket import Bucket
from archive.errors import ArchiveError
from archive.layout import CommitKey, DataKey, parse_key
from archive.records import Value
from archive.times import parse_time

COMMIT_SCHEMA = 1
MAX_COMMIT_BYTES = 8 * 2**20
"""The largest commit object that is read; a compaction writes none of half a megabyte."""
MAX_OBJECT_BYTES = 2**30
"""The largest raw or clean object that is read."""


class ObjectRef(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object of a segment: its key, its size in bytes and its sha256 in hex."""

    key: str
    size: int
    sha256: str


class Part(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A segment as a rewrite holds it: its own run, number and times, and its rows there, which follow those of the
    part before it. `edition` counts the rewrites that changed what it holds, `level` all of them; `raw` is the key of
    its captures."""

    run: str
    seq: int
    edition: int
    level: int
    written: str
    rows: int
    fetched_first: str
    fetched_last: str
    raw: str | None = None


class Commit(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One segment: the run that wrote it, its number in the run, when it was closed, its rows, its objects.

    `written`, `fetched_first` and `fetched_last` (the span of the rows' `fetched`) are RFC 3339 in UTC and
    sort as text. `replaces` is there in the commit of a rewrite only.
    """

    schema: int = COMMIT_SCHEMA
    run: str
    seq: int
    written: str
    rows: int
    fetched_first: str
    fetched_last: str
    objects: tuple[ObjectRef, ...]
    replaces: tuple[Part, ...] | msgspec.UnsetType = msgspec.UNSET

    @property
    def key(self) -> str:
        """Where the commit object lies."""
        return str(self.place)

    @property
    def place(self) -> CommitKey:
        """The same, taken apart."""
        return CommitKey(self.day, self.run, self.seq, self.replaces is not msgspec.UNSET)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The segments whose rows it holds, in the order of the rows: one, if it is no rewrite."""
        if self.replaces is not msgspec.UNSET:
            return self.replaces
        own = {name: getattr(self, name) for name in ("run", "seq", "written", "rows", "fetched_first", "fetched_last")}
        return (Part(edition=0, level=0, raw=self.raw.key if self.raw else None, **own),)

    @property
    def day(self) -> date:
        """The UTC day under which the segment lies."""
        return _place(self.clean.key).day

    @property
    def clean(self) -> ObjectRef:
        """The object with the article records."""
        return next(ref for ref in self.objects if _place(ref.key).kind == "clean")

    @property
    def raw(self) -> ObjectRef | None:
        """The object with the captures, if the segment has any; of a rewrite, the first."""
        return next(iter(self.raws), None)

    @property
    def raws(self) -> tuple[ObjectRef, ...]:
        """The objects with the captures: more than one only in a rewrite."""
        return tuple(ref for ref in self.objects if _place(ref.key).kind == "raw")


_SEAL_LENGTH = len(',"sha256":""}') + 64
_decode = msgspec.json.Decoder(Commit).decode
_encode = msgspec.json.Encoder().encode


def encode_commit(commit: Commit) -> bytes:
    """The commit object's bytes."""
    return seal(_encode(commit))


def seal(body: bytes) -> bytes:
    """The JSON object with one more member at its end: the sha256 of its bytes without that member.

    >>> seal(b'{"rows":1}')[:24]
    b'{"rows":1,"sha256":"74e2'
    """
    return body[:-1] + b',"sha256":"%s"}' % hashlib.sha256(body).hexdigest().encode()


def decode_commit(key: str, data: bytes) -> Commit:
    """The commit that lies under `key`. Raises `ArchiveError` with whatever is wrong with it."""
    body = data[:-_SEAL_LENGTH] + b"}"
    if seal(body) != data:
        raise ArchiveError(f"{key}: does not have the sha256 that it ends with; see `breachwire archive verify`")
    try:
        commit = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ArchiveError(f"{key}: not a commit object: {error}; see `breachwire archive verify`") from error
    if wrong := _fault(key, commit):
        raise ArchiveError(f"{key}: {wrong}; see `breachwire archive verify`")
    return commit


def read_commit(bucket: Bucket, key: str) -> Commit:
    """The commit object under `key`. Raises `ArchiveError` when it is missing or malformed."""
    data = bucket.get_range(key, 0, MAX_COMMIT_BYTES + 1)
    if len(data) > MAX_COMMIT_BYTES:
        raise ArchiveError(f"{key}: larger than any commit object")
    return decode_commit(key, data)


def read_object(bucket: Bucket, ref: ObjectRef) -> bytes:
    """The bytes of an object of a segment. Raises `ArchiveError` unless they are the very ones committed."""
    if ref.size > MAX_OBJECT_BYTES:
        raise ArchiveError(f"{ref.key}: {ref.size} bytes are more than this version reads")
    data = bucket.get_range(ref.key, 0, ref.size + 1)
    if len(data) != ref.size:
        found = "more" if len(data) > ref.size else len(data)
        raise ArchiveError(f"{ref.key}: its commit says {ref.size} bytes, there are {found}")
    if hashlib.sha256(data).hexdigest() != ref.sha256:
        raise ArchiveError(f"{ref.key}: its bytes do not have the sha256 that its commit says")
    return data


def _fault(key: str, commit: Commit) -> str | None:
    place = parse_key(key)
    if not isinstance(place, CommitKey):
        return "not the key of a commit object"
    if commit.schema != COMMIT_SCHEMA:
        return f"commit of schema {commit.schema}; this version reads schema {COMMIT_SCHEMA}"
    if (commit.run, commit.seq) != (place.run, place.seq):
        return f"names segment {commit.seq} of run {commit.run[:40]}, which its key does not"
    if place.rewrite:
        return _rewrite_fault(commit, place)
    if commit.replaces is not msgspec.UNSET:
        return "replaces segments, which its key does not say"
    if commit.rows < 1:
        return f"says {commit.rows} rows"
    for name in ("written", "fetched_first", "fetched_last"):
        if not _is_time(getattr(commit, name)):
            return f"{name} is no RFC 3339 time"
    kinds = sorted(_kind_at(ref, place) for ref in commit.objects)
    return (
        None
        if kinds in (["clean"], ["clean", "raw"])
        else "does not name one clean and at most one raw object of its own"
    )


def _rewrite_fault(commit: Commit, place: CommitKey) -> str | None:
    parts = commit.parts if commit.replaces is not msgspec.UNSET else ()
    if not parts or len({(part.run, part.seq) for part in parts}) < len(parts):
        return "does not name the segments that it replaces, each once"
    if (
        any(part.rows < 0 or not 0 <= part.edition <= part.level for part in parts)
        or sum(part.rows for part in parts) != commit.rows
    ):
        return f"says {commit.rows} rows, which those of its segments do not add up to"
    times = (time for part in parts for time in (part.written, part.fetched_first, part.fetched_last))
    if not all(map(_is_time, (commit.written, commit.fetched_first, commit.fetched_last, *times))):
        return "names a time that is no RFC 3339 time"
    clean = [ref for ref in commit.objects if _kind_at(ref, place) == "clean"]
    raws = {ref.key for ref in commit.objects if _is_raw_of(ref, place.day)}
    if len(clean) != 1 or len(raws) + 1 != len(commit.objects) or raws != {part.raw for part in parts} - {None}:
        return "does not name one clean object of its own and the raw objects of its segments"
    return None


def _is_raw_of(ref: ObjectRef, day: date) -> bool:
    key = parse_key(ref.key)
    return isinstance(key, DataKey) and (key.kind, key.day) == ("raw", day) and _is_whole(ref, key)


def _is_whole(ref: ObjectRef, key: DataKey) -> bool:
    return ref.size > 0 and len(ref.sha256) == 64 and ref.sha256.startswith(key.sha16)


def _kind_at(ref: ObjectRef, place: CommitKey) -> str:
    """The kind of an object that the commit at `place` may name, else nothing."""
    key = parse_key(ref.key)
    if not isinstance(key, DataKey) or (key.day, key.run, key.seq) != (place.day, place.run, place.seq):
        return ""
    return key.kind if _is_whole(ref, key) else ""


def _place(key: str) -> DataKey:
    place = parse_key(key)
    if not isinstance(place, DataKey):
        raise ArchiveError(f"{key[:80]!r} is not the key of a raw or clean object")
    return place


def _is_time(text: str) -> bool:
    try:
        return isinstance(parse_time(text), datetime)
    except ValueError:
        return False
