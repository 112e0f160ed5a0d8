"""What Scrapy's handler of http lacks: a limit on the head of a response, and a pause that begins when one ends."""

from __future__ import annotations

from time import monotonic

from scrapy import Request
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

MAX_HEAD = 256 * 1024
"""Bytes of status lines and headers, with what of the body came in the same piece. Servers send a few kB."""


class BoundedHandler(HTTP11DownloadHandler):
    """Scrapy's handler for http and https, which ends a response whose headers do not end.

    Of a host that is asked one thing at a time the delay counts from the end of the answer. Scrapy counts it from when
    it takes a request up, and a busy machine or a slow network sends that much later: right before the next.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory

    async def download_request(self, request: Request) -> Response:
        try:
            return await super().download_request(request)
        finally:
            assert self._crawler.engine is not None
            slot = self._crawler.engine.downloader.slots.get(request.meta["download_slot"])
            if slot is not None and slot.concurrency == 1:
                slot.lastseen = monotonic()


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
