"""The phrase language of topic profiles.

A phrase is words in a row, not a regular expression: texts are matched word by word, and the work that a
phrase can cause at a word is bounded, so no profile can make the matcher run without end.

| written | matches |
|---|---|
| `data breach` | the two words, any case, accents or none, divided by space, hyphen or apostrophe |
| `leak*`, `*leck*`, `*daten` | a word that starts so, holds it, ends so |
| `leak*\\|breach\\|data-spill` | one of these; a hyphen joins the words of one alternative |
| `massive?` | that word or nothing |
| `~4` | at most four words of the same sentence (characters, in scripts without spaces) |
| `#` | a number |
| `{loss}` | one of the alternatives listed under `[words]` by that name |

In scripts without spaces each character is a word: `情報 ~8 流出|漏えい`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pipelines.relevance.words import ENDS, tokens

MAX_GAP = 30
MIN_AFFIX = 3
"""Letters beside a `*`."""
MAX_SLOTS = 12
"""Slots a phrase: with `MAX_GAP` it bounds a match attempt to a few hundred steps."""

_NO_WORD = re.compile(r"[\\\[\](){}^$+.]")
_JOINTS = re.compile(r"[-'’]")

Element = str
"""A literal word, or one with `*` before, after or round it, or `#`."""


class PhraseError(ValueError):
    """A phrase that does not follow the syntax; the message says what and how to mend it."""


class Slot(NamedTuple):
    """One place of a phrase: alternatives of words in a row, or a gap of at most `gap` words."""

    alternatives: tuple[tuple[Element, ...], ...]
    optional: bool
    gap: int
    # The alternatives again, by how they are looked up: whole words, words' beginnings, all others.
    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    others: tuple[tuple[Element, ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Phrase:
    """A compiled phrase; each is itself alone, so that it can be counted cheaply."""

    source: str
    slots: tuple[Slot, ...]


def parse(source: str, words: Mapping[str, Sequence[str]]) -> Phrase:
    """Compile a phrase; `words` holds the named alternatives. Raises `PhraseError`.

    >>> parse("leak* ~3 data", {}).slots[1].gap
    3
    """
    slots = tuple(_slot(part, words) for part in source.split())
    if not slots:
        raise PhraseError("is empty: write at least one word")
    if len(slots) > MAX_SLOTS:
        raise PhraseError(f"has {len(slots)} parts: {MAX_SLOTS} are allowed")
    for slot, end in ((slots[0], "start"), (slots[-1], "end")):
        if slot.gap or slot.optional:
            raise PhraseError(f"must not {end} with a gap (~) or an optional word (?)")
    return Phrase(source, slots)


def _slot(part: str, named: Mapping[str, Sequence[str]]) -> Slot:
    if part.startswith("~"):
        if not part[1:].isdecimal() or not 0 < int(part[1:]) <= MAX_GAP:
            raise PhraseError(f"{part!r} is no gap: write ~1 to ~{MAX_GAP}")
        return Slot((), True, int(part[1:]))
    optional = part.endswith("?")
    alternatives: list[tuple[Element, ...]] = []
    for piece in part.removesuffix("?").split("|"):
        if piece.startswith("{") and piece.endswith("}"):
            if piece[1:-1] not in named:
                raise PhraseError(f"{piece} is not defined: list its words under [words]")
            alternatives += [_elements(word) for word in named[piece[1:-1]]]
        else:
            alternatives.append(_elements(piece))
    whole, begun, others = set(), [], []
    for alternative in alternatives:
        first = alternative[0]
        if len(alternative) > 1 or first == "#" or first[0] == "*":
            others.append(alternative)
        elif first[-1] == "*":
            begun.append(first[:-1])
        else:
            whole.add(first)
    return Slot(tuple(alternatives), optional, 0, frozenset(whole), tuple(begun), tuple(others))


@lru_cache(10_000)  # the named alternatives of a profile are in many of its phrases
def _elements(piece: str) -> tuple[Element, ...]:
    """The words of one alternative, as the text's own words are cut."""
    if wrong := _NO_WORD.search(piece):
        raise PhraseError(f"{piece!r} holds {wrong.group()!r}: phrases are words, not regular expressions")
    found: list[Element] = []
    for word in _JOINTS.split(piece):
        bare = word.replace("*", "")
        if word == "#":
            found.append(word)
            continue
        cut = tokens(bare)
        if not cut or any(token in ENDS for token in cut):
            raise PhraseError(f"{piece!r} has no word in it")
        if "*" in word.strip("*"):
            raise PhraseError(f"{piece!r}: * stands at the start or the end of a word only")
        if "*" in word and len("".join(cut)) < MIN_AFFIX:
            raise PhraseError(f"{piece!r}: * wants at least {MIN_AFFIX} letters beside it")
        cut[0] = "*" + cut[0] if word.startswith("*") else cut[0]
        cut[-1] = cut[-1] + "*" if word.endswith("*") else cut[-1]
        found += cut
    return tuple(found)
