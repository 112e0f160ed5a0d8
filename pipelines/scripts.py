"""What is to be known of scripts other than Latin: which have no spaces between words, and how their sentences end; and
what no reader sees."""

import re

UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # CJK ideographs, extensions, compatibility
    "\uac00-\ud7af\u0e00-\u0e7f"  # Hangul, Thai
)
"""Characters of scripts without spaces between words, or, as Hangul, with endings that vary: in all of them a character
is the unit that texts are compared by. For the inside of a regular expression's brackets. The near-duplicate signatures
depend on it: a change here is a new `TOKENIZER_VERSION` there."""

SENTENCE_ENDS = "。！？।॥۔؟։።။។"
"""The characters that end a sentence wherever they stand: of Chinese and Japanese, Hindi and its neighbours, Urdu,
Arabic, Armenian, Amharic, Burmese and Khmer."""

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
"""Soft hyphens, joiners, marks of direction: they say where a word may be broken, or how it is drawn."""
