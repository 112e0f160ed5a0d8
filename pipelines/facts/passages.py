"""The sentence round a place in a text, and a fact's evidence: the sentence, cut to size, with its offset."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from pipelines.scripts import INVISIBLE

Zone = Literal["title", "text"]
REACH = 300
"""Characters to either side of a place in which the ends of its sentence are looked for."""
MAX_EVIDENCE = 300

_END = re.compile(
    r"[.!?。！？\n](?:(?<=[。！？\n])"
    r"|(?<!\b[A-Z]\.)(?<!\bMio\.)(?<!\bMrd\.)(?<!\bTsd\.)(?<!\bтыс\.)(?<!\bтис\.)(?<!\bмлн\.)(?<!\btys\.)(?<!\b[Nn]o\.)['\"”’»)]{0,3}(?=\s))"
)
# Looked for by its first character, which is fast; what an end must not be is said behind it.


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of the title or of the text."""

    zone: Zone
    start: int
    end: int


def sentence_round(zone: Zone, text: str, start: int, end: int) -> Passage:
    """The sentence that holds the characters from `start` to `end`, without space at its ends.

    >>> sentence_round("text", "One. Two 2 U.S. states. Three.", 9, 10)
    Passage(zone='text', start=5, end=23)
    """
    low = _at_word(text, max(0, start - REACH), start)
    for match in _END.finditer(text, low, start):
        low = match.end()
    after = _END.search(text, end, min(len(text), end + REACH))
    high = after.end() if after else min(len(text), end + REACH)
    while low < start and text[low].isspace():
        low += 1
    while high > end and text[high - 1].isspace():
        high -= 1
    return Passage(zone, low, high)


def _at_word(text: str, low: int, start: int) -> int:
    """The beginning of the next word, where this is inside of one."""
    if low == 0 or not text[low - 1 : low + 1].isalnum() or not text[low].isascii():
        return low
    space = text.find(" ", low, start)
    return low if space < 0 else space + 1


def evidence(text: str, passage: Passage, start: int, end: int) -> dict[str, Any]:
    """The passage as a fact tells it: `text[offset:]` begins with the evidence. Of a long one what is round `start`."""
    low, high = passage.start, passage.end
    if high - low > MAX_EVIDENCE:
        low = _at_word(text, max(low, min(start - MAX_EVIDENCE // 2, high - MAX_EVIDENCE)), start)
        high = max(end, low + MAX_EVIDENCE)
    return {"text": text[low:high], "zone": passage.zone, "offset": low}


def as_written(shown: dict[str, Any], text: str) -> dict[str, Any]:
    r"""The evidence of a text that was read without its invisible characters as the text has it.

    >>> as_written({"text": "400 users", "zone": "text", "offset": 5}, "So\u00adme 4\u00ad00 us\u00aders")
    {'text': '4\xad00 us\xaders', 'zone': 'text', 'offset': 6}
    """
    if not INVISIBLE.search(text):
        return shown
    places = [place for place, char in enumerate(text) if not INVISIBLE.match(char)]
    low, high = places[shown["offset"]], places[shown["offset"] + len(shown["text"]) - 1] + 1
    return shown | {"text": text[low:high][: 2 * MAX_EVIDENCE], "offset": low}
