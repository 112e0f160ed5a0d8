"""A record's facts in words; first of all, the size of the breach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FACTS = ("affected", "people_affected", "people", "records", "accounts")
"""The facts that tell a size, the one that says most first."""

_QUALIFIERS = {"over": "over", "more than": "over", "at least": "at least", "up to": "up to", "about": "about"}
_QUALIFIERS |= {"almost": "almost", "nearly": "almost", "around": "about", "approximately": "about"}


def size_of(facts: Mapping[str, Any]) -> str | None:
    """What the facts say of how many were affected; None where they say nothing.

    >>> size_of({"affected": {"value": 412000, "qualifier": "more than", "unit": "patients"}})
    'over 412,000 patients'
    >>> size_of({"affected": {"value": 2_700_000}}), size_of({"affected": "many"}), size_of({})
    ('2.7 million people', None, None)
    """
    for name in FACTS:
        fact = _first(facts.get(name))
        value = fact.get("value")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
            continue
        default = name if name in ("records", "accounts") else "people"
        return _in_words(fact, count(value), default)[:60]
    return None


def told(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each fact by its name, as a reader wants it.

    >>> told({"data_types": [{"value": "passwords"}, {"value": "names"}], "affected": {"value": 51000}})
    [('data types', 'passwords, names'), ('affected', '51,000')]
    """
    lines = []
    for name, given in facts.items():
        values = []
        for fact in given if isinstance(given, list) else [given]:
            value = fact.get("value") if isinstance(fact, dict) else fact
            shown = f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
            values.append(_in_words(fact if isinstance(fact, dict) else {}, shown, ""))
        lines.append((name.replace("_", " "), ", ".join(values)))
    return lines


def _first(fact: Any) -> Mapping[str, Any]:
    if isinstance(fact, list) and fact:
        fact = fact[0]
    return fact if isinstance(fact, dict) else {}


def _in_words(fact: Mapping[str, Any], value: str, default_unit: str) -> str:
    unit = fact.get("unit")
    qualifier = _QUALIFIERS.get(str(fact.get("qualifier") or "").lower(), "")
    return f"{qualifier} {value} {unit if isinstance(unit, str) and unit else default_unit}".strip()


def count(value: float) -> str:
    """A number as a headline writes it.

    >>> count(37_400), count(1_000_000), count(2_730_000), count(3e9)
    ('37,400', '1 million', '2.7 million', '3 billion')
    """
    for unit, name in ((10**9, "billion"), (10**6, "million")):
        if value >= unit:
            return f"{value / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{value:,.0f}"
