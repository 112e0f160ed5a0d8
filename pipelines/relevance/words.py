"""The words of a text, as phrases and models read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from pipelines.scripts import SENTENCE_ENDS, UNSPACED

# Scripts without spaces that near-duplicates are not cut by.
_UNSPACED = UNSPACED + "\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff"  # Lao, Burmese, Khmer
# What is no letter to `re`, but part of a word: all of India's scripts but the danda, Thaana's and Tibetan's vowels.
_VOWELS = "\u0900-\u0963\u0966-\u096f\u0971-\u0dff\u07a6-\u07b0\u0f18-\u0fbc"
# What is written or not, in the same word: accents, the points of Hebrew and Arabic with the hamza of its letters, the
# tatweel, the nukta, soft hyphens, joiners, marks of direction, selectors of variants.
_SILENT = (
    "\u0300-\u036f\u0483-\u0487\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u093c"
    "\u00ad\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
WORD = re.compile(
    rf"\d+(?:[.,]\d+)*|[{_UNSPACED}]|[^\W\d_{_UNSPACED}][^\W_{_UNSPACED}]*(?:[{_VOWELS}{_SILENT}]+[^\W_{_UNSPACED}]*)*"
)
"""A number; a character of an unspaced script; a word."""
# Or the end of a sentence, which no gap crosses.
_TOKEN = re.compile(rf"{WORD.pattern}|[.!?](?=\s|$)|[{SENTENCE_ENDS}\n]")
# Signs that stand between words as plain ones do: without them most texts in English are ASCII.
_SIGNS = (
    *(("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("–", "-"), ("—", "-"), ("…", "..."), ("\xa0", " ")),
    *(("ʼ", "'"), ("ʻ", "'")),  # letters to Unicode
    *(("！", "。"), ("？", "。")),  # else plain ones, which end no sentence before a letter
)
# Letters that keyboards and typists take for one another.
_LETTERS = (("ı", "i"), ("ى", "ي"), ("ی", "ي"), ("ک", "ك"))
# A token of a text in ASCII and lower case, in half the time.
_ASCII_TOKEN = re.compile(r"[a-z][a-z0-9]*|\d+(?:[.,]\d+)*|[.!?](?=\s|$)|\n")
ENDS = frozenset(f".!?{SENTENCE_ENDS}\n")
"""The tokens that end a sentence."""
IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
IN_WORDS = rf"\w{_VOWELS}{_SILENT}"
"""What words are made of, for the inside of a regular expression's brackets."""
_IS_SILENT = re.compile(f"[{_SILENT}]")


def tokens(text: str) -> list[str]:
    """The words and sentence ends of a text, in lower case without accents: a word is the same however it is written.

    >>> tokens("Données volées. 1,5 Mio.")
    ['donnees', 'volees', '.', '1,5', 'mio', '.']
    >>> tokens("DON\u00adNÉES, डेटा, بَيَـانات")
    ['donnees', 'डेटा', 'بيانات']
    """
    if not text.isascii():
        for sign, plain in _SIGNS:
            text = text.replace(sign, plain)
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    # Accents go, but kana keep their marks and Hangul its syllables.
    text = unicodedata.normalize("NFKC", _IS_SILENT.sub("", unicodedata.normalize("NFKD", text))).casefold()
    for letter, plain in _LETTERS:
        text = text.replace(letter, plain)
    return _TOKEN.findall(text)


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
