"""Where objects lie in an archive, layout version 1.

    raw/v1/dt=YYYY-MM-DD/<run>-<seq>-<sha16>.warc.gz       the responses
    clean/v1/dt=YYYY-MM-DD/<run>-<seq>-<sha16>.jsonl.gz    the article records
    commit/v1/dt=YYYY-MM-DD/<run>-<seq>.json               written last; a segment counts once this is there
    commit/v1/dt=YYYY-MM-DD/<run>-<seq>-rewrite.json       the same, of segments that were written again
    parquet/v1/dt=YYYY-MM-DD/part-<sha16>.parquet          a day's records as a table; derived
    parquet/v1/settled-<sha16>.parquet                     which rows of these count; derived
    tombstone/v1/<sha256>.json                             hashes of what was erased

`<run>` is `YYYYMMDDTHHMMSSZ-xxxxxxxx`, `<seq>` counts from 00001 within the run, `<sha16>` is the first 16
hex digits of the sha256 of the object's bytes. Keys sort as days, then runs, then segments do.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from archive.errors import InvalidKey

MAX_KEY_BYTES = 512
MAX_SEQ = 99_999
COMMITS = "commit/v1/"
CLEAN = "clean/v1/"
RAW = "raw/v1/"
PARQUET = "parquet/v1/"
SETTLED = "parquet/v1/settled-"
TOMBSTONES = "tombstone/v1/"
STATE_FOLDER = ".state"
TEMPORARY_FOLDER = ".tmp"

DataKind = Literal["raw", "clean"]

_RUN = r"\d{8}T\d{6}Z-[0-9a-f]{8}"
_DATA_KEY = re.compile(
    rf"(?P<kind>raw|clean)/v1/dt=(?P<day>\d{{4}}-\d\d-\d\d)/(?P<run>{_RUN})-(?P<seq>\d{{5}})"
    r"-(?P<sha16>[0-9a-f]{16})\.(?P<suffix>warc|jsonl)\.gz",
    re.ASCII,
)
_COMMIT_KEY = re.compile(
    rf"commit/v1/dt=(?P<day>\d{{4}}-\d\d-\d\d)/(?P<run>{_RUN})-(?P<seq>\d{{5}})(?P<rewrite>-rewrite)?\.json", re.ASCII
)
_PARQUET_KEY = re.compile(r"parquet/v1/dt=(?P<day>\d{4}-\d\d-\d\d)/part-(?P<sha16>[0-9a-f]{16})\.parquet", re.ASCII)
_RUN_ID = re.compile(_RUN, re.ASCII)
_SUFFIX = {"raw": "warc", "clean": "jsonl"}
_FORBIDDEN_PARTS = frozenset({"", ".", "..", STATE_FOLDER, TEMPORARY_FOLDER})


@dataclass(frozen=True, slots=True, order=True)
class CommitKey:
    """The key of a commit object; `str()` gives its text. Sorts by day, run and segment."""

    day: date
    run: str
    seq: int
    rewrite: bool = False

    def __str__(self) -> str:
        return f"{COMMITS}{day_of(self.day)}{self.run}-{self.seq:05d}{'-rewrite' * self.rewrite}.json"


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of a raw or clean object; `str()` gives its text."""

    kind: DataKind
    day: date
    run: str
    seq: int
    sha16: str

    def __str__(self) -> str:
        name = f"{self.run}-{self.seq:05d}-{self.sha16}.{_SUFFIX[self.kind]}.gz"
        return f"{self.kind}/v1/{day_of(self.day)}{name}"


@dataclass(frozen=True, slots=True, order=True)
class ParquetKey:
    """The key of a day's table; `str()` gives its text."""

    day: date
    sha16: str

    def __str__(self) -> str:
        return f"{PARQUET}{day_of(self.day)}part-{self.sha16}.parquet"


def day_of(day: date) -> str:
    """The folder of a day.

    >>> day_of(date(2026, 2, 1))
    'dt=2026-02-01/'
    """
    return f"dt={day.isoformat()}/"


def new_run_id(now: datetime | None = None) -> str:
    """A new run's id: the second it began in UTC, and 32 random bits against runs of the same second."""
    return f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def check_run_id(run: str) -> str:
    """The run id itself, or `InvalidKey` when it has another form."""
    if not _RUN_ID.fullmatch(run):
        raise InvalidKey(f"run id {run[:60]!r} does not have the form YYYYMMDDTHHMMSSZ-xxxxxxxx; see new_run_id()")
    return run


def data_key(kind: DataKind, place: CommitKey, data: bytes) -> DataKey:
    """Where the raw or clean object with these bytes lies that the commit at `place` will name."""
    return DataKey(kind, place.day, place.run, place.seq, hashlib.sha256(data).hexdigest()[:16])


def parse_key(key: str) -> CommitKey | DataKey | ParquetKey | None:
    """What the key says, or None when it is not a key of a segment or a day's table.

    >>> parse_key("commit/v1/dt=2026-02-01/20260201T093000Z-0badcafe-00007.json").seq
    7
    >>> parse_key("README.txt") is None
    True
    """
    if match := _COMMIT_KEY.fullmatch(key):
        day = _day(match["day"])
        return CommitKey(day, match["run"], int(match["seq"]), match["rewrite"] is not None) if day else None
    if match := _DATA_KEY.fullmatch(key):
        day = _day(match["day"])
        kind: DataKind = "raw" if match["kind"] == "raw" else "clean"
        if day and match["suffix"] == _SUFFIX[kind]:
            return DataKey(kind, day, match["run"], int(match["seq"]), match["sha16"])
    if match := _PARQUET_KEY.fullmatch(key):
        day = _day(match["day"])
        return ParquetKey(day, match["sha16"]) if day else None
    return None


def validate_key(key: str) -> str:
    """The key itself, or `InvalidKey`: several S3 servers store whatever they are sent, `../` included.

    Allowed are 1 to 512 bytes of printable characters, in parts divided by single slashes; no part is empty,
    `.`, `..`, `.state` or `.tmp`; no backslash.

    >>> validate_key("clean/v1/a")
    'clean/v1/a'
    >>> validate_key("clean/../a")
    Traceback (most recent call last):
    archive.errors.InvalidKey: key 'clean/../a' is not allowed: it has an empty, dotted or reserved part
    """
    if wrong := _fault(key):
        raise InvalidKey(f"key {key[:80]!r} is not allowed: {wrong}")
    return key


def validate_prefix(prefix: str) -> str:
    """A listing's prefix: nothing, or the beginning of a valid key."""
    if prefix:
        validate_key(prefix.removesuffix("/"))
    return prefix


def _fault(key: str) -> str | None:
    if not key.isprintable():
        return "it holds control or unprintable characters"
    if not 1 <= len(key.encode()) <= MAX_KEY_BYTES:
        return f"it is not 1 to {MAX_KEY_BYTES} bytes long"
    if "\\" in key:
        return "it holds a backslash"
    if not _FORBIDDEN_PARTS.isdisjoint(key.split("/")):
        return "it has an empty, dotted or reserved part"
    return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
