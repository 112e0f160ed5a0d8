"""What a list of facts or a table calls its values."""

from __future__ import annotations

from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze

_TERMS = {"dd": ("dt",), "td": ("td", "th")}
_WITHIN = 3
"""An element and those around it that may be the value."""
_LONGEST = 40


def label_of(element: HtmlElement) -> str:
    """What a list of facts or a table calls the element: the term or the short cell before it; empty where none does.

    >>> from lxml.html import fromstring
    >>> facts = fromstring("<dl><dt>Product</dt><dd>Gateway</dd><dd><p>Backup</p></dd></dl>")
    >>> [label_of(item) for item in facts.iter("dt", "p")]
    ['', 'Product']
    """
    for item in islice((element, *element.iterancestors()), _WITHIN):
        if item.tag in _TERMS:
            terms = item.itersiblings(*_TERMS[item.tag], preceding=True)
            text = next((squeeze(term.text_content()) for term in terms), "")
            return text if len(text) <= _LONGEST else ""
    return ""
