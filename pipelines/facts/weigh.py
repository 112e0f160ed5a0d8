"""What speaks for a number of people and what against it, in points: its place, its sentence, its neighbours.

The points were set by reading 300 relevant articles of the development set; docs/quality.md has what came of them.
"""

from __future__ import annotations

import math
import re

from pipelines.facts.counted import Counted
from pipelines.facts.numbers import Number
from pipelines.facts.passages import Passage, Zone
from pipelines.facts.words import words

IN_TITLE = 2.0
IN_LEAD, LEAD = 1.0, 600
"""Points in the lead and its length in characters."""
EARLY = 1500
"""Characters after which a text is more and more about other things."""
HAPPENED = 1.2
"""What happened to people stands in the sentence: "leaked", "流出"."""
HAPPENED_AFAR = 0.4
"""The same, further from the number."""
NOTHING_HAPPENED = -0.6
ELSEWHERE = -2.5
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
NOT_ITS_THEME = -0.8
"""After the lead, the sentence has no word of the headline: it is about somebody else."""
FEW = -0.5
"""Under a hundred: rarely the size of a breach."""

UNITS = {
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
_AROUND = 90
"""Characters round a number that are looked at for what happened."""


def theme_of(title: str) -> frozenset[str]:
    """The words of a headline that tell what it is about, in lower case; none of a headline without spaces.

    >>> sorted(theme_of("Comodo forum breach exposes data of 245,000 users"))
    ['comodo', 'forum']
    """
    known = words()
    told = (word for word in _WORD.findall(title.lower()) if 3 < len(word) < 20)
    return frozenset(w for w in told if w not in known.generic and not known.happened.begins(w))


def points_of(text: str, number: Number, found: Counted, before: str, passage: Passage, theme: frozenset[str]) -> float:
    """The points of a number that counts somebody. `before` is what stands before it and its qualifier."""
    points = UNITS[found.unit] + 0.15 * math.log10(number.value) + (FEW if number.value < 100 else 0)
    points += _by_place(passage.zone, number.start)
    points += _by_sentence(text, number, found.end, passage, theme)
    return points + _by_neighbours(text, number, found, before)


def _by_place(zone: Zone, start: int) -> float:
    if zone == "title":
        return IN_TITLE
    if start < LEAD:
        return IN_LEAD
    return IN_LEAD / 2 if start < EARLY else max(-1.0, -(start - EARLY) / 2000)


def _by_sentence(text: str, number: Number, end: int, passage: Passage, theme: frozenset[str]) -> float:
    known, points = words(), 0.0
    near = text[max(passage.start, number.start - _AROUND) : min(passage.end, end + _AROUND)].lower()
    happened = known.happened.count(_WORD.findall(near), near)
    sentence = text[passage.start : passage.end].lower()
    tokens = _WORD.findall(sentence)
    if happened:
        points += HAPPENED + 0.2 * min(happened - 1, 3)
    elif known.happened.count(tokens, sentence):
        points += HAPPENED_AFAR
    elif passage.zone == "text":
        points += NOTHING_HAPPENED
    if known.many.count(tokens, sentence):
        points += MANY
    if passage.zone == "text":
        background = _by_background(sentence, number.start - passage.start, number.start)
        early = number.start < LEAD
        points += background / 2 if early and not theme.isdisjoint(tokens) else background
        if theme and not early and not _on_theme(tokens, sentence, theme):
            points += NOT_ITS_THEME
    return points


def _on_theme(tokens: list[str], sentence: str, theme: frozenset[str]) -> bool:
    return not theme.isdisjoint(tokens) or any(phrase in sentence for phrase in words().itself)


def _by_background(sentence: str, before: int, start: int) -> float:
    """What speaks for another breach or an earlier one."""
    told = sentence if start >= EARLY else sentence[:before]
    points = ELSEWHERE if any(phrase in told for phrase in words().elsewhere) else 0.0
    if _YEAR.search(sentence[:before]):
        points += A_YEAR * (1 if start < EARLY else 3)
    return points


def _by_neighbours(text: str, number: Number, found: Counted, before: str) -> float:
    known, points = words(), 0.0
    match = _WORD.search(text, found.end, found.end + 20)
    following = match[0].lower() if match else ""
    if found.unit not in _THINGS and (_is_its_size(before) or following in known.served):
        points += ITS_SIZE
    if following in known.does:
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
    return portion in known.portion or portion in known.scales or not portion or portion[-1] in "0123456789%"
