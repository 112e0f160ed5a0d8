"""When two texts count as copies, from their comparison alone, and the thresholds with the figures behind them.

The figures are of the syndication development set (8,341 texts; 5,889 pairs of copies found with containment .2 or
more, 5,035 pairs of other stories) and of the hand-labelled Reuters pairs (37 copies, 64 template stories). Where the
figures stand still over a range, the threshold is in its middle: `benchmarks/dedup_thresholds.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from archive.records import DedupEvidence
from archive.times import parse_time
from pipelines.dedup.tokens import fold, words


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupConfig:
    """`[dedup]`: what the decision turns on. Raises `ValueError` for a value out of range."""

    containment: float = 0.5
    """Together with `lead`. From .35 to .55 the figures stand still; at .58 one more Reuters copy is missed."""
    lead: float = 0.4
    """2 of 1,460 pairs of stories from no template reach it, 2 more reach .33; no pair of copies lies below."""
    same_lead: float = 0.7
    """From here the texts begin alike and `cut_containment` is enough: 185 pairs of copies cut, rewritten or
    noisy, and no other pair. The figures stand still from .5 to .75."""
    cut_containment: float = 0.35
    """At .3 a first story is dropped; at .42 the F1 of the syndication set loses .0015."""
    least_lead: float = 0.14
    """How much of the lead agrees in the direction in which less does. None of 2,688 copies found lies below .28. A
    story of a hundred words above a short report, which it quotes whole or has on its page, has none."""
    opening: float = 0.3
    """Together with `lead`. 4 of 5,889 pairs of copies lie below, none of the 37 of Reuters. Stubs of different stories
    that share a notice of a hundred words have about .1."""
    stub_opening: float = 0.55
    stub_words: int = 160
    """What `opening` is where a text has fewer words than these and the headlines differ: a sentence of the story's own
    over a notice of a hundred words leaves .4. No figure moves by it."""
    conflict: float = 1.6
    """17 of 5,889 pairs of copies lie above, 1 of 3,575 pairs of notices from one template lies below. At 2 8 stories
    are dropped, at 1.2 the F1 loses .003."""
    related: float = 0.3
    """Containment from which an article that is no copy counts as related."""
    window_days: float = 14.0
    """Days between the dates of a copy and of what it copies, at most; an unknown date passes, and so does a text word
    for word the same. Of 599 copies of 80 words or more found in all of Reuters 597 lie at most 3.04 days apart; the
    other two, at 27 and 31 days, are a tender and an estimate of another month."""
    fuller: float = 0.2
    """How much longer, as a share of the other's words, a fuller copy is at least. None of 704 copies with a byline or
    a dateline put in is more than .16 longer than its original, which is .31 longer than 95 % of 508 cut copies."""
    kinship: float = 0.17
    """How much of what it has beyond the other must speak of the same (`compare.kinship`): 91 % of 500 originals beside
    a cut copy reach it, and 12 % of 340 copies with other stories left on the page."""
    min_words: int = 72
    """Shorter texts must agree in all but a few words, and in their headlines: stubs of different stories look
    alike. Where access is not full, only an exact copy counts. From 88 on two more Reuters copies are missed; of the 8
    pairs of all of Reuters that 64 merges and 80 does not, one is no copy by its headlines and dates."""
    short_words: int = 40
    """Below this too, only an exact copy counts."""
    short_containment: float = 0.8
    """The figures stand still from .64 to .96."""
    candidates: int = 24
    """Candidates at most, those that share most bands first."""
    compared: int = 4
    """Candidates compared in full at most, those that share most text first. The first copy was among the
    first three for all but 3 of 2,698 texts, and with three the figures of syndication-dev and Reuters are the same;
    like notices by the hundred would cost 3 ms each."""
    cached_texts: int = 64
    """Texts kept ready for comparison; about 150 kB each for a long article."""

    def __post_init__(self) -> None:
        for name in (
            "containment",
            "lead",
            "same_lead",
            "cut_containment",
            "least_lead",
            "opening",
            "stub_opening",
            "related",
            "kinship",
            "short_containment",
        ):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share of a text: write a number from 0 to 1")
        for name in ("conflict", "window_days", "fuller", "min_words", "short_words", "stub_words"):
            if not 0 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name}: write a number from 0 to 10000")
        for name in ("candidates", "compared", "cached_texts"):
            if not 1 <= getattr(self, name) <= 10_000:
                raise ValueError(f"{name}: write a number from 1 to 10000")


class Rule(StrEnum):
    """What decided about an article."""

    EXACT = "the same words"
    REVISED = "the same address, another text"
    UNREADABLE = "not all of the text can be read, or there is next to none: only the same words are a copy"
    NO_CANDIDATE = "no article shares a band of its signature"
    SHORT_COPY = "short, but whole text, lead and headline agree"
    SHORT = "too short to be a copy unless whole text, lead and headline agree"
    CONFLICT = "a template: names and numbers differ"
    OPENING = "much text in common behind beginnings that differ: a stub under a paywall, a template"
    TEXT_AND_LEAD = "text and lead agree"
    CUT = "the leads agree, and enough of the text: cut, rewritten or with noise"
    DATES = "agrees as a copy does, but was published at another time"
    BACKGROUND = "much text in common, but not the lead"
    NOTHING = "too little text in common"


Verdict = Literal["duplicate", "related", "unique"]


class Finding(NamedTuple):
    """What two texts are to one another, and the rule that said so."""

    verdict: Verdict
    rule: Rule


class Pair(NamedTuple):
    """What counts beside the texts of two articles: the words of the shorter one, whether the headlines agree, and the
    days between their dates, None where one is not known. `opening` and `least_lead` are those of `compare`."""

    words: int
    titles_agree: bool
    days: float | None
    opening: float
    least_lead: float


def find(evidence: DedupEvidence, pair: Pair, config: DedupConfig) -> Finding:
    """What two articles are to one another, by the comparison of their texts."""
    finding = _by_text(evidence, pair, config)
    if finding.verdict == "duplicate" and pair.days is not None and pair.days > config.window_days:
        return Finding("related", Rule.DATES)
    return finding


def find_by_names(conflict: float, words: int, config: DedupConfig) -> Finding | None:
    """What the names and numbers alone tell of two articles of so many words or more, whatever else they have in
    common: where they differ, the articles do."""
    if conflict > config.conflict:
        return Finding("unique", Rule.SHORT if words < config.min_words else Rule.CONFLICT)
    return None


def _by_text(evidence: DedupEvidence, pair: Pair, config: DedupConfig) -> Finding:
    if others := find_by_names(evidence.conflict, pair.words, config):
        return others
    if pair.words < config.min_words:
        whole = min(evidence.containment, evidence.lead) >= config.short_containment
        copy = whole and pair.titles_agree and not evidence.conflict
        return Finding("duplicate", Rule.SHORT_COPY) if copy else Finding("unique", Rule.SHORT)
    stub = pair.words < config.stub_words and not pair.titles_agree
    if evidence.lead >= config.lead and pair.opening < (config.stub_opening if stub else config.opening):
        return Finding("related" if pair.titles_agree else "unique", Rule.OPENING)
    lead = evidence.lead if pair.least_lead >= config.least_lead else 0.0
    if evidence.containment >= config.containment and lead >= config.lead:
        return Finding("duplicate", Rule.TEXT_AND_LEAD)
    if evidence.containment >= config.cut_containment and lead >= config.same_lead:
        return Finding("duplicate", Rule.CUT)
    if evidence.containment >= config.related:
        return Finding("related", Rule.BACKGROUND)
    return Finding("unique", Rule.NOTHING)


def days_apart(a: str | None, b: str | None) -> float | None:
    """The days between two RFC 3339 times or dates; None where one is not known.

    >>> days_apart("2026-11-20", "2026-11-22T12:00:00Z")
    2.5
    >>> days_apart("2026-11-20", "yesterday") is None
    True
    """
    try:
        return abs((parse_time(a) - parse_time(b)).total_seconds()) / 86_400 if a and b else None
    except ValueError:
        return None


def same_title(a: str | None, b: str | None) -> bool:
    """Whether two headlines share at least half of their words; an unknown one is never the same.

    >>> same_title("Turkey to apply for EC membership", "TURKEY TO APPLY FOR EC MEMBERSHIP TODAY")
    True
    >>> same_title(None, None)
    False
    """
    ours, theirs = set(fold(words(a or ""))), set(fold(words(b or "")))
    return bool(ours and theirs) and 2 * len(ours & theirs) >= len(ours | theirs)
