"""Two texts side by side: which passages they share, for a reader to see what the figures of the evidence stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from pipelines.dedup.compare import BODY_SHINGLE
from pipelines.dedup.tokens import MAX_CHARS, fold, words
from pipelines.scripts import UNSPACED

_PIECE = re.compile(rf"[^\s{UNSPACED}]+\s*|[{UNSPACED}]\s*|\s+")


class Passage(NamedTuple):
    """A stretch of a text, as it is written there, and whether the other text has it too."""

    text: str
    shared: bool


def passages(a: str, b: str) -> tuple[list[Passage], list[Passage]]:
    """Both texts cut into what they share and what they do not; a shared passage has five words at least.

    What lies beyond `tokens.MAX_CHARS` is not compared, and so not shared.

    >>> mine, theirs = passages("He said: the records of all clients leaked.", "Leaked? The records of all clients!")
    >>> [passage.text for passage in mine if passage.shared]
    ['the records of all clients ']
    """
    ours, theirs = _pieces(a), _pieces(b)
    common = _runs(_folded(ours)) & _runs(_folded(theirs))
    return _marked(a, ours, common), _marked(b, theirs, common)


class _Piece(NamedTuple):
    """A word as it is written, with what follows up to the next, and its tokens: none for punctuation alone."""

    text: str
    tokens: tuple[str, ...]


def _pieces(text: str) -> list[_Piece]:
    found = (match[0] for match in _PIECE.finditer(text[:MAX_CHARS]))
    return [_Piece(piece, tuple(fold(words(piece)))) for piece in found]


def _folded(pieces: Sequence[_Piece]) -> list[str]:
    return [token for piece in pieces for token in piece.tokens]


def _runs(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    return set(_windows(tokens))


def _windows(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """As `tokens.shingles` cuts them: a text of fewer words is one."""
    last = max(0, len(tokens) - BODY_SHINGLE)
    return (tuple(tokens[start : start + BODY_SHINGLE]) for start in range(last + 1) if tokens)


def _marked(text: str, pieces: Sequence[_Piece], common: set[tuple[str, ...]]) -> list[Passage]:
    tokens = _folded(pieces)
    shared = [False] * len(tokens)
    for start, run in enumerate(_windows(tokens)):
        if run in common:
            shared[start : start + BODY_SHINGLE] = [True] * len(run)
    marks: list[tuple[str, bool]] = []
    at, before = 0, False
    for piece in pieces:
        # Punctuation alone goes with what stands before it.
        before = all(shared[at : at + len(piece.tokens)]) if piece.tokens else before
        marks.append((piece.text, before))
        at += len(piece.tokens)
    marks.append((text[MAX_CHARS:], False))
    groups = groupby((mark for mark in marks if mark[0]), key=lambda mark: mark[1])
    return [Passage("".join(part for part, _ in group), is_shared) for is_shared, group in groups]
