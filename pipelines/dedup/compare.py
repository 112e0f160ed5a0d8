"""How much two texts have in common, and whether what differs is names and numbers.

- *containment*: shared word 5-grams over those of the shorter text (Broder 1997);
- *lead*: the share of one text's first 100 words that stands in the other's first 220, whichever way is more:
  an article embedded in another's sidebar, or quoted as background, fails it;
- *least lead*: whichever way is less: a story of its own above another one, quoted or embedded, fails it;
- *opening*: the lead of the first 40 words: stubs with one notice under a few words of their own fail it;
- *conflict*: places per 100 aligned words where one text has a name or number and the other has another: two
  notices from one template fail it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import inf
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from archive.records import DedupEvidence
from pipelines.dedup.align import Aligned, gaps_between
from pipelines.dedup.tokens import MAX_CHARS, fold, run_hashes, token_hashes, without_dots, word_count, words
from pipelines.scripts import UNSPACED

BODY_SHINGLE = 5
LEAD_WORDS, LEAD_WINDOW, LEAD_SHINGLE = 100, 220, 3
OPENING_WORDS = 40
ALIGNED_WORDS = 700
"""Words from the start that are aligned to look for swapped names: a template names its subject early."""
MAX_SWAP = 8
"""Words of a swap at most; where both texts have more, the passage was rewritten, not filled in."""

# What outlets write each in their own way: the same day, the dateline's agency, how a byline begins.
_NO_NAMES = frozenset(
    words(
        "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun yesterday today "
        "ap afp reuters upi cnn bbc dpa efe ansa xinhua kyodo jiji bloomberg associated press by news staff "
        "reporting editing the a an this in on at it its also"
    )
)
_LONG_WORD = 5
_MEANS = re.compile(f"(?![\u3041-\u309f])[{UNSPACED}]")  # endings and particles are in hiragana
_NAME_IN_UNSPACED = re.compile("[\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff]")  # katakana and ideographs


@dataclass(frozen=True)
class Text:
    """A text to be compared many times: each thing that is asked of it is worked out once, at the first time."""

    text: str

    @classmethod
    def of(cls, text: str) -> Text:
        """The text; at most `tokens.MAX_CHARS` characters of it are read, and kept."""
        return cls(text[:MAX_CHARS])

    @cached_property
    def tokens(self) -> Sequence[str]:
        """The words."""
        return words(self.text)

    @cached_property
    def folded(self) -> list[str]:
        """The words without their case; of a text in ASCII they are there sooner than the words themselves."""
        return words(self.text.lower()) if self.text.isascii() else fold(self.tokens)

    @cached_property
    def apart(self) -> str:
        """The text with nothing but marks and blanks between the words, in any case where it is in ASCII."""
        return without_dots(self.text) if self.text.isascii() else " ".join(self.folded)

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """Of the folded words."""
        return token_hashes(self.folded)

    @cached_property
    def runs(self) -> list[int]:
        """Hashes of the word 5-grams, in order."""
        hashes: list[int] = run_hashes(self.hashes, BODY_SHINGLE).tolist()
        return hashes

    @cached_property
    def body(self) -> frozenset[int]:
        """The same."""
        return frozenset(self.runs)

    @cached_property
    def beginning(self) -> Aligned:
        """The first `ALIGNED_WORDS` words."""
        return Aligned.of(self.folded[:ALIGNED_WORDS], self.hashes[:ALIGNED_WORDS])

    @cached_property
    def start(self) -> list[int]:
        """Hashes of the 3-grams of the first words, in order."""
        hashes: list[int] = run_hashes(self.hashes[:LEAD_WINDOW], LEAD_SHINGLE).tolist()
        return hashes

    @cached_property
    def lead(self) -> frozenset[int]:
        """Those of the first `LEAD_WORDS` words."""
        return frozenset(self.start[: LEAD_WORDS + 1 - LEAD_SHINGLE])

    @cached_property
    def opening(self) -> frozenset[int]:
        """Those of the very first words."""
        return frozenset(self.start[: OPENING_WORDS + 1 - LEAD_SHINGLE])

    @cached_property
    def window(self) -> frozenset[int]:
        """All of them: among these another text's lead is sought."""
        return frozenset(self.start)


def compare(a: Text, b: Text) -> DedupEvidence:
    """The comparison of two texts, the same whichever is named first. Its cost is bounded for any text."""
    return evidence_of(a, b, conflict(a, b))


def evidence_of(a: Text, b: Text, swapped: float) -> DedupEvidence:
    """`compare`, with the `conflict` of the two, that is known."""
    shared = _shared(a, b)
    return DedupEvidence(
        containment=share(shared, min(len(a.body), len(b.body))),
        lead=max(share(len(a.lead & b.window), len(a.lead)), share(len(b.lead & a.window), len(b.lead))),
        conflict=swapped,
        jaccard=share(shared, len(a.body) + len(b.body) - shared),
    )


def opening(a: Text, b: Text) -> float:
    """The share of one text's first 40 words that stands in the other's first 220, whichever way is more."""
    return max(share(len(a.opening & b.window), len(a.opening)), share(len(b.opening & a.window), len(b.opening)))


def least_lead(a: Text, b: Text) -> float:
    """The `lead` of two texts, whichever way is less: none of it where one has a long beginning of its own."""
    return min(share(len(a.lead & b.window), len(a.lead)), share(len(b.lead & a.window), len(b.lead)))


def containment(a: Text, b: Text) -> float:
    """Shared word 5-grams over those of the shorter text: the cheap part of `compare`."""
    return share(_shared(a, b), min(len(a.body), len(b.body)))


def _shared(a: Text, b: Text) -> int:
    return len(a.body & b.body)


def kinship(full: Text, short: Text) -> float:
    """How far what `full` has beyond `short` speaks of the same: the share of its longer words (in unspaced scripts of
    its characters, by their pairs) that stand in what both have, too. The rest of a story that `short` cuts off goes on
    with the same names and things; what a page has around an article is about something else.

    >>> short = Text.of("The hospital told patients that records were stolen")
    >>> kinship(Text.of("The hospital told patients that records were stolen. Stolen records hold addresses."), short)
    0.6667
    """
    shared, body = [False] * len(full.folded), short.body
    for start, run in enumerate(full.runs):
        if run in body:
            shared[start : start + BODY_SHINGLE] = [True] * min(BODY_SHINGLE, len(shared) - start)
    terms = _terms(full.folded)
    common = {term for place, its in terms if shared[place] for term in its}
    own = [its for place, its in terms if not shared[place]]
    return share(sum(not common.isdisjoint(its) for its in own), len(own))


def _terms(folded: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    """The places of words that say what a text is about, and the terms in which each is found again: a longer word; of
    a character of an unspaced script its pairs with its neighbours, of which one at least lies within its word."""
    longer: list[tuple[int, tuple[str, ...]]] = [
        (place, (token,)) for place, token in enumerate(folded) if len(token) >= _LONG_WORD
    ]
    if not _MEANS.search(" ".join(folded)):
        return longer
    pairs = [
        one + other if _MEANS.match(one) and _MEANS.match(other) else "" for one, other in pairwise(("", *folded, ""))
    ]
    shorter = (
        (place, tuple(filter(None, pairs[place : place + 2])))
        for place, token in enumerate(folded)
        if len(token) < _LONG_WORD
    )
    return longer + [each for each in shorter if each[1]]


class Swap(NamedTuple):
    """Words of one text, a name or number among them, that stand where the other text has others."""

    one: str
    other: str


def conflict(a: Text, b: Text, enough: float = inf) -> float:
    """Swapped names or numbers per 100 aligned words, in the first `ALIGNED_WORDS` words of each text; not counted
    further once they are surely more than `enough`.

    >>> conflict(Text.of("Acme said 20 records leaked"), Text.of("Bolt said 31 records leaked"))
    66.67
    """
    return _swapped(a, b, enough)[1]


def swaps(a: Text, b: Text) -> list[Swap]:
    """The swaps that `conflict` counts.

    >>> swaps(Text.of("Acme said 20 records leaked"), Text.of("Bolt said 31 records leaked"))
    [Swap(one='Acme', other='Bolt'), Swap(one='20', other='31')]
    """
    return _swapped(a, b, inf)[0]


def _swapped(a: Text, b: Text, enough: float) -> tuple[list[Swap], float]:
    """The swaps, and how many they are per 100 aligned words."""
    if a.folded > b.folded:  # among equals an alignment takes the first; one order makes it symmetric
        found, rate = _swapped(b, a, enough)
        return [Swap(one=swap.other, other=swap.one) for swap in found], rate
    start, other = a.beginning, b.beginning
    aligned = len(start.tokens)
    spaced = word_count(" ".join(start.tokens)) / (aligned or 1)
    most = max(1.0, spaced * min(aligned, len(other.tokens)))
    found = []
    for gap in gaps_between(start, other):
        aligned -= gap.a_end - gap.a_start
        if not 0 < min(gap.a_end - gap.a_start, gap.b_end - gap.b_start) <= MAX_SWAP:
            continue
        # What was put in before the text (a byline) is none of the swap: the name stands next to what agrees.
        ours = a.tokens[max(gap.a_start, gap.a_end - MAX_SWAP) : gap.a_end]
        theirs = b.tokens[max(gap.b_start, gap.b_end - MAX_SWAP) : gap.b_end]
        names, others = _names(ours), _names(theirs)
        if names and others and not names & others:
            found.append(Swap(" ".join(ours), " ".join(theirs)))
            if 100 * len(found) / most > enough + 0.01:  # beyond what rounding can undo
                return found, round(100 * len(found) / most, 2)
    return found, round(100 * len(found) / max(1.0, aligned * spaced), 2)


def _names(tokens: Sequence[str]) -> set[str]:
    """The words that look like a name or a number: capitals, digits, katakana, two ideographs or more."""
    spaced = {t.casefold() for t in tokens if t[0].isupper() or t[0].isdigit()} - _NO_NAMES
    unspaced = [t for t in tokens if _NAME_IN_UNSPACED.match(t)]
    return spaced | set(unspaced if len(unspaced) > 1 else ())


def share(part: int, whole: int) -> float:
    """To four places; none of nothing."""
    return round(part / whole, 4) if whole else 0.0
