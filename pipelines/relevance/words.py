"""The words of a text, as phrases and models read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipelines.scripts import UNSPACED

WORD = re.compile(rf"\d+(?:[.,]\d+)*|[{UNSPACED}]|[^\W\d_{UNSPACED}][^\W_{UNSPACED}]*")
"""A number; a character of an unspaced script; a word."""
_TOKEN = re.compile(rf"{WORD.pattern}|[.!?](?=\s|$)|[。！？\n]")  # or the end of a sentence, which no gap crosses
# Signs that stand between words as plain ones do: without them most texts in English are ASCII.
_SIGNS = (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("…", "..."), ("\xa0", " "))
# A token of a text in ASCII and lower case, in half the time.
_ASCII_TOKEN = re.compile(r"[a-z][a-z0-9]*|\d+(?:[.,]\d+)*|[.!?](?=\s|$)|\n")
ENDS = frozenset(".!?。！？\n")
"""The tokens that end a sentence."""
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_ACCENT = re.compile("[\u0300-\u036f]")


def tokens(text: str) -> list[str]:
    """The words and sentence ends of a text, in lower case without accents.

    >>> tokens("Données volées. 1,5 Mio.")
    ['donnees', 'volees', '.', '1,5', 'mio', '.']
    """
    for sign, plain in _SIGNS:
        text = text.replace(sign, plain)
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    # Accents go, but kana keep their marks and Hangul its syllables.
    text = unicodedata.normalize("NFKC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))
    return _TOKEN.findall(text.casefold())


def written(words: Sequence[str]) -> str:
    """The words as they are written: with spaces, but none in scripts without.

    >>> written(["情", "報", "漏", "え", "い"]), written(["data", "leak"])
    ('情報漏えい', 'data leak')
    """
    if (joined := " ".join(words)).isascii():
        return joined
    parts: list[str] = []
    for before, word in zip(["", *words], words, strict=False):
        if before and not (IS_UNSPACED.match(before) and IS_UNSPACED.match(word)):
            parts.append(" ")
        parts.append(word)
    return "".join(parts)
