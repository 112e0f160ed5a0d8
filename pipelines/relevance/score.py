"""Whether an article is about a topic, and by which phrases.

Points are the sum over the phrases found of group weight times zone weight, each phrase once a zone and at
most the group's cap in each zone. The score is the logistic function of the points,
`1 / (1 + exp((yes - points) / scale))`: .5 is the threshold of `yes`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from archive.records import PhraseHit, Relevance, RelevanceVerdict
from pipelines.relevance.phrases import tokens
from pipelines.relevance.topic import ZONES, Topic

MAX_CHARS = 8_000
"""Characters read of a text: what a story is about stands near its start, and this bounds the cost."""
MAX_TITLE_CHARS = 500

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*|\n")


def judge(topic: Topic, title: str | None, text: str) -> Relevance:
    """Whether the article is about the topic. All languages count: what pages declare is often wrong."""
    points, hits = _points(topic, _zones(topic, title, text))
    score = 1 / (1 + math.exp(min(700.0, (topic.profile.thresholds.yes - points) / topic.profile.scale)))
    return Relevance(
        topic=topic.name, score=round(score, 4), verdict=_verdict(topic, points), evidence=tuple(hits)
    )


def worth_fetching(topic: Topic, title: str | None, summary: str | None) -> bool:
    """Whether a link may lead to a story on the topic, by what its feed says; in doubt, yes."""
    points, _ = _points(topic, _zones(topic, title, summary or ""))
    thresholds = topic.profile.thresholds
    return points >= (thresholds.fetch if summary else thresholds.fetch_title)


def _verdict(topic: Topic, points: float) -> RelevanceVerdict:
    if points >= topic.profile.thresholds.yes:
        return "yes"
    return "maybe" if points >= topic.profile.thresholds.maybe else "no"


def _zones(topic: Topic, title: str | None, text: str) -> dict[str, str]:
    """The text by zone. Without a headline, the first sentence stands for it."""
    text = text[:MAX_CHARS]
    headline = (title or "").strip() or _SENTENCE.split(text.lstrip(), maxsplit=1)[0][:160]
    cut = topic.profile.lead_chars
    return {"title": headline[:MAX_TITLE_CHARS], "lead": text[:cut], "body": text[cut:]}


def _points(topic: Topic, zones: dict[str, str]) -> tuple[float, list[PhraseHit]]:
    profile = topic.profile
    hits = list(_hits(topic, zones))
    points = sum(hit.weight for group, hit in hits)
    if sum(map(len, zones.values())) < profile.short_chars:
        points *= profile.short_boost
    if not any(group == "strong" for group, _ in hits):
        points += profile.no_strong
    return points, [hit for _, hit in hits]


def _hits(topic: Topic, zones: dict[str, str]) -> Iterator[tuple[str, PhraseHit]]:
    """The phrases that count, with their group."""
    for zone in ZONES:
        counted: Counter[str] = Counter()
        seen: set[tuple[str, str]] = set()
        for match in topic.matcher.find(tokens(zones[zone])):
            group = topic.groups[match.group]
            if match in seen or counted[match.group] >= getattr(group.caps, zone):
                continue
            seen.add(match)
            counted[match.group] += 1
            weight = round(group.weight * getattr(topic.profile.zones, zone), 3)
            yield match.group, PhraseHit(phrase=match.words, zone=zone, weight=weight)
