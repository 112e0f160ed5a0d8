"""Titles, dates and authors against what the sets know of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.tables import Table
from benchmarks.text_scores import words
from pipelines.items import Extraction

Pair = tuple[dict[str, Any], Extraction | None]


def metadata_table(pairs: Sequence[Pair]) -> Table:
    """How many titles, dates and authors are right, by set."""
    rows = []
    for name in dict.fromkeys(record["set"] for record, _ in pairs):
        mine = [(record, found) for record, found in pairs if record["set"] == name]
        cells = [
            _share(
                same_title(record["title"], found.title if found else None)
                for record, found in mine
                if record.get("title")
            ),
            _share(
                same_day(record["date"], found.published if found else None)
                for record, found in mine
                if record.get("date")
            ),
            _share(
                same_people(record["authors"], found.authors if found else ())
                for record, found in mine
                if record.get("authors")
            ),
        ]
        rows.append((name, *cells))
    note = "Right of those known. Title: the same words; date: the same day; authors: the same people, all of them."
    return Table("Metadata", ("set", "title", "date", "authors"), tuple(rows), note)


def same_title(gold: str, found: str | None) -> bool:
    """The same words in the same order.

    >>> same_title("Bank: data lost!", "Bank – data lost")
    True
    """
    return words(gold) == words(found or "")


def same_day(gold: str, found: str | None) -> bool:
    """The same calendar day as written."""
    return bool(found) and str(gold)[:10] == str(found)[:10]


def same_people(gold: str | Sequence[str], found: Sequence[str]) -> bool:
    """The same set of names, without regard to case.

    >>> same_people("Ada Low,  Bo Hi", ("Bo Hi", "Ada Low"))
    True
    """
    names = re.split(r"\s*[,;]\s*", gold) if isinstance(gold, str) else gold
    return {tuple(words(name)) for name in names} == {tuple(words(name)) for name in found}


def _share(flags: Iterable[bool]) -> str:
    known = list(flags)
    return f"{sum(known) / len(known):.3f} of {len(known)}" if known else "–"
