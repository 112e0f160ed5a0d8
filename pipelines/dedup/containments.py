"""The containment of one text and many others at once: what tells which of them are worth a full comparison.

Two dozen notices from one template are a new one's candidates, and four of them are compared. Their words are hashed
here without being cut out: by sums of powers over the characters (Karp and Rabin 1987), a tenth of the cost.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines.dedup.compare import BODY_SHINGLE, Text, containment, share

_MANY = 62
"""Texts at once."""
_LONG = 2**18
"""Characters at once, a longer text is compared for itself."""
_WHOSE_BITS = np.uint64(6)
_WHOSE = np.uint64(63)


def _powers(base: int, count: int) -> npt.NDArray[np.uint64]:
    powers: npt.NDArray[np.uint64] = np.cumprod(np.array([1] + [base] * (count - 1), np.uint64), dtype=np.uint64)
    return powers


# Nobody can make words that are taken for others, for the base is another one in each process.
_BASE = secrets.randbits(61) * 8 + 5
_UP = _powers(_BASE, _LONG)
_DOWN = _powers(pow(_BASE, -1, 2**64), _LONG)
_RUN = _powers(secrets.randbits(61) * 8 + 5, BODY_SHINGLE)
_CODES = np.array([ord(chr(at).lower()) if chr(at).isalnum() else 0 for at in range(128)], np.uint64)


def containments(text: Text, others: Sequence[Text]) -> list[float]:
    """`compare.containment` of the text and each other one.

    >>> texts = [Text.of("One two three four five six"), Text.of("Five six, seven! Eight nine ten.")]
    >>> containments(Text.of("ONE TWO THREE FOUR FIVE SEVEN"), texts)
    [0.5, 0.0]
    """
    pieces = [each.apart for each in (text, *others)]
    joined = f" {' | '.join(pieces)} "
    if len(others) > 1 and (len(joined) > _LONG or len(others) > _MANY):
        half = len(others) // 2
        return containments(text, others[:half]) + containments(text, others[half:])
    if len(joined) > _LONG:
        return [containment(text, other) for other in others]
    ends = np.cumsum([len(piece) + 3 for piece in pieces])
    entries = np.sort(_entries(joined, ends))
    entries = entries[np.flatnonzero(np.diff(entries, prepend=~entries[:1]))]
    whose, runs = (entries & _WHOSE).astype(np.intp), entries >> _WHOSE_BITS
    sizes = np.bincount(whose, minlength=len(pieces))
    if not sizes.all():  # a text of fewer words is one run, and has none here
        return [containment(text, other) for other in others]
    # Of those who have a run the text itself comes first.
    first = np.flatnonzero(np.diff(runs, prepend=~runs[:1]))
    ours = np.repeat(whose[first] == 0, np.diff(first, append=len(runs)))
    shared = np.bincount(whose[ours], minlength=len(pieces))
    return [share(*each) for each in zip(shared[1:].tolist(), np.minimum(sizes[0], sizes[1:]).tolist(), strict=True)]


def _entries(joined: str, ends: npt.NDArray[np.intp]) -> npt.NDArray[np.uint64]:
    """The hash of each run of words that stands in one text, and in its last bits which text; they end at `ends`."""
    if joined.isascii():
        codes = np.take(_CODES, np.frombuffer(joined.encode(), np.uint8))
    else:
        points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
        codes = np.where(points < 128, _CODES[points & 127], points)
    inside = codes > 0
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    first, last = edges[::2], edges[1::2]  # the places before a word, and of its last character
    codes *= _UP[: len(codes)]
    sums = np.cumsum(codes, out=codes)
    words = (sums[last] - sums[first]) * _DOWN[first]
    if len(words) < BODY_SHINGLE:
        return words[:0]
    words ^= words >> np.uint64(29)
    whose = np.repeat(np.arange(len(ends), dtype=np.uint64), np.diff(np.searchsorted(first, ends), prepend=0))
    runs = (np.correlate(words, _RUN) & ~_WHOSE) | whose[: 1 - BODY_SHINGLE]
    whole: npt.NDArray[np.uint64] = runs[whose[: 1 - BODY_SHINGLE] == whose[BODY_SHINGLE - 1 :]]
    return whole
