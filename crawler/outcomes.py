"""What became of a URL: one word (or `failed: reason`) each, and how errors of the network become one."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import SSLError
from twisted.python.failure import Failure

from archive.records import Article
from archive.standing import is_copy
from crawler.addresses import RefusedAddress
from crawler.answers import LOOP, CutShort, FalseEncoding
from crawler.politeness import PutOff, retry_after
from crawler.robots import ForbiddenByRobots, RobotsUnreadable

KEPT = ("archived", "paywalled", "related", "duplicate")
"""Outcomes of URLs whose article is in the archive."""


def outcome_of(article: Article) -> str:
    """The outcome of an article that is in the archive."""
    if is_copy(article.dedup):
        return "duplicate"
    if article.access == "paywalled":
        return "paywalled"
    return "related" if article.dedup.verdict == "related" else "archived"


def requested_url(article: Article) -> str:
    """The URL that was asked for, which redirects may have changed."""
    return str(article.extra.get("requested_url", article.url))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a request brought no page. A passing trouble is worth another try later, whatever was asked for."""

    outcome: str
    passing: bool = False
    retry_after: float | None = None
    """Seconds that the server asked for."""


def trouble_of(failure: Failure, now: float) -> Trouble:
    """What a failed request means. `now` is in seconds since the epoch, to read a Retry-After date against."""
    assert failure.value is not None
    return _trouble(failure.value, now)


def _trouble(error: BaseException, now: float) -> Trouble:
    if isinstance(error, HttpError):
        return _status_trouble(error.response, now)
    if isinstance(error, ForbiddenByRobots):
        return Trouble("robots")
    if isinstance(error, RobotsUnreadable):
        why = _trouble(error.why, now) if error.why else None
        # What is wrong with that file alone (it is too large, its redirects go round) may be mended tomorrow.
        return why if why is not None and why.passing else Trouble("failed: robots.txt unreachable", passing=True)
    if isinstance(error, RefusedAddress):
        return Trouble("failed: address refused", passing=True)
    if isinstance(error, FalseEncoding):
        return Trouble("failed: false Content-Encoding", passing=True)
    if isinstance(error, CutShort):
        return Trouble("failed: cut short", passing=True)
    if isinstance(error, PutOff):
        return Trouble(f"failed: {error}", passing=True, retry_after=max(0.0, error.until - now))
    if any(isinstance(e, DownloadCancelledError) for e in _causes(error)):
        return Trouble("too_large")
    if isinstance(error, IgnoreRequest):
        return _ignored_trouble(str(error))
    return _network_trouble(error)


def _status_trouble(response: Response, now: float) -> Trouble:
    status = response.status
    if status in (304, 408, 429) or status >= 500:  # a 304 that nobody asked for is some cache's mistake
        return Trouble(f"failed: HTTP {status}", passing=True, retry_after=retry_after(response, now))
    if 300 <= status < 400:
        return Trouble(f"failed: HTTP {status} without a usable address")
    return Trouble(f"failed: HTTP {status}")


def _ignored_trouble(message: str) -> Trouble:
    if "DOWNLOAD_MAXSIZE" in message:  # sent small: what was sent large ends as DownloadCancelledError
        return Trouble("failed: too large once decompressed")
    if message == LOOP:
        return Trouble("failed: redirect loop")
    return Trouble("failed: refused")


def _network_trouble(error: BaseException) -> Trouble:
    """By the kind of the error, which Twisted and Scrapy wrap in one another."""
    chain = list(_causes(error))
    if any(isinstance(e, CannotResolveHostError) for e in chain):
        return Trouble("failed: DNS", passing=True)
    if any(isinstance(e, (DownloadTimeoutError, TimeoutError)) for e in chain):
        return Trouble("failed: timeout", passing=True)
    if any(isinstance(e, DownloadConnectionRefusedError) for e in chain):
        return Trouble("failed: connection refused", passing=True)
    if any(isinstance(e, SSLError) or type(e).__module__.startswith(("OpenSSL", "service_identity")) for e in chain):
        return Trouble("failed: TLS", passing=True)  # a certificate that ran out is renewed
    if any(isinstance(e, ResponseDataLossError) for e in chain):
        return Trouble("failed: connection lost", passing=True)
    if any(isinstance(e, OSError) and e.errno == errno.ENETUNREACH for e in chain):
        return Trouble("failed: network unreachable", passing=True)
    return Trouble("failed: connection lost", passing=True)


def _causes(error: BaseException) -> list[BaseException]:
    """An error and all that is wrapped in it: causes, contexts, and the `reasons` of Twisted's ResponseFailed."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < 32:
        current = waiting.pop()
        if current is None or current in found:
            continue
        found.append(current)
        waiting += [current.__cause__, current.__context__]
        reasons = getattr(current, "reasons", ())
        waiting += [reason.value for reason in reasons if isinstance(reason, Failure)]
    return found
