"""Which bands nobody has: a bitmap over the beginnings of the bands' hashes, a Bloom filter of one hash function.

Of a new article's 74 bands most are its own alone. What is surely not there need not be looked up in the file, whose
pages of a million articles are in nobody's cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

import numpy as np
import numpy.typing as npt

Entries = npt.NDArray[np.uint64]

_BITS_EACH = 8
"""For an entry at least, up to twice as many: of the bands that are not there 6 to 12 % are looked up in vain."""
_ROW = 2**21


class Presence:
    """The bitmap, from its bytes as `rows` gave them."""

    def __init__(self, rows: Iterable[bytes]) -> None:
        self._bits = np.frombuffer(b"".join(rows), np.uint8).copy()
        self._shift = np.uint64(64 - (8 * len(self._bits)).bit_length() + 1)

    @classmethod
    def of_size(cls, entries: int) -> Self:
        """An empty bitmap with room for so many.

        >>> held = Presence.of_size(1000)
        >>> held.add(np.array([5 << 40, 7 << 50], np.uint64))
        >>> held.may_hold(np.array([7 << 50, 1 << 62], np.uint64)).tolist()
        [True, False]
        """
        return cls([bytes(1 << (max(8, _BITS_EACH * entries) - 1).bit_length() - 3)])

    def add(self, entries: Entries) -> None:
        """Marks sorted entries."""
        if not len(entries):
            return
        at = entries >> self._shift
        byte = (at >> np.uint64(3)).astype(np.intp)
        first = np.flatnonzero(np.diff(byte, prepend=-1))
        marks = np.left_shift(np.uint8(1), (at & np.uint64(7)).astype(np.uint8))
        self._bits[byte[first]] |= np.bitwise_or.reduceat(marks, first)

    def may_hold(self, keys: Entries) -> npt.NDArray[np.bool_]:
        """False where no entry begins like the key."""
        at = keys >> self._shift
        found = self._bits[(at >> np.uint64(3)).astype(np.intp)] >> (at & np.uint64(7)).astype(np.uint8)
        return (found & 1).astype(bool)

    def rows(self) -> Iterator[bytes]:
        """Its bytes, in pieces that a database holds."""
        return (self._bits[at : at + _ROW].tobytes() for at in range(0, len(self._bits), _ROW))
