"""The matcher of a topic's phrases: all groups and languages in one pass over the words of a text."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence, Set
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from pipelines.relevance.phrases import MIN_AFFIX, Element, Phrase, Slot
from pipelines.relevance.words import ENDS


def _matches(element: Element, token: str) -> bool:
    if element == token:
        return True
    if element == "#":
        return token[0].isdigit()
    if element[-1] == "*":
        return element[1:-1] in token if element[0] == "*" else token.startswith(element[:-1])
    return element[0] == "*" and token.endswith(element[1:])


def _inner(elements: Iterable[Element]) -> re.Pattern[str]:
    """Is found in every word that one of the elements matches whose start is open: to ask for all of them at once takes
    a twentieth of the time."""
    opened = [element for element in elements if element[0] == "*"]
    return re.compile(
        "|".join(re.escape(element.strip("*")) + ("" if element[-1] == "*" else "$") for element in opened)
    )


def _is_pair(alternative: tuple[Element, ...]) -> bool:
    """Whether it starts with two whole words."""
    return len(alternative) > 1 and not any("*" in element or element == "#" for element in alternative[:2])


class Match(NamedTuple):
    """A phrase found in words `start:end` of a text."""

    group: str
    phrase: Phrase
    start: int
    end: int


_Steps = tuple[tuple[Slot, int], ...]


class _Entry(NamedTuple):
    """A phrase of a group. Each kind of slot has a bit, a gap none; `wants` are those that some word must fill."""

    group: str
    phrase: Phrase
    steps: _Steps
    wants: int


class _Known(NamedTuple):
    """What is known of a word: the phrases that can start at it, those that can where a certain word follows, and the
    bits of the slots that can begin with it."""

    entries: tuple[_Entry, ...]
    followed: Mapping[str, tuple[_Entry, ...]]
    fills: int


_Begun = tuple[int, tuple[_Entry, ...], Mapping[str, tuple[_Entry, ...]]]
"""A word's place, and the phrases that can start there, as in `_Known`."""
_NOTHING = _Known((), {}, 0)
_STOP = _Known((), {}, 0)
"""What is known of a sentence's end."""


class Matcher:
    """Finds the phrases of all groups and languages in one pass over the words of a text."""

    def __init__(self, phrases: Iterable[tuple[str, Phrase]]) -> None:
        starting: dict[Element, list[_Entry]] = {}
        filling: dict[Element, int] = {}
        bits: dict[Slot, int] = {}
        # Words in a row ("in vendita") often start with one that stands everywhere: there the second is asked first.
        pairs: dict[str, dict[str, list[_Entry]]] = {}
        self._groups: set[str] = set()
        for group, phrase in phrases:
            self._groups.add(group)
            entry = _entry(group, phrase, bits)
            alternatives = phrase.slots[0].alternatives
            alone = {alternative[0] for alternative in alternatives if not _is_pair(alternative)}
            for first in alone:
                starting.setdefault(first, []).append(entry)
            for first, second in {alternative[:2] for alternative in alternatives if _is_pair(alternative)}:
                if first not in alone:
                    pairs.setdefault(first, {}).setdefault(second, []).append(entry)
        for slot, bit in bits.items():
            for alternative in slot.alternatives:
                filling[alternative[0]] = filling.get(alternative[0], 0) | bit

        prefixed: dict[str, list[Element]] = {}
        other: list[Element] = []
        for element in filling:
            if element[0] == "*" or element == "#":
                other.append(element)
            elif element[-1] == "*":
                prefixed.setdefault(element[:MIN_AFFIX], []).append(element)
        inner = _inner(other)

        # News repeats its words: what can start at a word, and what it can fill, is worked out once a word. Most words
        # are like others (each number is like any other), and share what is known of them.
        @lru_cache(maxsize=4_096)
        def shared(found: tuple[Element, ...], first: str | None) -> _Known:
            entries = dict.fromkeys(entry for element in found for entry in starting.get(element, ()))
            followed = {second: tuple(begun) for second, begun in pairs[first].items()} if first else {}
            return _Known(tuple(entries), followed, reduce(or_, map(filling.__getitem__, found), 0))

        @lru_cache(maxsize=16_384)
        def known(token: str) -> _Known:
            if token in ENDS:
                return _STOP
            found = [token] if token in filling else []
            opened = other if token[0].isdigit() or inner.search(token) else ()
            asked = (*prefixed.get(token[:MIN_AFFIX], ()), *opened)
            found += [element for element in asked if _matches(element, token)]
            return shared(tuple(found), token if token in pairs else None) if found else _NOTHING

        self._known = known

    def find(self, text: Sequence[str], seen: Container[str] = (), full: Set[str] = frozenset()) -> Iterator[Match]:
        """Every phrase at every word where it starts, each read the shortest way. None crosses a sentence's end.

        Not looked for are phrases that were `seen` and groups that are `full`; whoever reads on may add to both.
        """
        if self._groups <= full:
            return
        known = list(map(self._known, text))
        for begun, there, stop in _sentences(known):
            missing = ~there
            for at, entries, followed in begun:
                if followed and at + 1 < stop:
                    entries += followed.get(text[at + 1], ())
                for group, phrase, steps, wants in entries:
                    # A phrase that wants what no word of the sentence fills is not tried: of ten begun, eight.
                    if wants & missing or phrase.source in seen or group in full:
                        continue
                    if (end := _end(steps, text, known, at, stop)) is not None:
                        yield Match(group, phrase, at, end)


def _sentences(known: Iterable[_Known]) -> Iterator[tuple[list[_Begun], int, int]]:
    """Of each sentence in which a phrase may begin: the words where it may, the bits of all the slots that its words
    can fill, and the word before which it stops."""
    begun: list[_Begun] = []
    there = 0
    # Most words are in no phrase.
    for at, what in [(at, what) for at, what in enumerate((*known, _STOP)) if what is not _NOTHING]:
        entries, followed, fills = what
        if entries or followed:
            begun.append((at, entries, followed))
        there |= fills
        if what is _STOP:
            if begun:
                yield begun, there, at
                begun = []
            there = 0


def _entry(group: str, phrase: Phrase, bits: dict[Slot, int]) -> _Entry:
    """Slots that are alike, in this phrase and in those before, share a bit."""
    steps = tuple((slot, 0 if slot.gap else bits.setdefault(slot, 1 << len(bits))) for slot in phrase.slots)
    return _Entry(group, phrase, steps, sum({bit for slot, bit in steps if not slot.optional}))


def _end(steps: _Steps, words: Sequence[str], known: Sequence[_Known], at: int, stop: int) -> int | None:
    """Where the phrase that starts at a word ends, if it does so in the sentence, which stops before word `stop`; all
    ways to read it go side by side."""
    places = {at}
    for slot, bit in steps:
        if slot.gap:
            places = {to for place in places for to in range(place, min(place + slot.gap, stop) + 1)}
            continue
        following = set(places) if slot.optional else set()
        for place in places:
            if place < stop and known[place].fills & bit:
                following.update(_after(slot, words, place, stop) if slot.others else (place + 1,))
        if not following:
            return None
        places = following
    return min(places)


def _after(slot: Slot, words: Sequence[str], place: int, stop: int) -> Iterator[int]:
    """Where those of the slot's alternatives end that stand at the place, one of which can begin there."""
    if words[place] in slot.words or words[place].startswith(slot.beginnings):
        yield place + 1
    for alternative in slot.others:
        end = place + len(alternative)
        if end <= stop and all(map(_matches, alternative, words[place:end])):
            yield end
