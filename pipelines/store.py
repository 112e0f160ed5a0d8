"""The last stage: articles and captures into the archive, and the word to all that a segment is durable."""

from __future__ import annotations

import asyncio
import logging
from typing import Self

import msgspec
from scrapy.crawler import Crawler

from archive import ArchiveError, RawResponse, SegmentWriter, open_archive, open_bucket
from archive.errors import Erased
from archive.state import INDEX_FILE, state_folder
from pipelines.dedup import DedupConfig, Store
from pipelines.dedup.reconcile import reconcile
from pipelines.stages import Draft, Ended, Unfinished, committed, stop_for
from pipelines.urls import is_web

logger = logging.getLogger(__name__)


class StoreStage:
    """Gathers articles and captures into segments; what a segment holds is told by `committed` once it is durable."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        settings = crawler.settings
        self._writer = SegmentWriter(open_bucket(settings["BREACHWIRE_ARCHIVE"]), settings["BREACHWIRE_RUN"])
        self._turn = asyncio.Lock()
        self._failed = False
        self._clock: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        self._reconcile()
        self._clock = asyncio.get_running_loop().create_task(self._flush_by_age())

    def _reconcile(self) -> None:
        """Stories that runs took in at the same time, without seeing each other, are one before this one begins."""
        settings = self._crawler.settings
        uri: str = settings["BREACHWIRE_ARCHIVE"]
        config = msgspec.convert(settings.getdict("BREACHWIRE_DEDUP"), DedupConfig)
        archive, folder = open_archive(uri), state_folder(uri)
        try:
            if count := reconcile(archive, folder, config):
                logger.info("%d records written again: runs at the same time had taken in the same stories", count)
                with Store.open(folder / INDEX_FILE, config) as index:
                    index.catch_up(archive)
        except ArchiveError as error:
            self._failed = True
            raise stop_for(self._crawler, error) from error

    async def process_item(self, item: Draft) -> Draft:
        page, article = item.page, item.article
        response = RawResponse(
            url=page.url,
            fetched=page.fetched,
            status=page.status,
            headers=page.headers,
            body=page.body,
            via=page.link.discovered_by if is_web(page.link.discovered_by) else None,
            request=page.request,
        )
        async with self._turn:
            if self._failed:
                raise Unfinished(page.link)
            try:
                due = self._writer.add(article, response)
            except Erased as error:  # while the crawl was under way
                raise Ended(page.link, "erased") from error
            except ArchiveError as error:
                logger.error("%s: %s", page.url, error)
                raise Ended(page.link, "failed: cannot be archived", item) from error
            if due:
                await self._flush()
        return item

    async def _flush_by_age(self) -> None:
        """A segment that no further article closes is closed by its age."""
        while True:
            await asyncio.sleep(5)
            async with self._turn:
                if self._writer.due() and not self._failed:
                    await self._flush()

    async def _flush(self) -> None:
        """Writes what is held, in a thread: a bucket may take its time, and the crawl goes on meanwhile."""
        try:
            while (segment := await asyncio.to_thread(self._writer.flush)) is not None:
                self._crawler.signals.send_catch_log(committed, segment=segment)
        except ArchiveError as error:
            self._failed = True
            stop_for(self._crawler, error)

    async def close_spider(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        async with self._turn:
            if not self._failed:
                await self._flush()
