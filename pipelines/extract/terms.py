"""What a line says and what its boxes are called: terms with learned weights.

Comments, calls to subscribe and the neighbours of an article use other words than an article does, and sites call the
boxes around them by other names. A logistic regression over the terms (each there or not) of the lines of labelled
pages says how much (`python -m benchmarks.train_judge` makes the weights); its scores are features of the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from itertools import pairwise, repeat
from typing import NamedTuple

import msgspec
import numpy as np
from lxml.html import HtmlElement

from pipelines.extract.learned import Matrix

Terms = Set[str]

_WORDS, _PAIRS = 60, 24
"""Words of a line that count, and of those that count as pairs."""
_ZONES = "011222333"
"""How far up an element stands: the line's own, two above it, three above those, three more."""
_TAGS = 4
_NAMES = ("class", "id", "itemprop", "role", "data-component", "data-testid")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PART = re.compile(r"[a-z]{2,}")


class TermsError(ValueError):
    """Weights that cannot be used; the message names what is wrong with them."""


class Names(NamedTuple):
    """The terms of a line's element and those of what stands above it, which many lines share. No term is in both."""

    own: Terms
    above: Terms


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By term, how much it speaks for the article (above 0) or against it; unknown terms weigh nothing. `bias` is
    what a line without known terms scores, by its words and by its boxes' names."""

    words: dict[str, float]
    names: dict[str, float]
    bias: tuple[float, float]

    def columns(self, said: Sequence[Terms], named: Sequence[Names]) -> Matrix:
        """A row for each line: its two scores, those of the lines before and behind, and the means of five lines."""
        above = {id(names.above): _score(names.above, self.names, self.bias[1]) for names in _different(named)}
        scores = np.array(
            [
                [_score(terms, self.words, self.bias[0]) for terms in said],
                [_score(names.own, self.names, above[id(names.above)]) for names in named],
            ]
        )
        around = np.pad(scores, ((0, 0), (2, 2)), mode="edge")
        near = np.mean([around[:, shift : shift + len(said)] for shift in range(5)], axis=0)
        rows = np.vstack([scores, near, around[:, 1 : 1 + len(said)], around[:, 3 : 3 + len(said)]])
        return np.asarray(rows.T, dtype=np.float32)


def read_weights(data: bytes) -> Weights:
    """The weights of a JSON object. Raises `TermsError` with what is wrong with it."""
    try:
        return msgspec.json.decode(data, type=Weights)
    except msgspec.MsgspecError as error:
        raise TermsError(f"no weights of terms: {error}") from error


def line_terms(tokens: Sequence[str]) -> Terms:
    """The terms of a line's words: each, each pair, the first and the last.

    >>> sorted(line_terms(["read", "also"]))
    ['^read', 'also', 'also$', 'read', 'read also']
    """
    if not tokens:
        return frozenset()
    ends = (f"^{tokens[0]}", f"{tokens[-1]}$")
    return frozenset([*tokens[:_WORDS], *map(" ".join, pairwise(tokens[:_PAIRS])), *ends])


def names_of(chains: Sequence[Sequence[HtmlElement]]) -> list[Names]:
    """For each element and its ancestors, from the inmost: parts of their names by how far up they stand, and the
    nearest tags."""
    known: dict[HtmlElement | None, Terms] = {None: frozenset()}
    called: dict[HtmlElement, str] = {}
    found = []
    for own, *above in chains:
        parent = above[0] if above else None
        if parent not in known:
            levels = enumerate(above[: len(_ZONES) - 1], 1)
            known[parent] = frozenset().union(*[_terms(element, level, called) for level, element in levels])
        found.append(Names(frozenset(_terms(own, 0, called)), known[parent]))
    return found


def _different(named: Sequence[Names]) -> Iterable[Names]:
    return {id(names.above): names for names in named}.values()


def _terms(element: HtmlElement, level: int, called: dict[HtmlElement, str]) -> tuple[str, ...]:
    if element not in called:
        called[element] = " ".join(filter(None, map(element.get, _NAMES)))[:300]
    told = _parts(_ZONES[level], called[element])
    return (*told, f"{level}<{element.tag}") if level < _TAGS else told


@lru_cache(maxsize=8192)
def _parts(zone: str, names: str) -> tuple[str, ...]:
    """Remembered: a site's pages share their names."""
    parts = _PART.findall(_HUMP.sub("-", names).lower())
    return tuple(zone + part for part in [*parts, *map("-".join, pairwise(parts))])


def _score(terms: Terms, weights: Mapping[str, float], bias: float) -> float:
    return bias + sum(map(weights.get, terms, repeat(0.0)))
