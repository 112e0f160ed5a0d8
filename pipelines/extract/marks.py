"""Elements found by what their markup calls them: the words in `class`, `id`, `rel` and `itemprop`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lxml.etree import XPath
from lxml.html import HtmlElement

_VALUES = {name: XPath(f"//@{name}") for name in ("class", "id", "rel", "itemprop")}


class Values(NamedTuple):
    """All values of an attribute on a page in document order, each with `getparent()`, the element that has it; and the
    different ones in lower case, a line for each."""

    each: Sequence[str]
    told: str


Marks = Mapping[str, Values]
"""By attribute."""


def read_marks(tree: HtmlElement) -> Marks:
    """The page's marks, read once for all that look through them."""
    found: dict[str, Any] = {name: values(tree) for name, values in _VALUES.items()}
    return {name: Values(values, "\n".join(set(values)).lower()) for name, values in found.items()}


def marked(marks: Marks, attribute: str, pattern: re.Pattern[str]) -> list[tuple[str, HtmlElement]]:
    """The lower-case value of an attribute and its element, wherever the pattern is found in it.

    To look through the values here costs a twentieth of having XPath fold and compare them.
    """
    values: Any = marks[attribute].each
    if not pattern.search(marks[attribute].told):  # white space stands around each value there
        return []
    hits = {value for value in set(values) if pattern.search(value.lower())}
    return [(value.lower(), value.getparent()) for value in values if value in hits]
