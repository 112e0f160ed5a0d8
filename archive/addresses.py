"""Which address an article is known by."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

_EDITION = re.compile(r"(?:www|m|amp|mobile|edition)\d?\.")


def page_address(url: str, canonical_url: str) -> str:
    """What names the page: its canonical address, unless that lies on another site, where the text was taken from.

    >>> page_address("https://m.news.example/1?from=feed", "https://www.news.example/1")
    'https://www.news.example/1'
    >>> page_address("https://portal.example/9", "https://www.news.example/1")
    'https://portal.example/9'
    """
    site, origin = site_of(url), site_of(canonical_url)
    return url if site and origin and not same_site(site, origin) else canonical_url


def parts_of(url: str) -> SplitResult:
    """The parts of an address; of a record's that is none, nothing.

    >>> parts_of("https://news.example/a").path, parts_of("http://[").path
    ('/a', '')
    """
    try:
        return urlsplit(url)
    except ValueError:  # brackets that do not close
        return SplitResult("", "", "", "", "")


@lru_cache(maxsize=4096)
def site_of(url: str | None) -> str | None:
    """The host of a URL, without what only names an edition of the site; None where it has none.

    >>> site_of("https://www.news.example:8080/a"), site_of(None)
    ('news.example', None)
    """
    host = parts_of(url or "").hostname
    return _EDITION.sub("", host, count=1) if host and _EDITION.match(host) else host


def same_site(one: str, other: str) -> bool:
    """Whether one host is the other, or lies under it.

    >>> same_site("jp.reuters.com", "reuters.com"), same_site("notreuters.com", "reuters.com")
    (True, False)
    """
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")
