"""What a page declares about itself: JSON-LD objects and meta tags, read once and bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze

_MAX_SCRIPT = 2_000_000
_MAX_OBJECTS = 2_000
_ARTICLE = re.compile(r"Article|Posting|Report|Review$|Recipe|HowTo|Story", re.IGNORECASE)
_COMMENT_MARKS = re.compile(
    r"\A\s*(?:<!--|//\s*<!\[CDATA\[|/\*.*?\*/|<!\[CDATA\[)|(?:-->|(?://\s*)?\]\]>)\s*;?\s*\Z", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Declared:
    """`metas`: lower-case name, property or itemprop → contents in page order. `article`: the JSON-LD object
    of the article (empty when none). `objects`: all JSON-LD objects."""

    metas: dict[str, list[str]] = field(default_factory=dict)
    article: dict[str, Any] = field(default_factory=dict)
    objects: tuple[dict[str, Any], ...] = ()

    def meta(self, *names: str) -> str | None:
        """The first content that is not empty, in the order of the names."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), None)


def read_declared(tree: HtmlElement) -> Declared:
    """All meta tags and JSON-LD objects of the page. Broken JSON-LD is passed over."""
    metas: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = squeeze(element.get("content") or "")
        for attribute in ("name", "property", "itemprop", "http-equiv"):
            if (name := element.get(attribute)) and content:
                metas.setdefault(name.strip().lower(), []).append(content)
    objects = tuple(_json_ld(tree))
    return Declared(metas, _choose_article(objects), objects)


def texts(value: Any) -> list[str]:
    """The strings of a JSON-LD value: a string, an object's name (or @value, url), or a list of those.

    >>> texts([{"@type": "Person", "name": "Ada Low"}, "Bo Hi"])
    ['Ada Low', 'Bo Hi']
    """
    if isinstance(value, str):
        return [squeezed] if (squeezed := squeeze(value)) else []
    if isinstance(value, dict):
        return next((texts(value[key]) for key in ("name", "@value", "url", "@id") if value.get(key)), [])
    if isinstance(value, list):
        return [text for item in value[:50] for text in texts(item)]
    return []


def _json_ld(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    count = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        raw = _COMMENT_MARKS.sub("", (script.text or "")[:_MAX_SCRIPT]).strip()
        try:
            stack = [json.loads(raw, strict=False)]
        except (ValueError, RecursionError):
            continue
        while stack and count < _MAX_OBJECTS:
            value = stack.pop()
            if isinstance(value, dict):
                count += 1
                yield value
                stack.extend(reversed([child for child in value.values() if isinstance(child, (dict, list))]))
            elif isinstance(value, list):
                stack.extend(reversed(value))


def _choose_article(objects: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    """The first article-like object with a headline that is not merely named as a part of another list."""
    articles = [item for item in objects if any(_ARTICLE.search(kind) for kind in texts(item.get("@type")))]
    return max(articles, key=_wealth, default={})


def _wealth(item: dict[str, Any]) -> int:
    return sum(
        bool(item.get(key)) for key in ("headline", "datePublished", "author", "articleBody", "mainEntityOfPage")
    )
