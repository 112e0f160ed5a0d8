"""Figures of an archive, by month: articles, sources, copies, bytes, growth."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from archive.reader import Archive
from archive.selection import INCLUDES
from archive.standing import is_copy
from archive.times import parse_time

_DAY = re.compile(r"(?P<kind>[a-z]+)/v1/(?:dt=(?P<month>\d{4}-\d\d)-\d\d/)?")


@dataclass(slots=True)
class Month:
    """What was fetched in a month (UTC), and the bytes of the objects that were written in it.

    `articles` counts each id once, whatever its verdict; `duplicates`, `related` and `revisions` are among them.
    """

    month: str
    articles: int = 0
    duplicates: int = 0
    related: int = 0
    revisions: int = 0
    sources: int = 0
    bytes: int = 0
    articles_so_far: int = 0
    bytes_so_far: int = 0
    growth: float | None = None
    """Articles against the month before: 0.25 is a quarter more. None where that has none."""


@dataclass(slots=True)
class Stats:
    """The whole: sums, the months from the first to the last, bytes by kind of object, articles by source."""

    articles: int = 0
    duplicates: int = 0
    related: int = 0
    revisions: int = 0
    sources: int = 0
    bytes: int = 0
    objects: int = 0
    bytes_by_kind: dict[str, int] = field(default_factory=dict)
    by_source: dict[str, int] = field(default_factory=dict)
    months: list[Month] = field(default_factory=list)


def stats(archive: Archive) -> Stats:
    """Reads every segment once. Raises `ArchiveError` where the archive cannot be read."""
    total = Stats()
    months: dict[str, Month] = {}
    sources: dict[str, set[str]] = defaultdict(set)
    by_source: Counter[str] = Counter()
    for article in archive.articles(include=INCLUDES).read_ahead(4):
        name = parse_time(article.fetched).date().isoformat()[: len("YYYY-MM")]
        month = months.setdefault(name, Month(name))
        by_source[article.source] += 1
        sources[name].add(article.source)
        for each in (month, total):
            each.articles += 1
            each.duplicates += is_copy(article.dedup)
            each.related += article.dedup.verdict == "related"
            each.revisions += article.dedup.verdict == "revision"
    for key, size in archive.bucket.list():
        if match := _DAY.match(key):
            total.objects += 1
            total.bytes += size
            total.bytes_by_kind[match["kind"]] = total.bytes_by_kind.get(match["kind"], 0) + size
            if name := match["month"]:
                months.setdefault(name, Month(name)).bytes += size
    for name, names in sources.items():
        months[name].sources = len(names)
    total.sources = len(by_source)
    total.by_source = dict(by_source.most_common())
    total.months = _in_row(months)
    return total


def _in_row(months: dict[str, Month]) -> list[Month]:
    """Every month from the first to the last, with what adds up."""
    row: list[Month] = []
    for name in _names(min(months), max(months)) if months else ():
        month = months.get(name, Month(name))
        before = row[-1] if row else Month("")
        month.articles_so_far = before.articles_so_far + month.articles
        month.bytes_so_far = before.bytes_so_far + month.bytes
        month.growth = month.articles / before.articles - 1 if before.articles else None
        row.append(month)
    return row


def _names(first: str, last: str) -> list[str]:
    """The months from one to another.

    >>> _names("2025-11", "2026-02")
    ['2025-11', '2025-12', '2026-01', '2026-02']
    """
    begin, end = (int(name[:4]) * 12 + int(name[5:]) - 1 for name in (first, last))
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(begin, end + 1)]
