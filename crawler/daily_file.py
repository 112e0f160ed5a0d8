"""A file that hosts have at a path of its own, such as robots.txt: asked for once a day, and kept from run to run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler

from crawler.hosts import KEPT_FOR, Hosts
from crawler.politeness import PutOff, leaving

T = TypeVar("T")


class _KeptMeanwhile(PutOff):
    """A request for a file that another run has asked for while this one waited for its turn, and kept."""

    def __init__(self, body: bytes) -> None:
        super().__init__(0.0, "kept by another run")
        self.body = body


class DailyFile(Generic[T]):
    """What origins say in the file at `path`. `ask` fetches it from an address: empty where there is none, None where
    it cannot be had now, which is as none for this run and not kept. `read` tells what an origin means by its bytes.
    What either raises is raised to all who wait for that origin's file."""

    def __init__(
        self,
        crawler: Crawler,
        path: str,
        ask: Callable[[str], Awaitable[bytes | None]],
        read: Callable[[str, bytes], T],
    ) -> None:
        self._path, self._ask, self._read = path, ask, read
        self._hosts = Hosts.of(crawler)
        # A future, not a Deferred: it gives its result to any number of requests that wait for it.
        self._found: dict[str, tuple[float, asyncio.Future[T]]] = {}
        self._asking: set[str] = set()
        crawler.signals.connect(self._look_again, signal=leaving)
        crawler.signals.connect(self._hosts.close, signal=signals.spider_closed)

    async def of(self, url: str) -> T:
        """What the origin of a page says."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        asked, found = self._found.get(origin, (0.0, None))
        if found is None or time.monotonic() - asked > KEPT_FOR:
            found = asyncio.ensure_future(self._of_origin(origin))
            self._found[origin] = time.monotonic(), found
        return await asyncio.shield(found)

    async def _of_origin(self, origin: str) -> T:
        address = origin + self._path
        body = self._hosts.kept(address)
        if body is None:
            body = await self._asked(address)
        return self._read(origin, body or b"")

    async def _asked(self, address: str) -> bytes | None:
        self._asking.add(address)
        try:
            body = await self._ask(address)
        except _KeptMeanwhile as kept:
            return kept.body
        finally:
            self._asking.discard(address)
        if body is not None:
            self._hosts.keep(address, body)
        return body

    def _look_again(self, request: Request) -> None:
        if request.url in self._asking and (body := self._hosts.kept(request.url)) is not None:
            raise _KeptMeanwhile(body)
