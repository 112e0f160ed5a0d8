"""A first fill: from a polled address back through its older pages, archives and sitemap files to a given day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.discovery.found import Found, SitemapFile
from pipelines.items import Link
from pipelines.urls import identity

MAX_DOCUMENTS = 200
"""Documents that are read of one address: at WordPress's hundred posts each, all of a large site's year."""
MAX_UNDATED = 20
"""Of them those in which no link has a date: nothing tells when to stop."""
LAST = 3
"""Entries at the end of a document that tell how far back it goes: one may be out of its order."""
NEW_FILES = 10
"""Files of a sitemap index that an ordinary poll reads for each day since the last one: the newest."""
NEW_DAYS = 7
"""Days before the last poll back to which it reads those that say when they changed."""
NESTED = 30
"""Files that it reads in all for each of these days where the files of an index are indexes too, which the protocol
does not provide for."""

_MONTH = re.compile(r"(?<!\d)(20\d\d)[-_/]?(0[1-9]|1[0-2])(?!\d{3})")


class Walk:
    """The way back from one polled address. `since` is RFC 3339 in UTC; `hosts` are the addresses of the source, and no
    document of another site is asked for."""

    def __init__(self, since: str, hosts: Iterable[str]) -> None:
        self.since = since
        self._files = set(hosts)
        self._sites = {_site(url) for url in self._files}
        self._seen: set[str] = set()
        self._documents = 0
        self._undated = 0

    def take(self, links: Iterable[Link]) -> list[Link]:
        """Those links that this walk has not met before and that are not known to be older than its day."""
        fresh = {key: link for link in links if (key := identity(link.url)) not in self._seen}
        self._seen.update(fresh)
        return [link for link in fresh.values() if (_latest(link) or self.since) >= self.since]

    def further(self, found: Found, taken: list[Link]) -> list[str]:
        """Where to read on behind a document, the likeliest first: nowhere behind one that brought nothing new, that is
        older than the day, or when enough was read."""
        self._documents += 1
        dates = [date for link in found.links if (date := link.published or link.updated)]
        self._undated += not dates
        if not taken or self._documents >= MAX_DOCUMENTS or self._undated >= MAX_UNDATED:
            return []
        if dates and all(date < self.since for date in dates[-LAST:]):
            return []
        return [url for url in found.older if _site(url) in self._sites]

    def files(self, files: Iterable[SitemapFile]) -> list[str]:
        """The files of a sitemap index that may hold what was published since the day, each once, the newest last:
        Scrapy's queue gives out first what came last."""
        fresh = [file for file in files if file.url not in self._files]
        wanted = [file for file in fresh if _site(file.url) in self._sites and _reaches(file, self.since)]
        room = max(0, MAX_DOCUMENTS - self._documents)
        chosen = _by_age(wanted)[-room:] if room else []
        self._documents += len(chosen)
        self._files.update(file.url for file in chosen)
        return [file.url for file in chosen]


class NewFiles:
    """The files that an ordinary poll of one sitemap index reads, each once: indexes may name each other for ever.
    `last` is when it was read before; the longer ago, the more may have come since."""

    def __init__(self, index: str, now: datetime, last: datetime | None = None) -> None:
        self._read = {index}
        self._away = max(now - last, timedelta()) if last else timedelta()
        self._since = now - self._away

    def of(self, files: Iterable[SitemapFile]) -> list[str]:
        """Those of an index to read, the newest last."""
        days = 1 + self._away.days
        room = max(0, min(NESTED * days, MAX_DOCUMENTS) + 1 - len(self._read))
        fresh = [file for file in files if file.url not in self._read]
        chosen = newest_files(fresh, self._since, min(room, NEW_FILES * days))
        self._read.update(chosen)
        return chosen


def newest_files(files: list[SitemapFile], last: datetime, room: int = NEW_FILES) -> list[str]:
    """The files of a sitemap index that a poll reads which follows one at that time: those that changed of late, else
    those at either end of the list, as some indexes begin with the newest. What is likely the newest comes last."""
    since = (last - timedelta(days=NEW_DAYS)).isoformat()
    wanted = [file for file in files if _reaches(file, since)]
    dated = _by_age(file for file in wanted if file.changed)
    undated = [file for file in wanted if not file.changed]
    if (left := max(0, room - len(dated))) < len(undated):
        undated = undated[: left // 2] + undated[len(undated) - (left - left // 2) :]
    return [file.url for file in [*undated, *dated[max(0, len(dated) - room) :]]]


def _by_age(files: Iterable[SitemapFile]) -> list[SitemapFile]:
    """Oldest first; those that do not say when they changed before the others, in the order of the index."""
    return sorted(files, key=lambda file: file.changed or "")


def _reaches(file: SitemapFile, since: str) -> bool:
    """Whether a file may hold pages since that time, by its date or by the month in its name.

    >>> _reaches(SitemapFile("https://a.example/sitemap-2025-11.xml"), "2026-01-01T00:00:00+00:00")
    False
    """
    if file.changed:
        return file.changed >= since
    months = [f"{year}-{month}" for year, month in _MONTH.findall(urlsplit(file.url).path)]
    return not months or max(months) >= since[:7]


def _latest(link: Link) -> str | None:
    return max(filter(None, (link.published, link.updated)), default=None)


def _site(url: str) -> str:
    return urlsplit(identity(url)).netloc
