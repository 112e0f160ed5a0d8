"""A set of article ids for who reads a whole archive: 30 bytes an id on average, where Python's own set takes 120."""

from __future__ import annotations

import hashlib
import secrets
from array import array

_ROOM = 1024
_FULL = 0.7
"""The share of its places that a table has taken at most: above it, finding a free one takes long."""
_ID_BYTES = 10
_HALF = 1 << 64


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
        if self._count >= _FULL * len(self._high):
            taken = [pair for pair in zip(self._high, self._low, strict=True) if any(pair)]
            self._clear(2 * len(self._high))
            for high, low in taken:
                self._put(high, low)
        self._count += self._put(*_halves(name))

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
