"""The text of a page that a script would draw: it stands in the page's scripts, as a string of data.

The last resort, for a page without any text of its own: applications in the browser (Next.js, Nuxt, Arc and the like)
get the article as HTML within JSON (`__NEXT_DATA__`, `self.__next_f.push`, ...) or as a list of its paragraphs, or in a
`template`; for readers without scripts or frames it may stand in a `noscript` or `noframes`. JSON-LD is left out: its
`articleBody` is often cut short.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html import escape
from itertools import chain, islice
from typing import Any, NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze
from pipelines.extract.boxes import is_prose
from pipelines.extract.decode import parse
from pipelines.extract.segments import read_segments
from pipelines.items import ExtractionError

_MAX_SCRIPTS = 3_000_000
"""Characters of scripts that are looked through."""
_STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"?', re.DOTALL)
"""One that is not closed matches to the end, so that a hostile script is read once and not from each of its quotes."""
_HTML = re.compile(r"<(?:p|br|div)\b", re.IGNORECASE)
_DATA = re.compile(r"\s*(?:\w+:)?[\[{]")
"""JSON; Next.js numbers its pieces (`5:{...}`)."""
_PROSE = 400
"""Characters of prose that make a string an article; shorter ones are not looked into."""
_DEEP = 2
"""How often data may stand within data: JSON that is a string in JSON."""


_OUTERMOST: Any = etree.XPath(
    "/descendant::*[self::noscript or self::template or self::noframes][not(ancestor::noscript or ancestor::template)]"
)
_MAX_HIDDEN = 50
_VALUE = re.compile(r"(?:^|[=(]|\b\w+:)\s*(?=[\[{])", re.MULTILINE)
_MAX_VALUES, _MAX_LISTS, _NESTED = 20, 3_000, 8
_SAID_IN = ("text", "content", "value", "children", "data", "attributes")
"""Keys under which editors keep a paragraph (Arc, Sanity, Contentful, React's elements)."""
_LEADS = frozenset({"url", "href", "link", "slug", "path", "permalink", "canonical_url", "website_url"})
"""Keys of what leads elsewhere: teasers, pictures."""


def drawn_text(tree: HtmlElement) -> HtmlElement | None:
    """What holds the most prose as a page of its own: a string of the page's scripts, or what it has for readers
    without them; else the list in its scripts with the most paragraphs. None where there is none.

    >>> line = "A bank in the north lost the data of all its customers on Monday, and told nobody for weeks."
    >>> script = json.dumps({"story": {"html": f"<p>{line}</p>" * 5, "about": line * 5}})
    >>> drawn = drawn_text(parse(f"<body><div id=app></div><script>window.state = {script}</script>"))
    >>> [segment.text == line for segment in read_segments(drawn)]
    [True, True, True, True, True]
    """
    sources = list(_sources(tree))
    hidden = map(_inside, islice(_OUTERMOST(tree), _MAX_HIDDEN))
    strings = (text for source in sources for text in _strings(source, _DEEP))
    lists = (text for source in sources for text in _lists(source, _DEEP))
    most = max(_pages(chain(hidden, strings)), key=lambda one: sum(one.prose), default=None)
    most = most or max(_pages(lists), key=lambda one: len(one.prose), default=None)
    return most.page if most else None


class _Drawn(NamedTuple):
    """A page, and the characters of each of its lines of prose."""

    page: HtmlElement
    prose: list[int]


def _pages(texts: Iterable[str]) -> Iterator[_Drawn]:
    for page in map(_page, texts):
        prose = [len(line.text) for line in read_segments(page) if is_prose(line.text)] if page is not None else []
        if page is not None and sum(prose) >= _PROSE:
            yield _Drawn(page, prose)


def _sources(tree: HtmlElement) -> Iterator[str]:
    left = _MAX_SCRIPTS
    for script in tree.iter("script"):
        if left > 0 and "ld+json" not in (script.get("type") or ""):
            yield (script.text or "")[:left]
            left -= len(script.text or "")


def _inside(element: HtmlElement) -> str:
    inside = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return (element.text or "") + "".join(inside)


def _strings(source: str, depth: int) -> Iterator[str]:
    """The long strings of a script or of JSON, those within them as well."""
    for text in _decoded(source):
        if _DATA.match(text):
            yield from _strings(text, depth - 1) if depth > 1 else ()
        elif _HTML.search(text):
            yield text


def _decoded(source: str) -> Iterator[str]:
    for match in _STRING.finditer(source):
        if len(match[1]) < _PROSE:
            continue
        try:
            text = str(json.loads(f'"{match[1]}"', strict=False))
        except ValueError:
            continue
        yield text


def _lists(source: str, depth: int) -> Iterator[str]:
    """The lists of paragraphs in a script's data, each as HTML.

    >>> one = "It was gone. " * 40
    >>> data = {"body": [{"text": one}, {"text": "A teaser.", "url": "/a"}, {"text": "Two."}]}
    >>> [text.replace(one.strip(), "One.") for text in _lists(f"x = {json.dumps(data)};", 1)]
    ['<p>One.</p><p>Two.</p>']
    """
    if depth > 1:
        for text in filter(_DATA.match, _decoded(source)):
            yield from _lists(text, depth - 1)
    stack = list(_values(source))
    for _ in range(_MAX_LISTS):
        if not stack:
            return
        value = stack.pop()
        stack.extend(part for part in (value.values() if isinstance(value, dict) else value) if _is_data(part))
        said = [squeeze(_said(part, _NESTED)) for part in value if _is_data(part)] if isinstance(value, list) else []
        if sum(map(len, said)) >= _PROSE:
            yield "".join(f"<p>{text if '<' in text else escape(text, quote=False)}</p>" for text in said if text)


def _values(source: str) -> Iterator[Any]:
    """The first values of JSON in a script."""
    end, decoder = 0, json.JSONDecoder(strict=False)
    for match in islice(_VALUE.finditer(source), _MAX_VALUES):
        if match.end() >= end:
            with suppress(ValueError, RecursionError):
                value, end = decoder.raw_decode(source, match.end())
                yield value


def _is_data(value: object) -> bool:
    return isinstance(value, (dict, list))


def _said(value: Any, depth: int) -> str:
    """What a paragraph says; nothing where it leads elsewhere. React's elements are lists: `["$", tag, key, {...}]`."""
    if isinstance(value, str):
        return "" if value.startswith("$") else value
    if isinstance(value, dict) and depth and not (depth == _NESTED and _LEADS & value.keys()):
        return "".join(_said(value.get(name), depth - 1) for name in _SAID_IN)
    if isinstance(value, list) and depth:
        return "".join(_said(part, depth - 1) for part in (value[3:] if value[:1] == ["$"] else value))
    return ""


def _page(text: str) -> HtmlElement | None:
    try:
        return parse(f"<html><body><article>{text}</article></body></html>") if squeeze(text) else None
    except ExtractionError:
        return None
