"""A wire of made-up news of any length: word frequencies, lengths, copies, templates and stubs as on real wires.

The document of a number is always the same (for a seed), so no text has to be stored and any process can make any part.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np

from archive.records import Access, Article, Versions, article_id
from pipelines.dedup import SIGNATURE_SCHEME

WORDS = 50_000
MEDIAN_WORDS, SPREAD = 330, 0.5
"""Lengths are log-normal; the syndication development set has a median of 700 words, Reuters-21578 one of 90."""
OWN_WORDS = 40
"""Names and numbers that a story keeps coming back to."""
DRAWN = 2**20
TEMPLATES = 60
NEAR_COPIES, EXACT_COPIES, NOTICES, STUBS, HOT = 0.12, 0.05, 0.05, 0.05, 0.01
"""Shares of all documents: copies that were edited, copies to the letter, notices filled in from a template, stubs
under a paywall, and pages of 60 words that are all alike but for a number."""
REACH = 20_000
"""A copy comes at most so many documents after its original."""


@dataclass(frozen=True)
class Wire:
    """Numbered documents. `drawn` holds each word as often as it is drawn, in proportion; `names` the words of stories'
    own, capitalised."""

    seed: int
    drawn: np.ndarray
    names: np.ndarray

    @classmethod
    @cache
    def of(cls, seed: int) -> Wire:
        """The wire of a seed."""
        pick = np.random.default_rng(seed)
        syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
        words: dict[str, None] = {}
        while len(words) < WORDS:  # as in a language: frequent words are short
            size = 1 + int(len(words) > 60) + int(len(words) > 1500) + int(len(words) > 15_000)
            words["".join(syllables[at] for at in pick.integers(0, len(syllables), size).tolist())] = None
        vocabulary = np.array(list(words), dtype=object)
        weights = 1 / (np.arange(WORDS) + 2.7)  # Zipf's law, with Mandelbrot's correction
        shares = np.cumsum(weights / weights.sum())
        drawn = vocabulary[np.searchsorted(shares, (np.arange(DRAWN) + 0.5) / DRAWN)]
        return cls(seed, drawn, np.array([word.title() for word in words][2000:], dtype=object))

    def document(self, number: int) -> Article:
        """The document of that number; its original, if it is a copy, has a smaller one."""
        pick = np.random.default_rng((self.seed, 1, number))
        access: Access = "full"
        kind = pick.random() - np.cumsum([NEAR_COPIES, EXACT_COPIES, NOTICES, STUBS, HOT])
        original = number - 1 - int(pick.integers(0, min(number, REACH))) if number else 0
        match int((kind >= 0).sum()):
            case 0:
                text = self._edited(self._story(original), pick)
            case 1:
                text = self._story(original)
            case 2:
                text = self._notice(int(pick.integers(TEMPLATES)), pick)
            case 3:
                access, text = "truncated", "Subscribe to read on. Already a subscriber? Log in."
            case 4:
                text = f"{self._prose(60, np.random.default_rng((self.seed, 3)))} {pick.integers(10**9)}"
            case _:
                text = self._story(number)
        url = f"https://site{int(pick.integers(300))}.example/{number}"
        return Article(
            id=article_id(url, text),
            url=url,
            canonical_url=url,
            source=url.split("/")[2],
            title=self._prose(9, pick).replace(".", ""),
            text=text,
            fetched="2026-02-01T12:00:00Z",
            published=f"2026-01-{1 + number * 28 // 10**7 % 28:02}T12:00:00Z",
            access=access,
            versions=Versions(breachwire="0", extractor="0", topic="0", signature=SIGNATURE_SCHEME),
        )

    def _story(self, number: int) -> str:
        pick = np.random.default_rng((self.seed, 2, number))
        return self._prose(int(np.clip(pick.lognormal(np.log(MEDIAN_WORDS), SPREAD), 50, 3000)), pick)

    def _prose(self, count: int, pick: np.random.Generator) -> str:
        """So many words in sentences and paragraphs; one in eight is a name or number of the story's own."""
        words = self.drawn[pick.integers(0, DRAWN, count)]
        own = self.names[pick.integers(0, len(self.names), OWN_WORDS)]
        own[::5] = [str(each) for each in pick.integers(0, 10_000, len(own[::5])).tolist()]
        places = np.flatnonzero(pick.random(count) < 0.125)
        words[places] = own[pick.integers(0, OWN_WORDS, len(places))]
        ends = np.cumsum(pick.integers(9, 27, count // 9 + 1))
        starts = [0, *ends[ends < count].tolist(), count]
        listed = words.tolist()
        sentences = (" ".join(listed[a:b]) for a, b in itertools.pairwise(starts))
        return "".join(
            f"{sentence[:1].upper()}{sentence[1:]}." + ("\n\n" if place % 3 == 2 else " ")
            for place, sentence in enumerate(sentences)
        ).strip()

    def _edited(self, story: str, pick: np.random.Generator) -> str:
        """What an outlet does: a dateline in front, the end cut, something of its own behind."""
        words = story.split(" ")
        kept = words[: max(40, int(len(words) * pick.uniform(0.55, 1)))]
        return f"{self._prose(3, pick).upper()} - {' '.join(kept)}\n\n{self._prose(int(pick.integers(5, 40)), pick)}"

    def _notice(self, template: int, pick: np.random.Generator) -> str:
        """A template's text with other names and numbers in its blanks."""
        words = self._prose(170, np.random.default_rng((self.seed, 4, template))).split(" ")
        who = self._prose(2, pick).title().replace(".", "")
        for at in range(0, len(words), 14):
            words[at] = who if at % 28 else f"{pick.integers(100, 99_999):,}"
        return " ".join(words)
