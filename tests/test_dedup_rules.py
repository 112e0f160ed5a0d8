"""The rules that say what two articles are to one another, and the thresholds of `[dedup]`."""

from __future__ import annotations

import pytest

from archive.records import DedupEvidence
from pipelines.dedup.rules import DedupConfig, Pair, Rule, find

CONFIG = DedupConfig()
LONG = Pair(words=400, titles_agree=False, days=None, opening=1.0, least_lead=1.0)


def evidence(containment: float, lead: float, conflict: float = 0.0) -> DedupEvidence:
    return DedupEvidence(containment=containment, lead=lead, conflict=conflict, jaccard=containment / 2)


@pytest.mark.parametrize(
    ("found", "pair", "verdict", "rule"),
    [
        (evidence(0.9, 0.9), LONG, "duplicate", Rule.TEXT_AND_LEAD),
        (evidence(0.4, 0.9), LONG, "duplicate", Rule.CUT),
        (evidence(0.9, 0.1), LONG, "related", Rule.BACKGROUND),
        (evidence(0.1, 0.9), LONG, "unique", Rule.NOTHING),
        (evidence(0.9, 0.9, 4.0), LONG, "unique", Rule.CONFLICT),
        (evidence(0.9, 0.9), LONG._replace(opening=0.1), "unique", Rule.OPENING),
        (evidence(0.9, 0.9), LONG._replace(opening=0.1, titles_agree=True), "related", Rule.OPENING),
        (evidence(0.9, 0.1), LONG._replace(opening=0.1), "related", Rule.BACKGROUND),
        (evidence(0.9, 0.9), LONG._replace(least_lead=0.1), "related", Rule.BACKGROUND),
        (evidence(0.9, 0.9), LONG._replace(opening=0.4), "duplicate", Rule.TEXT_AND_LEAD),
        (evidence(0.9, 0.9), LONG._replace(opening=0.4, words=120), "unique", Rule.OPENING),
        (evidence(0.9, 0.9), LONG._replace(opening=0.4, words=120, titles_agree=True), "duplicate", Rule.TEXT_AND_LEAD),
        (evidence(0.9, 0.9), LONG._replace(words=60), "unique", Rule.SHORT),
        (evidence(0.9, 0.9), LONG._replace(words=60, titles_agree=True), "duplicate", Rule.SHORT_COPY),
        (evidence(0.9, 0.9, 0.5), LONG._replace(words=60, titles_agree=True), "unique", Rule.SHORT),
        (evidence(0.9, 0.9), LONG._replace(days=13.9), "duplicate", Rule.TEXT_AND_LEAD),
        (evidence(0.9, 0.9), LONG._replace(days=14.1), "related", Rule.DATES),
        (evidence(0.4, 0.9), LONG._replace(days=14.1), "related", Rule.DATES),
        (evidence(0.9, 0.9, 4.0), LONG._replace(days=14.1), "unique", Rule.CONFLICT),
    ],
)
def test_each_rule_decides_where_it_should(found: DedupEvidence, pair: Pair, verdict: str, rule: Rule) -> None:
    assert find(found, pair, CONFIG) == (verdict, rule)


def test_a_wider_window_lets_later_copies_in() -> None:
    month = DedupConfig(window_days=31)
    assert find(evidence(0.9, 0.9), LONG._replace(days=20), month).verdict == "duplicate"
