"""Relevance: which articles are about a topic, in any language, and why."""

from pipelines.relevance.kind import kind_of
from pipelines.relevance.score import hints_at, judge, passes_prefilter, surely_not, surest, worth_fetching
from pipelines.relevance.topic import Topic, TopicError, load_rules, load_topic

__all__ = [
    "Topic",
    "TopicError",
    "hints_at",
    "judge",
    "kind_of",
    "load_rules",
    "load_topic",
    "passes_prefilter",
    "surely_not",
    "surest",
    "worth_fetching",
]
