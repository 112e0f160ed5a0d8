"""A first look at a page: its title and a rough text, at a tenth of what the article's text costs.

It is for telling what a page is *not* about. The text holds most of the article and some of what stands around it.
"""

from __future__ import annotations

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze

ENOUGH = 500
"""Characters of rough text without which nothing is told: a wall, or a page that a script would draw, is a failure."""
_LEAST = 40
"""Characters of a line that is read: menus and buttons are shorter."""
_FULL = 3_000
"""Characters of paragraphs that are an article; where there are fewer, text outside of paragraphs is looked for."""
_MOST = 8_000
"""Characters that are given: as many as are judged of an article."""
_LOOSE = XPath(
    f"/descendant::body/descendant::text()[string-length() > {_LEAST}][not(ancestor::p or parent::a or parent::script"
    " or parent::style or parent::noscript or parent::template or parent::button or parent::option)]",
    smart_strings=False,
)
"""Text that stands in no paragraph, for pages that have none."""


def first_text(tree: HtmlElement) -> tuple[str, str]:
    """The page's title and the rough text, a line for each paragraph.

    >>> from pipelines.extract.decode import parse
    >>> first_text(parse("<title>Leak</title><p>Menu<p>A bank in the north lost the data of its customers.</p>"))
    ('Leak', 'A bank in the north lost the data of its customers.')
    """
    lines = [element.text_content() for element in tree.iter("p")]
    if sum(len(line) for line in lines if len(line) > _LEAST) < _FULL:
        loose: list[str] = _LOOSE(tree)  # type: ignore[assignment]  # what text() finds are strings
        lines += loose
    text = "\n".join(squeeze(line) for line in lines if len(line) > _LEAST)
    return squeeze(tree.findtext(".//title") or ""), text[:_MOST]
