"""The stages as Scrapy item pipelines: extract → relevance → dedup → store. Each is thin; the work is in the cores.

A page comes in, an archived article goes out. A page that ends on the way raises `Ended` with its outcome; after each
commit to the archive the signal `committed` is sent, and only then may a URL be called done.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Self

import msgspec
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem

from archive import ArchiveError, Segment, open_archive, open_bucket
from archive.records import Article, Http, Versions, article_id
from archive.state import INDEX_FILE, state_folder
from archive.tombstone import Tombstones
from pipelines.amp import OnlyAsAmp
from pipelines.dedup import (
    SIGNATURE_SCHEME,
    Ahead,
    DedupConfig,
    Deduplicator,
    Document,
    InMemory,
    KnownArticles,
    Store,
    sign,
)
from pipelines.extract import EXTRACTOR_VERSION
from pipelines.items import Extraction, ExtractionError, Link, Page, SiteRules
from pipelines.pages import fetched
from pipelines.relevance import judge, kind_of, load_topic, passes_prefilter, surest
from pipelines.urls import host
from pipelines.workers import WorkerPool

logger = logging.getLogger(__name__)

committed = object()
"""Signal: a segment is in the archive. Receivers get `segment` (an `archive.Segment`)."""

archive_failed = object()
"""Signal: the archive cannot be written; the crawl stops. Receivers get `error`."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An article on its way: the page it came from and what is known of it so far."""

    page: Page
    article: Article


class Ended(DropItem):
    """A page that goes no further: its outcome in one word, and the draft as far as it came."""

    def __init__(self, link: Link, outcome: str, draft: Draft | None = None) -> None:
        super().__init__(f"{outcome}: {link.url}")
        self.link = link
        self.outcome = outcome
        self.draft = draft


class Unfinished(DropItem):
    """A page that could not be archived now and must be taken up again."""

    def __init__(self, link: Link) -> None:
        super().__init__(f"not archived: {link.url}")
        self.link = link


class ExtractStage:
    """Page → draft, in worker processes: one evil page can neither stop nor kill the crawl.

    A page that a first look tells to be about none of `topics` ends here, for a fifth of the cost. Without topics, and
    for a site with rules of its own, every page is extracted.
    """

    def __init__(
        self, crawler: Crawler, pool: WorkerPool, rules: Mapping[str, SiteRules], topics: Sequence[str]
    ) -> None:
        self._crawler = crawler
        self._pool = pool
        self._rules = rules
        self._topics = topics
        self._told: set[tuple[str, str]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        look = settings.getbool("BREACHWIRE_FIRST_LOOK") and not settings.getbool("BREACHWIRE_KEEP_IRRELEVANT")
        return cls(
            crawler,
            WorkerPool(
                settings.getint("BREACHWIRE_WORKERS"),
                settings.getfloat("BREACHWIRE_WORKER_TIMEOUT"),
                settings.getint("BREACHWIRE_WORKER_MEMORY"),
            ),
            settings.getdict("BREACHWIRE_RULES"),
            settings.getlist("BREACHWIRE_TOPICS") if look else (),
        )

    async def process_item(self, item: Page) -> Draft:
        try:
            item, extraction = await self._extracted(item)
        except ExtractionError as error:
            raise Ended(item.link, f"failed: {error}") from error
        if extraction is None:
            raise Ended(item.link, "irrelevant")
        extra: dict[str, Any] = dict(extraction.extra)
        if item.link.url != item.url:
            extra["requested_url"] = item.link.url
        if extraction.without_effect:
            self._tell(item, extraction.without_effect)
            extra["rules_without_effect"] = extraction.without_effect
        fields = {f: getattr(extraction, f) for f in _EXTRACTED}
        article = Article(
            id=article_id(extraction.canonical_url, extraction.text),
            url=item.url,
            source=item.link.source or host(item.url),
            fetched=item.fetched,
            discovered_by=item.link.discovered_by,
            http=Http(
                status=item.status,
                etag=item.header("ETag"),
                last_modified=item.header("Last-Modified"),
                content_type=item.header("Content-Type"),
            ),
            extra=extra,
            **fields,
        )
        return Draft(item, article)

    def _tell(self, page: Page, missed: tuple[str, ...]) -> None:
        """Each rule of a site that finds nothing is told once a run; the report counts the pages."""
        news = [rule for rule in missed if (page.link.source, rule) not in self._told]
        self._told.update((page.link.source, rule) for rule in news)
        if news:
            rules = ", ".join(f"rules.{rule}" for rule in news)
            logger.warning("%s: %s: %s found nothing, extracted without", page.link.source, page.url, rules)

    async def _extracted(self, page: Page) -> tuple[Page, Extraction | None]:
        """The page that has the text, and what it holds: a page without any may name its AMP form. What the page itself
        does not allow holds for that too."""
        try:
            return page, await self._extract(replace(page, rules=self._rules.get(page.link.source)))
        except OnlyAsAmp as error:
            if (amp := await fetched(self._crawler, error.address, page.link)) is None:
                raise
            found = await self._extract(amp)
            rights = dict.fromkeys((*error.rights, *(found.rights if found else ())))
            return amp, found and replace(found, rights=tuple(rights))

    async def _extract(self, page: Page) -> Extraction | None:
        if self._topics and page.rules is None:
            return await asyncio.wrap_future(self._pool.submit_on(self._topics, page))
        return await asyncio.wrap_future(self._pool.submit(page))

    def close_spider(self) -> None:
        self._pool.close()


_EXTRACTED = (
    "title", "text", "markdown", "canonical_url", "summary", "authors", "published", "modified", "language", "image",
    "tags", "access", "rights", "removed",
)  # fmt: skip


class RelevanceStage:
    """Judges the article by each topic and tells its kind; what no topic wants ends here."""

    def __init__(self, topics: Sequence[str], keep_all: bool, unfiltered: Iterable[str]) -> None:
        """`unfiltered` names the sources of which every page is fetched, whatever was announced of it."""
        self._topics = [load_topic(name) for name in topics]
        self._keep_all = keep_all
        self._unfiltered = frozenset(unfiltered)
        self._version = version("breachwire")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(
            settings.getlist("BREACHWIRE_TOPICS"),
            settings.getbool("BREACHWIRE_KEEP_IRRELEVANT"),
            settings.getlist("BREACHWIRE_UNFILTERED"),
        )

    def process_item(self, item: Draft) -> Draft:
        article = item.article
        link = item.page.link
        best = surest([judge(t, article.title, article.text, link) for t in self._topics])
        topic = next(t for t in self._topics if t.name == best.topic)
        kind = kind_of(topic, article.title, article.text)
        extra = article.extra | ({"kind": kind} if kind else {})
        unfiltered = link.source in self._unfiltered and link.title
        if unfiltered and best.verdict != "no" and not passes_prefilter(self._topics, link):
            extra["missed_by_prefilter"] = True
        versions = Versions(
            breachwire=self._version,
            extractor=EXTRACTOR_VERSION,
            topic=topic.version,
            signature=SIGNATURE_SCHEME,
        )
        draft = replace(item, article=msgspec.structs.replace(article, relevance=best, versions=versions, extra=extra))
        if best.verdict == "no" and not self._keep_all:
            raise Ended(item.page.link, "irrelevant", draft)
        return draft


class DedupStage:
    """Decides against all that the archive holds, by this run or another, and what this run has on its way there."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._uri: str | None = crawler.settings["BREACHWIRE_ARCHIVE"]
        self._config = msgspec.convert(crawler.settings.getdict("BREACHWIRE_DEDUP"), DedupConfig)
        self._on_the_way: dict[str, str] = {}
        self._known: KnownArticles = InMemory()
        self._store: Store | None = None
        self._erased = Tombstones()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        if self._uri is not None:
            try:
                self._store = Store.open(state_folder(self._uri) / INDEX_FILE, self._config)
                self._store.catch_up(open_archive(self._uri))
                self._erased = Tombstones.of(open_bucket(self._uri))
            except ArchiveError as error:
                raise stop_for(self._crawler, error) from error
            self._known = Ahead(self._store)
            self._crawler.signals.connect(self._committed, signal=committed)
        self._decisions = Deduplicator(self._text, self._config, self._known)

    def process_item(self, item: Draft) -> Draft:
        if self._erased.hides(item.article):
            raise Ended(item.page.link, "erased")
        try:
            if standing := self._decisions.standing(Document.of(item.article)):
                article = msgspec.structs.replace(item.article, dedup=standing)
                raise Ended(item.page.link, "unchanged", replace(item, article=article))
            return replace(item, article=self._decided(item.article))
        except ArchiveError as error:
            stop_for(self._crawler, error)
            raise Unfinished(item.page.link) from error

    def _decided(self, article: Article) -> Article:
        signature = sign(article.text)
        document = Document.of(article)
        if isinstance(self._known, Ahead):
            self._known.expect([(document, signature)], self._config.candidates)
        decision = self._decisions.weigh(document, signature)
        self._decisions.add(document, signature, decision.dedup)
        self._on_the_way[article.id] = article.text
        extra = article.extra | decision.links()
        encoded = base64.b64encode(signature.to_bytes()).decode()
        return msgspec.structs.replace(article, dedup=decision.dedup, signature=encoded, extra=extra)

    def _text(self, id: str) -> str:
        text = self._on_the_way.get(id) or (self._store.text(id) if self._store else None)
        if text is None:
            raise KeyError(id)
        return text

    def _committed(self, segment: Segment) -> None:
        assert isinstance(self._known, Ahead)
        self._known.take(segment)
        for article in segment.articles:
            self._on_the_way.pop(article.id, None)

    def close_spider(self) -> None:
        if self._store is not None:
            self._crawler.signals.disconnect(self._committed, signal=committed)
            self._store.close()


def stop_for(crawler: Crawler, error: ArchiveError) -> CloseSpider:
    """Tells all that the archive cannot be used and ends the crawl; what is committed stays, the rest is taken up by
    the next run. Gives the exception to raise where the crawl has not begun."""
    crawler.signals.send_catch_log(archive_failed, error=error)
    if crawler.spider is not None and crawler.crawling and crawler.engine.running:
        asyncio.get_running_loop().create_task(crawler.engine.close_spider_async(reason="archive"))
    return CloseSpider("archive")
