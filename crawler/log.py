"""What Scrapy logs of its own accord, made fit for people: outcomes are the report's, not the log's."""

from __future__ import annotations

import logging
from typing import Any

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure


class QuietFormatter(LogFormatter):
    """Dropped items and failed downloads are counted outcomes here, so they are told at DEBUG and without traceback."""

    def dropped(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {"level": logging.DEBUG, "msg": "%(what)s", "args": {"what": exception}}

    def scraped(self, item: Any, response: Response | Failure | None, spider: Spider) -> LogFormatterResult:
        return None  # type: ignore[return-value]  # documented: None logs nothing

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        return {"level": logging.ERROR, "msg": "%(what)r", "args": {"what": exception}}

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult:
        return {
            "level": logging.DEBUG,
            "msg": "%(url)s: %(what)s",
            "args": {"url": request.url, "what": failure.value},
        }
