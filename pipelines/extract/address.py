"""A page's one address: the canonical URL that it declares, if believable, without tracking parameters."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urljoin, urlsplit

from courlan import extract_domain
from lxml.html import HtmlElement
from w3lib.url import canonicalize_url, url_query_cleaner

from pipelines.extract.declared import Declared

_MAX_URL = 2_000
_TRACKER = re.compile(
    r"utm_|at_(?:medium|campaign|custom\d)|guc(?:counter|e_)|(?:fb|g|y)clid$|(?:dclid|msclkid|igsh(?:id)?|mc_[ce]id|ocid|cmp(?:id)?|"
    r"ncid|s_cid|icid|ref_(?:src|url)|taid|smid|smtyp|wt_mc|xtor|"
    r"soc_(?:src|trk)|__twitter_impression|_ga|_gl|sr_share|traffic_source|rss|feedtype|spm|share_source)$",
    re.IGNORECASE,
)


def clean_url(url: str) -> str:
    """The URL without fragment and tracking parameters, its query sorted and its escapes normalized.

    >>> clean_url("https://News.example/a?utm_source=rss&id=7&fbclid=x#top")
    'https://news.example/a?id=7'
    """
    names = [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    return canonicalize_url(
        url_query_cleaner(url, [name for name in names if _TRACKER.match(name)], remove=True)
    )


def absolute(url: str | None, base: str) -> str | None:
    """`url` made absolute against `base`; None unless it is a http(s) address of reasonable length."""
    if not url or len(url) > _MAX_URL:
        return None
    try:
        joined = urljoin(base, url.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.hostname else None


def canonical_url(tree: HtmlElement, declared: Declared, url: str) -> str:
    """The page's canonical address: `rel=canonical`, else `og:url`, else `url` as fetched.

    A declared address counts only within the same registered domain, and never when it is the site's front
    page while the page fetched is not (a frequent mistake of templates).
    """
    links = [
        link.get("href")
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    for candidate in (*links, declared.meta("og:url")):
        address = absolute(candidate, url)
        if address and _believable(address, url):
            return clean_url(address)
    return clean_url(url)


def _believable(address: str, url: str) -> bool:
    front = urlsplit(address).path.strip("/") == "" and not urlsplit(address).query
    fetched_front = urlsplit(url).path.strip("/") == ""
    return same_site(address, url) and (not front or fetched_front)


def same_site(first: str, second: str) -> bool:
    """Whether two addresses lie on the same host and port or in the same registered domain.

    >>> same_site("https://amp.news.co.jp/a", "https://www.news.co.jp/b")
    True
    >>> same_site("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a")
    False
    """
    places = [urlsplit(address).netloc.removeprefix("www.") for address in (first, second)]
    if places[0] == places[1]:
        return True
    domains = [extract_domain(address) for address in (first, second)]
    return domains[0] is not None and domains[0] == domains[1] and not any(":" in place for place in places)
