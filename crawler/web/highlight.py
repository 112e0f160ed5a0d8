"""The phrases that made an article relevant, found again in its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.records import PhraseHit
from pipelines.relevance.words import WORD, tokens


@dataclass(frozen=True, slots=True)
class Part:
    """A passage, and the points that it counted for (or against, where negative); None where it did not."""

    text: str
    weight: float | None = None


def marked(text: str, evidence: Iterable[PhraseHit]) -> list[Part]:
    """The text in parts, each phrase of the evidence a part of its own; of phrases that overlap the longer is marked.

    The evidence names words as they are compared: in lower case, without accents.

    >>> hits = [PhraseHit(phrase="donnees volees", zone="body", weight=1.5)]
    >>> [(part.text, part.weight) for part in marked("Des Données volées.", hits)]
    [('Des ', None), ('Données volées', 1.5), ('.', None)]
    """
    words = [
        (token, match.start(), match.end()) for match in WORD.finditer(text) for token in tokens(match.group()) or [""]
    ]
    places: dict[str, list[int]] = {}
    for number, (word, _, _) in enumerate(words):
        places.setdefault(word, []).append(number)
    taken: list[float | None] = [None] * len(words)
    starts = [True] * len(words)
    weights: dict[tuple[str, ...], float] = {}
    for hit in evidence:
        weights.setdefault(tuple(tokens(hit.phrase)), hit.weight)
    for phrase, weight in sorted(weights.items(), key=lambda item: -len(item[0])):
        for at in places.get(phrase[0], ()) if phrase else ():
            end = at + len(phrase)
            if tuple(word for word, _, _ in words[at:end]) == phrase and not any(taken[at:end]):
                taken[at:end] = [weight] * len(phrase)
                starts[at + 1 : end] = [False] * (len(phrase) - 1)
    return list(_parts(text, words, taken, starts))


def _parts(
    text: str, words: Sequence[tuple[str, int, int]], taken: Sequence[float | None], starts: Sequence[bool]
) -> Iterable[Part]:
    done = 0
    for number, (_, start, _) in enumerate(words):
        weight = taken[number]
        if weight is None or not starts[number] or start < done:
            continue
        last = number
        while last + 1 < len(words) and not starts[last + 1]:
            last += 1
        if start > done:
            yield Part(text[done:start])
        done = words[last][2]
        yield Part(text[start:done], weight)
    if done < len(text):
        yield Part(text[done:])
