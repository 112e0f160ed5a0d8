"""RSS 0.9 to 2.0, RDF and Atom through feedparser, with their Dublin Core and Media RSS extensions; JSON Feed and
WordPress's posts through `jsonfeeds`. Bytes only, never an address or a file name."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import feedparser

from crawler.discovery.found import DiscoveryError, Found, in_utf8, moment, plain, whole_characters
from crawler.discovery.jsonfeeds import read_json
from pipelines.items import Link
from pipelines.urls import is_web, origin

MAX_ENTRIES = 2_000

_DECLARED = re.compile(rb"\s*<\?xml[^>]*\bencoding\b")
_SERVERS_OWN = re.compile(r"charset=[\"']?(?:iso-8859-1|us-ascii)\b", re.IGNORECASE)
"""What servers say of a document that they know nothing of."""


def read_feed(body: bytes, *, url: str, source: str, content_type: str | None = None) -> Found:
    """The entries of a feed as links, in the feed's order, each URL once.

    A broken feed gives the entries that can be read. Raises `DiscoveryError` for a document that is no feed.
    """
    if (utf8 := in_utf8(body)) is not None:
        body, content_type = utf8, "application/xml; charset=utf-8"
    elif content_type and _DECLARED.match(body):
        content_type = _SERVERS_OWN.sub("", content_type)
    if body.lstrip()[:1] in (b"{", b"["):
        return read_json(body, url=url, source=source)
    headers = {"content-location": url} | ({"content-type": content_type} if content_type else {})
    parsed = feedparser.parse(io.BytesIO(whole_characters(body)), response_headers=headers)
    entries, channel = parsed.get("entries", []), parsed.get("feed", {})
    if not entries and not parsed.get("version"):
        raise DiscoveryError("is an HTML page, not a feed" if _is_html(body) else "is not a feed")
    links: dict[str, Link] = {}
    for entry in entries[:MAX_ENTRIES]:
        target = _target(entry, url)
        if target and target not in links:
            links[target] = _link(entry, target, url, source, channel.get("language"))
    return Found(list(links.values()), older=tuple(_older(channel, url)))


def _target(entry: Any, feed: str) -> str | None:
    """The address of an entry's page: where FeedBurner and AMP took it from, else its link, else its name if that is an
    address."""
    named = str(entry.get("id") or "").strip()
    for href in (entry.get("feedburner_origlink"), entry.get("link"), named if is_web(named) else None):
        target = origin(_absolute(href, feed) or "")
        if is_web(target) and target != feed:  # an empty link comes out as the feed's address
            return target
    return None


def _absolute(href: object, base: str) -> str | None:
    try:
        target = urljoin(base, str(href or "").strip())
    except ValueError:  # brackets that do not close
        return None
    return target if href and is_web(target) else None


def _link(entry: Any, target: str, feed: str, source: str, language: str | None) -> Link:
    updated = _time(entry, "updated")
    return Link(
        url=target,
        source=source,
        discovered_by=feed,
        # feedparser gives Media RSS's title and description under the same names where there are no others.
        title=plain(entry.get("title")),
        summary=plain(entry.get("summary")) or plain(entry.get("media_description")),
        # RSS 1.0 knows one date only, Dublin Core's, which feedparser calls an update.
        published=_time(entry, "published") or _time(entry, "created") or updated,
        updated=updated,
        language=_word(entry.get("dc_language")) or _word(entry.get("language")) or _word(language),
        tags=tuple(_tags(entry)),
        authors=tuple(filter(None, (plain(person.get("name")) for person in entry.get("authors", [])[:20]))),
        image=_image(entry, feed),
    )


def _tags(entry: Any) -> Iterator[str]:
    """Categories and Dublin Core subjects, which feedparser has under one name, and Media RSS keywords."""
    terms = [tag.get("term") for tag in entry.get("tags", [])] + str(entry.get("media_keywords") or "").split(",")
    return iter(list(dict.fromkeys(filter(None, map(plain, terms))))[:20])


def _image(entry: Any, feed: str) -> str | None:
    """The entry's picture: of Media RSS, else an enclosure that is one."""
    media = [m.get("url") for m in entry.get("media_content", []) if _is_picture(m)]
    thumbnails = [m.get("url") for m in entry.get("media_thumbnail", [])]
    enclosures = [e.get("href") for e in entry.get("enclosures", []) if str(e.get("type", "")).startswith("image/")]
    for address in (*media, *thumbnails, *enclosures):
        if picture := _absolute(address, feed):
            return picture
    return None


def _is_picture(media: Any) -> bool:
    return media.get("medium") == "image" or str(media.get("type", "")).startswith("image/")


def _older(channel: Any, feed: str) -> Iterator[str]:
    """Where the entries before these are: an archived feed (RFC 5005 §4), the next page (§3), or WordPress's pages."""
    told = channel.get("links", [])
    for rel in ("prev-archive", "next"):
        for link in told:
            target = _absolute(link.get("href"), feed) if link.get("rel") == rel else None
            if target and target != feed:
                yield target
    if "wordpress" in str(channel.get("generator", "")).lower():
        home = str(channel.get("link") or "")
        # A hundred posts a request instead of ten; sites that close it still have the pages of their feed.
        if is_web(home) and not urlsplit(feed).query:
            yield urljoin(home.rstrip("/") + "/", "wp-json/wp/v2/posts?per_page=100&_fields=" + POST_FIELDS)
        yield _next_paged(feed)


POST_FIELDS = "link,title,excerpt,date_gmt,modified_gmt"
"""What is asked of WordPress of each post: its text is not."""


def _next_paged(feed: str) -> str:
    """The page of a WordPress feed after this one.

    >>> _next_paged("https://news.example/feed/"), _next_paged("https://news.example/feed/?paged=2")
    ('https://news.example/feed/?paged=2', 'https://news.example/feed/?paged=3')
    """
    parts = urlsplit(feed)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    number = query.get("paged", "1")
    query["paged"] = str(int(number) + 1 if number.isdecimal() and len(number) < 6 else 2)
    return parts._replace(query=urlencode(query)).geturl()


def _word(value: object) -> str | None:
    return value.strip()[:40] or None if isinstance(value, str) else None


def _time(entry: Any, name: str) -> str | None:
    """A date of an entry as RFC 3339 in UTC; None for a year no one can mean.

    feedparser reads forms of its own, but takes zones that it does not know for UTC, and of "2026/11/23" or a number of
    seconds the first digits alone.
    """
    told = str(dict.get(entry, name) or "")  # its own get() would give the publication's date for an update
    if (found := moment(told)) or _HALF_READ.match(told.strip()):
        return found
    parsed: Any = dict.get(entry, f"{name}_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC).isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


_HALF_READ = re.compile(r"\d{5}|\d{4}[^\d-]")


def _is_html(body: bytes) -> bool:
    start = body[:2_000].lower()
    return b"<html" in start or b"<!doctype html" in start
