"""Good manners: robots.txt by RFC 9309, its crawl delay kept, and one queue a host."""

from __future__ import annotations

import asyncio
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from pipelines.urls import host

LONGEST_DELAY = 120.0
"""Seconds; a crawl delay beyond it is cut to it."""


class ForbiddenByRobots(IgnoreRequest):
    """A page that robots.txt forbids."""


class RobotsUnreadable(IgnoreRequest):
    """A page whose site did not give its robots.txt; `why` is the error of the network, if it was one."""

    def __init__(self, why: Exception | None) -> None:
        self.why = why
        super().__init__("robots.txt cannot be read")


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware lets a crawl go on when robots.txt answers 5xx or not at all; RFC 9309 §2.3.1.4 says to
    assume that all is forbidden then."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._unreadable: dict[str, Exception | None] = {}
        self._asked_for: dict[str, asyncio.Future[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host, asked for once.

        Scrapy 2.19 has all that wait for a robots.txt await one Deferred. The first of them consumes its result, the
        others get None, and None means "all is allowed". A future gives its result to any number.
        """
        key = host(request.url)
        if key not in self._asked_for:
            self._asked_for[key] = asyncio.ensure_future(super().robot_parser(request))
        return await asyncio.shield(self._asked_for[key])

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500 or response.status == 429:
            self._unreadable[netloc] = None
        if response.status >= 400:  # RFC 9309 §2.3.1.3: "unavailable" means that all is allowed
            response = response.replace(body=b"")
        await super()._parse_robots(response, netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unreadable[netloc] = exc
        super()._robots_error(exc, netloc)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        if host(request.url) in self._unreadable:
            raise RobotsUnreadable(self._unreadable[host(request.url)])
        try:
            super().process_request_2(rp, request)
        except IgnoreRequest as error:
            raise ForbiddenByRobots("Forbidden by robots.txt") from error


class HostQueueMiddleware:
    """Puts each request into the queue of its own host and port. Scrapy keeps a redirected request in the queue of
    the host that redirected it, so the limits of the host that is really asked would not hold."""

    def process_request(self, request: Request) -> None:
        request.meta["download_slot"] = host(request.url)


class PoliteThrottle(AutoThrottle):
    """Scrapy's AutoThrottle that never goes below the crawl delay which a host's robots.txt asks for."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._asked: dict[str, float] = {}
        crawler.signals.connect(self._robots_parsed, signal=signals.robots_parsed)

    def _robots_parsed(self, robotparser: RobotParser, request: Request, **_: Any) -> None:
        delay = robotparser.crawl_delay(self._agent)
        key = request.meta.get("download_slot")
        if delay and key:
            self._asked[key] = min(float(delay), LONGEST_DELAY)
            slot = self.crawler.engine.downloader.slots.get(key)
            if slot is not None:
                slot.delay = max(slot.delay, self._asked[key])

    def _adjust_delay(self, slot: Any, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        request = response.request
        key = request.meta.get("download_slot") if request else None
        if key in self._asked:
            slot.delay = max(slot.delay, self._asked[key])
