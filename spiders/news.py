"""The cron run: polls every source that is due, and fetches the pages that it announces and that are new."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.config import Config
from crawler.discovery import DiscoveryError, Sitemap, feed_links, section_links, sitemap_links
from crawler.frontier import Look
from crawler.ledger import Ledger
from crawler.polls import Validators
from crawler.sources import Place, Source
from pipelines.items import Link, Page
from pipelines.relevance import load_topic, passes_prefilter
from spiders.base import BreachwireSpider, header, page_of

NEWEST = 1_000
"""Links of one sitemap that are looked at: the newest."""
SUB_SITEMAPS = 10
"""Files of a sitemap index that are followed: the last listed, which by custom are the newest."""


class NewsSpider(BreachwireSpider):
    """Sources → links → pages. What becomes of each URL is the ledger's to know."""

    name = "news"
    ledger: Ledger

    def __init__(self, sources: tuple[Source, ...] | str = (), *args: Any, **kwargs: Any) -> None:
        """`sources` are registry entries, or names divided by commas as `scrapy crawl news -a sources=…` gives."""
        super().__init__(*args, **kwargs)
        self._asked_for = sources

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.ledger = Ledger(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        config: Config = self.settings["BREACHWIRE_CONFIG"]
        asked = self._asked_for
        names = [n.strip() for n in asked.split(",") if n.strip()] if isinstance(asked, str) else ()
        sources = config.registry().select(names) if isinstance(asked, str) or not asked else asked
        self._topics = [load_topic(name) for name in config.topics()]
        self._room = config.crawl.max_pages
        self._room_each = config.crawl.pages_per_source
        self._asked: Counter[str] = Counter()
        self._every = config.crawl.poll_every
        for look in self.ledger.left_over([s.name for s in sources], self._room):
            for request in self._page_requests(look):
                yield request
        for source in sources:
            if source.rules and source.rules.expired(datetime.now(UTC).date()):
                self.ledger.rules_expired(source.name, str(source.rules.valid_until))
            for place in source.places():
                validators = self.ledger.due(place.url, source.name)
                if validators is not None:
                    yield self._poll_request(place, validators)

    # -- polls -----------------------------------------------------------------------------------------------------

    def _poll_request(self, place: Place, validators: Validators) -> Request:
        return Request(
            place.url,
            headers=validators.headers(),
            callback=self.parse_poll,
            errback=self.poll_failed,
            cb_kwargs={"place": place, "asked_with": validators},
            meta={"handle_httpstatus_list": [304], "source": place.source.name},
            priority=10,
        )

    async def parse_poll(self, response: Response, place: Place, asked_with: Validators) -> AsyncIterator[Request]:
        """A feed, sitemap or section page: its links go to the frontier, those that are ours are asked for."""
        if response.status == 304:
            self.ledger.poll_unchanged(place, None, self._every)
            return
        digest = hashlib.sha256(response.body).hexdigest()
        validators = Validators(header(response, "ETag"), header(response, "Last-Modified"), digest)
        if digest == asked_with.digest:
            self.ledger.poll_unchanged(place, validators, self._every)
            return
        found = await self._discovered(response, place)
        if found is None:
            return
        # The links go in before the validators do: a crash in between polls again, and loses nothing.
        taken = self.ledger.announced(place.source.name, found.links)
        for request in self._worth_fetching(place.source, taken):
            yield request
        for url in found.sitemaps[-SUB_SITEMAPS:]:
            yield Request(
                url,
                self.parse_sub_sitemap,
                errback=self.poll_failed,
                cb_kwargs={"place": place},
                meta={"source": place.source.name},
                priority=9,
            )
        # The files of an index may change while it does not: its digest would say "nothing new".
        if found.sitemaps:
            validators = replace(validators, digest=None)
        newest = max((time for link in found.links if (time := link.updated or link.published)), default=None)
        self.ledger.polled(place, validators, self._every, new=len(taken), newest=newest)

    async def parse_sub_sitemap(self, response: Response, place: Place) -> AsyncIterator[Request]:
        """One file of a sitemap index."""
        found = await self._discovered(response, place)
        taken = self.ledger.announced(place.source.name, found.links if found else [])
        if taken:
            self.ledger.found_more(place, self._every)
        for request in self._worth_fetching(place.source, taken):
            yield request

    async def _discovered(self, response: Response, place: Place) -> Sitemap | None:
        """The links of a polled document; None, and the poll has failed, if it is not what it should be."""
        try:
            # In a thread: a feed of ten megabytes must not hold up the crawl.
            return await asyncio.to_thread(_discover, response, place)
        except DiscoveryError as error:
            self.ledger.poll_failed(place, str(error), self._every)
        except Exception as error:
            # A document so odd that a library stumbles over it: one address's failure, not the run's.
            self.ledger.poll_failed(place, f"cannot be read ({type(error).__name__})", self._every)
        return None

    def poll_failed(self, failure: Failure) -> None:
        """The address could not be fetched."""
        place: Place = failure.request.cb_kwargs["place"]  # type: ignore[attr-defined]  # Scrapy sets it
        self.ledger.poll_not_made(place, failure, self._every)

    # -- pages -----------------------------------------------------------------------------------------------------

    def _worth_fetching(self, source: Source, links: list[Link]) -> Iterator[Request]:
        for link in links:
            if source.prefilter and not passes_prefilter(self._topics, link):
                self.ledger.not_worth_fetching(link)
            else:
                yield from self._page_requests(Look(link))

    def _page_requests(self, look: Look) -> Iterator[Request]:
        """The request for a page, while the budgets of the run and of its source last."""
        link, validators = look
        if self._room <= 0 or self._asked[link.source] >= self._room_each:
            self.ledger.put_off(link)
            return
        self._room -= 1
        self._asked[link.source] += 1
        meta: dict[str, Any] = {"source": link.source}
        if asked := validators.headers():
            meta["handle_httpstatus_list"] = [304]
        yield Request(
            link.url,
            headers=asked,
            callback=self.parse_page,
            errback=self.page_failed,
            cb_kwargs={"link": link},
            meta=meta,
        )

    def parse_page(self, response: Response, link: Link) -> Iterator[Page]:
        """A page, handed on to the pipelines unless it is as it was."""
        if response.status == 304:
            self.ledger.unchanged(link)
        else:
            yield page_of(response, link)

    def page_failed(self, failure: Failure) -> None:
        """The page could not be fetched; the ledger says what that means."""
        self.ledger.request_failed(failure.request.cb_kwargs["link"], failure)  # type: ignore[attr-defined]


def _discover(response: Response, place: Place) -> Sitemap:
    """The links of a polled document, and the addresses of further sitemaps."""
    name, kind = place.source.name, header(response, "Content-Type")
    if place.medium == "sitemap":
        found = sitemap_links(response.body, url=response.url, source=name)
        return Sitemap(_newest(found.links), found.sitemaps)
    read: Callable[..., list[Link]] = feed_links if place.medium == "feed" else section_links
    return Sitemap(read(response.body, url=response.url, source=name, content_type=kind))


def _newest(links: list[Link]) -> list[Link]:
    if len(links) <= NEWEST:
        return links
    return sorted(links, key=lambda link: link.updated or link.published or "", reverse=True)[:NEWEST]
