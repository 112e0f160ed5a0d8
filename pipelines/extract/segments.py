"""The page's own lines in document order: each run of text that a browser would show as a block."""

from __future__ import annotations

from typing import Any, NamedTuple

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze, text_of

PHRASING = frozenset(
    [
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins", "kbd"),
        *("label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup"),
        *("time", "tt", "u", "var", "wbr"),
    ]
)
SUBHEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})
_WITHIN_PHRASES = PHRASING | {"br", "img"}
_UNSEEN = frozenset(
    [
        *("script", "style", "noscript", "template", "svg", "head", "iframe", "select", "textarea", "button", "title"),
    ]
)


_BREAKS, _LINES = 2, 300
_TEXT_AND_BREAKS = XPath("descendant::text()|descendant::br", smart_strings=False)


class Segment(NamedTuple):
    """A line of the page: the element that holds it and how many of its characters are linked."""

    element: HtmlElement
    text: str
    linked: int


def read_segments(tree: HtmlElement) -> list[Segment]:
    """All lines of the page. Elements nest at most 256 deep (`decode` sees to it)."""
    body = tree.find("body")
    found: list[Segment] = []
    if body is not None:
        _walk(body, found)
    return found


def _walk(element: HtmlElement, found: list[Segment]) -> None:
    """White space counts between words alone, and is most of what stands between the elements of a page."""
    parts: list[str] = []
    linked = 0
    if (text := element.text) and not text.isspace():
        parts.append(text)
    for child in element:
        tag = child.tag
        if tag in PHRASING and not (len(child) and _holds_blocks(child)):
            text = _phrase(child) if len(child) else child.text
            if text and (parts or not text.isspace()):
                parts.append(text)
                linked += _linked(child, text)
        else:
            if parts:
                _flush(element, parts, linked, found)
            linked = 0
            if tag not in _UNSEEN and (len(child) or child.text):
                _walk(child, found)
        if (tail := child.tail) and (parts or not tail.isspace()):
            parts.append(tail)
    if parts:
        _flush(element, parts, linked, found)


def _flush(element: HtmlElement, parts: list[str], linked: int, found: list[Segment]) -> None:
    if text := squeeze("".join(parts)):
        found.append(Segment(element, text, min(linked, len(text))))
    parts.clear()


def _phrase(element: HtmlElement) -> str:
    """The text of a phrase, a space for a line break in it."""
    if next(element.iter("br"), None) is None:
        return text_of(element)
    pieces: Any = _TEXT_AND_BREAKS(element)
    return "".join(piece if isinstance(piece, str) else " " for piece in pieces)


def _holds_blocks(element: HtmlElement) -> bool:
    """Whether it holds lines of their own, be it only by the line breaks in it (a `font` or `span` of paragraphs)."""
    breaks = 0
    for item in element.iterdescendants():
        if item.tag not in _WITHIN_PHRASES:
            return True
        breaks += item.tag == "br"
        if breaks == _BREAKS and len(text_of(element)) >= _LINES:
            return True
    return False


def _linked(element: HtmlElement, text: str) -> int:
    if element.tag == "a":
        return len(squeeze(text))
    return sum(len(squeeze(text_of(link))) for link in element.iter("a")) if len(element) else 0
