"""How far long work has come, for who wants to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
Told = Callable[[str, int, int], None]
"""Is told what is done, how many parts of it are, and of how many."""


def nobody(_what: str, _done: int, _of: int) -> None:
    """Tells nobody."""


def each_told(parts: Sequence[T], what: str, told: Told) -> Iterator[T]:
    """The parts, one after the other; it is told when the next one is asked for.

    >>> list(each_told("ab", "spelling", lambda *said: print(*said)))
    spelling 0 2
    spelling 1 2
    spelling 2 2
    ['a', 'b']
    """
    for number, part in enumerate(parts):
        told(what, number, len(parts))
        yield part
    told(what, len(parts), len(parts))
