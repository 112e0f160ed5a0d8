"""The stages as Scrapy item pipelines: extract → relevance → dedup → store. Each is thin; the work is in the cores.

A page comes in, an archived article goes out. A page that ends on the way raises `Ended` with its outcome; after each
commit to the archive the signal `committed` is sent, and only then may a URL be called done.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Self, cast

import msgspec
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem

from archive import ArchiveError, Segment, open_archive
from archive.index import Index
from archive.records import Access, Article, Dedup, Http, Versions, article_id
from archive.state import state_folder
from pipelines.dedup import SIGNATURE_SCHEME, DedupConfig, Deduplicator, Document, Signature, sign
from pipelines.extract import EXTRACTOR_VERSION
from pipelines.items import ExtractionError, Link, Page, SiteRules
from pipelines.relevance import judge, kind_of, load_topic, surest
from pipelines.urls import canonical, host
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
    """Page → draft, in worker processes: one evil page can neither stop nor kill the crawl."""

    def __init__(self, pool: WorkerPool, rules: Mapping[str, SiteRules]) -> None:
        self._pool = pool
        self._rules = rules

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(
            WorkerPool(
                settings.getint("BREACHWIRE_WORKERS"),
                settings.getfloat("BREACHWIRE_WORKER_TIMEOUT"),
                settings.getint("BREACHWIRE_WORKER_MEMORY"),
            ),
            settings.getdict("BREACHWIRE_RULES"),
        )

    async def process_item(self, item: Page) -> Draft:
        try:
            page = replace(item, rules=self._rules.get(item.link.source))
            extraction = await asyncio.wrap_future(self._pool.submit(page))
        except ExtractionError as error:
            raise Ended(item.link, f"failed: {error}") from error
        extra: dict[str, Any] = dict(extraction.extra)
        if item.link.url != item.url:
            extra["requested_url"] = item.link.url
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

    def close_spider(self) -> None:
        self._pool.close()


_EXTRACTED = (
    "title", "text", "markdown", "canonical_url", "summary", "authors", "published", "modified", "language", "image",
    "tags", "access", "rights", "removed",
)  # fmt: skip


class RelevanceStage:
    """Judges the article by each topic and tells its kind; what no topic wants ends here."""

    def __init__(self, topics: list[str], keep_all: bool) -> None:
        self._topics = [load_topic(name) for name in topics]
        self._keep_all = keep_all

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        settings = crawler.settings
        return cls(settings.getlist("BREACHWIRE_TOPICS"), settings.getbool("BREACHWIRE_KEEP_IRRELEVANT"))

    def process_item(self, item: Draft) -> Draft:
        article = item.article
        best = surest([judge(t, article.title, article.text) for t in self._topics])
        topic = next(t for t in self._topics if t.name == best.topic)
        kind = kind_of(topic, article.title, article.text)
        extra = article.extra | ({"kind": kind} if kind else {})
        versions = Versions(
            breachwire=version("breachwire"),
            extractor=EXTRACTOR_VERSION,
            topic=topic.version,
            signature=SIGNATURE_SCHEME,
        )
        draft = replace(item, article=msgspec.structs.replace(article, relevance=best, versions=versions, extra=extra))
        if best.verdict == "no" and not self._keep_all:
            raise Ended(item.page.link, "irrelevant", draft)
        return draft


class DedupStage:
    """Decides against all that the archive holds and what this run has on its way there."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._uri: str | None = crawler.settings["BREACHWIRE_ARCHIVE"]
        self._decisions = Deduplicator(
            self._text, msgspec.convert(crawler.settings.getdict("BREACHWIRE_DEDUP"), DedupConfig)
        )
        self._on_the_way: dict[str, str] = {}
        self._index: Index | None = None
        self._row = 0
        crawler.signals.connect(self._committed, signal=committed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        if self._uri is None:
            return
        try:
            self._index = Index.open(state_folder(self._uri) / "index.sqlite", scheme=SIGNATURE_SCHEME)
            self._index.catch_up(open_archive(self._uri))
            self._load_new()
        except ArchiveError as error:
            raise stop_for(self._crawler, error) from error

    def process_item(self, item: Draft) -> Draft:
        article = item.article
        try:
            self._load_new()
            known = article.id in self._on_the_way or bool(self._index and self._index.has(article.id))
        except ArchiveError as error:
            stop_for(self._crawler, error)
            raise Unfinished(item.page.link) from error
        if known:
            raise Ended(item.page.link, "unchanged", item)
        signature = sign(article.text)
        document = Document.of(article)
        decision = self._decisions.weigh(document, signature)
        dedup = decision.dedup
        self._decisions.add(document, signature, dedup)
        self._on_the_way[article.id] = article.text
        extra = article.extra | decision.links()
        encoded = base64.b64encode(signature.to_bytes()).decode()
        return replace(item, article=msgspec.structs.replace(article, dedup=dedup, signature=encoded, extra=extra))

    def _load_new(self) -> None:
        """Takes in what was archived since the last look, by this run or by another beside it."""
        for row in self._index.since(self._row) if self._index else ():
            self._row = row.rowid
            if row.signature is not None:
                document = Document(
                    id=row.id,
                    text="",  # asked for when it is compared
                    title=row.title,
                    url=canonical(row.url),
                    canonical_url=row.canonical_url,
                    source=row.source,
                    published=row.published,
                    access=cast(Access, row.access),
                )
                copy_of = row.cluster if row.verdict == "duplicate" else None
                place = Dedup(cluster=row.cluster, duplicate_of=copy_of)
                self._decisions.add(document, Signature.from_bytes(row.signature), place)

    def _text(self, article: str) -> str:
        text = self._on_the_way.get(article) or (self._index.text(article) if self._index else None)
        if text is None:
            raise KeyError(article)
        return text

    def _committed(self, segment: Segment) -> None:
        assert self._index is not None
        self._index.take(segment)
        for article in segment.articles:
            self._on_the_way.pop(article.id, None)

    def close_spider(self) -> None:
        if self._index is not None:
            self._crawler.signals.disconnect(self._committed, signal=committed)
            self._index.close()


def stop_for(crawler: Crawler, error: ArchiveError) -> CloseSpider:
    """Tells all that the archive cannot be used and ends the crawl; what is committed stays, the rest is taken up by
    the next run. Gives the exception to raise where the crawl has not begun."""
    crawler.signals.send_catch_log(archive_failed, error=error)
    if crawler.spider is not None and crawler.crawling and crawler.engine.running:
        asyncio.get_running_loop().create_task(crawler.engine.close_spider_async(reason="archive"))
    return CloseSpider("archive")
