"""The containment of one text and many others at once: what tells which of them are worth a full comparison.

Two dozen notices from one template are a new one's candidates, and four of them are compared. Their words are hashed
here without being cut out: by sums of powers over the characters (Karp and Rabin 1987), a tenth of the cost. The next
notice from the template has the same candidates, so the hashes are kept for a while.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipelines.dedup.compare import BODY_SHINGLE, Text, containment, share

Runs = npt.NDArray[np.uint64]
"""The hashes of a text's word 5-grams, each once, sorted; none of a text that has fewer words, or is very long."""

_KEPT_BYTES = 2**22
"""Of runs: of 1,500 articles of 350 words."""
_MANY = 63
"""Texts at once."""
_LONG = 2**18
"""Characters at once."""
_WHOSE_BITS = 6
_RUN_BITS = np.uint64(64 - _WHOSE_BITS)
_ONLY_RUN = np.uint64(2 ** (64 - _WHOSE_BITS) - 1)


def _powers(base: int, count: int) -> Runs:
    powers: Runs = np.full(count, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers, out=powers)


# Nobody can make words that are taken for others, for the base is another one in each process.
_BASE = secrets.randbits(61) * 8 + 5
_UP = _powers(_BASE, _LONG)
_DOWN = _powers(pow(_BASE, -1, 2**64), _LONG)
_RUN = _powers(secrets.randbits(61) * 8 + 5, BODY_SHINGLE)
_CODES = np.array([ord(chr(at).lower()) if chr(at).isalnum() else 0 for at in range(128)], np.uint64)


class Containments:
    """Containments in texts that are told by id. Not thread-safe."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Runs] = OrderedDict()
        self._bytes = 0

    def of(self, text: Text, ids: Sequence[str], read: Callable[[str], Text | None]) -> list[float | None]:
        """`compare.containment` of the text and each other one; None where `read` gives no text.

        >>> texts = {"a": Text.of("One two three four five six"), "b": Text.of("Five six, seven! Eight nine ten.")}
        >>> Containments().of(Text.of("ONE TWO THREE FOUR FIVE SEVEN"), ["a", "b", "c"], texts.get)
        [0.5, 0.0, None]
        """
        runs = {id: self._kept[id] for id in ids if id in self._kept}
        new = {id: other for id in ids if id not in runs and (other := read(id)) is not None}
        ours, *theirs = runs_of([text, *new.values()])
        runs |= zip(new, theirs, strict=True)
        self._keep(runs)
        many = [id for id in ids if id in runs and len(runs[id]) and len(ours)]
        found = dict(zip(many, _shares(ours, [runs[id] for id in many]), strict=True))
        rest = ((id, read(id)) for id in ids if id not in found)
        found |= {id: containment(text, other) for id, other in rest if other is not None}
        return [found.get(id) for id in ids]

    def _keep(self, used: dict[str, Runs]) -> None:
        for id, runs in used.items():
            self._bytes += runs.nbytes if id not in self._kept else 0
            self._kept[id] = runs
            self._kept.move_to_end(id)
        while self._bytes > _KEPT_BYTES:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes


def _shares(ours: Runs, many: Sequence[Runs]) -> list[float]:
    """Of the runs of the smaller one those that both have."""
    if not many:
        return []
    theirs = np.concatenate(many)
    sizes = [len(runs) for runs in many]
    both = ours[np.minimum(np.searchsorted(ours, theirs), len(ours) - 1)] == theirs
    shared = np.add.reduceat(both, np.cumsum([0, *sizes[:-1]]), dtype=np.intp).tolist()
    return [share(count, min(size, len(ours))) for count, size in zip(shared, sizes, strict=True)]


def runs_of(texts: Sequence[Text]) -> list[Runs]:
    """The runs of each text."""
    pieces = [each.apart for each in texts]
    joined = f" {' | '.join(pieces)} "
    if len(texts) > 1 and (len(joined) > _LONG or len(texts) > _MANY):
        half = len(texts) // 2
        return runs_of(texts[:half]) + runs_of(texts[half:])
    if len(joined) > _LONG:
        return [np.empty(0, np.uint64)]
    entries = np.sort(_entries(joined, np.cumsum([len(piece) + 3 for piece in pieces])))
    if len(entries):
        once = np.ones(len(entries), bool)
        np.not_equal(entries[1:], entries[:-1], out=once[1:])
        entries = entries[once]
    cuts = np.searchsorted(entries, np.arange(len(texts), dtype=np.uint64) << _RUN_BITS).tolist()
    entries &= _ONLY_RUN
    return [entries[start:end].copy() for start, end in pairwise((*cuts, len(entries)))]


def _entries(joined: str, ends: npt.NDArray[np.intp]) -> Runs:
    """The hash of each run of words that stands in one text, and in its first bits which text; they end at `ends`."""
    if joined.isascii():
        codes = np.take(_CODES, np.frombuffer(joined.encode(), np.uint8))
    else:
        points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
        codes = np.where(points < 128, _CODES[points & 127], points)
    inside = codes > 0
    first = np.flatnonzero(inside[1:] > inside[:-1]) + 1  # the joined text begins with a blank
    if len(first) < BODY_SHINGLE:
        return np.empty(0, np.uint64)
    codes *= _UP[: len(codes)]
    words = np.add.reduceat(codes, first) * _DOWN[first]  # what stands between words is nought
    words ^= words >> np.uint64(29)
    whose = np.repeat(np.arange(len(ends), dtype=np.uint64), np.diff(np.searchsorted(first, ends), prepend=0))
    whose <<= _RUN_BITS
    runs = (np.correlate(words, _RUN) & _ONLY_RUN) | whose[: 1 - BODY_SHINGLE]
    whole: Runs = runs[whose[: 1 - BODY_SHINGLE] == whose[BODY_SHINGLE - 1 :]]
    return whole
