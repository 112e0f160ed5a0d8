"""On demand: fetches given URLs, and hands each to the same pipelines as a crawl does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from crawler.outcomes import outcome_of, trouble_of
from pipelines.items import Link, Page
from pipelines.pages import page_of
from pipelines.stages import Draft, Ended, archive_failed
from pipelines.urls import host
from spiders.base import BreachwireSpider


class PageSpider(BreachwireSpider):
    """`results` has, for each URL that was answered, its outcome and what is known of its article."""

    name = "page"

    def __init__(self, urls: tuple[str, ...] | str = (), *args: Any, **kwargs: Any) -> None:
        """`urls` as a tuple, or divided by white space as `scrapy crawl page -a urls=…` gives."""
        super().__init__(*args, **kwargs)
        self._urls = tuple(urls.split()) if isinstance(urls, str) else urls
        self.results: dict[str, tuple[str, Draft | None]] = {}
        self.archive_error: str | None = None
        self.interrupted = False

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        # Whoever asks for a page wants to see its article, whatever it is about.
        settings.set("BREACHWIRE_FIRST_LOOK", False, priority="spider")
        settings.set("BREACHWIRE_BY_HAND", True, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> PageSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        for receiver, signal in (
            (spider.kept, signals.item_scraped),
            (spider.dropped, signals.item_dropped),
            (spider.broke, signals.item_error),
            (spider.archive_failed, archive_failed),
            (spider.ended, signals.spider_closed),
        ):
            crawler.signals.connect(receiver, signal=signal)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        registry = self.settings["BREACHWIRE_CONFIG"].registry()
        for url in dict.fromkeys(self._urls):
            source = registry.of(url)
            link = Link(url=url, source=source.name if source else host(url), discovered_by="manual")
            yield Request(url, callback=self.parse_page, errback=self.page_failed, cb_kwargs={"link": link})

    def parse_page(self, response: Response, link: Link) -> Iterator[Page]:
        """A page, handed on to the pipelines."""
        yield page_of(response, link)

    def page_failed(self, failure: Failure) -> None:
        """The page could not be fetched."""
        link: Link = failure.request.cb_kwargs["link"]  # type: ignore[attr-defined]  # Scrapy sets it
        self.results[link.url] = (trouble_of(failure, self.now()).outcome, None)

    def kept(self, item: Draft) -> None:
        """An article went all the way."""
        self.results[item.page.link.url] = (outcome_of(item.article), item)

    def dropped(self, exception: Exception) -> None:
        """A page ended on the way."""
        if isinstance(exception, Ended):
            self.results[exception.link.url] = (exception.outcome, exception.draft)

    def broke(self, item: Page | Draft, failure: Failure) -> None:
        """A fault of ours."""
        link = item.link if isinstance(item, Page) else item.page.link
        self.logger.error("%s: %r: this is a fault of Breachwire, please report it", link.url, failure.value)
        self.results[link.url] = ("failed: internal error", None)

    def archive_failed(self, error: Exception) -> None:
        """The archive cannot be read or written."""
        self.archive_error = self.archive_error or str(error)

    def ended(self, reason: str) -> None:
        """The run is over, or was interrupted."""
        self.interrupted = reason == "shutdown"
