"""Whether an article is about a topic, and by which phrases.

Points are the sum over the phrases found of group weight times zone weight, each phrase once a zone and at
most the group's cap in each zone. The score is the logistic function of the points,
`1 / (1 + exp((yes - points) / scale))`: .5 is the threshold of `yes`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from archive.records import PhraseHit, Relevance, RelevanceVerdict
from pipelines.relevance.phrases import tokens, written
from pipelines.relevance.topic import ZONES, Topic

MAX_CHARS = 8_000
"""Characters read of a text: what a story is about stands near its start, and this bounds the cost."""
MAX_TITLE_CHARS = 500

_VERDICTS = ("no", "maybe", "yes")

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s*|\n")


def judge(topic: Topic, title: str | None, text: str) -> Relevance:
    """Whether the article is about the topic. All languages count: what pages declare is often wrong."""
    hits = tuple(_hits(topic, _zones(topic, title, text)))
    points = sum(hit.weight for hit in hits)
    score = 1 / (1 + math.exp(min(700.0, (topic.profile.thresholds.yes - points) / topic.profile.scale)))
    return Relevance(topic=topic.name, score=round(score, 4), verdict=_verdict(topic, points), evidence=hits)


def surest(judged: Sequence[Relevance]) -> Relevance:
    """The judgement that counts where several topics were asked."""
    return max(judged, key=lambda relevance: (_VERDICTS.index(relevance.verdict), relevance.score))


def worth_fetching(topic: Topic, title: str | None, summary: str | None) -> bool:
    """Whether a link may lead to a story on the topic, by what its feed says; in doubt, yes."""
    zones = _zones(topic, title, summary or "")
    hits = list(_hits(topic, zones))
    rule = topic.profile.fetch
    if sum(hit.weight for hit in hits) < rule.floor:
        return False
    hints = {match.phrase.source for match in topic.hint_matcher.find(tokens(" \n".join(zones.values())))}
    enough = rule.hints_in_summary if summary else rule.hints_in_title
    return len(hints) >= enough or any(hit.weight > 0 for hit in hits)


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


def _hits(topic: Topic, zones: dict[str, str]) -> Iterator[PhraseHit]:
    """The phrases that count. Passages of one group do not overlap."""
    for zone in ZONES:
        words = tokens(zones[zone])
        seen: set[str] = set()
        counted: Counter[str] = Counter()
        ends: Counter[str] = Counter()
        for match in topic.matcher.find(words):
            name, phrase = match.group, match.phrase
            group = topic.groups[name]
            room = counted[name] < getattr(group.caps, zone)
            if not room or phrase.source in seen or match.start < ends[name]:
                continue
            seen.add(phrase.source)
            counted[name] += 1
            ends[name] = match.end
            weight = round(group.weight * getattr(topic.profile.zones, zone), 3)
            yield PhraseHit(phrase=written(words[match.start : match.end]), zone=zone, weight=weight)
