"""Tries sources: asks their addresses, looks for others where one is not good, and extracts a few articles of each.
Nothing is archived and nothing is remembered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import msgspec
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from crawler.config import Config
from crawler.discovery import DiscoveryError, newest_files
from crawler.discovery.addresses import (
    announced_feeds,
    announced_sitemaps,
    usual_feeds,
    usual_sitemaps,
)
from crawler.discovery.html import described
from crawler.outcomes import trouble_of
from crawler.politeness import PutOff
from crawler.sources import Medium, Place, Source
from crawler.trials import GOOD, AddressTrial, SourceTrial
from pipelines.items import Link, Page
from pipelines.pages import page_of
from pipelines.relevance import load_topic, passes_prefilter
from pipelines.stages import Draft, Ended
from pipelines.urls import host
from spiders.base import header
from spiders.reading import ReadingSpider

ARTICLES = 3
"""Articles of a source that are extracted."""
SEARCHED = 10
"""Addresses that are asked at most in search of a feed."""
AT_ONCE = 16
"""Sources that are tried at the same time; of each, one request at a time."""


class TrialSpider(ReadingSpider):
    """`trials` has what was found of each source, in their order."""

    name = "trial"

    def __init__(self, sources: tuple[Source, ...] = (), explore: str | None = None, *args: Any, **kwargs: Any) -> None:
        """Tries `sources`; or, with `explore`, whatever source can be made of the site at that URL."""
        super().__init__(*args, **kwargs)
        self.trials = [SourceTrial(source) for source in sources]
        self._explore = explore
        self._by_url: dict[str, SourceTrial] = {}
        self.interrupted = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> TrialSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        for receiver, signal in (
            (spider.kept, signals.item_scraped),
            (spider.dropped, signals.item_dropped),
            (spider.broke, signals.item_error),
            (spider.ended, signals.spider_closed),
        ):
            crawler.signals.connect(receiver, signal=signal)
        return spider

    async def start(self) -> AsyncIterator[Page]:
        config: Config = self.settings["BREACHWIRE_CONFIG"]
        self._topics = [load_topic(name) for name in config.topics()]
        if self._explore is not None:
            self.trials = [await self._explored(self._explore)]
        few = asyncio.Semaphore(AT_ONCE)
        tasks = [asyncio.create_task(self._tried(trial, few)) for trial in self.trials]
        for task in asyncio.as_completed(tasks):
            for page in await task:
                yield page

    # -- one source ------------------------------------------------------------------------------------------------

    async def _tried(self, trial: SourceTrial, few: asyncio.Semaphore) -> list[Page]:
        """Asks the source's addresses where they are not known yet; the pages of its articles that answered."""
        async with few:
            if not trial.addresses:
                trial.addresses = [await self._asked(place) for place in trial.source.places()]
            unwell = any(not a.good or not a.links for a in trial.addresses)
            if unwell and trial.reachable == "yes" and self._explore is None:  # else it was searched already
                trial.found = await self._search(trial)
            links = trial.links or [link for address in trial.found for link in address.links]
            pages = []
            for link in self._samples(links):
                self._by_url[link.url] = trial
                trial.asked.append(link.url)
                try:
                    pages.append(page_of(await self._fetched(link.url), link))
                except Exception as error:
                    trial.outcomes[link.url] = self._reason(error)
            return pages

    def _samples(self, links: list[Link]) -> list[Link]:
        """A few of them: those worth fetching first, of these the newest."""

        def order(link: Link) -> tuple[bool, str]:
            return passes_prefilter(self._topics, link), link.published or link.updated or ""

        return sorted(links, key=order, reverse=True)[:ARTICLES]

    async def _asked(self, place: Place) -> AddressTrial:
        try:
            return await self._judged(place, await self._fetched(place.url))
        except Exception as error:
            return AddressTrial(place, self._reason(error))

    async def _judged(self, place: Place, response: Response) -> AddressTrial:
        """What the answer of an address is worth; of a sitemap index, what its newest file is. Raises what asking for
        that file does."""
        try:
            found = await self.read(response, place)
            links = found.links
            for url in () if links else newest_files(found.sitemaps, datetime.now(UTC))[-1:]:
                links = (await self.read(await self._fetched(url), place)).links
        except DiscoveryError as error:
            return AddressTrial(place, str(error))
        relevant = sum(passes_prefilter(self._topics, link) for link in links)
        return AddressTrial(place, GOOD, tuple(links), relevant, _moved_to(response, place.url))

    async def _search(self, trial: SourceTrial) -> list[AddressTrial]:
        """The first good address that the site's home page, robots.txt or custom leads to; at most one of a medium."""
        known = {place.url for place in trial.source.places()}
        try:
            home = await self._fetched(trial.source.home)
            feeds = await self.in_worker(announced_feeds, home.body, home.url) + usual_feeds(home.url)
        except Exception:  # it is one way of several
            feeds = usual_feeds(trial.source.home)
        return await self._first_good(trial.source, "feed", [url for url in feeds if url not in known])

    async def _first_good(self, source: Source, medium: Medium, urls: list[str]) -> list[AddressTrial]:
        for url in list(dict.fromkeys(urls))[:SEARCHED]:
            address = await self._asked(Place(source, medium, url))
            if address.good and address.links:
                return [address]
        return []

    # -- a new source ----------------------------------------------------------------------------------------------

    async def _explored(self, url: str) -> SourceTrial:
        """The source that can be made of a site: of the URL itself if it is a feed, else of the feeds that the page
        there names, of those at the usual addresses, of a sitemap, or of the page's own links."""
        source = Source(name=_name_for(url), home=urljoin(url, "/"))
        try:
            page = await self._fetched(url)
            first = await self._judged(Place(source, "feed", url), page)
            if first.links:  # a feed; it may lie with another host than its site
                home = urljoin(first.links[0].url, "/")
                return _made(await self._introduced(Source(name=_name_for(home), home=home)), first)
            if first.good:
                return SourceTrial(source, [first])
            source = await self._described(source, page)
            feeds = await self.in_worker(announced_feeds, page.body, page.url) + usual_feeds(page.url)
        except Exception as error:
            return SourceTrial(source, [AddressTrial(Place(source, "section", url), self._reason(error))])
        good = await self._first_good(source, "feed", feeds)
        good = good or await self._first_good(source, "sitemap", await self._sitemaps(source))
        return _made(source, good[0] if good else await self._judged(Place(source, "section", url), page))

    async def _introduced(self, source: Source) -> Source:
        """With what its home page says of it; without, where that cannot be had."""
        try:
            return await self._described(source, await self._fetched(source.home))
        except Exception:
            return source

    async def _described(self, source: Source, page: Response) -> Source:
        """With the title and language that the site's page has."""
        try:
            title, language = await self.in_worker(described, page.body, page.url, header(page, "Content-Type"))
        except DiscoveryError:
            return source
        return msgspec.structs.replace(source, title=title, language=language)

    async def _sitemaps(self, source: Source) -> list[str]:
        robots = urljoin(source.home, "/robots.txt")
        try:
            told = announced_sitemaps((await self._fetched(robots)).body.decode("utf-8", "replace"), robots)
        except Exception:  # a site without one
            told = []
        return told or usual_sitemaps(source.home)

    # -- requests and what comes of them ---------------------------------------------------------------------------

    async def _fetched(self, url: str) -> Response:
        """The answer, with all of a crawl's manners and limits; raises what a request fails with, statuses included."""
        assert self.crawler.engine is not None
        response = await self.crawler.engine.download_async(Request(url))
        if not 200 <= response.status < 300:
            raise HttpError(response)
        return response

    def _reason(self, error: Exception) -> str:
        if isinstance(error, PutOff):
            return str(error)
        failure = Failure(error)  # type: ignore[no-untyped-call]  # Twisted has no types for it
        return trouble_of(failure, self.now()).outcome.removeprefix("failed: ")

    def kept(self, item: Draft) -> None:
        """An article was extracted and judged."""
        self._end(item.page.link.url, GOOD, item)

    def dropped(self, exception: Exception) -> None:
        """A page ended on the way."""
        if isinstance(exception, Ended):
            outcome = GOOD if exception.draft else exception.outcome.removeprefix("failed: ")
            self._end(exception.link.url, outcome, exception.draft)

    def broke(self, item: Page | Draft, failure: Failure) -> None:
        """A fault of ours."""
        link = item.link if isinstance(item, Page) else item.page.link
        self.logger.error("%s: %r: this is a fault of Breachwire, please report it", link.url, failure.value)
        self._end(link.url, "internal error", None)

    def _end(self, url: str, outcome: str, draft: Draft | None) -> None:
        trial = self._by_url[url]
        trial.outcomes[url] = outcome
        if draft is not None:
            trial.drafts[url] = draft

    def ended(self, reason: str) -> None:
        """The trial is over, or was interrupted."""
        self.interrupted = reason == "shutdown"


def _made(source: Source, address: AddressTrial) -> SourceTrial:
    """The source with that address as its only one."""
    urls: dict[str, tuple[str, ...]] = {f"{address.place.medium}s": (address.moved_to or address.place.url,)}
    return SourceTrial(msgspec.structs.replace(source, **urls), [address])


def _moved_to(response: Response, asked: str) -> str | None:
    """Where an address moved for good: all the redirects there say so."""
    reasons = response.meta.get("redirect_reasons", [])
    return response.url if response.url != asked and reasons and set(reasons) <= {301, 308} else None


def _name_for(url: str) -> str:
    """A name for a source, by its host.

    >>> _name_for("https://www.news.example:8000/feed")
    'news.example-8000'
    """
    return re.sub(r"[^\w.-]", "-", host(url).removeprefix("www."))[:80]
