"""The cron run: polls every source that is due, and fetches the pages that it announces and that are new."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.backlog import Backlog
from crawler.config import Config
from crawler.discovery import DiscoveryError, Found, Walk
from crawler.frontier import Look
from crawler.health import dates_of
from crawler.ledger import Ledger
from crawler.outcomes import trouble_of
from crawler.politeness import PutOff
from crawler.polls import UNFINISHED, Validators
from crawler.sources import Place, Source
from crawler.watch import Watch
from pipelines.items import Link, Page
from pipelines.pages import page_of
from pipelines.relevance import load_topic, passes_prefilter
from pipelines.urls import leads_home
from spiders.base import header
from spiders.reading import ReadingSpider
from spiders.ways_back import WaysBack

NEWEST = 1_000
"""Links of one sitemap that are looked at: the newest, and in a fill all that are dated since its day."""


class NewsSpider(ReadingSpider):
    """Sources → links → pages. What becomes of each URL is the ledger's to know."""

    name = "news"
    ledger: Ledger
    ways_back: WaysBack
    watch: Watch

    def __init__(
        self, sources: tuple[Source, ...] | str = (), since: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """`sources` are registry entries, or names divided by commas as `scrapy crawl news -a sources=…` gives.

        `since` (RFC 3339, UTC) makes it a first fill: every address is read back to that time, due or not.
        """
        super().__init__(*args, **kwargs)
        self._wanted = sources
        self._since = since
        self._sources: tuple[Source, ...] = ()
        self._asked: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.ledger = Ledger(crawler)
        spider.ways_back = WaysBack(spider.ledger)
        spider.watch = Watch(crawler, spider.ledger.report)
        crawler.signals.connect(spider.broke, signal=signals.spider_error)
        crawler.signals.connect(spider.idle, signal=signals.spider_idle)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        config: Config = self.settings["BREACHWIRE_CONFIG"]
        wanted = self._wanted
        names = [n.strip() for n in wanted.split(",") if n.strip()] if isinstance(wanted, str) else ()
        registry = config.registry()
        self._sources = tuple(registry.select(names)) if isinstance(wanted, str) or not wanted else wanted
        self.ledger.renamed(registry)
        self._topics = [load_topic(name) for name in config.topics()]
        self._backlog = Backlog(self.ledger, config)
        self._every = config.crawl.poll_every
        for source in self._sources:
            if source.rules and source.rules.expired(datetime.now(UTC).date()):
                self.ledger.rules_expired(source.name, str(source.rules.valid_until))
            for request in self._due(source):
                yield request

    def _due(self, source: Source) -> Iterator[Request]:
        """The pages that wait for this run, and the addresses that are due and that it has not asked."""
        yield from map(self._page_request, self._backlog.begin(source.name))
        for place in source.places():
            if place.url in self._asked:
                continue
            validators = self.ledger.due(place.url, source.name)
            if validators is not None or self._since is not None:
                self._asked.add(place.url)
                yield self._first_request(place, validators)

    def idle(self) -> None:
        """Nothing is left to do but what another run had begun and gave back, as this one asked the host."""
        if not self.crawler.crawling:
            return
        open_ones = [each for each in self._sources if not self.ledger.report.source(each.name).ended_by]
        requests = [request for source in open_ones for request in self._due(source)]
        assert self.crawler.engine is not None
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    # -- polls -----------------------------------------------------------------------------------------------------

    def _first_request(self, place: Place, validators: Validators | None) -> Request:
        if self._since is None:
            assert validators is not None
            return self._poll_request(place, validators)
        self.ledger.report.source(place.source.name).polls += validators is None  # polled though not due
        return self._poll_request(place, Validators(), Walk(self._since, [place.source.home, place.url]))

    def _poll_request(self, place: Place, validators: Validators, walk: Walk | None = None) -> Request:
        return Request(
            place.url,
            headers=validators.headers(),
            callback=self.parse_poll,
            errback=self.poll_failed,
            cb_kwargs={"place": place, "asked_with": validators, "walk": walk},
            meta={"handle_httpstatus_list": [304], "source": place.source.name},
            priority=10,
        )

    async def parse_poll(
        self, response: Response, place: Place, asked_with: Validators, walk: Walk | None
    ) -> AsyncIterator[Request]:
        """A feed, sitemap or section page: its links go to the frontier, those that are ours are asked for."""
        if response.status == 304:
            if asked_with.headers():
                self.ledger.poll_unchanged(place, None, self._every)
            else:
                self.ledger.poll_failed(place, "HTTP 304, though the whole was asked for", self._every)
            return
        digest = hashlib.sha256(response.body).hexdigest()
        validators = Validators(header(response, "ETag"), header(response, "Last-Modified"), digest)
        if digest == asked_with.digest:
            self.ledger.poll_unchanged(place, validators, self._every)
            return
        try:
            found = await self._read(response, place, walk)
        except DiscoveryError as error:
            self.ledger.poll_failed(place, str(error), self._every)
            return
        # The links go in before the validators do: a crash in between polls again, and loses nothing.
        new, requests = self._follow(found, place, walk, ())
        for request in requests:
            yield request
        # The files of an index may change while it does not, and a run may end before it has read them: "as it was"
        # would say nothing of them.
        if found.sitemaps:
            validators = Validators()
        times = Counter(time for link in found.links if (time := link.updated or link.published))
        newest = dates_of(times, datetime.now(UTC)).newest  # one of the future would end every way back at once
        if walk is None and (asked_with.digest == UNFINISHED or not self.ways_back.reached(found, place)):
            # How far back the last poll reached stays known until the way back to it was gone.
            for request in self._catch_up(found, place):
                self.ways_back.begins(place, validators, newest, again=asked_with.digest == UNFINISHED)
                validators, newest = Validators(digest=UNFINISHED), None
                yield request
        self.ledger.polled(place, validators, self._every, new=new, newest=newest)

    async def parse_further(
        self, response: Response, place: Place, walk: Walk | None, others: tuple[str, ...]
    ) -> AsyncIterator[Request]:
        """One file of a sitemap index, or an older page of what was polled."""
        try:
            found = await self._read(response, place, walk)
        except DiscoveryError as error:
            if walk is None:
                self.ledger.poll_failed(place, str(error), self._every, at=response.url)
            found = Found()
        new, requests = self._follow(found, place, walk, others)
        if new and walk is None:
            self.ledger.found_more(place, self._every)
        if all("link" in request.cb_kwargs for request in requests):
            self.ways_back.ended(place, walk)
        for request in requests:
            yield request

    def _follow(
        self, found: Found, place: Place, walk: Walk | None, others: tuple[str, ...]
    ) -> tuple[int, list[Request]]:
        """The number of new links in a document, and the requests that it leads to: pages, the files of a sitemap
        index, and in a fill what is older. Where it brings nothing, one of the `others` may."""
        self.watch.announced(place, found.links)
        links = walk.take(found.links) if walk else found.links
        taken = self.ledger.announced(place.source.name, links, partial(self._is_worth_fetching, place.source))
        requests = list(self._worth_fetching(place.source, taken))
        for url in walk.files(found.sitemaps) if walk else self.ways_back.new_files(found, place):
            requests += self._further((url,), place, walk)
        if walk and not links:
            requests += self._further(others, place, walk)
        elif walk and self.ways_back.leads_on(found, place):
            requests += self._further(tuple(walk.further(found, links)), place, walk)
        return len(taken), requests

    def _catch_up(self, found: Found, place: Place) -> Iterator[Request]:
        """What is older than a document that does not reach back: more may have come since the last poll than it
        holds."""
        last = self.ways_back.last_poll(place)
        if last and last.reached:
            walk = Walk(last.reached, [place.source.home, place.url])
            yield from self._further(tuple(walk.further(found, walk.take(found.links))), place, walk)

    def _further(self, ways: tuple[str, ...], place: Place, walk: Walk | None) -> Iterator[Request]:
        """Asks for the first of these documents; the others are for when it brings nothing."""
        for url in ways[:1]:
            self.ledger.report.source(place.source.name).polls += walk is None
            yield Request(
                url,
                callback=self.parse_further,
                errback=self.further_failed,
                cb_kwargs={"place": place, "walk": walk, "others": ways[1:]},
                meta={"source": place.source.name},
                priority=9,
            )

    def further_failed(self, failure: Failure) -> Iterator[Request]:
        """A file of a sitemap index is missed, and told. That there is no older page is told only if it may be there
        another time: then the fill is to be repeated."""
        values = failure.request.cb_kwargs  # type: ignore[attr-defined]  # Scrapy sets it
        place: Place = values["place"]
        if values["walk"] is None:
            self.poll_failed(failure)
        elif isinstance(failure.value, PutOff) or trouble_of(failure, self.now()).passing:
            way = self.ways_back.of(place)
            if way and way.again and not isinstance(failure.value, PutOff):  # or it would be so for ever
                self.ways_back.ended(place, values["walk"])
            again = "the next poll does" if self.ways_back.of(place) else "run it with --since again"
            line = f"{place.medium} {place.url}: was not read back to the day; {again}"
            report = self.ledger.report.source(place.source.name)
            report.polls += 1
            report.poll_errors.append(line)
        elif not values["others"]:
            self.ways_back.ended(place, values["walk"])
        yield from self._further(values["others"], place, values["walk"])

    async def _read(self, response: Response, place: Place, walk: Walk | None) -> Found:
        shapes = self.watch.shapes(response.url) if place.medium == "section" else None
        return await self.read(response, place, shapes=shapes, newest=NEWEST, since=walk.since if walk else None)

    def poll_failed(self, failure: Failure) -> None:
        """The address could not be fetched."""
        place: Place = failure.request.cb_kwargs["place"]  # type: ignore[attr-defined]  # Scrapy sets it
        self.ledger.poll_not_made(place, failure, self._every)

    def broke(self, failure: Failure, response: Response | Failure) -> None:
        """A fault of ours in what is made of an answer: its poll failed, or its page."""
        if isinstance(response, Failure) or response.request is None:
            return
        values = response.request.cb_kwargs
        if "link" in values:
            self.ledger.page_broke(values["link"], failure)
        else:
            at = None if "asked_with" in values else response.request.url
            what = f"internal error ({failure.value!r}): this is a fault of Breachwire, please report it"
            self.ledger.poll_failed(values["place"], what, self._every, at=at)

    # -- pages -----------------------------------------------------------------------------------------------------

    def _worth_fetching(self, source: Source, links: list[Link]) -> Iterator[Request]:
        worth = []
        for link in links:
            if self._is_worth_fetching(source, link):
                worth.append(link)
            else:
                self.ledger.not_worth_fetching(link)
        return map(self._page_request, self._backlog.take(source.name, worth))

    def _is_worth_fetching(self, source: Source, link: Link) -> bool:
        return not source.prefilter or passes_prefilter(self._topics, link)

    def _page_request(self, look: Look) -> Request:
        link, validators = look
        meta: dict[str, Any] = {"source": link.source}
        if asked := validators.headers():
            meta["handle_httpstatus_list"] = [304]
        return Request(
            link.url,
            headers=asked,
            callback=self.parse_page,
            errback=self.page_failed,
            cb_kwargs={"link": link},
            meta=meta,
        )

    def parse_page(self, response: Response, link: Link) -> Iterator[Page | Request]:
        """A page, handed on to the pipelines unless it is as it was; and the pages to ask for next, which do not wait
        for it."""
        yield from map(self._page_request, self._backlog.ended(link.source))
        if response.status == 304:
            self.ledger.unchanged(link)
        elif leads_home(link.url, response.url):
            self.ledger.withdrawn(link)
        else:
            yield page_of(response, link)

    def page_failed(self, failure: Failure) -> Iterator[Request]:
        """The page could not be fetched; the ledger says what that means."""
        link: Link = failure.request.cb_kwargs["link"]  # type: ignore[attr-defined]  # Scrapy sets it
        self.ledger.request_failed(link, failure)
        return map(self._page_request, self._backlog.ended(link.source))

    def closed(self, reason: str) -> None:
        """Called by Scrapy when the run is over."""
        super().closed(reason)
        for source in self._sources:
            self.ledger.left(source.name, self._backlog.spent(source.name))
