"""Where the lines of a page stand: their elements' ancestors, and what class names and ids call those."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from lxml.html import HtmlElement

from pipelines.extract.segments import Segment

_NAMED: dict[str, tuple[str, ...]] = {
    "body": ("article", "body", "content", "story", "entry", "post-", "main", "text", "paragraph"),
    "related": (
        *("relat", "recommend", "read-more", "readmore", "more-", "-more", "most-", "trend", "popular", "teaser"),
        *("see-also", "up-next", "latest", "suggest", "outbrain", "taboola", "card"),
    ),
    "comment": ("comment", "disqus", "reply"),
    "newsletter": ("newsletter", "subscri", "sign-up", "signup", "paywall", "regwall"),
    "share": ("share", "social", "follow", "print", "toolbar"),
    "tags": ("-tag-", "-tags-", "topic", "keyword", "hashtag", "categor", "breadcrumb"),
    "caption": ("caption", "credit", "gallery", "photo", "media", "slide", "image"),
    "author": ("author", "byline", "-bio-", "contributor"),
    "advert": ("-ad-", "-ads-", "advert", "sponsor", "promo", "donat", "-cta-", "banner", "shop", "product"),
    "meta": ("-date-", "-time-", "-meta-", "-info-", "dateline", "timestamp", "kicker", "eyebrow"),
    "video": ("video", "player", "audio", "podcast"),
    "legal": ("copyright", "legal", "disclaim", "footnote", "footer", "license", "cookie", "consent", "gdpr"),
    "aside": ("sidebar", "widget", "rail", "aside", "menu", "-nav", "modal", "popup", "hidden"),
    "lead": (
        *("-lead", "standfirst", "subtitle", "subhead", "intro", "summary", "-dek-", "excerpt"),
        *("abstract", "-deck-"),
    ),
}
"""Parts of class names, ids and `itemprop`s in lower case, "-" between their words and at their ends."""
_PARTS = tuple((part, 1 << bit) for bit, parts in enumerate(_NAMED.values()) for part in parts)
_NEAR = 2
_FAR = 8


class Place(NamedTuple):
    """Where an element stands: its ancestors' tags, the kinds of names (class, id) near and farther up, and whether one
    of them is what a reader does not see, or sees beside the page's text (`_APART`)."""

    chain: tuple[HtmlElement, ...]
    tags: frozenset[str]
    near: tuple[float, ...]
    far: tuple[float, ...]
    apart: tuple[float, ...]
    parent: HtmlElement
    style: tuple[str, str, str]


def places_of(segments: Sequence[Segment]) -> Iterator[Place]:
    known: dict[HtmlElement, Place] = {}
    above: dict[HtmlElement, _Chain] = {}
    for segment in segments:
        element = segment.element
        if element not in known:
            elements, tags, kinds, apart = _chain(element, above)
            parent = elements[1] if len(elements) > 1 else element
            known[element] = Place(
                chain=elements,
                tags=tags,
                near=_flags(reduce(or_, kinds[:_NEAR], 0)),
                far=_flags(reduce(or_, kinds[_NEAR:_FAR], 0)),
                apart=_apart_flags(apart),
                parent=parent,
                style=(str(element.tag), element.get("class") or "", str(parent.get("class") or "")),
            )
        yield known[element]


_Chain = tuple[tuple[HtmlElement, ...], frozenset[str], tuple[int, ...], int]


def _chain(element: HtmlElement, known: dict[HtmlElement, _Chain]) -> _Chain:
    """An element and its ancestors up to the body, their tags, what their names speak of, and what sets them apart.
    They nest at most 256 deep (`decode` sees to it)."""
    if element in known:
        return known[element]
    parent = element.getparent()
    within = _chain(parent, known) if parent is not None and parent.tag not in ("body", "html") else _OUTSIDE
    tag = str(element.tag)
    tags = within[1] if tag in within[1] else within[1] | {tag}
    kinds = (_kinds(_names(element)), *within[2][:_FAR])
    known[element] = ((element, *within[0]), tags, kinds, within[3] | _sets_apart(element))
    return known[element]


_OUTSIDE: _Chain = ((), frozenset(), (), 0)

_HIDING = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_APART = (
    frozenset({"dialog", "alertdialog"}),
    frozenset({"complementary", "navigation", "menu", "contentinfo", "banner", "search"}),
)
"""ARIA roles of what is no part of a page's main text: what lies over it, and what stands beside it."""


def _sets_apart(element: HtmlElement) -> int:
    """Bits: not shown by its style, not read out (`aria-hidden`), a dialog, a part beside the page's main one."""
    style, role = element.get("style"), element.get("role")
    bits = 1 if style and _HIDING.search(style[:300]) else 0
    bits |= 2 if element.get("aria-hidden") == "true" else 0
    return bits | sum(4 << place for place, roles in enumerate(_APART) if role in roles) if role else bits


@lru_cache(maxsize=16)
def _apart_flags(mask: int) -> tuple[float, ...]:
    return tuple(float(mask >> bit & 1) for bit in range(2 + len(_APART)))


def _names(element: HtmlElement) -> str:
    return " ".join(filter(None, (element.get("class"), element.get("id"), element.get("itemprop"))))[:300]


@lru_cache(maxsize=4096)
def _kinds(names: str) -> int:
    """The kinds of `_NAMED` that a name speaks of, as bits. Remembered: a site's pages share their names."""
    found, names = 0, f"-{names.lower()}-".replace("_", "-").replace(" ", "-")
    for part, bit in _PARTS:
        if part in names:
            found |= bit
    return found


@lru_cache(maxsize=4096)
def _flags(mask: int) -> tuple[float, ...]:
    return tuple(float(mask >> bit & 1) for bit in range(len(_NAMED)))
