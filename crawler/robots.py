"""robots.txt by RFC 9309, and what sites ask for in it beyond the standard: a delay, a rate, a time of day."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from datetime import UTC, datetime

from protego import Protego
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http.request import NO_CALLBACK

from crawler.daily_file import DailyFile
from crawler.hours import until_open
from crawler.politeness import PutOff, delay_asked
from pipelines.urls import host

MAX_BYTES = 500 * 1024
"""Of a robots.txt, what is read: RFC 9309 §2.5 asks for at least as much."""

_RECEIVED = "robots_received"
"""In a request's meta: bytes of the robots.txt that have come."""

_VERSION = re.compile(r"(?im)^([ \t]*user-agent[ \t]*:[ \t]*breachwire)[/ ][^\r\n]*")
"""Sites copy names with the version from their logs; a group's name is without (RFC 9309 §2.2.1)."""


class ForbiddenByRobots(IgnoreRequest):
    """A page that robots.txt forbids."""


class RobotsUnreadable(IgnoreRequest):
    """A page whose site did not give its robots.txt; `why` is the error of the network, if it was one."""

    def __init__(self, why: Exception | None) -> None:
        self.why = why
        super().__init__("robots.txt cannot be read")


class RobotsMiddleware:
    """In the place of Scrapy's, which lets a crawl go on when robots.txt answers 5xx or not at all, asks for it in each
    run, and applies no crawl delay."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._rules = DailyFile(crawler, "/robots.txt", self._ask, self._read)
        crawler.signals.connect(self._received, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get("dont_obey_robotstxt"):  # robots.txt itself
            return
        rules = await self._rules.of(request.url)
        if not rules.can_fetch(request.url, self._agent):
            raise ForbiddenByRobots("Forbidden by robots.txt")
        visit = rules.visit_time(self._agent)
        if visit is not None and (until := until_open(visit.start_time, visit.end_time, datetime.now(UTC))):
            raise PutOff(until, "outside the hours that robots.txt allows")

    def _received(self, data: bytes, request: Request) -> None:
        """Of a file without end, the beginning counts."""
        if _RECEIVED in request.meta:
            request.meta[_RECEIVED] += len(data)
            if request.meta[_RECEIVED] >= MAX_BYTES:
                raise StopDownload(fail=False)

    def _read(self, origin: str, body: bytes) -> Protego:
        charset = "utf-16" if body.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
        rules = Protego.parse(_VERSION.sub(r"\1", body.decode(charset, "ignore")))
        rate = rules.request_rate(self._agent)
        delay = max(rules.crawl_delay(self._agent) or 0.0, rate.seconds / rate.requests if rate else 0.0)
        if delay > 0:
            self._crawler.signals.send_catch_log(delay_asked, host=host(origin), seconds=delay)
        return rules

    async def _ask(self, address: str) -> bytes:
        """The robots.txt at an address, empty where it has none (RFC 9309 §2.3.1.3). Raises `RobotsUnreadable` where it
        answers 5xx, 429, with a redirect that leads nowhere, or not at all: then all is forbidden (§2.3.1.4)."""
        meta = {"dont_obey_robotstxt": True, "download_maxsize": 0, _RECEIVED: 0}
        request = Request(address, priority=1000, meta=meta, callback=NO_CALLBACK)
        assert self._crawler.engine is not None
        try:
            response = await self._crawler.engine.download_async(request)
        except PutOff:
            raise
        except Exception as error:
            raise RobotsUnreadable(error) from error
        if response.status in range(300, 400) or response.status >= 500 or response.status == 429:
            raise RobotsUnreadable(None)
        return response.body[:MAX_BYTES] if response.status < 300 else b""
