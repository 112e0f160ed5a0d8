"""The commit object: what a segment holds, byte for byte. It is written last, and makes the segment count."""

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
MAX_COMMIT_BYTES = 2**20
MAX_OBJECT_BYTES = 2**30
"""The largest raw or clean object that is read."""


class ObjectRef(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An object of a segment: its key, its size in bytes and its sha256 in hex."""

    key: str
    size: int
    sha256: str


class Commit(Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One segment: the run that wrote it, its number in the run, when it was closed, its rows, its objects.

    `written`, `fetched_first` and `fetched_last` (the span of the rows' `fetched`) are RFC 3339 in UTC and
    sort as text.
    """

    schema: int = COMMIT_SCHEMA
    run: str
    seq: int
    written: str
    rows: int
    fetched_first: str
    fetched_last: str
    objects: tuple[ObjectRef, ...]

    @property
    def key(self) -> str:
        """Where the commit object lies."""
        return str(CommitKey(self.day, self.run, self.seq))

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
        """The object with the captures, if the segment has any."""
        return next((ref for ref in self.objects if _place(ref.key).kind == "raw"), None)


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


def _kind_at(ref: ObjectRef, place: CommitKey) -> str:
    """The kind of an object that the commit at `place` may name, else nothing."""
    key = parse_key(ref.key)
    if not isinstance(key, DataKey) or (key.day, key.run, key.seq) != (place.day, place.run, place.seq):
        return ""
    whole = ref.size > 0 and len(ref.sha256) == 64 and ref.sha256.startswith(key.sha16)
    return key.kind if whole else ""


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
