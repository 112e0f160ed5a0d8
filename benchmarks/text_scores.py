"""Scores for extracted text against a gold text, each as precision, recall and F1 (0 to 1)."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

Unit = TypeVar("Unit")

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[぀-ヿ㐀-䶿一-鿿豈-﫿가-힯฀-๿]")


class Score(NamedTuple):
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


def words(text: str) -> list[str]:
    """Lower-case words; Japanese, Chinese, Korean and Thai by the character, being written without spaces.

    >>> words("Data leak 情報")
    ['data', 'leak', '情', '報']
    """
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        if _UNSPACED.search(word):
            found += [char for char in word if not unicodedata.combining(char)]
        else:
            found.append(word)
    return found


def token_score(gold: str, predicted: str) -> Score:
    """Bag of words, the measure of the WCXB benchmark."""
    return _compare(Counter(words(gold)), Counter(words(predicted)))


def shingle_score(gold: str, predicted: str, size: int = 4) -> Score:
    """Bag of word 4-grams, case kept: the measure of scrapinghub's article extraction benchmark."""
    return _compare(_shingles(gold, size), _shingles(predicted, size))


def line_score(gold: Sequence[str], predicted: Sequence[str]) -> Score:
    """Bag of whole lines, white space squeezed."""
    return _compare(Counter(map(squeezed, gold)), Counter(map(squeezed, predicted)))


class SnippetCounts(NamedTuple):
    """trafilatura's evaluation: snippets that must be there (`with`) and that must not (`without`)."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    def score(self) -> Score:
        """Over the sums of all pages."""
        found, wrong, missed, _ = self
        return _prf(found, found + wrong, found + missed)


def snippet_counts(wanted: Sequence[str], unwanted: Sequence[str], predicted: str) -> SnippetCounts:
    """How many of the snippets stand in the predicted text, white space squeezed."""
    text = squeezed(predicted)
    found = sum(squeezed(snippet) in text for snippet in wanted)
    wrong = sum(squeezed(snippet) in text for snippet in unwanted)
    return SnippetCounts(found, wrong, len(wanted) - found, len(unwanted) - wrong)


def squeezed(text: str) -> str:
    """Single spaces, none at the ends."""
    return re.sub(r"\s+", " ", text).strip()


def _shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    found = _WORD.findall(text)
    last = max(1, len(found) - size + 1) if found else 0
    return Counter(tuple(found[place : place + size]) for place in range(last))


def _compare(gold: Counter[Unit], predicted: Counter[Unit]) -> Score:
    return _prf((gold & predicted).total(), predicted.total(), gold.total())


def _prf(shared: int, predicted: int, gold: int) -> Score:
    """An empty prediction is right when the gold is empty too."""
    precision = shared / predicted if predicted else float(not gold)
    recall = shared / gold if gold else float(not predicted)
    both = precision + recall
    return Score(precision, recall, 2 * precision * recall / both if both else 0.0)
