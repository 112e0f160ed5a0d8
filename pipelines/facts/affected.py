"""How many people a breach affects: every number that counts people, accounts or records is weighed by where it stands
and by what its sentence says, and the best is taken if it is good enough. No number rather than a wrong one.

The points were set by reading 304 relevant articles of the development set; docs/quality.md has what came of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from pipelines.facts.counted import Counted, counted
from pipelines.facts.numbers import Number, numbers
from pipelines.facts.passages import Passage, Zone, evidence, sentence_round
from pipelines.facts.words import words

MAX_CHARS = 8_000
"""Characters of the text that are read: who is affected stands at its beginning."""
MAX_TITLE = 500
MAX_NUMBERS = 150
"""Numbers of a text that are looked at."""
ENOUGH = 2.0
"""Points from which a number is told."""

IN_TITLE = 2.0
IN_LEAD, LEAD = 1.0, 600
"""Points in the lead and its length in characters."""
EARLY = 1500
"""Characters after which a text is more and more about other things."""
HAPPENED = 1.2
"""What happened to people stands in the sentence: "leaked", "流出"."""
NOTHING_HAPPENED = -0.6
ELSEWHERE = -2.0
"""The sentence is about another breach: "last year", "also suffered"."""
A_YEAR = -0.5
"""A year before the number: a past breach, or the day of this one."""
ITS_SIZE = -2.5
"""All whom an organisation serves are counted: "has 40 million users", "134 of its 18,400 clients"."""
DOING = -1.5
"""They are counted for what they do: "people use", "users worldwide"."""
CORRECTED = -2.0
"""The figure no longer holds: "up from 1.5 million"."""
MANY = -2.0
"""Figures over many incidents or of a survey."""
ONE_OF_SEVERAL = -0.6
"""For each further number of the sentence after the second: a list of breaches, or of whom they hit."""
FEW = -0.5
"""Under a hundred: rarely the size of a breach."""
AGAIN = 0.4
"""The same number elsewhere, twice at most: what a story is about is told in headline and text."""

_UNITS = {
    "people": 0.6, "customers": 0.6, "users": 0.5, "patients": 0.7, "members": 0.5, "students": 0.4, "employees": 0.2,
    "households": 0.3, "accounts": 0.4, "records": 0.2, "cards": 0.1, "credentials": 0.0, "email addresses": 0.0,
    "phone numbers": -0.3, "identity numbers": -0.3,
}  # fmt: skip
"""People before what is theirs."""
_THINGS = ("records", "cards", "credentials", "email addresses", "phone numbers", "identity numbers")
"""No organisation's size is told by these."""
_WORD = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TO_ANOTHER = re.compile(r"\s{0,3}(?:to|auf|à|a|para|naar)\s{1,3}\S{0,9}\d")
_BEFORE = 48
_AROUND = 90
"""Characters before a number, and round it, that are looked at for words."""


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
    counts = [*_counts("title", title[:MAX_TITLE]), *_counts("text", text[:MAX_CHARS])]
    if not counts:
        return None
    times = Counter(_roughly(count.number.value) for count in counts)
    together = Counter(count.passage for count in counts)
    weighed = [
        replace(
            count,
            points=count.points
            + AGAIN * min(times[_roughly(count.number.value)] - 1, 2)
            + ONE_OF_SEVERAL * max(0, together[count.passage] - 2),
        )
        for count in counts
    ]
    best = max(weighed, key=lambda count: count.points)
    if best.points < ENOUGH:
        return None
    number, source = best.number, title if best.passage.zone == "title" else text
    shown = evidence(source, best.passage, number.start, number.end)
    return {"value": number.value, "qualifier": best.qualifier, "unit": best.unit, "evidence": shown}


def _roughly(value: int) -> str:
    """To two digits: the headline says 3.2 million, the text 3,168,211.

    >>> _roughly(3_168_211) == _roughly(3_200_000)
    True
    """
    return f"{value:.1e}"


def _counts(zone: Zone, text: str) -> Iterator[_Count]:
    for number in islice(numbers(text), MAX_NUMBERS):
        before = text[max(0, number.start - _BEFORE) : number.start].lower().rstrip()
        qualifier, before = _qualifier(before)
        found = counted(text, number, before)
        if found is None or (number.plain and 1950 < number.value < 2050):
            continue
        passage = sentence_round(zone, text, number.start, found.end)
        points = _UNITS[found.unit] + 0.15 * math.log10(number.value) + (FEW if number.value < 100 else 0)
        points += _by_place(zone, number.start)
        points += _by_sentence(text, number, found.end, passage)
        points += _by_neighbours(text, number, found, before)
        yield _Count(number, found.unit, found.qualifier or qualifier or "exact", passage, points)


def _qualifier(before: str) -> tuple[str | None, str]:
    """How exact the number is, by the words before it, and what stands before those.

    >>> _qualifier("affecting more than"), _qualifier("affecting")
    (('at least', 'affecting'), (None, 'affecting'))
    """
    known = words().before
    phrase = known.before(before)
    return (known.meanings[phrase], before[: -len(phrase)].rstrip()) if phrase else (None, before)


def _by_place(zone: Zone, start: int) -> float:
    if zone == "title":
        return IN_TITLE
    if start < LEAD:
        return IN_LEAD
    return IN_LEAD / 2 if start < EARLY else max(-1.0, -(start - EARLY) / 2000)


def _by_sentence(text: str, number: Number, end: int, passage: Passage) -> float:
    known, points = words(), 0.0
    near = text[max(passage.start, number.start - _AROUND) : min(passage.end, end + _AROUND)].lower()
    happened = known.happened.count(_WORD.findall(near), near)
    if happened:
        points += HAPPENED + 0.2 * min(happened - 1, 3)
    elif passage.zone == "text":
        points += NOTHING_HAPPENED
    sentence = text[passage.start : passage.end].lower()
    if known.many.count(_WORD.findall(sentence), sentence):
        points += MANY
    if passage.zone == "text":
        points += _by_background(sentence, number.start - passage.start, number.start)
    return points


def _by_background(sentence: str, before: int, start: int) -> float:
    """What speaks for another breach or an earlier one: little in the lead, more where the text comes to others."""
    told = sentence if start >= EARLY else sentence[:before]
    points = ELSEWHERE if any(phrase in told for phrase in words().elsewhere) else 0.0
    if _YEAR.search(sentence[:before]):
        points += A_YEAR * (1 if start < EARLY else 3)
    return points / 2 if start < LEAD else points


def _by_neighbours(text: str, number: Number, found: Counted, before: str) -> float:
    known, points = words(), 0.0
    if found.unit not in _THINGS and _is_its_size(before):
        points += ITS_SIZE
    following = _WORD.search(text, found.end, found.end + 20)
    if following and following[0].lower() in known.does:
        points += DOING
    grown = before.endswith(" from") and _TO_ANOTHER.match(text, number.end)
    if grown or known.corrected.before(before):
        points += CORRECTED
    return points


def _is_its_size(before: str) -> bool:
    """Whether the number tells how large an organisation is.

    >>> [_is_its_size(words) for words in ("the firm serves", "affected 134 of its", "affected", "data of its")]
    [True, True, False, False]
    """
    known, shorter = words(), before.rpartition(" ")[0]
    if known.has.before(before) or len(known.has.before(shorter) or "") > 4:
        return True
    phrase = known.portions.before(before)
    if phrase is None:
        return False
    portion = before[: -len(phrase)].rstrip().rpartition(" ")[2]
    return not portion or portion in known.portion or portion[-1].isdigit() or portion[-1] == "%"
