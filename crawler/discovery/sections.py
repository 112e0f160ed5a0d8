"""Section and home pages: the links on them that look like articles."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import lxml.html

from crawler.discovery.failure import DiscoveryError
from pipelines.items import Link
from pipelines.urls import canonical, is_web

MAX_LINKS = 300
_MARKED = re.compile(r"/(19|20)\d\d/|/(article|story|news|a|p)/|\d{4,}|\.s?html?$")
_ABOUT = re.compile(
    r"/(tags?|category|categories|authors?|topics?|page|search|login|about|contact|privacy|terms|advertise|subscribe"
    r"|newsletter|feed|rss|wp-\w+)(/|$)",
    re.IGNORECASE,
)
_BOILERPLATE = {"nav", "footer", "form", "aside"}


def section_links(body: bytes, *, url: str, source: str, content_type: str | None = None) -> list[Link]:
    """Links that look like articles of the same site: a headline's length of words, an article's shape of path.

    In the page's order, each article once, under the longest words that link to it. Raises `DiscoveryError` for a
    document that is not HTML.
    """
    if content_type and "html" not in content_type.lower():
        raise DiscoveryError(f"is {content_type.split(';')[0]}, not an HTML page")
    try:
        page = lxml.html.document_fromstring(body)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise DiscoveryError("is not an HTML page") from error
    found: dict[str, Link] = {}
    for anchor in page.iterfind(".//a"):
        target = _target(anchor.get("href"), url)
        words = " ".join("".join(str(part) for part in anchor.itertext()).split())[:500]
        if target is None or not _looks_like_article(target, words) or _in_boilerplate(anchor):
            continue
        known = found.get(target)
        if known is None or len(words) > len(known.title or ""):
            found[target] = Link(url=target, source=source, discovered_by=url, title=words)
        if len(found) >= MAX_LINKS:
            break
    return list(found.values())


def _target(href: str | None, base: str) -> str | None:
    """The address of a link to the same site, or None."""
    try:
        target = urljoin(base, (href or "").strip())
        if not is_web(target) or urlsplit(target).netloc != urlsplit(base).netloc:
            return None
        return canonical(target)
    except ValueError:
        return None


def _looks_like_article(url: str, words: str) -> bool:
    """By the words of the link and the shape of the path.

    >>> _looks_like_article("https://a.example/2026/03/clinic-loses-records", "Clinic loses 4,000 patient records")
    True
    >>> _looks_like_article("https://a.example/category/security/", "All our stories on security")
    False
    """
    parts = urlsplit(url)
    if _ABOUT.search(parts.path) or len(words) < 15:
        return False
    slug = max(parts.path.split("/"), key=len)
    return bool(_MARKED.search(parts.path) or _MARKED.search("/" + parts.query)) or slug.count("-") >= 3


def _in_boilerplate(anchor: lxml.html.HtmlElement) -> bool:
    return any(parent.tag in _BOILERPLATE for parent in anchor.iterancestors())
