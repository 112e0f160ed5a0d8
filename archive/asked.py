"""What articles are asked for beside their words, as a condition on the columns of the search index."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypedDict

from archive.records import Article
from archive.selection import Selection
from archive.times import rfc3339, unix_second

Condition = tuple[str, tuple[str | int, ...]]
"""In SQL, "" for none, and its values."""

_SPEAKS = "instr(lower(language) || '-', ?) = 1"
_UNBOUNDED = Selection()


class Asked(TypedDict, total=False):
    """`since` and `until` are Unix seconds of when an article was published (`told_at`), the end not included."""

    sources: Sequence[str] | None
    language: str | None
    kind: str | None
    since: int | None
    until: int | None


def condition_of(asked: Asked) -> Condition:
    """All of what is asked.

    >>> condition_of({"kind": "advice", "since": 0, "until": None})
    ('at >= ? AND kind = ?', (0, 'advice'))
    """
    sources = asked.get("sources")
    return _all_of(
        ("at >= ?", asked.get("since")),
        ("at < ?", asked.get("until")),
        ("source IN (SELECT value FROM json_each(?))", None if sources is None else json.dumps(list(sources))),
        (_SPEAKS, _tag(asked.get("language"))),
        ("kind = ?", asked.get("kind")),
    )


def condition_in(wanted: Selection) -> Condition:
    """What of the selection the columns tell; the rest is `Selection.takes`."""
    return _all_of(
        ("fetched >= ?", None if wanted.since == _UNBOUNDED.since else rfc3339(wanted.since)),
        ("fetched < ?", None if wanted.until == _UNBOUNDED.until else rfc3339(wanted.until)),
        ("source = ?", wanted.source),
        (_SPEAKS, _tag(wanted.language)),
    )


def _tag(language: str | None) -> str | None:
    return None if language is None else f"{language}-".lower()


def _all_of(*terms: tuple[str, str | int | None]) -> Condition:
    told = [(term, value) for term, value in terms if value is not None]
    return " AND ".join(term for term, _ in told), tuple(value for _, value in told)


def told_at(article: Article) -> int:
    """When an article was published, in Unix seconds: when it was fetched where it says nothing, or a later time."""
    fetched = unix_second(article.fetched)
    return min(unix_second(article.published or "", fetched), fetched)


def kind_of(article: Article) -> str | None:
    """The kind of article, as the topic's model has it."""
    kind = article.extra.get("kind")
    return kind if isinstance(kind, str) else None
