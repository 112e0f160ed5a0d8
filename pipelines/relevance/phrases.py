"""The phrase language of topic profiles, and its matcher.

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
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from pipelines.scripts import UNSPACED

MAX_GAP = 30
MIN_AFFIX = 3
"""Letters beside a `*`."""
MAX_SLOTS = 12
"""Slots a phrase: with `MAX_GAP` it bounds a match attempt to a few hundred steps."""

# A number; a character of an unspaced script; a word; the end of a sentence, which no gap crosses.
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*|[{UNSPACED}]|[^\W\d_{UNSPACED}][^\W_{UNSPACED}]*|[.!?](?=\s|$)|[。！？\n]")
_END = frozenset(".!?。！？\n")
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_ACCENT = re.compile("[\u0300-\u036f]")

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


def tokens(text: str) -> list[str]:
    """The words and sentence ends of a text, in lower case without accents.

    >>> tokens("Données volées. 1,5 Mio.")
    ['donnees', 'volees', '.', '1,5', 'mio', '.']
    """
    if not text.isascii():
        # Accents go, but kana keep their marks and Hangul its syllables.
        text = unicodedata.normalize("NFKC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))
    return _TOKEN.findall(text.casefold())


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


def _elements(piece: str) -> tuple[Element, ...]:
    """The words of one alternative, as the text's own words are cut."""
    if wrong := re.search(r"[\\\[\](){}^$+.]", piece):
        raise PhraseError(f"{piece!r} holds {wrong.group()!r}: phrases are words, not regular expressions")
    found: list[Element] = []
    for word in re.split(r"[-'’]", piece):
        bare = word.replace("*", "")
        if word == "#":
            found.append(word)
            continue
        cut = tokens(bare)
        if not cut or any(token in _END for token in cut):
            raise PhraseError(f"{piece!r} has no word in it")
        if "*" in word.strip("*"):
            raise PhraseError(f"{piece!r}: * stands at the start or the end of a word only")
        if "*" in word and len(bare) < MIN_AFFIX:
            raise PhraseError(f"{piece!r}: * wants at least {MIN_AFFIX} letters beside it")
        cut[0] = "*" + cut[0] if word.startswith("*") else cut[0]
        cut[-1] = cut[-1] + "*" if word.endswith("*") else cut[-1]
        found += cut
    return tuple(found)


def _matches(element: Element, token: str) -> bool:
    if element == token:
        return True
    if element == "#":
        return token[0].isdigit()
    if element[-1] == "*":
        return element[1:-1] in token if element[0] == "*" else token.startswith(element[:-1])
    return element[0] == "*" and token.endswith(element[1:])


def _is_pair(alternative: tuple[Element, ...]) -> bool:
    """Whether it starts with two whole words."""
    return len(alternative) > 1 and not any("*" in element or element == "#" for element in alternative[:2])


class Match(NamedTuple):
    """A phrase found in words `start:end` of a text."""

    group: str
    phrase: Phrase
    start: int
    end: int


class Matcher:
    """Finds the phrases of all groups and languages in one pass over the words of a text."""

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        exact: dict[str, list[tuple[str, Phrase]]] = {}
        pairs: dict[str, dict[str, list[tuple[str, Phrase]]]] = {}
        prefixed: dict[str, list[tuple[Element, tuple[str, Phrase]]]] = {}
        other: list[tuple[Element, tuple[str, Phrase]]] = []
        for entry in phrases:
            alternatives = entry[1].slots[0].alternatives
            alone = {alternative[0] for alternative in alternatives if not _is_pair(alternative)}
            for first in alone:
                if first[0] == "*" or first == "#":
                    other.append((first, entry))
                elif first[-1] == "*":
                    prefixed.setdefault(first[:MIN_AFFIX], []).append((first, entry))
                else:
                    exact.setdefault(first, []).append(entry)
            for first, second in {alternative[:2] for alternative in alternatives if _is_pair(alternative)}:
                if first not in alone:
                    pairs.setdefault(first, {}).setdefault(second, []).append(entry)

        # News repeats its words: which phrases can start at a word is worked out once a word.
        @lru_cache(maxsize=50_000)
        def starting(token: str) -> tuple[tuple[str, Phrase], ...]:
            open_ended = prefixed.get(token[:MIN_AFFIX], []) + other
            found = [entry for first, entry in open_ended if _matches(first, token)]
            return tuple(dict.fromkeys(exact.get(token, []) + found))

        self._starting = starting
        # Words in a row ("in vendita") often start with one that stands everywhere: there the second is asked first.
        self._pairs = pairs

    def find(self, text: Sequence[str]) -> Iterator[Match]:
        """Every phrase at every word where it starts, each read the shortest way."""
        starting, pairs = self._starting, self._pairs
        for at, token in enumerate(text):
            found = starting(token)
            if token in pairs and at + 1 < len(text):
                found += tuple(pairs[token].get(text[at + 1], ()))
            for group, phrase in found:
                if (end := _end(phrase, text, at)) is not None:
                    yield Match(group, phrase, at, end)


def _end(phrase: Phrase, text: Sequence[str], at: int) -> int | None:
    """Where the phrase that starts at `at` ends, if it does; all ways to read it go side by side."""
    places = {at}
    for slot in phrase.slots:
        following = set(places) if slot.optional else set()
        for place in places:
            if slot.gap:
                for step in range(place, min(place + slot.gap, len(text))):
                    if text[step] in _END:
                        break
                    following.add(step + 1)
            elif place < len(text):
                token = text[place]
                if token in slot.words or token.startswith(slot.beginnings):
                    following.add(place + 1)
                if slot.others:
                    following.update(_after(slot.others, text, place))
        if not following:
            return None
        places = following
    return min(places)


def _after(alternatives: Sequence[Sequence[Element]], text: Sequence[str], place: int) -> Iterator[int]:
    """Where those of the alternatives end that stand at the place."""
    for alternative in alternatives:
        first, *rest = alternative
        end = place + len(alternative)
        if _matches(first, text[place]) and end <= len(text) and all(map(_matches, rest, text[place + 1 : end])):
            yield end


def written(words: Sequence[str]) -> str:
    """The words as they are written: with spaces, but none in scripts without.

    >>> written(["情", "報", "漏", "え", "い"]), written(["data", "leak"])
    ('情報漏えい', 'data leak')
    """
    parts: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if before and not (_IS_UNSPACED.match(before) and _IS_UNSPACED.match(word)):
            parts.append(" ")
        parts.append(word)
    return "".join(parts)
