"""How many people a breach affects: every number that counts people, accounts or records is weighed by where it stands
and by what its sentence says, and the best is taken if it is good enough. No number rather than a wrong one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from pipelines.facts.counted import counted
from pipelines.facts.numbers import Number, numbers
from pipelines.facts.passages import Passage, Zone, as_written, evidence, sentence_round
from pipelines.facts.weigh import points_of, theme_of
from pipelines.facts.words import words
from pipelines.scripts import INVISIBLE

MAX_CHARS = 8_000
"""Characters of the text that are read: who is affected stands at its beginning."""
MAX_TITLE = 500
MAX_NUMBERS = 150
"""Numbers of a text that are looked at."""
ENOUGH = 2.0
"""Points from which a number is told."""

ONE_OF_SEVERAL = -0.7
"""Points for each number over a thousand of a sentence after the second: a list of breaches, or of whom they hit."""
AGAIN = 0.4
"""The same number elsewhere, twice at most: what a story is about is told in headline and text."""

_BEFORE = 80
"""Characters before a number that are looked at."""
_RANGE = re.compile(
    r"(?:\b(?:between|zwischen|entre|tra|fra|tussen|mellan|antara) "
    r"\d(?:[\d.,'’]|[ \u00a0\u202f](?=\d{3})){0,12}(?: [a-zà-ÿ]{1,9})? (?:and|und|et|y|e|en|och|dan)"
    r"|(?<!from )(?<![\d.,])\d[\d.,]{0,12}(?: [a-zà-ÿ]{1,9})? (?:to|bis|tot|till)"
    r"|\btừ \d[\d.,]{0,12}(?: \w{1,6})? đến)$"
)
"""Before the upper end of a range, which is told as "up to"."""
_TO = (" and", " und", " et", " y", " e", " en", " to", " bis", " tot", " och", " dan", " till", " đến")
"""One of these ends all that `_RANGE` finds."""


@dataclass(frozen=True, slots=True)
class _Count:
    """A number with what it counts."""

    number: Number
    unit: str
    qualifier: str
    passage: Passage
    points: float


def people_affected(title: str, text: str) -> dict[str, Any] | None:
    """The number of people affected as a fact, None where the article does not tell it clearly."""
    title, text = title[:MAX_TITLE], text[:MAX_CHARS]
    found = _told(INVISIBLE.sub("", title), INVISIBLE.sub("", text))
    if found is None:
        return None
    shown = found["evidence"]
    return found | {"evidence": as_written(shown, title if shown["zone"] == "title" else text)}


def _told(title: str, text: str) -> dict[str, Any] | None:
    theme = theme_of(title)
    counts = [*_counts("title", title, theme), *_counts("text", text, theme)]
    if not counts:
        return None
    times = Counter(_roughly(count.number.value) for count in counts)
    weighed = [
        replace(count, points=count.points + AGAIN * min(times[_roughly(count.number.value)] - 1, 2))
        for count in counts
    ]
    best = max(weighed, key=lambda count: count.points)
    if best.points < ENOUGH:
        return None
    best = max((c for c in weighed if _same(c, best)), key=_fullness)
    number, source = best.number, title if best.passage.zone == "title" else text
    shown = evidence(source, best.passage, number.start, number.end)
    return {"value": number.value, "qualifier": best.qualifier, "unit": best.unit, "evidence": shown}


def _same(count: _Count, best: _Count) -> bool:
    return count.points >= ENOUGH and _roughly(count.number.value) == _roughly(best.number.value)


def _fullness(count: _Count) -> tuple[int, bool, float]:
    """Of the places that tell the number, the one with most digits and a qualifier says most: headlines round and leave
    the "about" out."""
    return len(str(count.number.value).rstrip("0")), count.qualifier != "exact", count.points


def _roughly(value: int) -> str:
    """To two digits: the headline says 3.2 million, the text 3,168,211.

    >>> _roughly(3_168_211) == _roughly(3_200_000)
    True
    """
    return f"{value:.1e}"


def _counts(zone: Zone, text: str, theme: frozenset[str]) -> Iterator[_Count]:
    several = [each for each in islice(numbers(text), MAX_NUMBERS) if not (each.plain and 1950 < each.value < 2050)]
    for number in several:
        before = text[max(0, number.start - _BEFORE) : number.start].lower().rstrip()
        qualifier, before = _qualifier(before)
        found = counted(text, number, before)
        if found is None:
            continue
        passage = sentence_round(zone, text, number.start, found.end)
        points = points_of(text, number, found, before, passage, theme)
        together = sum(passage.start <= each.start < passage.end and each.value >= 1000 for each in several)
        points += ONE_OF_SEVERAL * max(0, together - 2)
        inexact = found.qualifier or qualifier or ("at least" if number.over else "exact")
        yield _Count(number, found.unit, inexact, passage, points)


def _qualifier(before: str) -> tuple[str | None, str]:
    """How exact the number is, by the words before it, and what stands before those.

    >>> _qualifier("affecting more than"), _qualifier("affecting"), _qualifier("between 1.5 and")
    (('at least', 'affecting'), (None, 'affecting'), ('up to', 'between 1.5 and'))
    """
    if before.endswith(_TO) and _RANGE.search(before):
        return "up to", before
    known = words().before
    phrase = known.before(before)
    return (known.meanings[phrase], before[: -len(phrase)].rstrip()) if phrase else (None, before)
