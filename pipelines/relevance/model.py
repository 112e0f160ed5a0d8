"""The linear model of a topic: which words and rows of words speak for it, learned from labelled texts.

A text's *terms* are its words, its pairs of words and, in scripts without spaces, pairs and triples of characters;
each counts once. A term of the headline has a weight of its own. The *margin* of a text is the sum of its terms'
weights, each divided by the square root of the number of terms, so that length alone says nothing. Margin and the
rules' points are added to log-odds by a *fusion*: one for the language that most relevant training texts are in, told
by its commonest words, and one for all others, which has even odds at the rules' threshold of `yes`: a text in a
language that the model has never seen has next to no margin, so there the rules decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from pipelines.relevance.words import ENDS, IS_UNSPACED

MAX_MODEL_BYTES = 300_000
MAX_WORDS = 400
"""Words read of headline and text."""
MAIN_SHARE = 0.2
"""Share of the commonest words from which a text is in the main language: 98 % of the training set's English texts have
more, all of its German, Spanish, French and Japanese ones less (the highest has .20)."""

Probability = Annotated[float, msgspec.Meta(gt=0, lt=1)]


class ModelError(ValueError):
    """A model file that cannot be used; the message says what is wrong."""


class Fusion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Log-odds: `bias + points * (the rules' points) + margin * (the model's margin)`."""

    points: Annotated[float, msgspec.Meta(gt=0)]
    margin: float
    bias: float

    def log_odds(self, points: float, margin: float) -> float:
        """Of being relevant.

        >>> Fusion(points=0.5, margin=1.0, bias=-4.0).log_odds(6.0, 2.0)
        1.0
        """
        return self.bias + self.points * points + self.margin * margin


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """A model as it is written: one JSON object."""

    format: Literal["breachwire-linear-1"] = "breachwire-linear-1"
    topic: str
    """Name and version of the profile with whose rules it was trained."""
    yes: Probability
    maybe: Probability
    common: list[str]
    """The commonest words of the main language."""
    main: Fusion
    other: Fusion
    title: dict[str, float]
    text: dict[str, float]

    @cached_property
    def common_words(self) -> frozenset[str]:
        """`common`, to look up."""
        return frozenset(self.common)

    def fusion(self, words: Sequence[str]) -> Fusion:
        """The one for the language of these words."""
        return self.main if share_of(self.common_words, words) >= MAIN_SHARE else self.other

    def found(self, title: Sequence[str], words: Sequence[str]) -> list[tuple[str, float]]:
        """The terms that the model knows, with what each adds to the margin; `words` are those of headline and text."""
        return [*_weighed(self.title, terms(title)), *_weighed(self.text, terms(words))]


def _weighed(weights: Mapping[str, float], found: set[str]) -> list[tuple[str, float]]:
    norm = scale_of(found)
    return [(term, weights[term] * norm) for term in found & weights.keys()]


def scale_of(found: set[str]) -> float:
    """What the weight of each of a zone's terms is multiplied by."""
    return 1 / math.sqrt(len(found) or 1)


def share_of(common: frozenset[str], words: Sequence[str]) -> float:
    """How many of the words are common ones.

    >>> share_of(frozenset({"the", "of"}), ["the", "theft", "of", "data", "."])
    0.5
    """
    ends = sum(map(ENDS.__contains__, words))
    return sum(map(common.__contains__, words)) / ((len(words) - ends) or 1)


def read_words(title: Sequence[str], lead: Sequence[str], body: Sequence[str]) -> list[str]:
    """The words of headline and text that the model reads."""
    return [*title, ".", *lead, ".", *body][:MAX_WORDS]


def terms(words: Sequence[str]) -> set[str]:
    """The terms of the words as `words.tokens` cuts them; all numbers are one word.

    >>> sorted(terms(["data", "leak", "hits", "17", "."]))
    ['#', 'data', 'data leak', 'hits', 'hits #', 'leak', 'leak hits']
    >>> sorted(terms(["情", "報", "流"]))
    ['報 流', '情 報', '情 報 流']
    """
    found: set[str] = set()
    before, last = "", ""  # the two words before, if they are of the same script and sentence
    unspaced = False
    for word in words:
        if word in ENDS:
            before = last = ""
            continue
        is_unspaced = not word.isascii() and IS_UNSPACED.match(word) is not None
        if is_unspaced != unspaced:
            before = last = ""
        unspaced = is_unspaced
        if not is_unspaced:
            word = "#" if word[0].isdigit() else word
            found.add(word)
        if last:
            pair = f"{last} {word}"
            found.add(pair)
            if is_unspaced and before:
                found.add(f"{before} {pair}")
        before, last = last, word
    return found


def parse_model(data: bytes) -> Model:
    """The model in a file's bytes. Raises `ModelError`."""
    if len(data) > MAX_MODEL_BYTES:
        raise ModelError(f"is over {MAX_MODEL_BYTES:,} bytes: make it again with `breachwire train`")
    try:
        model = msgspec.json.decode(data, type=Model)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"is no model: {error}: make it with `breachwire train`") from error
    if model.maybe > model.yes:
        raise ModelError("maybe: is above yes: it must be the lower one")
    return model
