"""`[archive.retention]`: how long the archive keeps what is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import msgspec

from archive.keeping.retention import Kept, Retention

_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}
"""Of months and years the longest, so that nothing goes early."""


def span_of(text: str | None) -> timedelta | None:
    """A span of time in words; None for none. Raises `ValueError` when it is no such span.

    >>> span_of("90 days"), span_of("1 year")
    (datetime.timedelta(days=90), datetime.timedelta(days=366))
    """
    if text is None:
        return None
    found = re.fullmatch(r"([1-9]\d{0,3}) (day|week|month|year)s?", text.strip())
    if found is None:
        raise ValueError(f'{text!r} is no span of time; write "90 days", "6 months" or "5 years"')
    return timedelta(days=int(found[1]) * _DAYS[found[2]])


class KeptTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[archive.retention.topic.NAME]`: how long after they were fetched articles of the topic, and their captures, are
    kept: "90 days", "6 months", "5 years"."""

    articles: str | None = None
    captures: str | None = None

    def kept(self) -> Kept:
        """The same as spans. Raises `ValueError` when one is none."""
        return Kept(articles=span_of(self.articles), captures=span_of(self.captures))


class RetentionTable(KeptTable, frozen=True, kw_only=True):
    """`[archive.retention]`: the same for all articles of which their topic says nothing else."""

    topic: dict[str, KeptTable] = {}

    def retention(self) -> Retention:
        """What `archive compact` applies. Raises `ValueError` when a span is none."""
        return Retention(kept=self.kept(), topics={name: table.kept() for name, table in self.topic.items()})


def retention_faults(table: object, shape_faults: Callable[[object, Any, str], Iterable[str]]) -> Iterator[str]:
    """What is wrong in the tables, of which each is tried by itself; `shape_faults` tells it of the shape of one."""
    where = "[archive.retention]"
    topics = table.get("topic", {}) if isinstance(table, dict) else {}
    own = {k: v for k, v in table.items() if k != "topic"} if isinstance(table, dict) else table
    if not isinstance(topics, dict):
        yield f"{where} topic: expected tables; write [archive.retention.topic.NAME]"
        return
    for each, name in ((own, where), *((topic, f"[archive.retention.topic.{name}]") for name, topic in topics.items())):
        shape = list(shape_faults(each, KeptTable, name))
        yield from shape
        for key, said in msgspec.to_builtins(msgspec.convert(each, KeptTable)).items() if not shape else ():
            try:
                span_of(said)
            except ValueError as error:
                yield f"{name} {key}: {error}"
