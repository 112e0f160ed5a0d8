"""What kind of article it is, by the phrases that a profile lists under `[kinds]`."""

from __future__ import annotations

from collections import Counter

from pipelines.relevance.score import zone_words
from pipelines.relevance.topic import Topic

ZONE_POINTS = {"title": 2, "lead": 1}
ENOUGH = 2
"""Points that a kind wants: a phrase in the title, or two in the lead."""


def kind_of(topic: Topic, title: str | None, text: str) -> str | None:
    """The kind with the most phrases in title and lead, each phrase once a zone; without enough of them the profile's
    first kind, and None for a topic that has no kinds."""
    if not topic.kinds:
        return None
    words = zone_words(topic, title, text[: topic.profile.lead_chars])
    points: Counter[str] = Counter()
    for zone, worth in ZONE_POINTS.items():
        for kind, _ in {(match.group, match.phrase) for match in topic.kind_matcher.find(words[zone])}:
            points[kind] += worth
    best = max(topic.kinds, key=lambda kind: points[kind])
    return best if points[best] >= ENOUGH else next(iter(topic.kinds))
