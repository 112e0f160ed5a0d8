"""The text of a page that a script would draw: it stands in the page's scripts, as a string of data.

The last resort, for a page without any text of its own: applications in the browser (Next.js, Nuxt, Arc and the like)
get the article as HTML within JSON (`__NEXT_DATA__`, `self.__next_f.push`, ...). JSON-LD is left out: its `articleBody`
is often cut short.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

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


def drawn_text(tree: HtmlElement) -> HtmlElement | None:
    """The string of the page's scripts that holds the most prose, as a page of its own; None where there is none.

    >>> line = "A bank in the north lost the data of all its customers on Monday, and told nobody for weeks."
    >>> script = json.dumps({"story": {"html": f"<p>{line}</p>" * 5, "about": line * 5}})
    >>> drawn = drawn_text(parse(f"<body><div id=app></div><script>window.state = {script}</script>"))
    >>> [segment.text == line for segment in read_segments(drawn)]
    [True, True, True, True, True]
    """
    best, most, left = None, _PROSE - 1, _MAX_SCRIPTS
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            continue
        source = (script.text or "")[:left]
        left -= len(source)
        for text in _strings(source, _DEEP):
            page = _page(text)
            if page is not None and (prose := _prose(page)) > most:
                best, most = page, prose
    return best


def _strings(source: str, depth: int) -> Iterator[str]:
    """The long strings of a script or of JSON, those within them as well."""
    for match in _STRING.finditer(source):
        if len(match[1]) < _PROSE:
            continue
        try:
            text = str(json.loads(f'"{match[1]}"', strict=False))
        except ValueError:
            continue
        if _DATA.match(text):
            yield from _strings(text, depth - 1) if depth > 1 else ()
        elif _HTML.search(text):
            yield text


def _prose(page: HtmlElement) -> int:
    return sum(len(line.text) for line in read_segments(page) if is_prose(line.text))


def _page(text: str) -> HtmlElement | None:
    try:
        return parse(f"<html><body><article>{text}</article></body></html>") if squeeze(text) else None
    except ExtractionError:
        return None
