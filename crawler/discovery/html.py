"""A page of a site as a tree, in the character set that it or its server names."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import lxml.html
from lxml.html import HtmlElement

from crawler.discovery.found import DiscoveryError
from pipelines.extract.decode import decode
from pipelines.items import ExtractionError
from pipelines.urls import MAX_URL


def read_html(body: bytes, url: str, content_type: str | None = None) -> tuple[HtmlElement, str]:
    """The tree of an HTML page, and the address that its links are relative to, which is not always its own. Raises
    `DiscoveryError` for what is not HTML."""
    try:
        html = decode(body, content_type).encode("utf-8", "ignore")
        page = lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser(encoding="utf-8"))
    except (ExtractionError, lxml.etree.LxmlError, ValueError) as error:
        raise DiscoveryError("is not an HTML page") from error
    told = next((base.get("href") for base in page.iter("base") if base.get("href")), None)
    try:
        base = urljoin(url, (told or "").strip())
    except ValueError:  # brackets that do not close
        return page, url
    return page, base if len(base) <= MAX_URL else url  # each link of the page would be joined to it


def described(body: bytes, url: str, content_type: str | None = None) -> tuple[str | None, str | None]:
    """The title and the language that a site's page has. Raises `DiscoveryError` for what is not HTML."""
    page, _ = read_html(body, url, content_type)
    names = [meta.get("content") for meta in page.iter("meta") if meta.get("property") == "og:site_name"]
    names += [title.text for title in page.iter("title")]
    title = " ".join(next(filter(None, names), "").split())[:100]
    language = (page.get("lang") or "").partition("-")[0].lower()
    return title or None, language if re.fullmatch(r"[a-z]{2,3}", language) else None
