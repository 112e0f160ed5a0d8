"""RSS and Atom, through feedparser: bytes only, never an address or a file name."""

from __future__ import annotations

import calendar
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

import feedparser
import lxml.html

from crawler.discovery.failure import DiscoveryError
from pipelines.items import Link
from pipelines.urls import is_web

MAX_ENTRIES = 2_000
MAX_SUMMARY = 2_000
"""Characters of an entry's summary that are kept; some feeds carry the whole article."""


def feed_links(body: bytes, *, url: str, source: str, content_type: str | None = None) -> list[Link]:
    """The entries of a feed as links, in the feed's order, each URL once.

    A broken feed gives the entries that can be read. Raises `DiscoveryError` for a document that is no feed.
    """
    headers = {"content-location": url} | ({"content-type": content_type} if content_type else {})
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    entries = parsed.get("entries", [])
    if not entries and not parsed.get("version"):
        raise DiscoveryError("is an HTML page, not a feed" if _is_html(body) else "is not a feed")
    language = parsed.get("feed", {}).get("language")
    links: dict[str, Link] = {}
    for entry in entries[:MAX_ENTRIES]:
        target = urljoin(url, str(entry.get("link", "")).strip())
        # An entry without a link of its own comes out as the feed's address.
        if is_web(target) and target != url and target not in links:
            links[target] = _link(entry, target, url, source, language)
    return list(links.values())


def _link(entry: Any, target: str, feed: str, source: str, language: str | None) -> Link:
    updated = _time(dict.get(entry, "updated_parsed"))  # its own get() would give the publication's date instead
    return Link(
        url=target,
        source=source,
        discovered_by=feed,
        title=_text(entry.get("title")),
        summary=_text(entry.get("summary")),
        # RSS 1.0 knows one date only, Dublin Core's, which feedparser calls an update.
        published=_time(entry.get("published_parsed")) or updated,
        updated=updated,
        language=language,
        tags=tuple(filter(None, (_text(tag.get("term")) for tag in entry.get("tags", [])[:20]))),
    )


def _text(markup: str | None) -> str | None:
    """The words of a title or summary, which feeds give with or without markup."""
    if not markup or not markup.strip():
        return None
    markup = markup[: 5 * MAX_SUMMARY]
    if "<" in markup:
        try:
            markup = "".join(str(part) for part in lxml.html.fromstring(f"<div>{markup}</div>").itertext())
        except (lxml.etree.LxmlError, ValueError):
            return None
    return " ".join(markup.split())[:MAX_SUMMARY] or None


def _time(parsed: Any) -> str | None:
    """feedparser's UTC time tuple as RFC 3339; None for a year no one can mean."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _is_html(body: bytes) -> bool:
    start = body[:2_000].lower()
    return b"<html" in start or b"<!doctype html" in start
