"""What is asked of the search, and how text of any script is cut into the words that it finds."""

from __future__ import annotations

import re
import unicodedata

from archive.errors import InvalidQuery
from archive.selection import is_text

TOKENIZER = "porter unicode61 remove_diacritics 2"
"""SQLite's own: words of letters and digits without their accents, English ones by their stem."""
BEGINNING = (2, 3)
"""Beginnings of words of so many letters have an index of their own; of shorter ones there are too many words."""
MAX_QUESTION = 1000
"""Characters of a question."""

BEGIN, END = "\ue000", "\ue001"
"""Marks of what was found in a snippet."""

_BREAK = "\u200b"
_UNSPACED = re.compile(
    "([\u3005-\u3007\u3040-\u30ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # CJK ideographs
    "\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])"  # Hangul, Thai, Lao, Burmese, Khmer
)
_TERM = re.compile(r'(-?)"([^"]*)"?|(\S+)')
_WORD = re.compile(r"[^\W_]")
_LAST_WORD = re.compile(r"(?<!\S)[^\W_]{2,}$")
_STEM = 6


def words_apart(text: str) -> str:
    """The text with each character of a script without spaces as a word: a break of no width stands beside it.

    A question's run of such characters is then a phrase, so that it is found wherever it stands.

    >>> words_apart("NTT流出").split("\u200b")
    ['NTT', '流', '', '出', '']
    """
    return _UNSPACED.sub(f"{_BREAK}\\1{_BREAK}", unicodedata.normalize("NFKC", text))


def words_together(text: str) -> str:
    """What `words_apart` took apart.

    >>> words_together(words_apart("個人情報の流出"))
    '個人情報の流出'
    """
    return text.replace(_BREAK, "")


def match_of(question: str) -> str:
    """The question in the language of SQLite's FTS5: every word has to be there, `"some words"` beside each other,
    `hosp*` is the beginning of a word (two letters or more), and `-word` must not be there. All else is text, whatever
    it means to FTS5.

    Raises `InvalidQuery` when it has no word, or only such as must not be there.

    >>> match_of('clinic* "patient data" -water')
    '("clinic" * AND "patient data") NOT ("water")'
    """
    if len(question) > MAX_QUESTION:
        raise InvalidQuery(f"query: longer than {MAX_QUESTION} characters")
    if not is_text(question):
        raise InvalidQuery(f"query: {question[:40]!r} is not UTF-8 text")
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in _TERM.findall(question):
        if word:
            minus = "-" if word[0] == "-" else ""
        text = phrase or word
        if _WORD.search(text):
            (unwanted if minus else wanted).append(_phrase(text, begins=word.endswith("*")))
    if not wanted:
        raise InvalidQuery(f"query: {question[:40]!r} holds no word to look for")
    asked = " AND ".join(wanted)
    return f"({asked}) NOT ({' OR '.join(unwanted)})" if unwanted else asked


def begun(question: str) -> str | None:
    """The question with its last word as a beginning, for a word that is still being typed; None where that is none.

    A word's stem, which the index has, is shorter than the word: of a long one, six letters are looked for.

    >>> begun("lost pass"), begun("the hospita"), begun('"lost pass'), begun("-pass"), begun("個人")
    ('lost pass*', 'the hospit*', None, None, None)
    """
    found = _LAST_WORD.search(question)
    if found is None or question.count('"') % 2 or _UNSPACED.search(found[0]):
        return None
    return f"{question[: found.start()]}{found[0][:_STEM]}*"


def _phrase(text: str, begins: bool) -> str:
    quoted = words_apart(text).replace('"', " ").replace("\0", " ").strip("*- ")
    return f'"{quoted}" *' if begins and len(quoted) >= BEGINNING[0] else f'"{quoted}"'


def pieces_of(snippet: str) -> tuple[tuple[str, bool], ...]:
    """A snippet marked by `BEGIN` and `END`, its white space as single spaces, in pieces.

    >>> pieces_of("of \ue000patients\ue001 …")
    (('of ', False), ('patients', True), (' …', False))
    """
    text = " ".join(words_together(snippet).split())
    pieces: list[tuple[str, bool]] = []
    for part in text.split(BEGIN):
        found, end, rest = part.rpartition(END)
        pieces += [(found, True)] * bool(end) + [(rest, False)]
    return tuple(piece for piece in pieces if piece[0])
