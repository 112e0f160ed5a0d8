"""Cursors: which commits a reader has been given, so that it can ask for what is new since.

A cursor is the exact set of commits seen, not a moment or a last key: runs write side by side, and a commit
may appear behind one that was seen already. Commits of days that are over for good are not listed one by one;
that is two days back, because a segment is written within a day of its closing
(`archive.segment.LATEST_WRITE`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import msgspec

from archive.errors import InvalidQuery
from archive.layout import MAX_SEQ, CommitKey, check_run_id

_SETTLED = timedelta(days=2)
_VERSION = 1
_MARK = 8
_MAX_TOKEN = 2**20
_MAX_STATE = 2**24


@dataclass(frozen=True, slots=True)
class Cursor:
    """The commits before `floor`, and those of `runs`: of each run, spans of segment numbers, ends
    included. `erased` has what `tombstone_mark` makes of each tombstone's key."""

    floor: date = date.min
    runs: dict[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    erased: frozenset[bytes] = frozenset()

    def saw(self, key: CommitKey) -> bool:
        """Whether the commit is one of the cursor's."""
        return key.day < self.floor or any(low <= key.seq <= high for low, high in self.runs.get(key.run, ()))


class _State(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    version: int
    floor: int
    runs: dict[str, list[tuple[int, int]]]
    erased: bytes = b""


def tombstone_mark(key: str) -> bytes:
    """What tells a tombstone, whose key holds a sha256, from all others in a cursor: eight bytes."""
    return hashlib.sha256(key.encode()).digest()[:_MARK]


def cursor_of(keys: Iterable[CommitKey], today: date, last: Cursor) -> Cursor:
    """The cursor of a reader that had `last` and has now seen all of `keys`, the archive's whole list of
    commits."""
    seen = sorted(keys)
    # A writer whose clock is ahead must not move the floor: then the others' commits would lie below it,
    # unseen.
    newest = min(seen[-1].day, today) if seen else last.floor
    floor = max(last.floor, newest - _SETTLED if newest - date.min > _SETTLED else date.min)
    runs: dict[str, list[int]] = {}
    for key in seen:
        if key.day >= floor:
            runs.setdefault(key.run, []).append(key.seq)
    return Cursor(floor, {run: _spans(numbers) for run, numbers in runs.items()}, last.erased)


def encode_cursor(cursor: Cursor) -> str:
    """The cursor as a token of letters, digits, `-` and `_`."""
    runs = {run: list(spans) for run, spans in cursor.runs.items()}
    state = msgspec.msgpack.encode(_State(_VERSION, cursor.floor.toordinal(), runs, b"".join(sorted(cursor.erased))))
    return base64.urlsafe_b64encode(zlib.compress(state, 9)).decode().rstrip("=")


def decode_cursor(token: str) -> Cursor:
    """The cursor of a token. Raises `InvalidQuery` unless `encode_cursor` made it."""
    try:
        if len(token) > _MAX_TOKEN:
            raise ValueError("too long")
        packed = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        inflate = zlib.decompressobj()
        state = msgspec.msgpack.decode(inflate.decompress(packed, _MAX_STATE), type=_State)
        if not inflate.eof or inflate.unused_data or state.version != _VERSION or len(state.erased) % _MARK:
            raise ValueError("not whole, or of another version")
        runs = {check_run_id(run): _checked(spans) for run, spans in state.runs.items()}
        marks = (state.erased[at : at + _MARK] for at in range(0, len(state.erased), _MARK))
        return Cursor(date.fromordinal(state.floor), runs, frozenset(marks))
    except (
        ValueError,
        OverflowError,
        binascii.Error,
        zlib.error,
        msgspec.MsgspecError,
        RecursionError,
    ) as error:
        raise InvalidQuery(
            f"cursor {token[:20]!r}…: not a cursor of this archive; leave --cursor out to begin anew"
        ) from error


def _spans(numbers: list[int]) -> tuple[tuple[int, int], ...]:
    """Ascending numbers as spans.

    >>> _spans([1, 2, 3, 7])
    ((1, 3), (7, 7))
    """
    spans: list[tuple[int, int]] = []
    for number in numbers:
        if spans and number <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return tuple(spans)


def _checked(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    if not all(0 <= low <= high <= MAX_SEQ for low, high in spans):
        raise ValueError("segment numbers out of range")
    return tuple(spans)
