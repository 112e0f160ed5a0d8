"""Gives every URL of a crawl exactly one outcome, and marks it done in the frontier only when nothing can be lost."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from archive import ArchiveError, Segment, open_archive
from archive.standing import is_copy
from archive.state import state_folder
from archive.tombstone import Tombstones
from crawler.frontier import Frontier, Look
from crawler.offers import NOT_FETCHED
from crawler.outcomes import outcome_of, trouble_of
from crawler.politeness import OverBudget, PutOff, delay_asked
from crawler.polls import Validators
from crawler.report import RunReport
from crawler.sources import Place, Registry
from pipelines.items import Link
from pipelines.stages import Ended, Unfinished, archive_failed, committed, stop_for
from pipelines.urls import canonical

logger = logging.getLogger(__name__)

ERASED = "erased"
"""The outcome of a page whose article a tombstone keeps out of the archive."""
PASSING = ("failed: worker died", "failed: stopped", "failed: empty page", "failed: HTTP 404")
"""Outcomes after which an announced page is worth another try: they say nothing of it, or it is not there yet. Feeds
and sitemaps are often ahead of the pages that they announce, by as long as caches keep a 404."""


class Ledger:
    """The frontier and the run report of one crawl, kept by the signals of Scrapy's engine."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._uri: str = crawler.settings["BREACHWIRE_ARCHIVE"]
        run: str = crawler.settings["BREACHWIRE_RUN"]
        self.report = RunReport(run=run, archive=self._uri, started=_now())
        self._begun = time.time()
        self._frontier: Frontier | None = None
        self._erased = Tombstones()
        self._heard = False
        self._unheard: list[Callable[..., None]] = []
        for receiver, signal in (
            (self._opened, signals.spider_opened),
            (self._downloaded, signals.response_downloaded),
            (self._dropped, signals.item_dropped),
            (self._broke, signals.item_error),
            (self._committed, committed),
            (self._archive_failed, archive_failed),
            (self._delay_asked, delay_asked),
            (self._closed, signals.spider_closed),
        ):
            crawler.signals.connect(receiver, signal=signal)

    @property
    def frontier(self) -> Frontier:
        """The frontier; it is there from `spider_opened` on."""
        assert self._frontier is not None
        return self._frontier

    def _opened(self) -> None:
        try:
            self._frontier = Frontier(state_folder(self._uri), self.report.run)
            archive = open_archive(self._uri)
            behind = self.frontier.catch_up(archive)
            self._erased = Tombstones.of(archive.bucket)
            taken_over = self.frontier.take_over()
            self.frontier.fold()
        except ArchiveError as error:
            raise stop_for(self._crawler, error) from error
        if behind or taken_over:
            logger.info("frontier: %d commits caught up with, %d URLs of a dead run taken over", behind, taken_over)

    def renamed(self, registry: Registry) -> None:
        """What waits for sources that have another name in the registry now is theirs."""
        places = {place.url: source.name for source in registry for place in source.places()}
        with self._stopping():
            self.frontier.rename(places, {source.name for source in registry})

    def announced(self, source: str, links: list[Link], worth: Callable[[Link], bool]) -> list[Link]:
        """Counts the links that a source announced; gives those that are this run's to fetch. `worth` says whether a
        link is worth fetching for what is said of it."""
        taken: list[Link] = []
        with self._stopping():  # of an address that was erased, nothing is kept
            taken = self.frontier.offer([link for link in links if not self._is_erased(link.url)], worth)
        counts = self.report.source(source)
        counts.announced += len(links)
        counts.taken += len(taken)
        return taken

    def _is_erased(self, url: str) -> bool:
        return any(map(self._erased.hides_url, (url, canonical(url)))) if self._erased else False

    def draw(self, source: str, limit: int) -> list[Look]:
        """Links of a source that are due: those that no run came to yet, and recent articles that may have changed.
        What this run has dealt with comes due after its begin, so it is not drawn again."""
        looks: list[Look] = []
        with self._stopping():
            looks = self.frontier.waiting([source], limit, self._begun)
        self.report.source(source).taken += len(looks)
        return looks

    def park(self, source: str, links: list[Link]) -> None:
        """New links for which there is no room yet stay with the frontier; `draw` gives them."""
        if links:
            self.report.source(source).taken -= len(links)
            with self._stopping():
                self.frontier.park(links)

    def rules_expired(self, source: str, day: str) -> None:
        """The source's own rules had their last day."""
        logger.warning("%s: rules expired on %s, pages are extracted without them; write new ones", source, day)
        self.report.source(source).rules_expired = day

    def due(self, url: str, source: str) -> Validators | None:
        """The validators of an address that this run is to poll; None where it was not due at its begin."""
        validators = None
        with self._stopping():
            validators = self.frontier.polls.claim(url, source, self._begun)
        self.report.source(source).polls += validators is not None
        return validators

    def poll_unchanged(self, place: Place, validators: Validators | None, every: float) -> None:
        """An address has nothing new: it said so (304, no validators), or its body is the same. `every` is the shortest
        time between two polls in seconds."""
        self.report.source(place.source.name).polls_unchanged += 1
        with self._stopping():
            if validators is None:
                self.frontier.polls.unchanged(place.url, every)
            else:
                self.frontier.polls.answered(place.url, validators, every, new=0)

    def polled(
        self, place: Place, validators: Validators, every: float, *, new: int, newest: str | None = None
    ) -> None:
        """An address answered, and its links are in, `new` of them new."""
        with self._stopping():
            self.frontier.polls.answered(place.url, validators, every, new=new, newest=newest)

    def caught_up(self, place: Place, validators: Validators, newest: str | None) -> None:
        """What came before a document in which all was new has been read."""
        with self._stopping():
            self.frontier.polls.caught_up(place.url, validators, newest)

    def found_more(self, place: Place, every: float) -> None:
        """What an address led to brought something new after the address had answered."""
        with self._stopping():
            self.frontier.polls.found_more(place.url, every)

    def poll_failed(
        self, place: Place, what: str, every: float, retry_after: float | None = None, *, at: str | None = None
    ) -> None:
        """An address could not be polled; it is tried again after `every` seconds, and later after each failure. `at`
        is the file of a sitemap index that it was, where the index itself answered."""
        line = f"{place.medium} {at or place.url}: {what}"
        logger.info("%s: %s", place.source.name, line)
        self.report.source(place.source.name).poll_errors.append(line)
        self._failed(partial(self.frontier.polls.failed, place.url, every, retry_after))

    def poll_not_made(self, place: Place, failure: Failure, every: float) -> None:
        """The request for an address failed, or was put off."""
        if isinstance(failure.value, PutOff):
            self._ended_by(place.source.name, failure.value)
            self.report.source(place.source.name).polls -= 1
            with self._stopping():
                self.frontier.polls.put_off(place.url, failure.value.until)
            return
        trouble = trouble_of(failure, time.time())
        request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        at = None if "asked_with" in request.cb_kwargs else request.url
        self.poll_failed(place, trouble.outcome.removeprefix("failed: "), every, trouble.retry_after, at=at)

    def not_worth_fetching(self, link: Link) -> None:
        """What was announced was enough to call the page irrelevant."""
        self.report.source(link.source).not_fetched += 1
        self.report.ended(link.source, "irrelevant")
        with self._stopping():
            self.frontier.done(link, NOT_FETCHED)

    def _ended_by(self, source: str, why: PutOff) -> None:
        if isinstance(why, OverBudget):
            self.report.source(source).ended_by = why.budget

    def _put_off(self, link: Link, until: float) -> None:
        """A budget is spent, or the host asked to wait: the link stays with the frontier for a later run. What is due
        still when the run ends is counted then."""
        counts = self.report.source(link.source)
        counts.taken -= 1
        counts.put_off += until > self._begun
        with self._stopping():
            self.frontier.give_back(link, until)

    def left(self, source: str, budget: str | None) -> None:
        """The run is over: what is due of a source is left for the next one, by that budget if it has no room."""
        counts, waiting = self.report.source(source), 0
        with self._stopping():
            waiting = self.frontier.count_waiting(source, self._begun)
        counts.put_off += waiting
        if waiting and counts.ended_by is None:
            counts.ended_by = budget

    def unchanged(self, link: Link) -> None:
        """The server says that a page is as it was."""
        self._end(link, "unchanged")

    def withdrawn(self, link: Link) -> None:
        """The site leads to its front page in place of a page; that may be withdrawn, or not there yet."""
        self._end(link, "failed: redirected to the front page", passing=True)

    def request_failed(self, link: Link, failure: Failure) -> None:
        """A page could not be fetched, or not now."""
        if isinstance(failure.value, PutOff):
            self._ended_by(link.source, failure.value)
            self._put_off(link, failure.value.until)
            return
        trouble = trouble_of(failure, time.time())
        logger.debug("%s: %s: %r", link.url, trouble.outcome, failure.value)
        self._end(link, trouble.outcome, trouble.passing, trouble.retry_after)

    def _end(self, link: Link, outcome: str, passing: bool = False, retry_after: float | None = None) -> None:
        """The link's one outcome in this run; after a passing failure the frontier brings it up again."""
        with self._stopping():
            if passing or outcome in PASSING:
                self._failed(partial(self.frontier.failed, link, outcome, retry_after))
            elif outcome == ERASED:
                self.frontier.drop(link)
            else:
                self.frontier.done(link, outcome)
            self.report.ended(link.source, outcome)

    def _failed(self, tell: Callable[..., None]) -> None:
        """Tells the frontier of a failure, but not before a host has answered: if none ever does, it is this machine
        that has no network, which says nothing of the sites, and neither is a poll put back nor a page given up."""
        if self._heard:
            with self._stopping():
                tell()
        else:
            self._unheard.append(tell)

    def _downloaded(self) -> None:
        if not self._heard:
            self._heard = True
            self._settle()

    def _settle(self) -> None:
        unheard, self._unheard = self._unheard, []
        with self._stopping():
            for tell in unheard:
                tell(counts=self._heard)

    @contextlib.contextmanager
    def _stopping(self) -> Iterator[None]:
        """Where the frontier cannot be written, the crawl ends; the next run finds these URLs pending still."""
        try:
            yield
        except ArchiveError as error:
            stop_for(self._crawler, error)

    def _dropped(self, exception: Exception) -> None:
        if isinstance(exception, Ended):
            self._end(exception.link, exception.outcome)
        elif isinstance(exception, Unfinished):
            logger.debug("%s: left for the next run", exception.link.url)

    def _broke(self, item: Any, failure: Failure) -> None:
        self.page_broke(item.link if hasattr(item, "link") else item.page.link, failure)

    def page_broke(self, link: Link, failure: Failure) -> None:
        """A fault of ours ended a page."""
        logger.error("%s: %r: this is a fault of Breachwire, please report it", link.url, failure.value)
        self._end(link, "failed: internal error", passing=True)

    def _committed(self, segment: Segment) -> None:
        with self._stopping():
            self.frontier.take(segment)
        for article in segment.articles:
            self.report.ended(article.source, outcome_of(article))
            counts = self.report.source(article.source)
            counts.revisions += article.dedup.verdict == "revision" and not is_copy(article.dedup)
            counts.missed_by_prefilter += "missed_by_prefilter" in article.extra
            for rule in article.extra.get("rules_without_effect", ()):
                counts.rules_without_effect[rule] = counts.rules_without_effect.get(rule, 0) + 1

    def _delay_asked(self, host: str, seconds: float) -> None:
        self.report.crawl_delays[host] = seconds

    def _archive_failed(self, error: Exception) -> None:
        if self.report.archive_error is None:
            self.report.archive_error = str(error)

    def _closed(self, reason: str) -> None:
        self.report.finished = _now()
        self.report.interrupted = reason == "shutdown"
        if self._frontier is not None:
            self._settle()
            with self._stopping():
                self._frontier.close()
            self.report.given_back = self._frontier.given_back


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
