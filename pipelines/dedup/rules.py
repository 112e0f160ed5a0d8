"""When two texts count as copies, from their comparison alone, and the thresholds with the figures behind them.

The figures are of the syndication development set (8,341 texts; 5,909 pairs of copies found with containment .2 or
more, 5,003 pairs of other stories) and of the hand-labelled Reuters pairs (37 copies, 64 template stories).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from archive.records import DedupEvidence
from pipelines.dedup.tokens import fold, words


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupConfig:
    """`[dedup]`: what the decision turns on. Raises `ValueError` for a value out of range."""

    containment: float = 0.55
    """Together with `lead`. At .6 one more Reuters copy is missed, and no fewer template stories merged."""
    lead: float = 0.4
    """2 of 1,429 pairs of stories from no template reach it, 4 more lie above .1; no pair of copies lies below."""
    same_lead: float = 0.75
    """From here the texts begin alike and `cut_containment` is enough: 279 pairs of copies cut, rewritten or
    noisy, and no other pair."""
    cut_containment: float = 0.35
    conflict: float = 1.5
    """23 of 5,885 pairs of copies lie above, 1 of 3,574 pairs of notices from one template lies below."""
    related: float = 0.3
    """Containment from which an article that is no copy counts as related."""
    min_words: int = 80
    """Shorter texts must agree in all but a few words, and in their headlines: stubs of different stories look
    alike. Where access is not full, only an exact copy counts."""
    short_words: int = 40
    """Below this too, only an exact copy counts."""
    short_containment: float = 0.85
    """Of the Reuters pairs under 80 words two copies lie above it, and one template story that `conflict` tells
    apart."""
    candidates: int = 24
    """Candidates at most, those that share most bands first."""
    compared: int = 6
    """Candidates compared in full at most, those that share most text first. The first copy was among the
    first three for all but 3 of 2,698 texts; like notices by the hundred would cost 3 ms each."""
    cached_texts: int = 256
    """Texts kept ready for comparison; about 150 kB each for a long article."""

    def __post_init__(self) -> None:
        for name in ("containment", "lead", "same_lead", "cut_containment", "related", "short_containment"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share of a text: write a number from 0 to 1")
        for name in ("conflict", "min_words", "short_words"):
            if not 0 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name}: write a number from 0 to 10000")
        for name in ("candidates", "compared", "cached_texts"):
            if not 1 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name}: write a number from 1 to 10000")


def relation(
    evidence: DedupEvidence, shorter: int, titles_agree: bool, config: DedupConfig
) -> Literal["duplicate", "related", "unique"]:
    """What two texts are to one another; `shorter` is the words of the shorter one."""
    if shorter < config.min_words:
        whole = min(evidence.containment, evidence.lead) >= config.short_containment
        return "duplicate" if whole and titles_agree and not evidence.conflict else "unique"
    if evidence.conflict > config.conflict:
        return "unique"
    if evidence.containment >= config.containment and evidence.lead >= config.lead:
        return "duplicate"
    if evidence.containment >= config.cut_containment and evidence.lead >= config.same_lead:
        return "duplicate"
    return "related" if evidence.containment >= config.related else "unique"


def same_title(a: str | None, b: str | None) -> bool:
    """Whether two headlines share at least half of their words; an unknown one is never the same.

    >>> same_title("Turkey to apply for EC membership", "TURKEY TO APPLY FOR EC MEMBERSHIP TODAY")
    True
    >>> same_title(None, None)
    False
    """
    ours, theirs = set(fold(words(a or ""))), set(fold(words(b or "")))
    return bool(ours and theirs) and 2 * len(ours & theirs) >= len(ours | theirs)
