"""A record's facts in words, for pages, feeds and the terminal; first of all, the size of the breach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """A fact by its name, as a reader wants it, and the passages that state it."""

    name: str
    words: str
    evidence: tuple[str, ...] = ()


def size_of(facts: Mapping[str, Any]) -> str | None:
    """What the facts say of how many were affected, rounded as a headline does; None where they say nothing.

    >>> size_of({"people_affected": {"value": 412000, "qualifier": "at least", "unit": "patients"}})
    'at least 412,000 patients'
    >>> size_of({"people_affected": {"value": 2_730_000, "qualifier": "exact"}}), size_of({"people_affected": "many"})
    ('2.7 million people', None)
    """
    fact = facts.get("people_affected")
    if not isinstance(fact, dict):
        return None
    value = fact.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        return None
    return _in_words({"unit": "people"} | fact | {"value": count(value)})[:60]


def told(facts: Mapping[str, Any]) -> list[Told]:
    """Each fact that says something.

    >>> fact = {"value": 51000, "qualifier": "about", "unit": "people", "evidence": {"text": "Some 51,000 people …"}}
    >>> told({"people_affected": fact})
    [Told(name='People affected', words='about 51,000 people', evidence=('Some 51,000 people …',))]
    >>> [each.words for each in told({"data_types": [{"value": "email"}, {"value": "password"}], "odd": None})]
    ['email, password']
    """
    lines = []
    for name, given in facts.items():
        several = given if isinstance(given, list) else [given]
        if words := ", ".join(filter(None, map(_in_words, several))):
            evidence = dict.fromkeys(passage for fact in several if (passage := _evidence(fact)))
            lines.append(Told(name.replace("_", " ").capitalize(), words, tuple(evidence)))
    return lines


def _in_words(fact: Any) -> str:
    parts = [fact.get(key) for key in ("qualifier", "value", "unit")] if isinstance(fact, dict) else [fact]
    shown = (f"{part:,}" if isinstance(part, int | float) else str(part) for part in parts if part not in (None, ""))
    return " ".join(part for part in shown if part != "exact")


def _evidence(fact: Any) -> str | None:
    evidence = fact.get("evidence") if isinstance(fact, dict) else None
    text = evidence.get("text") if isinstance(evidence, dict) else None
    return text if isinstance(text, str) and text else None


def count(value: float) -> str:
    """A number as a headline writes it.

    >>> count(37_400), count(1_000_000), count(2_730_000), count(3e9)
    ('37,400', '1 million', '2.7 million', '3 billion')
    """
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if value >= unit:
            return f"{value / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{value:,.0f}"
