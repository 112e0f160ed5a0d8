"""The blocks of a text (paragraph, heading, list item, quotation, …), read from trafilatura's answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lxml.etree import _Element, tostring

Kind = Literal["paragraph", "heading", "item", "quote", "row", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """One block: `text` has single spaces only (line breaks stay in code), `level` is a heading's 1 to 6."""

    text: str
    kind: Kind = "paragraph"
    level: int = 0


_KINDS: dict[str, Kind] = {"head": "heading", "item": "item", "quote": "quote", "row": "row", "code": "code"}
_BLOCK_TAGS = frozenset(
    {"p", "head", "item", "quote", "row", "code", "list", "table", "div", "body", "fw", "ab", "figure"}
)


def squeeze(text: str) -> str:
    r"""Every run of white space is one space, none at the ends.

    >>> squeeze(" one\n two\u00a0three ")
    'one two three'
    """
    return " ".join(text.split())


def text_of(element: _Element) -> str:
    """All text in an element, as `text_content` gives it, in a third of its time."""
    return tostring(element, method="text", encoding="unicode", with_tail=False)


def pieces(element: _Element, most: int) -> list[str]:
    """The pieces of an element's text, as `squeeze` has them; none where they are more than `most` characters together:
    of what is to be a short line, the rest of the page is not read.

    >>> from lxml.html import fromstring
    >>> line = fromstring("<p>By <b>Ada  Low</b></p>")
    >>> pieces(line, 10), pieces(line, 9)
    (['By', 'Ada Low'], [])
    """
    found: list[str] = []
    for piece in map(str, element.itertext()):
        if text := squeeze(piece):
            found.append(text)
            if (most := most - len(text) - 1) < -1:
                return []
    return found


def read_blocks(body: _Element) -> list[Block]:
    """The blocks of a trafilatura body in document order; a line break (`lb`) divides a block."""
    return [block for block in _walk(body, "paragraph", 0) if block.text]


def _walk(element: _Element, kind: Kind, level: int) -> Iterator[Block]:
    """Blocks under `element`. Text between block elements is a block of the kind of its container."""
    parts: list[str] = []

    def flush() -> Iterator[Block]:
        text = squeeze("".join(parts))
        parts.clear()
        if text:
            yield Block(text, kind, level)

    parts.append(element.text or "")
    for child in element:
        if child.tag == "lb":
            yield from flush()
        elif child.tag in _BLOCK_TAGS:
            yield from flush()
            yield from _block(child, kind)
        else:
            parts.extend(_inline(child))
        parts.append(child.tail or "")
    yield from flush()


def _block(child: _Element, outer: Kind) -> Iterator[Block]:
    kind = _KINDS.get(str(child.tag), outer)
    if kind == "row":
        cells = [squeeze("".join(map(str, cell.itertext()))) for cell in child.iter("cell")]
        yield Block(" | ".join(cell for cell in cells if cell), "row")
    elif kind == "code":
        yield Block("".join(map(str, child.itertext())).strip("\n"), "code")
    else:
        rend = child.get("rend") or ""
        level = int(rend[1]) if kind == "heading" and re.fullmatch(r"h[1-6]", rend) else 2 * (kind == "heading")
        yield from _walk(child, kind, level)


def _inline(element: _Element) -> Iterator[str]:
    """The text of a phrase (`hi`, `ref`, …); a line break within it is a space."""
    yield element.text or ""
    for child in element:
        if child.tag == "lb":
            yield " "
        yield from _inline(child)
        yield child.tail or ""
