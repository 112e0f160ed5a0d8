"""What Scrapy's downloader lacks: hosts that do not hold up one another, a last look before a request is sent, a pause
that begins when an answer ends, and a limit on the head of a response."""

from __future__ import annotations

import asyncio
from time import monotonic

from scrapy import Request
from scrapy.core.downloader import Downloader, Slot
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web._newclient import Request as SentRequest
from twisted.web.iweb import IResponse

from crawler.politeness import INTERRUPTED, PutOff, asked, leaving

MAX_HEAD = 256 * 1024
"""Bytes of status lines and headers, with what of the body came in the same piece. Servers send a few kB."""

SLOW = 2.0
"""Seconds; a host with a longer delay is slow: what little it sends needs no bound of its own."""


class FairDownloader(Downloader):
    """Scrapy's, in which what waits for its turn at a slow host, or at one that another run asks, keeps no other host
    waiting. Scrapy counts that as under way, and the pages of a few such hosts would be all that a run has in hand."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.room = asyncio.Semaphore(self.total_concurrency)
        """For the requests that are made at a time."""
        self.elsewhere: set[str] = set()
        """Hosts that another run asks, and this one waits for."""

    def needs_backout(self) -> bool:
        room = self.total_concurrency
        return len(self.active) >= room and sum(map(self._is_under_way, self.active)) >= room

    def _is_under_way(self, request: Request) -> bool:
        host = request.meta.get(self.DOWNLOAD_SLOT, "")
        slot = self.slots.get(host)
        if host in self.elsewhere:
            return slot is not None and request in slot.transferring
        return slot is None or slot.delay <= max(self._delay, SLOW) or request in slot.transferring


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https, which ends a response whose headers do not end.

    Of a host that is asked one thing at a time the delay counts from the end of the answer. Scrapy counts it from when
    it takes a request up, and a busy machine or a slow network sends that much later: right before the next.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory

    async def download_request(self, request: Request) -> Response:
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        assert isinstance(downloader, FairDownloader)
        slot = downloader.slots.get(request.meta["download_slot"])
        if (refused := self._refused(request)) is not None:
            if slot is not None:
                self._empty(slot)
            raise refused
        try:
            async with downloader.room:
                return await super().download_request(request)
        finally:
            if slot is not None and slot.concurrency == 1:
                slot.lastseen = monotonic()
            self._crawler.signals.send_catch_log(asked, request=request)

    def _refused(self, request: Request) -> BaseException | None:
        """Why the request must not be sent now; None where it may."""
        if not self._crawler.crawling:
            return PutOff(0.0, INTERRUPTED)
        told = self._crawler.signals.send_catch_log(leaving, request=request, dont_log=PutOff)
        return next((why.value for _, why in told if isinstance(why, Failure)), None)

    def _empty(self, slot: Slot) -> None:
        """Ends what waits in the queue and must not be sent either, instead of a delay after the other."""
        for entry in list(slot.queue):
            request, waiting = entry
            if (refused := self._refused(request)) is not None:
                slot.queue.remove(entry)
                waiting.errback(refused)


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: SentRequest) -> Deferred[IResponse]:
        self._head = 0  # of this response alone: many may come over one connection, each in a piece
        return super().request(request)

    def dataReceived(self, data: bytes) -> None:
        parser = self._parser
        self._head = self._head + len(data) if parser is not None and parser.state in (STATUS, HEADER) else 0
        if self._head <= MAX_HEAD:
            super().dataReceived(data)  # type: ignore[no-untyped-call]
        else:
            self._giveUp(Failure(DownloadCancelledError("headers without end")))  # type: ignore[no-untyped-call]


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
