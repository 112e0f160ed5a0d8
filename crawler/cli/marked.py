"""Text with marked passages: in colour on a terminal, between brackets elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Literal

from crawler.cli.console import put, visible

Mark = Literal["shared", "gone", "new"]

_LOOKS: dict[Mark, tuple[str, str, str]] = {
    "shared": ("green", "[[", "]]"),
    "gone": ("red strike", "[-", "-]"),
    "new": ("green", "{+", "+}"),
}


def put_marked(parts: Iterable[tuple[str, Mark | None]]) -> None:
    """The parts one after the other to standard output, safe for a terminal."""
    if not sys.stdout.isatty():
        put("".join(text if mark is None else _bracketed(text, mark) for text, mark in parts))
        return
    from rich.console import Console
    from rich.text import Text

    line = Text()
    for text, mark in parts:
        line.append(visible(text), style=_LOOKS[mark][0] if mark else "")
    sys.stdout.flush()
    Console(highlight=False).print(line, soft_wrap=True)


def _bracketed(text: str, mark: Mark) -> str:
    """The brackets close before the space at the end.

    >>> _bracketed("old words ", "gone")
    '[-old words-] '
    """
    inner = text.rstrip()
    _, opening, closing = _LOOKS[mark]
    return f"{opening}{inner}{closing}{text[len(inner) :]}" if inner else text
