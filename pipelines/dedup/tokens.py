"""Words of a text, alike in every script: what signatures and comparisons are made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipelines.scripts import UNSPACED

TOKENIZER_VERSION = 1
"""Part of the signature's scheme: raise it whenever `words` would cut any text in another way."""

MAX_CHARS = 100_000
"""Characters read of a text (about 16,000 English words): what bounds the cost of a hostile one."""

_PIECE = 2_000
_LONGEST_RUN = 8
_POWERS = np.array([pow(0x9E3779B97F4A7C15, power, 2**64) for power in reversed(range(_LONGEST_RUN))], np.uint64)

_TYPOGRAPHIC = "\u2019\u2018\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014\u2022\u20ac\u00a0"
"""Marks of most texts, blanks to the tokenizer: NFKC leaves them as they are or makes blanks of them, and composes them
with nothing. Without them most texts are in ASCII, which is cut and folded in a third of the time."""
_FOLDED = "".join(char.lower() if char.isalnum() else " " for char in map(chr, range(256))).encode("latin-1")
"""Latin-1 without case and marks, but for the letter that folds into two."""
_SPACED = re.compile(r"[^\W_]+")
_ASCII_MARKS = {point: " " for point in range(128) if not chr(point).isalnum()}
_MARKS = 64
"""Kinds of marks at most that are replaced one after the other: each costs a pass over the text."""
_TOKEN = re.compile(f"[^\\W_{UNSPACED}]+|[{UNSPACED}]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
# The dots of an abbreviation: outlets write U.S. and US.
_DOT = re.compile(r"\.(?<=\b[^\W\d_]\.)(?=[^\W\d_]\b)")


def words(text: str) -> list[str]:
    """The words of a text in NFKC, case kept: runs of letters and digits, or characters of unspaced scripts.

    >>> words("Ｄａｔａ breach: 19,056 cases")
    ['Data', 'breach', '19', '056', 'cases']
    >>> words("The U.S. and the US")
    ['The', 'US', 'and', 'the', 'US']
    >>> words("情報漏えい")
    ['情', '報', '漏', 'え', 'い']
    """
    return _cut(_plain(text))


def folded_words(text: str) -> str:
    """`words` without their case, divided by blanks.

    >>> folded_words("In der Straße: 19,056 FÄLLE")
    'in der strasse 19 056 fälle'
    """
    plain = _plain(text)
    try:
        narrow = plain.encode("latin-1")
    except UnicodeEncodeError:
        return " ".join(_cut(plain)).casefold()
    return b" ".join(narrow.translate(_FOLDED).split()).replace(b"\xdf", b"ss").decode("latin-1")


def _plain(text: str) -> str:
    """What is read of the text, in NFKC but for marks, and without the dots of abbreviations."""
    return without_dots(_normalized(text[:MAX_CHARS])[:MAX_CHARS])


def _cut(plain: str) -> list[str]:
    return _TOKEN.findall(plain) if _may_be_unspaced(plain) else _spaced(plain)


def without_dots(text: str) -> str:
    """The text without the dots of abbreviations."""
    return _DOT.sub("", text)


def _spaced(text: str) -> list[str]:
    """The runs of letters and digits, as `_SPACED` finds them: blanks in place of the few marks between them take half
    the time, or a third."""
    if text.isascii():
        return text.translate(_ASCII_MARKS).split()
    marks = [mark for mark in set(text) if not mark.isalnum()]
    if len(marks) > _MARKS:
        return _SPACED.findall(text)
    for mark in marks:
        text = text.replace(mark, " ")
    return text.split()


def _may_be_unspaced(text: str) -> bool:
    """Whether a character lies where those of unspaced scripts do. Most texts have none, and a simpler pattern cuts
    them into the same words in two thirds of the time."""
    if text.isascii():
        return False
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    return bool(((points >= 0x3005) | (points - 0x0E00 < 0x80)).any())


def _normalized(text: str) -> str:
    """NFKC without `_TYPOGRAPHIC`, piece by piece: ordering a run of combining marks takes quadratic time, 11 s for
    100,000."""
    if text.isascii():
        return text
    for mark in _TYPOGRAPHIC:
        text = text.replace(mark, " ")
    if text.isascii():
        return text
    pieces = (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize("NFKC", piece) for piece in pieces)


def fold(tokens: Sequence[str]) -> list[str]:
    """The tokens without their case.

    >>> fold(["STRASSE", "Straße"])
    ['strasse', 'strasse']
    """
    return " ".join(tokens).casefold().split(" ") if tokens else []


def word_count(tokens: str) -> int:
    """How many words the tokens, divided by blanks, stand for: two characters of an unspaced script count as one.

    >>> word_count("Data breach"), word_count("情 報 漏 え い")
    (2, 2)
    """
    if not tokens:
        return 0
    single = 0 if tokens.isascii() else len(_UNSPACED.findall(tokens))
    return tokens.count(" ") + 1 - single + single // 2


def shingles(tokens: str, size: int) -> list[bytes]:
    """Each run of `size` tokens, which blanks divide, as bytes, in order; a shorter text is one shingle, an empty one
    none.

    >>> [s.decode("utf-32-le") for s in shingles("a b c", 2)]
    ['a b', 'b c']
    """
    if not tokens:
        return []
    data = tokens.encode("utf-32-le", "surrogatepass")
    ends = 4 * np.flatnonzero(np.frombuffer(data, "<u4") == ord(" "))
    if len(ends) < size:
        return [data]
    starts = [0, *(ends + 4).tolist()]
    return [data[start:end] for start, end in zip(starts, [*ends[size - 1 :].tolist(), len(data)], strict=False)]


def token_hashes(tokens: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Python's own hash of each token, which it keeps with the token. Not the same in two processes."""
    return np.fromiter(map(hash, tokens), np.int64, len(tokens)).view(np.uint64)


def run_hashes(hashes: npt.NDArray[np.uint64], size: int) -> npt.NDArray[np.uint64]:
    """The hash of each run of `size` tokens, eight at most, in order, from theirs; a shorter text is one run, an empty
    one none. A polynomial over the run: a fifth of the time that hashing the runs' bytes takes.

    >>> (run_hashes(token_hashes("abca"), 2) == run_hashes(token_hashes("abda"), 2)).tolist()
    [True, False, False]
    """
    if not len(hashes):
        return hashes
    return np.correlate(hashes, _POWERS[len(_POWERS) - min(size, len(hashes)) :])
