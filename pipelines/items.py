"""The values that cross from stage to stage: a link, the page behind it, what was extracted from the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from archive.records import Access, Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A URL that a feed, sitemap or section page announced, with what it said about the page behind it.

    `published` and `updated` are RFC 3339 strings; `discovered_by` is the address of the feed, sitemap or
    section page, or `manual` / `backfill`.
    """

    url: str
    source: str
    discovered_by: str
    title: str | None = None
    summary: str | None = None
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """What is known of one site's pages, as CSS selectors: the article's text, what to take out of it, title, date."""

    body: str | None = None
    remove: tuple[str, ...] = ()
    title: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A fetched page: the decoded body (no content-encoding left), the response's headers in their order."""

    link: Link
    url: str
    """The address that answered, after redirects."""
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    fetched: str
    """RFC 3339, UTC."""
    rules: SiteRules | None = None
    request: tuple[tuple[str, str], ...] | None = None
    """The headers of the request; None where it is not known."""
    reserved: tuple[str, ...] = ()
    """What the site's file reserves of the page, as signals of `rights`."""

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case of letters.

        >>> link = Link(url="http://a.example/", source="a", discovered_by="manual")
        >>> page = Page(link=link, url=link.url, status=200, headers=(("ETag", "x"),), body=b"", fetched="")
        >>> page.header("etag")
        'x'
        """
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


MAX_REMOVED = 200
"""Records of what was taken out that an article keeps; the pages of the development sets have 25 on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What a page holds: the clean text and what the page says about itself.

    `text` has its paragraphs divided by one blank line and holds neither the headline nor any boilerplate;
    dates are RFC 3339; `canonical_url` is absolute; `removed` names the blocks that the cleaner took out.
    """

    title: str | None
    text: str
    markdown: str
    canonical_url: str
    summary: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    image: str | None = None
    tags: tuple[str, ...] = ()
    access: Access = "full"
    rights: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    without_effect: tuple[str, ...] = ()
    """Those of the site's own rules that found nothing: `body`, `title`, `date`."""
    extra: dict[str, str] = field(default_factory=dict)

    def __reduce__(self) -> tuple[Callable[[bytes], Extraction], tuple[bytes]]:
        """Crosses from process to process as MessagePack: pickled, each of `removed` is made by a call of its own."""
        return _unpacked, (msgspec.msgpack.encode(self),)


def _unpacked(data: bytes) -> Extraction:
    return msgspec.msgpack.decode(data, type=Extraction)


class ExtractionError(Exception):
    """A page that holds no article. The message is the short reason that the run report counts:
    `empty page`, `not HTML`, `no article text`, `too deep`, …"""
