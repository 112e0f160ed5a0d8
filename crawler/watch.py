"""What a crawl learns of its sources: the health of each, and the shape of each host's article addresses."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler

from archive import ArchiveError, Segment
from archive.state import state_folder
from crawler.discovery.shapes import Shapes, Sighting, sighting
from crawler.health import EMPTY, Health, SourceRun, dates_of
from crawler.outcomes import requested_url
from crawler.report import RunReport, SourceReport
from crawler.sources import Place
from pipelines.items import Link
from pipelines.stages import Ended, committed
from pipelines.urls import identity

logger = logging.getLogger(__name__)

DATES = 1_000
"""Dates of a source's entries that are kept for the end of a run, the latest: a first fill may see any number."""


class Watch:
    """Watches one crawl by its signals and writes down at its end what was learned. What it keeps is a help and no
    part of the archive: where its files cannot be used, the crawl goes on without."""

    def __init__(self, crawler: Crawler, report: RunReport) -> None:
        self._report = report
        self._folder = state_folder(crawler.settings["BREACHWIRE_ARCHIVE"])
        self._now = datetime.now(UTC)
        self._dates: dict[str, Counter[str]] = {}
        self._sightings: Counter[Sighting] = Counter()
        self._learned: dict[str, Mapping[str, bool]] = {}
        for receiver, signal in (
            (self._committed, committed),
            (self._dropped, signals.item_dropped),
            (self._closed, signals.spider_closed),
        ):
            crawler.signals.connect(receiver, signal=signal)

    def announced(self, place: Place, links: Sequence[Link]) -> None:
        """A document of a source was read. What a feed announces is called an article."""
        dates = self._dates.setdefault(place.source.name, Counter())
        dates.update(date for link in links if (date := link.published or link.updated))
        for old in sorted(dates)[:-DATES]:
            del dates[old]
        if place.medium == "feed":
            self._sightings.update(sighting(link.url, True) for link in links)

    def shapes(self, url: str) -> Mapping[str, bool]:
        """What was learned of a host's addresses, by earlier runs."""
        host = urlsplit(identity(url)).netloc
        if host not in self._learned:
            try:
                with Shapes(self._folder) as shapes:
                    self._learned[host] = shapes.of(host)
            except ArchiveError as error:
                logger.warning("nothing learned is used: %s", error)
                self._learned[host] = {}
        return self._learned[host]

    def _committed(self, segment: Segment) -> None:
        self._sightings.update(sighting(requested_url(article), True) for article in segment.articles)

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, Ended) and (exception.draft is not None or exception.outcome in EMPTY):
            self._sightings[sighting(exception.link.url, exception.draft is not None)] += 1

    def _closed(self) -> None:
        if self._report.archive_error:
            return
        try:
            with Health(self._folder) as health:
                health.record(self._report.run, self._seen())
            with Shapes(self._folder) as shapes:
                shapes.learn(self._sightings)
        except ArchiveError as error:
            logger.warning("what was learned of the sources is not kept; delete the file: %s", error)

    def _seen(self) -> list[tuple[str, SourceRun]]:
        sources = self._report.sources.values()
        return [(s.name, self._source_run(s)) for s in sources if s.polls or s.outcomes]

    def _source_run(self, source: SourceReport) -> SourceRun:
        dates = dates_of(self._dates.get(source.name, Counter()), self._now)
        pages = {o: n for o, n in source.outcomes.items() if o != "robots"}
        empty = sum(pages.get(outcome, 0) for outcome in EMPTY)
        failed = sum(count for outcome, count in pages.items() if outcome.startswith("failed"))
        return SourceRun(
            at=self._now.isoformat(timespec="seconds"),
            polls=source.polls,
            poll_errors=len(source.poll_errors),
            last_error=source.poll_errors[-1] if source.poll_errors else None,
            announced=source.announced,
            new=source.taken,
            pages=max(0, sum(pages.values()) - source.not_fetched),
            failed=failed - empty,
            empty=empty,
            future=dates.future,
            newest=dates.newest,
            pause=dates.pause,
        )
