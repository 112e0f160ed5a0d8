"""Where a site announces its articles: the feeds that its pages name, and the addresses at which feeds usually are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from crawler.discovery.html import read_html
from pipelines.urls import identity, is_web

FEED_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
)
USUAL_FEEDS = ("feed/", "rss.xml", "feed.xml", "atom.xml", "index.xml", "rss", "feed.json", "wp-json/wp/v2/posts")
"""Where blogging systems and publishers put feeds, the commonest first."""
USUAL_SITEMAPS = ("news-sitemap.xml", "sitemap-news.xml", "sitemap_index.xml", "sitemap.xml")
MAX_ADDRESSES = 20

_NO_ARTICLES = re.compile(
    r"/comments/|comments?[-_./]*(feed|rss)|/oembed|/wp-json/(?!wp/v2/posts)|podcast", re.IGNORECASE
)
_FEED_PATH = re.compile(
    r"/(feed|rss|atom)s?/?$|\.(rss|atom|rdf)$|/(rss|feed|atom|index)\.(xml|json)$|[?&]feed=", re.IGNORECASE
)


def announced_feeds(body: bytes, url: str) -> list[str]:
    """The feeds that a page names: in its head (`<link rel="alternate">`), then by links that look like feeds.

    Feeds of comments and podcasts are left out. Raises `DiscoveryError` for what is not HTML.
    """
    page, base = read_html(body, url)
    named = [
        link.get("href")
        for link in page.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and (link.get("type") or "").partition(";")[0].strip().lower() in FEED_TYPES
    ]
    linked = [a.get("href") for a in page.iter("a") if _FEED_PATH.search((a.get("href") or "").partition("#")[0])]
    return list(_usable([*named, *linked], base, url))[:MAX_ADDRESSES]


def announced_sitemaps(robots: str, url: str) -> list[str]:
    """The sitemaps that a robots.txt names (sitemaps.org), those for news first.

    >>> announced_sitemaps("User-agent: *\\nSitemap: /sitemap.xml\\nsitemap: /news.xml", "https://a.example/robots.txt")
    ['https://a.example/news.xml', 'https://a.example/sitemap.xml']
    """
    lines = re.findall(r"(?im)^[^\S\r\n]*sitemap[^\S\r\n]*:[^\S\r\n]*(\S+)", robots[:500_000])
    return sorted(_usable(lines, url, url), key=lambda address: "news" not in address.lower())[:MAX_ADDRESSES]


def usual_feeds(home: str) -> list[str]:
    """Addresses to try where a site names no feed.

    >>> usual_feeds("https://news.example/en/")[:2]
    ['https://news.example/feed/', 'https://news.example/rss.xml']
    """
    return [urljoin(home, "/" + path) for path in USUAL_FEEDS]


def usual_sitemaps(home: str) -> list[str]:
    """Addresses to try where a robots.txt names no sitemap."""
    return [urljoin(home, "/" + path) for path in USUAL_SITEMAPS]


def _usable(hrefs: list[str | None] | list[str], base: str, page: str) -> Iterator[str]:
    seen = {identity(page)}
    for href in hrefs:
        try:
            address = urljoin(base, (href or "").strip())
        except ValueError:
            continue
        if not is_web(address) or _NO_ARTICLES.search(urlsplit(address).path) or identity(address) in seen:
            continue
        seen.add(identity(address))
        yield address
