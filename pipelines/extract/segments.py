"""The page's own lines in document order: each run of text that a browser would show as a block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze

_PHRASING = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
_UNSEEN = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "head",
        "iframe",
        "select",
        "textarea",
        "button",
        "title",
    ]
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of the page: the element that holds it and how many of its characters are linked."""

    element: HtmlElement
    text: str
    linked: int


def read_segments(tree: HtmlElement) -> list[Segment]:
    """All lines of the page. Elements nest at most 256 deep (`decode` sees to it)."""
    body = tree.find("body")
    return list(_walk(body)) if body is not None else []


def _walk(element: HtmlElement) -> Iterator[Segment]:
    parts: list[str] = [element.text or ""]
    linked = 0

    def flush() -> Iterator[Segment]:
        text = squeeze("".join(parts))
        parts.clear()
        if text:
            yield Segment(element, text, min(linked, len(text)))

    for child in element:
        if child.tag in _PHRASING and not _holds_blocks(child):
            text = child.text_content()
            parts.append(text)
            linked += _linked(child, text)
        else:
            yield from flush()
            linked = 0
            if child.tag not in _UNSEEN:
                yield from _walk(child)
        parts.append(child.tail or "")
    yield from flush()


def _holds_blocks(element: HtmlElement) -> bool:
    return any(
        child.tag not in _PHRASING and child.tag not in ("br", "img")
        for child in element.iter()
        if child is not element
    )


def _linked(element: HtmlElement, text: str) -> int:
    if element.tag == "a":
        return len(squeeze(text))
    return sum(len(squeeze(link.text_content())) for link in element.iter("a"))
