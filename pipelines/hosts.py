"""The stage between extraction and relevance: what a host's other pages in the archive tell of a page's lines."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

import msgspec
from scrapy.crawler import Crawler

from archive import ArchiveError, Segment, open_archive
from archive.host_lines import LINES_FILE, HostLines
from archive.records import article_id
from archive.state import state_folder
from pipelines.extract.host_lines import without_host_lines
from pipelines.stages import Draft, Unfinished, committed, stop_for


class HostLinesStage:
    """Takes out lines that stand on other pages of the host, before anything is made of the text."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._uri: str | None = crawler.settings["BREACHWIRE_ARCHIVE"]
        self._lines: HostLines | None = None
        crawler.signals.connect(self._committed, signal=committed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open_spider(self) -> None:
        if self._uri is None:
            return
        try:
            self._lines = HostLines(state_folder(self._uri) / LINES_FILE)
            self._lines.catch_up(open_archive(self._uri))
        except ArchiveError as error:
            raise stop_for(self._crawler, error) from error

    def process_item(self, item: Draft) -> Draft:
        if self._lines is None:
            return item
        try:
            seen = self._lines.seen(item.article, item.article.text.split("\n\n"))
        except ArchiveError as error:
            stop_for(self._crawler, error)
            raise Unfinished(item.page.link) from error
        article = without_host_lines(item.article, seen)
        if article is item.article:
            return item
        named = msgspec.structs.replace(article, id=article_id(article.canonical_url, article.text))
        return replace(item, article=named)

    def _committed(self, segment: Segment) -> None:
        assert self._lines is not None
        self._lines.take(segment)

    def close_spider(self) -> None:
        if self._lines is not None:
            self._crawler.signals.disconnect(self._committed, signal=committed)
            self._lines.close()
