"""A page's one address: the canonical URL that it declares, if believable, without tracking parameters."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from courlan import extract_domain
from lxml.html import HtmlElement

from pipelines.extract.declared import Declared
from pipelines.urls import canonical, is_web

_MAX_URL = 2_000
_AMP_CACHE = re.compile(r"https?://[^/]+\.cdn\.ampproject\.org/[a-z]/(s/)?(.+)")
_AMP_PATH = re.compile(r"/amp(?=/|$)|(?<=[/.])amp[./](?=[^/]+$)|\.amp(?=\.html?$|$)", re.IGNORECASE)
_AMP_QUERY = re.compile(r"(?:^|&)(?:amp(?:=[^&]*)?|outputType=amp|output=amp)(?=&|$)", re.IGNORECASE)


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
    if cached := _AMP_CACHE.match(url):
        url = ("https://" if cached[1] else "http://") + cached[2]
    links = [link.get("href") for link in tree.iter("link") if "canonical" in (link.get("rel") or "").lower().split()]
    for candidate in (*links, declared.meta("og:url")):
        address = absolute(candidate, url)
        if address and _believable(address, url):
            return _known_as(address)
    return _known_as(without_amp(url) if _is_amp(tree) else url)


def _known_as(url: str) -> str:
    """The URL under which a page is known; what is no http(s) address (a file's, say) stays as it is."""
    return canonical(url) if is_web(url) else url


def _is_amp(tree: HtmlElement) -> bool:
    root = tree.getroottree().getroot()
    return "amp" in root.attrib or "⚡" in root.attrib


def without_amp(url: str) -> str:
    """The address of the page behind its AMP form, where the usual patterns tell it.

    >>> without_amp("https://amp.news.example/a/amp/?id=7&amp=1"), without_amp("https://news.example/a.amp.html")
    ('https://news.example/a/?id=7', 'https://news.example/a.html')
    """
    parts = urlsplit(url)
    host = parts.netloc.removeprefix("amp.") if parts.netloc.count(".") > 1 else parts.netloc
    query = _AMP_QUERY.sub("", parts.query).lstrip("&")
    return parts._replace(netloc=host, path=_AMP_PATH.sub("", parts.path), query=query).geturl()


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
