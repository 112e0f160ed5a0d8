"""Clean Markdown of the kept blocks. What the page wrote can never become markup."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import groupby

from pipelines.extract.blocks import Block

_MARKUP = re.compile(r"([\\`*_\[\]<>|~])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_PREFIX = re.compile(r"^(?:#{2,6} |- |> )")
_BAR = re.compile(r"(?<!\\)\|")
_LINE_START = re.compile(r"^(?:(#{1,6}|[-+=>])|(\d{1,9})([.)]))(?=\s|$|[-=>#])")


def escape(text: str) -> str:
    r"""Text with every character that Markdown (CommonMark 0.31) could read as markup escaped.

    >>> escape("1. <b>*not bold*</b>")
    '1\\. \\<b\\>\\*not bold\\*\\</b\\>'
    >>> escape("# no heading, snake_case")
    '\\# no heading, snake\\_case'
    """
    text = _ENTITY.sub("&amp;", _MARKUP.sub(r"\\\1", text))
    return _LINE_START.sub(lambda m: "\\" + m[1] if m[1] else f"{m[2]}\\{m[3]}", text)


def to_markdown(blocks: Sequence[Block]) -> str:
    """The blocks as Markdown, divided by one blank line; items of one list stand together, and rows are a table, which
    GitHub's Markdown has and CommonMark has not.

    >>> print(to_markdown([Block("Name | People", "row"), Block("Alder | 41", "row"), Block("Birch", "row")]))
    | Name | People |
    | --- | --- |
    | Alder | 41 |
    | Birch | |
    """
    parts: list[str] = []
    for kind, run in groupby(blocks, lambda block: block.kind):
        alike = list(run)
        rendered = _table(alike) if kind == "row" else [*map(_render, alike)]
        parts.append(("\n" if kind in ("item", "row") else "\n\n").join(rendered))
    return "\n\n".join(parts)


def _table(rows: Sequence[Block]) -> list[str]:
    cells = [row.text.split(_CELLS) for row in rows]
    width = max(map(len, cells))
    if len(rows) == 1 or width == 1:
        return [*map(_render, rows)]
    lines = [f"| {' | '.join(map(escape, row))} |{' |' * (width - len(row))}" for row in cells]
    return [lines[0], f"|{' --- |' * width}", *lines[1:]]


_CELLS = " | "
"""What divides the cells in the text of a row."""


def without_lines(markdown: str, gone: Collection[str]) -> str:
    r"""The Markdown of blocks without those whose text is one of `gone`.

    >>> without_lines("One.\n\n- read \\*this\\*\n- that\n\nTwo.", {"read *this*", "that"})
    'One.\n\nTwo.'
    """
    doomed = {escape(text) for text in gone}
    left = (line for line in markdown.split("\n") if _said(line) not in doomed)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(left)).strip("\n")


def _said(line: str) -> str:
    """What a line says as `escape` has it."""
    if line.startswith("| "):
        return escape(_CELLS).join(cell.strip() for cell in _BAR.split(line.rstrip("| ")[2:]))
    return _PREFIX.sub("", line)


def _render(block: Block) -> str:
    if block.kind == "code":
        return "\n".join("    " + line for line in block.text.split("\n"))
    text = escape(block.text)
    prefix = {"heading": "#" * max(2, block.level) + " ", "item": "- ", "quote": "> "}.get(block.kind, "")
    return prefix + text
