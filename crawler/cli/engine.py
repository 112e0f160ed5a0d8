"""Runs spiders in this process with Scrapy's asyncio reactor, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import scrapy.core.downloader.contextfactory  # noqa: F401  # early: it looks through every module that is loaded
from scrapy import Spider, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import Settings
from twisted.logger import globalLogBeginner

from archive.layout import new_run_id
from crawler.cli.console import hush
from crawler.cli.progress import bar
from crawler.memory import keep_small

Job = tuple[type[Spider], dict[str, Any]]
"""A spider and its arguments."""


def run_spider(spider: type[Spider], settings: dict[str, Any], **arguments: Any) -> Crawler:
    """Runs one spider to its end; gives the crawler, whose `spider` has the results."""
    return run_spiders(settings, iter([lambda: (spider, arguments)]))[0]


def run_spiders(settings: dict[str, Any], jobs: Iterator[Callable[[], Job]]) -> list[Crawler]:
    """Runs jobs in turn, all with the same settings but each with a run id of its own.

    A job is called for when the one before it has ended. Ctrl-C and SIGTERM end the running one gracefully, and no
    further one begins; a second one ends it where it is, which is a `KeyboardInterrupt`. A fault in a crawl is raised
    here. Can be called once in a process: a reactor starts once.
    """
    base = Settings()
    base.setmodule("crawler.settings", priority="project")
    base.setdict(settings, priority="cmdline")
    base.set("LOG_INSTALL_ROOT_HANDLER", False)
    process = AsyncCrawlerProcess(base)
    hush()  # again: Scrapy has set its own loggers back to DEBUG
    # Twisted would write what it holds critical to standard error too; Scrapy has it in the log already.
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False, discardBuffer=True)
    crawlers: list[Crawler] = []
    tasks: list[asyncio.Task[None]] = []

    def begin(ended: asyncio.Task[None] | None = None) -> None:
        if ended is not None and (ended.cancelled() or ended.exception() or _interrupted(crawlers[-1])):
            return
        job = next(jobs, None)
        if job is None:
            return
        spider, arguments = job()
        crawler = process.create_crawler(spider)
        crawler.settings.set("BREACHWIRE_RUN", new_run_id(), priority="cmdline")
        _watch(crawler)
        keep_small(crawler)
        crawlers.append(crawler)
        tasks.append(process.crawl(crawler, **arguments))
        # Added after Scrapy's own callback, and before it looks whether any crawl is left to wait for.
        tasks[-1].add_done_callback(begin)

    begin()
    process.start()
    for task in tasks:
        if task.done() and not task.cancelled() and (fault := task.exception()) is not None:
            raise fault
    if not all(task.done() for task in tasks):
        raise KeyboardInterrupt
    return crawlers


def _interrupted(crawler: Crawler) -> bool:
    return bool(crawler.stats.get_value("finish_reason") == "shutdown")


def _watch(crawler: Crawler) -> None:
    """Shows how far a crawl is: requests made, against requests known of."""
    progress = bar()
    task = progress.add_task("crawling", total=None)
    known = 0

    def scheduled(**_: Any) -> None:
        nonlocal known
        known += 1
        progress.update(task, total=known)

    def reached(**_: Any) -> None:
        progress.advance(task)

    for receiver, signal in (
        (lambda **_: progress.start(), signals.spider_opened),
        (scheduled, signals.request_scheduled),
        (reached, signals.request_left_downloader),
        (lambda **_: progress.stop(), signals.spider_closed),
    ):
        # Scrapy would hold them weakly, and nothing else does.
        crawler.signals.connect(receiver, signal=signal, weak=False)
