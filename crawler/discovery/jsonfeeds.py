"""Feeds in JSON: JSON Feed 1.0 and 1.1 (jsonfeed.org), and the posts of WordPress's REST API (`wp/v2/posts`)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from crawler.discovery.found import DiscoveryError, Found, moment, plain
from pipelines.items import Link
from pipelines.urls import is_web, origin

MAX_ENTRIES = 2_000


def read_json(body: bytes, *, url: str, source: str) -> Found:
    """The entries of either form, each URL once; an entry of another shape is passed over.

    Raises `DiscoveryError` for JSON that is neither, and for what is not JSON.
    """
    try:
        table = json.loads(body, strict=False)  # templates put line breaks and tabs into strings as they are
    except (ValueError, RecursionError) as error:
        raise DiscoveryError("is not a feed") from error
    if isinstance(table, dict) and isinstance(table.get("items"), list):
        links = [_item(entry, table, url, source) for entry in table["items"][:MAX_ENTRIES]]
        older = _web(table.get("next_url"), url)
    elif isinstance(table, list):
        links = [_post(entry, url, source) for entry in table[:MAX_ENTRIES]]
        older = _next_page(url) if table else None
        if table and not any(links):
            raise DiscoveryError("is JSON, not a feed")
    else:
        raise DiscoveryError("is JSON, not a feed")
    return Found(list({link.url: link for link in links if link}.values()), older=(older,) if older else ())


def _item(entry: Any, feed: dict[str, Any], url: str, source: str) -> Link | None:
    if not isinstance(entry, dict):
        return None
    # An id is often the page's address, and by the specification always a string; the page itself may be named only so.
    target = _web(entry.get("url"), url) or (_web(entry.get("id"), "") if "id" in entry else None)
    if target is None:
        return None
    people = entry.get("authors") or [entry.get("author")]
    return Link(
        url=target,
        source=source,
        discovered_by=url,
        title=plain(entry.get("title")),
        summary=plain(entry.get("summary")) or plain(entry.get("content_text")) or plain(entry.get("content_html")),
        published=moment(entry.get("date_published")),
        updated=moment(entry.get("date_modified")),
        language=_word(entry.get("language")) or _word(feed.get("language")),
        tags=_words(entry.get("tags")),
        authors=_words([p.get("name") for p in people if isinstance(p, dict)] if isinstance(people, list) else None),
        image=_web(entry.get("image"), url) or _web(entry.get("banner_image"), url),
    )


def _post(entry: Any, url: str, source: str) -> Link | None:
    target = _web(entry.get("link"), url) if isinstance(entry, dict) else None
    if target is None:
        return None
    return Link(
        url=target,
        source=source,
        discovered_by=url,
        title=_rendered(entry.get("title")),
        summary=_rendered(entry.get("excerpt")),
        published=moment(entry.get("date_gmt")),
        updated=moment(entry.get("modified_gmt")),
    )


def _next_page(url: str) -> str:
    """The page of posts after this one; WordPress answers 400 behind the last.

    >>> _next_page("https://news.example/wp-json/wp/v2/posts?per_page=100&page=2")
    'https://news.example/wp-json/wp/v2/posts?per_page=100&page=3'
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    number = query.get("page", "1")
    query["page"] = str(int(number) + 1 if number.isdecimal() and len(number) < 6 else 2)
    return parts._replace(query=urlencode(query, safe=",")).geturl()


def _rendered(field: object) -> str | None:
    return plain(field.get("rendered")) if isinstance(field, dict) else plain(field)


def _web(value: object, base: str) -> str | None:
    try:
        target = origin(urljoin(base, value.strip())) if isinstance(value, str) and value.strip() else ""
    except ValueError:
        return None
    return target if is_web(target) and target != base else None


def _word(value: object) -> str | None:
    return value.strip()[:40] or None if isinstance(value, str) else None


def _words(values: object) -> tuple[str, ...]:
    return tuple(filter(None, map(plain, values[:20]))) if isinstance(values, list) else ()
