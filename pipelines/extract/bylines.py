"""The line behind a page's headline that names its authors: "By Ada Low"."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from itertools import islice
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extract.blocks import pieces, squeeze
from pipelines.extract.names import split_names

BYLINE = re.compile(
    r"^(?:(?:(?:written|words|story|posted|reported|reporting|interview)[ :](?:by|von)|by|von|par|por|di|door|av|af)"
    r"(?:\b\s*:?\s*|(?-i:(?<=[a-z])(?=[A-Z])))|"
    r"(?:autor(?:a|k[ai]|i|en|es)?|interview|intervista|entrevista|wywiad|author|text[eo]?|reporting|szerző|írta|yazar|haber|авторы?|автори|текст|"
    r"tekst|penulis|نویسنده|كتبت?|الكاتب|लेखक|लेखिका|লেখক|tác giả|ผู้เขียน|作者|撰文)\s*[:：]|"
    r"(?:γράφ(?:ει|ουν)(?: ο| η| οι)?|מאת|بقلم)\b|โดย\s|文\s?[/／]|記者\s?[一-鿿]{2,4}\s?[/／])",
    re.IGNORECASE,
)
_BYLINE_WITHIN_LINE = re.compile(r"(?:作者|撰文)\s*[:：]")
"""Chinese sites have date, source and author in one line."""
MAX_BYLINE = 160
_MAX_LABELS = 2
"""Colons in a byline ("Tekst: Ola Nordmann Foto: Kari Lie"); a box of facts has more."""
_BYLINE_WITHIN = 60
"""Elements behind the headline among which its byline stands."""
PART = re.compile(r"\s*[|·•]\s*|(?<=\w),?\s+(?=(?:19|20)\d\d-\d\d-\d\d\b)")
"""What divides a name from the day beside it."""


def byline_text(headline: HtmlElement | None, others: Container[HtmlElement] = ()) -> str:
    """The line after the headline that begins with "By" and names people; empty where there is none, or where an
    article that follows (`others`) comes first."""
    for element in islice(_following(headline), _BYLINE_WITHIN) if headline is not None else ():
        if element in others or any(around in others for around in element.iterancestors()):
            return ""
        text = _POSTED.sub("", " ".join(pieces(element, 2 * MAX_BYLINE)))
        if not 5 <= len(text) <= MAX_BYLINE or text.count(":") > _MAX_LABELS:
            continue
        if _is_byline(text) and next(element.iter("dl"), None) is None:
            divided = _divided(element)
            if split_names(divided.split(",")[0]):
                return divided
            if split_names(text):
                return text
        elif part := next((part for part in PART.split(text)[1:] if BYLINE.match(part) and split_names(part)), ""):
            return part  # "11 May 2026 | By Ada Low"
    return ""


def _is_byline(text: str) -> bool:
    return bool(BYLINE.match(text) or _BYLINE_WITHIN_LINE.search(text))


_POSTED = re.compile(
    r"^(?:posted|published|updated|written|last updated)\b(?: on)?(?! by\b)[^|]{4,40}?(?=\bby [A-Z])", re.IGNORECASE
)
"""A date before the byline ("Posted on March 31st, 2026 by …")."""


def _divided(element: HtmlElement) -> str:
    """The byline that an element holds, a comma between neighbouring links, and items, that nothing else divides."""
    pieces: Any = _TEXTS(element)
    line, last = "", element
    for piece in pieces:
        around = piece.getparent().getparent() if piece.is_tail else piece.getparent()
        holder = next(item for item in (around, *around.iterancestors()) if item is element or item.tag in _NAMING)
        line += f"{' ' if element in (holder, last) or holder is last else ', '}{piece}"
        last = holder
    return _POSTED.sub("", squeeze(line))


_TEXTS = XPath("descendant::text()[normalize-space()]")
_NAMING = frozenset({"a", "li"})


def _following(element: HtmlElement) -> Iterator[HtmlElement]:
    """What may hold a byline behind an element, in document order, one by one: there may be thousands."""
    for place in (element, *element.iterancestors()):
        for sibling in place.itersiblings():
            yield from sibling.iter("p", "div", "span", "li", "h4", "address")
