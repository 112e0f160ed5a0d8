"""What a page declares about itself: JSON-LD objects and meta tags, read once and bounded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze
from pipelines.extract.words import words

_MAX_SCRIPT = 2_000_000
_MAX_OBJECTS = 2_000
_ARTICLE = re.compile(r"Article|Posting|Report|Review$|Recipe|HowTo|Story", re.IGNORECASE)
_REVIEW = re.compile(r"(?:User|Critic)?Review")
_PARTS = frozenset(
    [
        *("liveBlogUpdate", "review", "reviews", "comment", "itemListElement", "itemReviewed", "mentions", "citation"),
        *("isBasedOn", "hasPart", "step"),
    ]
)
"""Under these an article's object names others: its updates, its parts, what it speaks of."""
_AGREES = 0.6
"""The share of a headline's words that the page's title must have to be of the same article."""
_NAMED = 0.4
"""The share of the title's words that a headline must have: a product's name within it is none."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
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
        content = _plain(element.get("content") or "")
        for attribute in ("name", "property", "itemprop", "http-equiv"):
            if (name := element.get(attribute)) and content:
                name = name.strip().lower()
                if name.startswith("og:article:"):  # so many a site writes Open Graph's article:section
                    name = name.removeprefix("og:")
                metas.setdefault(name, []).append(content)
    found = list(_json_ld(tree))
    titles = [value for name in ("og:title", "twitter:title") for value in metas.get(name, ())]
    titles += [squeeze(item.text_content()) for item in islice(tree.iter("title"), 1)]
    return Declared(metas, _choose_article(found, titles), tuple(item for item, _ in found))


def texts(value: Any) -> list[str]:
    """The strings of a JSON-LD value: a string, an object's name (or @value, url), or a list of those.

    >>> texts([{"@type": "Person", "name": "Ada Low"}, "Bo Hi"])
    ['Ada Low', 'Bo Hi']
    """
    if isinstance(value, str):
        return [plain] if (plain := _plain(value)) else []
    if isinstance(value, dict):
        return next((texts(value[key]) for key in ("name", "@value", "url", "@id") if value.get(key)), [])
    if isinstance(value, list):
        return [text for item in value[:50] for text in texts(item)]
    return []


def _plain(text: str) -> str:
    """The text without entities: what was escaped twice, and what JSON would not have escaped.

    >>> _plain("Law &amp; Order &#8211; today?a=1&copy=2")
    'Law & Order – today?a=1&copy=2'
    """
    return squeeze(_ENTITY.sub(lambda match: unescape(match[0]), text) if "&" in text else text)


def _json_ld(tree: HtmlElement) -> Iterator[tuple[dict[str, Any], bool]]:
    """All objects, each with whether it stands for itself or as a part of another."""
    count = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        raw = (script.text or "")[:_MAX_SCRIPT].strip()
        if raw[:1] not in "[{" or raw[-1:] not in "]}":
            raw = _COMMENT_MARKS.sub("", raw).strip()
        try:
            stack = [(_loads(raw), False)]
        except (ValueError, RecursionError):
            continue
        while stack and count < _MAX_OBJECTS:
            value, part = stack.pop()
            if isinstance(value, dict):
                count += 1
                yield value, part
                inside = [(child, part or key in _PARTS) for key, child in value.items()]
                stack.extend(pair for pair in reversed(inside) if isinstance(pair[0], (dict, list)))
            elif isinstance(value, list):
                stack.extend((child, part) for child in reversed(value))


def _loads(raw: str) -> Any:
    """The value of some JSON. Of a text that was cut within a character the half is left out: nothing can store it."""
    value = json.loads(raw, strict=False)
    if "\\ud" in raw or "\\uD" in raw:
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "ignore"))
    return value


def _choose_article(found: Sequence[tuple[dict[str, Any], bool]], titles: Sequence[str]) -> dict[str, Any]:
    """The object of the page's article: one that stands for itself before a part of another, the one with the page's
    headline before others, then the one that says most. A review, or a part, with another headline is none."""
    said = [set(words(title)) for title in titles]
    best: dict[str, Any] = {}
    most = (False, False, -1)
    for item, part in found:
        if not (kinds := article_kinds(item)):
            continue
        agrees = _agrees(item, said)
        if (part or all(map(_REVIEW.fullmatch, kinds))) and not agrees:
            continue
        if (rank := (not part, agrees, _wealth(item))) > most:
            best, most = item, rank
    return best


def article_kinds(item: dict[str, Any]) -> list[str]:
    """The object's types that are those of an article, a review or the like."""
    return [kind for kind in texts(item.get("@type")) if _ARTICLE.search(kind)]


def _agrees(item: dict[str, Any], titles: Sequence[set[str]]) -> bool:
    own = {word for text in texts(item.get("headline") or item.get("name"))[:1] for word in words(text)}
    least = _AGREES * len(own)
    return bool(own) and any(len(own & title) >= max(least, _NAMED * len(title)) for title in titles)


def _wealth(item: dict[str, Any]) -> int:
    return sum(
        bool(item.get(key)) for key in ("headline", "datePublished", "author", "articleBody", "mainEntityOfPage")
    )
