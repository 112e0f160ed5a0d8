"""How a response becomes a page."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response
from scrapy.http.request import NO_CALLBACK

from pipelines.items import Link, Page

logger = logging.getLogger(__name__)

RESERVED = "reserved"
"""The key in a request's `meta` under which what the site reserves of the page is, as signals of `rights`."""


def page_of(response: Response, link: Link) -> Page:
    """The fetched page behind a link. Scrapy has decoded the body, so no content-encoding is left."""
    request = response.request
    return Page(
        link=link,
        url=response.url,
        status=response.status,
        headers=_lines(response.headers),
        body=response.body,
        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
        request=_lines(request.headers) if request is not None else None,
        reserved=request.meta.get(RESERVED, ()) if request is not None else (),
    )


async def fetched(crawler: Crawler, url: str, link: Link) -> Page | None:
    """The page at another address than its link's, asked for with the manners of any request; None if it does not
    come."""
    assert crawler.engine is not None
    request = Request(url, callback=NO_CALLBACK, cb_kwargs={"link": link}, meta={"source": link.source})
    try:
        response = await crawler.engine.download_async(request)
    except Exception as error:
        logger.debug("%s: %r", url, error)
        return None
    return page_of(response, link) if response.status == 200 else None


def _lines(headers: Headers) -> tuple[tuple[str, str], ...]:
    return tuple((k.decode("latin-1"), v.decode("latin-1")) for k, values in headers.items() for v in values)
