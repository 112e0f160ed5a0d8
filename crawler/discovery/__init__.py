"""From what a source publishes (feeds, sitemaps, section pages) to the links of its articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crawler.discovery.feeds import read_feed
from crawler.discovery.found import DiscoveryError, Found, SitemapFile
from crawler.discovery.sections import read_section
from crawler.discovery.sitemaps import read_sitemap
from crawler.discovery.walk import NewFiles, Walk, newest_files
from crawler.sources import Medium
from pipelines.items import Link

__all__ = [
    "DiscoveryError",
    "Found",
    "NewFiles",
    "SitemapFile",
    "Walk",
    "newest_files",
    "read",
    "read_feed",
    "read_section",
    "read_sitemap",
]


def read(
    medium: Medium,
    body: bytes,
    *,
    url: str,
    source: str,
    content_type: str | None = None,
    shapes: Mapping[str, bool] | None = None,
    newest: int | None = None,
    since: str | None = None,
) -> Found:
    """What a polled document of that medium holds; of a sitemap so many of the `newest` links, if a number is given,
    and more if more have a date from `since` on (RFC 3339, UTC). `shapes` is what was learned of the host's addresses.

    Raises `DiscoveryError` for a document that is not what it should be, however odd it is.
    """
    try:
        if medium == "sitemap":
            return _cut(read_sitemap(body, url=url, source=source), newest, since)
        if medium == "feed":
            return read_feed(body, url=url, source=source, content_type=content_type)
        return read_section(body, url=url, source=source, content_type=content_type, shapes=shapes)
    except DiscoveryError:
        raise
    except Exception as error:  # a document so odd that a library stumbles over it
        raise DiscoveryError(f"cannot be read ({type(error).__name__})") from error


def _cut(found: Found, newest: int | None, since: str | None) -> Found:
    if newest is None or len(found.links) <= newest:
        return found
    dated = sorted(filter(_stamp, found.links), key=_stamp, reverse=True)
    if since is not None:
        newest = max(newest, sum(_stamp(link) >= since for link in dated))
    undated = [link for link in found.links if not _stamp(link)]
    if (room := max(0, newest - len(dated))) < len(undated):  # the newest are at either end: some add at the foot
        undated = undated[: room - room // 2] + undated[len(undated) - room // 2 :]
    return replace(found, links=dated[:newest] + undated)


def _stamp(link: Link) -> str:
    return link.updated or link.published or ""
