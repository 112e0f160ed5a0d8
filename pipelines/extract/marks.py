"""Elements found by what their markup calls them: the words in `class`, `id`, `rel` and `itemprop`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

_VALUES = {name: XPath(f"//@{name}") for name in ("class", "id", "rel", "itemprop")}

Marks = Mapping[str, Sequence[str]]
"""By attribute, all its values on a page in document order, each with `getparent()`, the element that has it."""


def read_marks(tree: HtmlElement) -> Marks:
    """The page's marks, read once for all that look through them."""
    found: dict[str, Any] = {name: values(tree) for name, values in _VALUES.items()}
    return found


def marked(marks: Marks, attribute: str, pattern: re.Pattern[str]) -> list[tuple[str, HtmlElement]]:
    """The lower-case value of an attribute and its element, wherever the pattern is found in it.

    To look through the values here costs a twentieth of having XPath fold and compare them.
    """
    values: Any = marks[attribute]
    hits = {value for value in set(values) if _found(pattern, str(value))}
    return [(value.lower(), value.getparent()) for value in values if value in hits] if hits else []


@lru_cache(maxsize=8192)
def _found(pattern: re.Pattern[str], value: str) -> bool:
    """Remembered, for a page's elements and a site's pages share their names."""
    return bool(pattern.search(value.lower()))
