"""Aligns two word sequences and gives the passages where one replaces the other, at a bounded cost.

Patience alignment (Bram Cohen's "patience diff"): runs of words that occur once in each text are anchors,
the longest increasing sequence of them holds the alignment, and only small gaps in between are aligned word
by word. difflib on the whole texts takes cubic time on repetitive ones.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipelines.dedup.tokens import run_hashes, token_hashes

ANCHOR_WORDS = 3
MAX_GAP = 24
"""Words on each side of a gap that is aligned word by word."""


class Gap(NamedTuple):
    """Words `a_start:a_end` of one text stand where words `b_start:b_end` of the other do."""

    a_start: int
    a_end: int
    b_start: int
    b_end: int


class Aligned(NamedTuple):
    """Words to be aligned with others, perhaps many times: the runs that occur once among them, sorted, and where."""

    tokens: Sequence[str]
    runs: npt.NDArray[np.uint64]
    places: npt.NDArray[np.intp]

    @classmethod
    def of(cls, tokens: Sequence[str], hashes: npt.NDArray[np.uint64]) -> Aligned:
        """The words, with their `token_hashes`."""
        if len(tokens) < ANCHOR_WORDS:
            return cls(tokens, np.empty(0, np.uint64), np.empty(0, np.intp))
        runs = run_hashes(hashes, ANCHOR_WORDS)
        order = np.argsort(runs)
        runs = runs[order]
        once = np.ones(len(runs) + 1, bool)
        once[1:-1] = runs[1:] != runs[:-1]
        once = once[1:] & once[:-1]
        return cls(tokens, runs[once], order[once])


def gaps(a: Sequence[str], b: Sequence[str]) -> Iterator[Gap]:
    """Where the two differ, in order: one side of a gap may be empty. Between two gaps the words are the same.

    >>> list(gaps("a b c".split(), "a c d".split()))
    [Gap(a_start=1, a_end=2, b_start=1, b_end=1), Gap(a_start=3, a_end=3, b_start=2, b_end=3)]
    """
    return gaps_between(Aligned.of(a, token_hashes(a)), Aligned.of(b, token_hashes(b)))


def gaps_between(a: Aligned, b: Aligned) -> Iterator[Gap]:
    """`gaps` of words that are made ready."""
    for gap in _between(a.tokens, b.tokens, _anchors(a, b)):
        yield from _within(a.tokens, b.tokens, gap)


def _between(a: Sequence[str], b: Sequence[str], anchors: Sequence[tuple[int, int, int]]) -> Iterator[Gap]:
    """What is left between the anchors, each grown both ways as far as the words agree."""
    a_at = b_at = 0
    for i, j, length in [*anchors, (len(a), len(b), 1)]:
        inside = max(a_at - i, b_at - j, 0)  # the run before has grown over the first ones
        if inside >= length:
            continue
        a_end, b_end = i + length + ANCHOR_WORDS - 1, j + length + ANCHOR_WORDS - 1
        i, j = i + inside, j + inside
        while i > a_at and j > b_at and a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
        if i > a_at or j > b_at:
            yield Gap(a_at, i, b_at, j)
        while a_end < len(a) and b_end < len(b) and a[a_end] == b[b_end]:
            a_end, b_end = a_end + 1, b_end + 1
        a_at, b_at = a_end, b_end


def _anchors(a: Aligned, b: Aligned) -> list[tuple[int, int, int]]:
    """The places of word runs that occur once in each text, the most that stand in the same order in both; those that
    follow each other word by word are one anchor, with their number."""
    if not len(a.runs) or not len(b.runs):
        return []
    at = np.minimum(np.searchsorted(a.runs, b.runs), len(a.runs) - 1)
    both = np.flatnonzero(a.runs[at] == b.runs)
    in_a, in_b = a.places[at[both]], b.places[both]
    order = np.argsort(in_a)
    in_a, in_b = in_a[order], in_b[order]
    if (in_b[1:] < in_b[:-1]).any():
        in_a, in_b = np.array(_longest_increasing(list(zip(in_a.tolist(), in_b.tolist(), strict=True)))).T
    breaks = np.flatnonzero((in_a[1:] - in_a[:-1] != 1) | (in_b[1:] - in_b[:-1] != 1)) + 1
    cuts = [0, *breaks.tolist(), len(in_a)]
    first_a, first_b = in_a.tolist(), in_b.tolist()
    return [(first_a[at], first_b[at], end - at) for at, end in pairwise(cuts) if at < end]


def _longest_increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose second numbers rise (patience sorting); the first ones rise already.

    >>> _longest_increasing([(0, 5), (1, 1), (2, 2), (3, 0), (4, 9)])
    [(1, 1), (2, 2), (4, 9)]
    """
    tails: list[int] = []
    tail_index: list[int] = []
    previous: list[int] = []
    for index, (_, j) in enumerate(pairs):
        place = bisect_left(tails, j)
        previous.append(tail_index[place - 1] if place else -1)
        tails[place : place + 1] = [j]
        tail_index[place : place + 1] = [index]
    chain: list[tuple[int, int]] = []
    at = tail_index[-1] if tail_index else -1
    while at >= 0:
        chain.append(pairs[at])
        at = previous[at]
    return chain[::-1]


def _within(a: Sequence[str], b: Sequence[str], gap: Gap) -> Iterator[Gap]:
    """A small gap aligned word by word into smaller ones; a large one as it is."""
    if not 0 < gap.a_end - gap.a_start <= MAX_GAP or not 0 < gap.b_end - gap.b_start <= MAX_GAP:
        yield gap
        return
    left, right = a[gap.a_start : gap.a_end], b[gap.b_start : gap.b_end]
    if set(left).isdisjoint(right):
        yield gap
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Gap(gap.a_start + i1, gap.a_start + i2, gap.b_start + j1, gap.b_start + j2)
