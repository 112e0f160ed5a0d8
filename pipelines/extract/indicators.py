"""Indicators of compromise: lists and tables of digests, hosts and files behind a text, which look like none of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from lxml.html import HtmlElement

from pipelines.extract.amid import top_of
from pipelines.extract.boxes import ends_sentence, is_prose
from pipelines.extract.segments import SUBHEADINGS, Segment

_HINT = re.compile(r"[0-9a-f]{32}|[\[({](?:\.|dot\b)|hxx|\d\.\d", re.IGNORECASE)
"""In every indicator, and quickly looked for."""
_SURE = re.compile(
    r"(?<![0-9a-z])(?:[0-9a-f]{128}|[0-9a-f]{96}|[0-9a-f]{64}|[0-9a-f]{56}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-z])|"
    r"\bhxxps?\S+|(?<![^\s\[({'\"<])[^\s\[({]{1,200}(?:[\[({](?:\.|dot)[\])}][^\s\[({]{1,200})+|"
    r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:[:/]\d{1,5})?(?![\d.])",
    re.IGNORECASE,
)
"""Digests, what is written so that nobody opens it (hxxp, `[.]`), and addresses of machines."""
_AMONG = re.compile(
    r"(?:[\w-]+\.)+\w{2,}(?:[/:]\S*)?|(?:https?|ftp)://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:HK\w+|[A-Z]:|%\w+%)\\.+"
)
"""What stands among them: names of files and hosts, addresses of pages and of mail, keys of the registry."""
_LEAST_SHARE = 1 / 3
"""The share of a line that an indicator makes: what it was used for may stand beside it."""
_LONGEST = 100_000
_MAX_HEADING, _MAX_HEADINGS = 120, 3
_HEADINGS = SUBHEADINGS | {"summary", "caption", "b", "strong"}


def is_indicator(text: str) -> bool:
    """Whether a line is an indicator, with a label or a remark at most.

    >>> [is_indicator(line) for line in ("C2: files[.]heron[.]example", "MD5 " + 8 * "09af", "198.51.100.23")]
    [True, True, True]
    >>> is_indicator("The server at 198.51.100.23 answered."), is_indicator("Version 4.2.1 (stable)")
    (False, False)
    """
    if len(text) > _LONGEST or ends_sentence(text) or not _HINT.search(text):
        return False
    return sum(len(match[0]) for match in _SURE.finditer(text)) >= _LEAST_SHARE * len(text)


def indicators(lines: Sequence[Segment], chosen: Sequence[bool]) -> set[int]:
    """The lines of a page's lists and tables of indicators, with their headings, that stand behind chosen prose without
    other prose between."""
    if not any(is_indicator(line.text) for line in lines):
        return set()
    told = {line.text for line, keep in zip(lines, chosen, strict=True) if keep}
    found: set[int] = set()
    behind_text, behind_indicators = False, False
    for _, block in groupby(range(len(lines)), key=lambda place: top_of(lines[place].element)):
        places = list(block)
        own = [lines[place] for place in places]
        if behind_text and _lists_indicators(own, behind_indicators):
            found.update(places, _headings(lines, chosen, places[0]))
            behind_indicators = True
        elif prose := [line.text for line in own if is_prose(line.text)]:
            behind_text = not told.isdisjoint(prose)
            behind_indicators = False
    return found


def _lists_indicators(lines: Sequence[Segment], behind_others: bool) -> bool:
    """Whether half of the rows are indicators or what stands among them, one of them surely; behind other indicators it
    may be what stands among them alone, or code: a rule to find them by."""
    rows = list(_rows(lines))
    sure = sum(any(map(is_indicator, row)) for row in rows)
    among = sum(any(map(_AMONG.fullmatch, row)) and not any(map(is_indicator, row)) for row in rows)
    if behind_others and (among == len(rows) or lines[0].element.tag == "pre"):
        return bool(rows)
    return bool(sure and 2 * (sure + among) >= len(rows))


def _rows(lines: Sequence[Segment]) -> Iterator[list[str]]:
    """The lines of each row of a table, the others one by one; without terms and the heads of columns."""
    for row, cells in groupby(lines, key=_row_of):
        texts = [line.text for line in cells if line.element.tag not in ("dt", "th")]
        yield from ([text] for text in texts) if row is None else [texts] if texts else ()


def _row_of(line: Segment) -> HtmlElement | None:
    return next((item for item in (line.element, *line.element.iterancestors()) if item.tag == "tr"), None)


def _headings(lines: Sequence[Segment], chosen: Sequence[bool], start: int) -> Iterator[int]:
    """The headings right above a block."""
    for place in range(start - 1, max(-1, start - 1 - _MAX_HEADINGS), -1):
        line = lines[place]
        names = line.element.tag in _HEADINGS or line.text.endswith((":", "："))
        if chosen[place] or not names or len(line.text) > _MAX_HEADING or line.linked:
            return
        yield place
