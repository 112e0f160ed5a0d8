"""Notes at the foot of a text, and the numbers in it that refer to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze, text_of
from pipelines.extract.segments import Segment

_REFERS = "data-breachwire-refers"
_LINKS = XPath("//a[starts-with(@href, '#') and string-length(@href) > 1]")
_MARK = re.compile(r"\d{1,3}|[\[(](?:\d{1,3}|\w)[\])]|[*†‡§]{1,3}")
_AROUND = frozenset({"sup", "span", "small", "em", "i"})
_MAX_LINKS = 1_000
_NOTE = re.compile(r"footnote|endnote|(?:^|[\s_-])(?:fn|ftn)\b", re.IGNORECASE)
_NEAR, _WITHIN = 6, 3
_NUMBER = re.compile(r"\d")


def take_references(tree: HtmlElement) -> None:
    """Takes the numbers that refer to notes out of their lines: "41,000" and a note's number would be read as 41,0001.
    The element that each stood in tells what it refers to."""
    links: Any = _LINKS(tree)
    for link in links[:_MAX_LINKS]:
        text = link.text_content()
        if len(text) > _LONGEST or not _MARK.fullmatch(squeeze(text)):
            continue
        mark = _whole(link)
        parent = mark.getparent()
        if parent is not None and _stands_behind_text(mark, parent):
            parent.set(_REFERS, f"{parent.get(_REFERS, '')} {link.get('href')[1:]}")
            mark.drop_tree()


_LONGEST = 10


def _whole(link: HtmlElement) -> HtmlElement:
    """The link with what holds nothing else."""
    parent = link.getparent()
    alone = parent is not None and parent.tag in _AROUND and squeeze(text_of(parent)) == squeeze(text_of(link))
    return _whole(parent) if parent is not None and alone else link


def _stands_behind_text(mark: HtmlElement, parent: HtmlElement) -> bool:
    before = mark.getprevious()
    text = parent.text if before is None else before.tail or text_of(before)
    return bool(text) and not text.isspace()


def footnotes(lines: Sequence[Segment], chosen: Sequence[bool]) -> set[int]:
    """The lines of notes that chosen lines refer to."""
    text = {line.element for line, keep in zip(lines, chosen, strict=True) if keep}
    told = {name for element in text for item in element.iter() for name in (item.get(_REFERS) or "").split()}
    notes = (place for place, line in enumerate(lines) if told and _is_note(line))
    return {place for place in notes if not told.isdisjoint(_names(lines[place].element))}


def _is_note(line: Segment) -> bool:
    around = islice((line.element, *line.element.iterancestors()), _NEAR)
    return any(_NOTE.search(f"{item.get('class') or ''} {item.get('id') or ''}") for item in around)


def _names(element: HtmlElement) -> Iterator[str]:
    """The names of what may be a note around an element, and of the numbers before it."""
    for item in islice((element, *element.iterancestors()), _WITHIN):
        for named in (item, *item.iterchildren("a")):
            yield from filter(_NUMBER.search, (named.get("id") or "", named.get("name") or ""))
