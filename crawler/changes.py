"""What a new version of a text changed, word by word, to be read: the paragraphs with changes, without the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Literal

from pipelines.dedup.align import gaps

Change = Literal["gone", "new"]
Part = tuple[str, Change | None]

CONTEXT = 12
"""Words shown on each side of a change; what lies further off is left out."""
MAX_WORDS = 20_000
"""Words of each version that are compared: more than any article has."""

_BREAK = "\n\n"
_WORD = re.compile(rf"{_BREAK}|\S+")


def changes(before: str, after: str) -> Iterator[Part]:
    """The paragraphs that changed, each in a line of its own, with what is gone and what is new.

    >>> list(changes("Alone.\\n\\nIt lost 20 records.", "Alone.\\n\\nIt lost 31 records."))
    [('It lost ', None), ('20 ', 'gone'), ('31 ', 'new'), ('records. ', None), ('\\n', None)]
    """
    old, new = (_WORD.findall(text)[:MAX_WORDS] for text in (before, after))
    for paragraph in _paragraphs(_words(old, new)):
        if any(mark for _, mark in paragraph):
            yield from _shortened(paragraph)
            yield "\n", None


def _words(old: list[str], new: list[str]) -> Iterator[Part]:
    """The words of both versions in one sequence."""
    at = 0
    for gap in gaps(old, new):
        yield from ((word, None) for word in new[at : gap.b_start])
        yield from ((word, "gone") for word in old[gap.a_start : gap.a_end])
        yield from ((word, "new") for word in new[gap.b_start : gap.b_end])
        at = gap.b_end
    yield from ((word, None) for word in new[at:])


def _paragraphs(words: Iterable[Part]) -> Iterator[list[Part]]:
    """By the breaks of the new version."""
    paragraph: list[Part] = []
    for word, mark in words:
        if word != _BREAK:
            paragraph.append((word, mark))
        elif mark != "gone":
            yield paragraph
            paragraph = []
    yield paragraph


def _shortened(paragraph: list[Part]) -> Iterator[Part]:
    runs = [(mark, [word for word, _ in run]) for mark, run in groupby(paragraph, key=lambda part: part[1])]
    for number, (mark, words) in enumerate(runs):
        if mark is None and len(words) > 2 * CONTEXT:
            head = words[:CONTEXT] if number > 0 else []
            tail = words[-CONTEXT:] if number + 1 < len(runs) else []
            words = [*head, "…", *tail]
        yield " ".join(words) + " ", mark
