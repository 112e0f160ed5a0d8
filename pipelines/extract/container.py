"""A second opinion on where the text of a page is: the container with the most prose, as arc90's Readability chose it.

The rules are Readability's (https://code.google.com/archive/p/arc90labs-readability/), on the lines of the page in
place of its elements: a line of some length speaks for the element around it, and half as much for the one around that;
names such as "content" or "sidebar" and the share of links weigh in. It costs a tenth of readability-lxml.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from pipelines.extract.segments import Segment

_UNLIKELY = re.compile(
    r"combx|comment|community|disqus|extra|foot|header|menu|remark|rss|shoutbox|sidebar|sponsor|ad-break|agegate|"
    r"pagination|pager|popup|tweet|twitter"
)
_MAYBE = re.compile(r"and|article|body|column|content|main|shadow")
_FOR = re.compile(r"article|body|content|entry|hentry|main|page|pagination|post|text|blog|story")
_AGAINST = re.compile(
    r"button|combx|comment|com-|contact|figure|foot|footer|footnote|form|input|masthead|media|meta|outbrain|promo|"
    r"related|scroll|shoutbox|sidebar|sponsor|shopping|tags|tool|widget"
)
_TAGS = {
    **dict.fromkeys(("div", "article"), 5),
    **dict.fromkeys(("pre", "td", "blockquote"), 3),
    **dict.fromkeys(("address", "ol", "ul", "dl", "dd", "dt", "li", "form", "aside"), -3),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "th", "header", "footer", "nav"), -5),
}
Chain = tuple[HtmlElement, ...]
"""An element and its ancestors below the body."""

_LEAST = 25
"""Characters from which a line speaks for its container."""
_PARAGRAPH = 80


def main_lines(segments: Sequence[Segment]) -> list[str]:
    """The lines in the container with the most prose, and in its neighbours of the same kind."""
    chains: dict[HtmlElement, Chain] = {}
    for segment in segments:
        _chain(segment.element, chains)
    odd = {element for element in chains if _is_unlikely(element)}
    lines = [segment for segment in segments if odd.isdisjoint(chains[segment.element])]
    scores = _scores(lines, chains)
    if not scores:
        return [segment.text for segment in lines if not _is_link(segment)]
    best = max(scores, key=scores.__getitem__)
    around, least = best.getparent(), max(10.0, 0.2 * scores[best])
    inside = {best, *(other for other, score in scores.items() if score >= least and other.getparent() is around)}
    return [
        segment.text
        for segment in lines
        if not _is_link(segment)
        and (not inside.isdisjoint(chains[segment.element]) or _is_paragraph_of(around, segment))
    ]


def _chain(element: HtmlElement, known: dict[HtmlElement, Chain]) -> Chain:
    if element not in known:
        parent = element.getparent()
        inside = parent is not None and parent.tag not in ("body", "html")
        known[element] = (element, *_chain(parent, known)) if inside else (element,)
    return known[element]


def _is_link(segment: Segment) -> bool:
    return segment.linked > len(segment.text) / 2


def _is_paragraph_of(container: HtmlElement | None, segment: Segment) -> bool:
    long = len(segment.text) > _PARAGRAPH and 4 * segment.linked < len(segment.text)
    return long and segment.element.getparent() is container


def _scores(lines: Sequence[Segment], chains: dict[HtmlElement, Chain]) -> dict[HtmlElement, float]:
    """By container, what the lines in it amount to, less the share of links."""
    count = Counter(segment.element for segment in lines)
    scores: dict[HtmlElement, float] = {}
    text: defaultdict[HtmlElement, int] = defaultdict(int)
    links: defaultdict[HtmlElement, int] = defaultdict(int)
    for segment in lines:
        chain, size = chains[segment.element], len(segment.text)
        text[segment.element] += size
        links[segment.element] += segment.linked
        if size < _LEAST:
            continue
        worth = 1 + segment.text.count(",") + min(size / 100, 3)
        # An element of several lines (divided by line breaks, say) is a container; one of a single line, a paragraph.
        for element, share in zip(chain[count[segment.element] == 1 :], (1, 0.5), strict=False):
            if element not in scores:
                scores[element] = _first_score(element)
            scores[element] += share * worth
    for element, chain in reversed(chains.items()):  # what is in a container comes before it
        for around in chain[1:2]:
            text[around] += text[element]
            links[around] += links[element]
    return {element: score * (1 - links[element] / text[element]) for element, score in scores.items()}


def _first_score(element: HtmlElement) -> float:
    return _TAGS.get(str(element.tag), 0) + sum(map(_weight, _names(element)))


def _names(element: HtmlElement) -> Iterator[str]:
    return filter(None, (element.get("class"), element.get("id")))


@lru_cache(maxsize=4096)
def _weight(name: str) -> int:
    name = name[:300].lower()
    return 25 * (bool(_FOR.search(name)) - bool(_AGAINST.search(name)))


def _is_unlikely(element: HtmlElement) -> bool:
    return _unlikely(" ".join(_names(element))[:300])


@lru_cache(maxsize=4096)
def _unlikely(names: str) -> bool:
    return bool(_UNLIKELY.search(names.lower())) and not _MAYBE.search(names.lower())
