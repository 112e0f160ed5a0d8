"""Sitemaps and news sitemaps (sitemaps.org 0.9, Google News 0.9): addresses with their titles and dates."""

from __future__ import annotations

import gzip
import io
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from lxml import etree

from crawler.discovery.failure import DiscoveryError
from pipelines.items import Link
from pipelines.urls import is_web

MAX_BYTES = 50 * 1024 * 1024
"""Uncompressed; the protocol's own limit for one file."""
MAX_LINKS = 50_000


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one sitemap file holds: links of pages, and addresses of further sitemaps."""

    links: list[Link] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)


def sitemap_links(body: bytes, *, url: str, source: str) -> Sitemap:
    """The links of a sitemap, with the news title and date kept. Raises `DiscoveryError` for anything else."""
    found = Sitemap()
    root: str | None = None
    try:
        events = etree.iterparse(
            io.BytesIO(_unpacked(body)),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            recover=True,
            remove_comments=True,
            remove_pis=True,
        )
        for event, element in events:
            name = _name(element)
            root = root or name
            if event == "end" and name in ("url", "sitemap"):
                _take(element, name, found, url, source)
                element.clear()
                while element.getprevious() is not None:  # else the emptied siblings pile up in memory
                    del element.getparent()[0]
            if len(found.links) >= MAX_LINKS:
                break
    except etree.LxmlError as error:
        if not found.links and not found.sitemaps:
            raise DiscoveryError(f"is not a sitemap: {str(error)[:120]}") from error
    if root not in ("urlset", "sitemapindex"):
        raise DiscoveryError("is not a sitemap")
    return found


def _take(element: etree._Element, name: str, found: Sitemap, url: str, source: str) -> None:
    values = {_name(e): (e.text or "").strip() for e in element.iter() if isinstance(e.tag, str)}
    address = values.get("loc", "")
    if not is_web(address):
        return
    if name == "sitemap":
        found.sitemaps.append(address)
        return
    found.links.append(
        Link(
            url=address,
            source=source,
            discovered_by=url,
            title=values.get("title") or None,
            published=_time(values.get("publication_date")),
            updated=_time(values.get("lastmod")),
            language=values.get("language") or None,
            tags=tuple(tag.strip() for tag in values.get("keywords", "").split(",") if tag.strip())[:20],
        )
    )


def _name(element: etree._Element) -> str:
    """The tag without its namespace; `etree.QName` refuses what the recovering parser lets through."""
    return str(element.tag).rpartition("}")[2]


def _unpacked(body: bytes) -> bytes:
    """The XML, out of gzip if it is packed, never more than `MAX_BYTES`."""
    if body[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
                body = packed.read(MAX_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise DiscoveryError("is a damaged gzip file") from error
    if len(body) > MAX_BYTES:
        raise DiscoveryError("is larger than 50 MiB")
    return body


def _time(value: str | None) -> str | None:
    """A W3C date as RFC 3339 in UTC, so that two of them compare as text.

    >>> _time("2026-03-01"), _time("2026-03-01T08:00+09:00"), _time("soon")
    ('2026-03-01T00:00:00+00:00', '2026-02-28T23:00:00+00:00', None)
    """
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        return None
