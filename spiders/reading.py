"""What the spiders that ask sources share: what a site announces is read in a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from scrapy.http import Response

from crawler.discovery import DiscoveryError, Found, read
from crawler.sources import Place
from pipelines.items import ExtractionError
from pipelines.workers import WorkerPool
from spiders.base import BreachwireSpider, header

T = TypeVar("T")


class ReadingSpider(BreachwireSpider):
    """One that reads what sites announce, in a worker process of its own: a feed of ten megabytes holds up neither the
    crawl nor its pages, and one that takes too long or too much memory ends its worker only."""

    _pool: WorkerPool | None = None

    async def read(
        self,
        response: Response,
        place: Place,
        *,
        shapes: Mapping[str, bool] | None = None,
        newest: int | None = None,
        since: str | None = None,
    ) -> Found:
        """What a polled document holds. Raises `DiscoveryError`."""
        told = partial(read, place.medium, url=response.url, source=place.source.name, shapes=shapes)
        kind = header(response, "Content-Type")
        return await self.in_worker(partial(told, content_type=kind, newest=newest, since=since), response.body)

    async def in_worker(self, function: Callable[..., T], *args: Any) -> T:
        """The result of any importable function; a limit that it meets is a `DiscoveryError`."""
        if self._pool is None:
            settings = self.settings
            limits = settings.getfloat("BREACHWIRE_WORKER_TIMEOUT"), settings.getint("BREACHWIRE_WORKER_MEMORY")
            self._pool = WorkerPool(1, *limits)
        try:
            return await asyncio.wrap_future(self._pool.call(function, *args))
        except ExtractionError as error:
            raise DiscoveryError(f"cannot be read ({error})") from error

    def closed(self, reason: str) -> None:
        """Called by Scrapy when the run is over, and what was being read is read."""
        if self._pool is not None:
            self._pool.stop()
