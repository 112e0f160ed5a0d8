"""Where the lines of a page stand: their elements' ancestors, and what class names and ids call those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_

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


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands: its ancestors' tags and the kinds of names (class, id) near and farther up."""

    chain: tuple[HtmlElement, ...]
    tags: frozenset[str]
    near: tuple[float, ...]
    far: tuple[float, ...]
    parent: HtmlElement
    style: tuple[str, str, str]


def places_of(segments: Sequence[Segment]) -> Iterator[Place]:
    known: dict[HtmlElement, Place] = {}
    kinds: dict[HtmlElement, int] = {}
    for segment in segments:
        element = segment.element
        if element not in known:
            chain = [one for one in (element, *element.iterancestors()) if one.tag not in ("body", "html")]
            for one in chain[:_FAR]:
                if one not in kinds:
                    kinds[one] = _kinds(_names(one))
            parent = chain[1] if len(chain) > 1 else element
            known[element] = Place(
                chain=tuple(chain),
                tags=frozenset(str(one.tag) for one in chain),
                near=_flags(reduce(or_, [kinds[one] for one in chain[:_NEAR]], 0)),
                far=_flags(reduce(or_, [kinds[one] for one in chain[_NEAR:_FAR]], 0)),
                parent=parent,
                style=(str(element.tag), element.get("class") or "", str(parent.get("class") or "")),
            )
        yield known[element]


def _names(element: HtmlElement) -> str:
    names = " ".join(filter(None, (element.get("class"), element.get("id"), element.get("itemprop"))))[:300]
    return f"-{names.lower()}-".replace("_", "-").replace(" ", "-") if names else ""


@lru_cache(maxsize=4096)
def _kinds(names: str) -> int:
    """The kinds of `_NAMED` that a name speaks of, as bits. Remembered: a site's pages share their names."""
    found = 0
    for part, bit in _PARTS:
        if part in names:
            found |= bit
    return found


@lru_cache(maxsize=4096)
def _flags(mask: int) -> tuple[float, ...]:
    return tuple(float(mask >> bit & 1) for bit in range(len(_NAMED)))
