"""`/.well-known/tdmrep.json`: what a site reserves of text and data mining, for its pages by the pattern of their path.

The file of the TDM Reservation Protocol (https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/): a list
of objects with `location` (a path with `*` and `$`, as in robots.txt; the longest that matches counts),
`tdm-reservation` (1 or 0) and `tdm-policy`. What a page says itself, or in its headers, goes before.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http.request import NO_CALLBACK

from crawler.daily_file import DailyFile
from crawler.politeness import PutOff
from pipelines.pages import RESERVED

PATH = "/.well-known/tdmrep.json"
MAX_BYTES = 500 * 1024
MAX_RULES = 1_000
MAX_LOCATION = 2_000
"""Characters."""

Rule = tuple[str, tuple[str, ...]]
"""A pattern, and the signals for what it matches; none where nothing is reserved."""


def read_rules(body: bytes) -> list[Rule]:
    """The rules in a file, the longest first. What is no such file has none, and what is no rule in it is passed over.

    >>> read_rules(b'[{"location": "/free/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}, 3]')
    [('/free/*', ()), ('/', ('tdm-reservation: 1',))]
    """
    try:
        found = msgspec.json.decode(body[:MAX_BYTES])
    except (ValueError, RecursionError):
        return []
    entries = found[:MAX_RULES] if isinstance(found, list) else []
    rules = [rule for entry in entries if isinstance(entry, dict) and (rule := _rule(entry))]
    return sorted(rules, key=lambda rule: -len(rule[0]))


def _rule(entry: dict[Any, Any]) -> Rule | None:
    location, policy = entry.get("location"), entry.get("tdm-policy")
    if not isinstance(location, str) or not 0 < len(location) <= MAX_LOCATION or location[0] not in "/*":
        return None
    if str(entry.get("tdm-reservation")).strip() != "1":
        return location, ()
    said = f"tdm-policy: {policy.strip()[:300]}" if isinstance(policy, str) else ""
    return location, ("tdm-reservation: 1", said) if said else ("tdm-reservation: 1",)


def reserved(rules: list[Rule], url: str) -> tuple[str, ...]:
    """The signals for a page by the first rule, of those that `read_rules` gave, that matches it.

    >>> reserved([("/free/*", ()), ("/", ("tdm-reservation: 1",))], "https://a.example/free/1")
    ()
    """
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return next((signals for pattern, signals in rules if _matches(pattern, path)), ())


def _matches(pattern: str, path: str) -> bool:
    """Whether a pattern matches the path from its start, in time that grows with both and no faster.

    >>> [_matches(pattern, "/a/b.html") for pattern in ("/a", "/*.html$", "/a/b.h$", "*b*l", "/b")]
    [True, True, False, True, False]
    """
    anchored = pattern.endswith("$")
    first, *pieces = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    last = pieces.pop() if anchored and pieces else None
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    if not anchored:
        return True
    return at == len(path) if last is None else len(path) - at >= len(last) and path.endswith(last)


class ReservationMiddleware:
    """Notes at each request for a page what its site reserves. The file is asked for once a day a host, and only of
    hosts of which pages are fetched."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules = DailyFile(crawler, PATH, self._ask, lambda _origin, body: read_rules(body))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ReservationMiddleware:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if "link" not in request.cb_kwargs:  # no page: a feed, or this file
            return
        request.meta[RESERVED] = reserved(await self._rules.of(request.url), request.url)

    async def _ask(self, address: str) -> bytes | None:
        """The file; empty where there is none, None where it cannot be had now: then nothing is reserved by it."""
        assert self._crawler.engine is not None
        request = Request(address, priority=999, callback=NO_CALLBACK)
        try:
            response = await self._crawler.engine.download_async(request)
        except PutOff:
            raise
        except Exception:
            return None
        if response.status >= 500 or response.status == 429:
            return None
        return response.body[:MAX_BYTES] if response.status == 200 else b""
