"""A set of article ids for who reads a whole archive: 30 bytes an id on average, where Python's own set takes 120."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from array import array
from collections.abc import Sequence
from typing import Any

_ROOM = 1024
_FULL = 0.7
"""The share of its places that a table has taken at most: above it, finding a free one takes long."""
_ID_BYTES = 10
_HALF = 1 << 64
_MANY = 32
"""Ids; more are added sooner together than one by one."""


class IdSet:
    """Ids of 20 hex digits, each held whole, in a table with open addressing that doubles as it fills up. Anything else
    that is added is held as a hash of as many bits.

    >>> ids = IdSet()
    >>> ids.add("86e4c142fa8e67b32362")
    >>> "86e4c142fa8e67b32362" in ids, "86e4c142fa8e67b32363" in ids, len(ids)
    (True, False, 1)
    """

    def __init__(self) -> None:
        self._count = 0
        self._spread = secrets.randbits(64) | 1  # so that nobody can make up ids that all want one place
        self._clear(_ROOM)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, name: str) -> bool:
        high, low = _halves(name)
        place = self._place(high, low)
        return bool(self._high[place] or self._low[place])

    def add(self, name: str) -> None:
        """Take an id in; nothing changes when it is there."""
        self._added(name)

    def add_all(self, names: Sequence[str]) -> list[bool]:
        """Take ids in, one after the other; of each, whether it was not there."""
        if len(names) <= _MANY:
            return [self._added(name) for name in names]
        import numpy as np  # slow to import: only for those who read tables

        while self._count + len(names) > _FULL * len(self._high):
            high, low = np.array(self._high, np.uint64), np.array(self._low, np.uint64)
            taken = (high | low) != 0
            self._clear(2 * len(self._high))
            self._put_all(np, high[taken], low[taken])
        new = self._put_all(np, *_many_halves(np, names))
        self._count += int(new.sum())
        found: list[bool] = new.tolist()
        return found

    def _put_all(self, np: Any, high: Any, low: Any) -> Any:
        """`_put` of arrays of 64-bit numbers."""
        highs, lows = np.frombuffer(self._high, np.uint64), np.frombuffer(self._low, np.uint16)
        last = np.uint64(len(highs) - 1)
        places = (((high ^ low) * np.uint64(self._spread)) >> np.uint64(20)) & last
        new = np.zeros(len(high), bool)
        left = np.arange(len(high))
        # Each looks at its place; the first of those that find it free takes it, and all others look again: those that
        # found another id there at the next place, those that came too late at the same.
        while left.size > _MANY:
            at = places[left]
            there_high, there_low = highs[at], lows[at]
            is_free = (there_high | there_low) == 0
            is_other = ~is_free & ((there_high != high[left]) | (there_low != low[left]))
            _, firsts = np.unique(at[is_free], return_index=True)
            put = left[is_free][firsts]
            highs[places[put]], lows[places[put]] = high[put], low[put]
            new[put] = True
            places[left[is_other]] = (places[left[is_other]] + np.uint64(1)) & last
            left = left[is_other | (is_free & ~new[left])]
        for number in left.tolist():
            new[number] = self._put(int(high[number]), int(low[number]))
        return new

    def _added(self, name: str) -> bool:
        if self._count >= _FULL * len(self._high):
            self._double()
        is_new = self._put(*_halves(name))
        self._count += is_new
        return is_new

    def _double(self) -> None:
        taken = [pair for pair in zip(self._high, self._low, strict=True) if any(pair)]
        self._clear(2 * len(self._high))
        for high, low in taken:
            self._put(high, low)

    def _put(self, high: int, low: int) -> bool:
        place = self._place(high, low)
        is_new = not (self._high[place] or self._low[place])
        self._high[place], self._low[place] = high, low
        return is_new

    def _place(self, high: int, low: int) -> int:
        """Where the id is, or where it would be."""
        last = len(self._high) - 1
        place = (((high ^ low) * self._spread) % _HALF >> 20) & last
        while (self._high[place] or self._low[place]) and (self._high[place], self._low[place]) != (high, low):
            place = (place + 1) & last
        return place

    def _clear(self, room: int) -> None:
        self._high, self._low = array("Q", bytes(8 * room)), array("H", bytes(2 * room))


def _halves(name: str) -> tuple[int, int]:
    """The id as a number of 64 and one of 16 bits, not both 0: that is a free place."""
    try:
        digits = bytes.fromhex(name) if len(name) == 2 * _ID_BYTES else b""
    except ValueError:
        digits = b""
    if len(digits) != _ID_BYTES or not any(digits):
        digits = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_ID_BYTES).digest()
    return int.from_bytes(digits[:8], "big"), int.from_bytes(digits[8:], "big")


def _many_halves(np: Any, names: Sequence[str]) -> tuple[Any, Any]:
    """The same of many ids, as arrays of `numpy`."""
    pairs: Any = None
    if all(len(name) == 2 * _ID_BYTES for name in names):
        with contextlib.suppress(ValueError):
            digits = np.frombuffer(bytes.fromhex("".join(names)), np.uint8)
            if digits.size == _ID_BYTES * len(names):
                pairs = digits.reshape(-1, _ID_BYTES)
    if pairs is None or not pairs.any(axis=1).all():
        high, low = zip(*map(_halves, names), strict=True)
        return np.array(high, np.uint64), np.array(low, np.uint64)
    return pairs[:, :8].copy().view(">u8")[:, 0].astype(np.uint64), pairs[:, 8:].copy().view(">u2")[:, 0].astype(
        np.uint64
    )
