"""Good manners beside robots.txt: one queue a host and its pace, pauses that a host asks for, hours and budgets."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response

from crawler.config import Config
from crawler.hosts import Hosts
from crawler.hours import until_open
from pipelines.urls import host

LONGEST_DELAY = 120.0
"""Seconds; a crawl delay beyond it is cut to it."""
LONGEST_PAUSE = 604_800.0
"""Seconds; a Retry-After beyond a week is cut to it."""

ASKED_TO_WAIT = "asked to wait"
INTERRUPTED = "interrupted"
ANOTHER_RUN = "another run"
"""What ends the work of a run on a source whose host another run asks."""

delay_asked = object()
"""Signal: robots.txt asks for a delay. Receivers get `host` and `seconds`, as they stand there."""

leaving = object()
"""Signal: a request is about to be sent. Receivers get `request`, and raise `PutOff` if it must not be made now: it has
waited in the queue of its host, or for a file of the host, and things may have changed since it was let in."""

asked = object()
"""Signal: a request was sent, and its answer has come or will not. Receivers get `request`."""


class PutOff(IgnoreRequest):
    """A request that is not made now. `until` (seconds since the epoch) is when it may be."""

    def __init__(self, until: float, why: str) -> None:
        super().__init__(why)
        self.until = until


class OverBudget(PutOff):
    """A request that ends the work of a run on its source: a budget has no room (`hours`, `seconds`), or
    `ANOTHER_RUN` asks the host."""

    def __init__(self, until: float, budget: str) -> None:
        super().__init__(until, f"over the budget of {budget}")
        self.budget = budget


class HostQueueMiddleware:
    """Puts each request into the queue of its own host and port. Scrapy keeps a redirected request in the queue of
    the host that redirected it, so the limits of the host that is really asked would not hold."""

    def process_request(self, request: Request) -> None:
        request.meta["download_slot"] = host(request.url)


class PoliteThrottle(AutoThrottle):
    """Scrapy's AutoThrottle that never goes below the delay which a host's robots.txt asks for, and slows down for one
    that is overloaded: its errors come fast, and would be taken for a fast server."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._asked: dict[str, float] = {}
        crawler.signals.connect(self._delay_asked, signal=delay_asked)

    def _delay_asked(self, host: str, seconds: float) -> None:
        # A host has a robots.txt for http and one for https.
        delay = max(self._start_delay(), min(seconds, LONGEST_DELAY), self._asked.get(host, 0.0))
        self._asked[host] = delay
        downloader = self.crawler.engine.downloader
        downloader.per_slot_settings[host] = {"delay": delay, "concurrency": 1}
        if (slot := downloader.slots.get(host)) is not None:
            slot.delay, slot.concurrency, slot.lastseen = max(slot.delay, delay), 1, time.monotonic()

    def _response_downloaded(self, response: Response, request: Request, spider: Spider) -> None:
        key, slot = self._get_slot(request, spider)
        before = slot.delay if slot else 0.0
        super()._response_downloaded(response, request, spider)
        if slot is None or key is None:
            return
        if response.status in (429, 503):
            slot.delay = max(slot.delay, min(2 * before, self.maxdelay))
        slot.delay = max(slot.delay, self._asked.get(key, 0.0))


class PauseMiddleware:
    """A host that answers 429 or 503 with a Retry-After is left alone until then, by this run and those after it."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._hosts = Hosts.of(crawler)
        crawler.signals.connect(self._downloaded, signal=signals.response_downloaded)
        crawler.signals.connect(self._hosts.close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PauseMiddleware:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.process_request, signal=leaving)
        return middleware

    def process_request(self, request: Request) -> None:
        if (until := self._hosts.paused(host(request.url))) is not None:
            raise PutOff(until, ASKED_TO_WAIT)

    def _downloaded(self, response: Response, request: Request) -> None:
        """Called before the next request of the host's queue is taken up."""
        now = time.time()
        wait = retry_after(response, now) if response.status in (429, 503) else None
        if not wait:
            return
        self._hosts.pause(host(request.url), now + wait)
        assert self._crawler.engine is not None
        slot = self._crawler.engine.downloader.slots.get(request.meta["download_slot"])
        while slot is not None and slot.queue:
            _, waiting = slot.queue.popleft()
            waiting.errback(PutOff(now + wait, ASKED_TO_WAIT))


class TimesMiddleware:
    """The hours outside which a source is asked nothing, and the seconds after which a run asks it nothing more. Both
    are for what a run does by itself: requests that name their source."""

    def __init__(self, config: Config) -> None:
        self._budgets = config.budgets()
        self._begun: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TimesMiddleware:
        middleware = cls(crawler.settings["BREACHWIRE_CONFIG"])
        crawler.signals.connect(middleware.process_request, signal=leaving)
        return middleware

    def process_request(self, request: Request) -> None:
        source = request.meta.get("source")
        if source is None:
            return
        budget = self._budgets.of(source)
        if budget.hours and (until := until_open(*budget.hours, datetime.now(UTC))):
            raise OverBudget(until, "hours")
        now = time.monotonic()
        if now - self._begun.setdefault(source, now) > budget.seconds:
            raise OverBudget(0.0, "seconds")


def retry_after(response: Response, now: float) -> float | None:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3: seconds or a date), at most a week."""
    value = (response.headers.get("Retry-After") or b"").decode("latin-1").strip()
    if value.isdecimal():
        return min(float(value), LONGEST_PAUSE)
    try:
        date = parsedate_to_datetime(value)
        # Its older form names no zone; all dates of HTTP are UTC.
        return min(max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now), LONGEST_PAUSE)
    except (ValueError, OverflowError):
        return None
