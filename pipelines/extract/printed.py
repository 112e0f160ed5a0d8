"""Days that are not those of a page's article: when the page was printed, made, or looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from lxml.etree import XPath
from lxml.html import HtmlElement

_LABEL = re.compile(
    r"\b(?:(?:printed|accessed|retrieved|generated)(?: from \S+)?(?: (?:on|at|by))?\b|"
    r"(?:print|access|today.?s|current) date\b|date (?:printed|accessed|of access)\b|today is\b|"
    r"(?:aus)?gedruckt am\b|abgerufen (?:am|von)\b|druckdatum|heute ist\b|imprimée? le\b|consultée? le\b|"
    r"générée? le\b|nous sommes le\b|impres[oa] (?:el|em)\b|consultado (?:el|em)\b|generado el\b|hoy es\b|"
    r"stampato il\b|consultato il\b|oggi è\b|acess(?:ado|o) em\b|hoje é\b|afgedrukt op\b|geraadpleegd op\b|"
    r"vandaag is\b|wydrukowano\b|data wydruku|dostęp(?: dnia)?:|распечатано|дата (?:обращения|печати))|"
    r"印刷日|閲覧日|打印(?:时间|日期)|列印(?:時間|日期)|访问(?:时间|日期)|今天是|今日は|인쇄일|출력일",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_TEXTS = XPath("/descendant::body/descendant::text()[normalize-space()]")
_MAX_LINE = 120
_PIECES = 3
"""Pieces of text among which the day stands: the label, the day, what they are in."""


def without_printed_days(tree: HtmlElement) -> HtmlElement:
    """The page, or a copy of it without the days that say when it was printed or looked at.

    >>> from lxml.html import fromstring
    >>> page = "<html><body><p>12 May 2026</p><p>Lindow. Printed on <b>23 November 2026</b></p></html>"
    >>> without_printed_days(fromstring(page)).text_content()
    '12 May 2026Lindow. '
    """
    if not any(_printed_days(tree)):
        return tree
    tree = deepcopy(tree)
    for pieces, start in list(_printed_days(tree)):
        for piece, kept in zip(pieces, (start, *[0] * _PIECES), strict=False):
            _cut(piece, kept)
    return tree


def _printed_days(tree: HtmlElement) -> Iterator[tuple[list[Any], int]]:
    """The pieces of text from such a label to its year, and where in the first one it begins."""
    texts: Any = _TEXTS(tree)
    for place, text in enumerate(texts):
        label = _LABEL.search(text) if len(text) <= _MAX_LINE else None
        if label is None:
            continue
        for end, piece in enumerate(texts[place : place + _PIECES], place + 1):
            if _YEAR.search(piece, label.end() if piece is text else 0):
                yield texts[place:end], label.start()
                break


def _cut(piece: Any, start: int) -> None:
    holder = piece.getparent()
    if piece.is_tail:
        holder.tail = holder.tail[:start]
    else:
        holder.text = holder.text[:start]
        holder.attrib.pop("datetime", None)
