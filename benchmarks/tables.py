"""The shape of a benchmark's answer: tables of text, printed as Markdown, fit for `docs/` as they are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table. `rows` have as many cells as `columns`; `note` says how to read it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def print_table(table: Table) -> None:
    """Print as Markdown, the columns aligned.

    >>> print_table(Table("Scores", ("set", "F1"), (("seeds", "1.000"),), "F1 over lines."))
    **Scores**
    <BLANKLINE>
    | set   | F1    |
    |-------|-------|
    | seeds | 1.000 |
    <BLANKLINE>
    F1 over lines.
    <BLANKLINE>
    """
    cells = (table.columns, *table.rows)
    widths = [max(_width(row[place]) for row in cells) for place in range(len(table.columns))]
    lines = ["| " + " | ".join(_padded(*pair) for pair in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print(f"**{table.title}**\n", *lines, "", sep="\n")
    if table.note:
        print(table.note + "\n")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
