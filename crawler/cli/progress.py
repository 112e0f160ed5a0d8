"""A progress bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from scrapy import signals
from scrapy.crawler import Crawler


def bar(what: str = "") -> Progress:
    """A progress bar on standard error that is silent where standard error is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(what),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def watch(crawler: Crawler) -> None:
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
