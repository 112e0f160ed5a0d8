"""Which keys nobody has: a blocked Bloom filter (Putze, Sanders, Singler 2007) with three bits of one word for a key.

Of a new article's 77 keys most are its own alone. What is surely not there need not be looked up in the file, whose
pages of a million articles are in nobody's cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

import numpy as np
import numpy.typing as npt

Entries = npt.NDArray[np.uint64]

_BITS_EACH = 12
"""For an entry: of the keys that are not there 2 % are looked up in vain."""
_WORD = np.uint64(63)
_HALF = np.uint64(32)
_PLACES = (np.uint64(25), np.uint64(31), np.uint64(37))
"""Where in a key each of the three bits is told; the word is told by its upper half."""
_ROW = 2**18


class Presence:
    """The filter, from its bytes as `rows` gave them."""

    def __init__(self, rows: Iterable[bytes]) -> None:
        self._words = np.frombuffer(bytearray().join(rows), "<u8").astype(np.uint64, copy=False)
        self._count = np.uint64(len(self._words))

    @classmethod
    def of_size(cls, entries: int) -> Self:
        """An empty filter with room for so many.

        >>> held = Presence.of_size(1000)
        >>> held.add(np.array([5 << 40, 7 << 50], np.uint64))
        >>> held.may_hold(np.array([7 << 50, 1 << 62], np.uint64)).tolist()
        [True, False]
        """
        return cls([bytes(8 * (_BITS_EACH * entries // 64 + 1))])

    def add(self, entries: Entries) -> None:
        """Marks sorted entries."""
        if not len(entries):
            return
        words = self._place(entries)
        first = np.flatnonzero(np.diff(words, prepend=-1))
        self._words[words[first]] |= np.bitwise_or.reduceat(_marks(entries), first)

    def may_hold(self, keys: Entries) -> npt.NDArray[np.bool_]:
        """False where no entry has the key."""
        marks = _marks(keys)
        held: npt.NDArray[np.bool_] = (self._words[self._place(keys)] & marks) == marks
        return held

    def _place(self, keys: Entries) -> npt.NDArray[np.intp]:
        return ((keys >> _HALF) * self._count >> _HALF).astype(np.intp)

    def rows(self) -> Iterator[bytes]:
        """Its bytes, in pieces that a database holds."""
        words = self._words.astype("<u8", copy=False)
        return (words[at : at + _ROW].tobytes() for at in range(0, len(words), _ROW))


def _marks(keys: Entries) -> Entries:
    one = np.uint64(1)
    first, second, third = (one << (keys >> place & _WORD) for place in _PLACES)
    marks: Entries = first | second | third
    return marks
