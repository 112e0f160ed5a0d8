"""Sitemaps and news sitemaps (sitemaps.org 0.9, Google News 0.9): addresses with their titles and dates."""

from __future__ import annotations

import io
import re
import zlib
from urllib.parse import urljoin

from lxml import etree

from crawler.discovery.feeds import read_feed
from crawler.discovery.found import DiscoveryError, Found, SitemapFile, in_utf8, moment, plain, whole_characters
from pipelines.items import Link
from pipelines.urls import is_web, origin

MAX_BYTES = 50 * 1024 * 1024
"""Uncompressed; the protocol's own limit for one file."""
MAX_LINKS = 50_000
MAX_FILES = 5_000

_MEMBERS = 2_000
"""Members of a gzip file, for each of which what is left is copied; programs that write many make them of 64 kB."""
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:urlset|sitemapindex)[\s>]")
_BARE = re.compile(rb"&(?!#?\w+;)")
_FEEDS = ("rss", "RDF", "feed")
_OF_MEDIA = re.compile(r"sitemap-(image|video)/")


def read_sitemap(body: bytes, *, url: str, source: str) -> Found:
    """The links of a sitemap, with the news title, date, language and picture kept; the files of a sitemap index.

    Plain text is a sitemap of one address a line, and a feed of RSS or Atom is one too, as the protocol has it. Raises
    `DiscoveryError` for anything else.
    """
    body = _unpacked(body)
    if (listed := _text_sitemap(body, url, source)) is not None:
        return listed
    found = Found()
    root: str | None = None
    try:
        events = etree.iterparse(
            io.BytesIO(_readable(body)),
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
            if len(found.links) >= MAX_LINKS or len(found.sitemaps) >= MAX_FILES:
                break
    except etree.LxmlError as error:
        if not found.links and not found.sitemaps:
            raise DiscoveryError(f"is not a sitemap: {str(error)[:120]}") from error
    if root in _FEEDS:
        return read_feed(body, url=url, source=source)
    if root not in ("urlset", "sitemapindex"):
        raise DiscoveryError("is not a sitemap")
    return found


def _readable(body: bytes) -> bytes:
    """The XML from its root on, where it is known to be in UTF-8: before it may stand what a script complains of, or a
    declaration that is not true. A bare `&` in an address stands for itself."""
    if (utf8 := in_utf8(body)) is not None:
        root = _ROOT.search(utf8)
        body = utf8[root.start() :] if root else utf8
    first, *others = body.split(b"<![CDATA[")
    parts = [_BARE.sub(b"&amp;", first)]
    for part in others:
        literal, end, rest = part.partition(b"]]>")
        parts.append(literal + end + _BARE.sub(b"&amp;", rest))
    return whole_characters(b"<![CDATA[".join(parts))


def _take(element: etree._Element, name: str, found: Found, url: str, source: str) -> None:
    values: dict[str, str] = {}
    for part in element.iter(etree.Element):
        # Pictures and films have a `loc` and a `title` too, in namespaces of their own.
        if not _OF_MEDIA.search(str(part.tag)):
            words = "".join(map(str, part.itertext())) if len(part) else part.text  # unknown entities are parts
            values.setdefault(_name(part), (words or "").strip())
        elif str(part.tag).endswith("sitemap-image/1.1}loc"):
            values.setdefault("image", (part.text or "").strip())
    try:
        address = origin(urljoin(url, values.get("loc", "")))
    except ValueError:
        return
    if not is_web(address) or address == url:
        return
    if name == "sitemap":
        found.sitemaps.append(SitemapFile(address, moment(values.get("lastmod"))))
        return
    image = values.get("image", "")
    found.links.append(
        Link(
            url=address,
            source=source,
            discovered_by=url,
            title=plain(values.get("title")),
            published=moment(values.get("publication_date")),
            updated=moment(values.get("lastmod")),
            language=values.get("language", "")[:40] or None,
            tags=tuple(tag.strip() for tag in values.get("keywords", "").split(",") if tag.strip())[:20],
            image=image if is_web(image) else None,
        )
    )


def _text_sitemap(body: bytes, url: str, source: str) -> Found | None:
    """The links of a sitemap in plain text; None for what is not one."""
    if not body.lstrip(b"\xef\xbb\xbf").startswith((b"http://", b"https://")):
        return None
    lines = dict.fromkeys(body.decode("utf-8-sig", "replace").split())
    addresses = [line for line in lines if is_web(line)][:MAX_LINKS]
    return Found([Link(url=address, source=source, discovered_by=url) for address in addresses])


def _name(element: etree._Element) -> str:
    """The tag without its namespace; `etree.QName` refuses what the recovering parser lets through."""
    return str(element.tag).rpartition("}")[2]


def _unpacked(body: bytes) -> bytes:
    """The XML, out of gzip if it is packed, never more than `MAX_BYTES`. Of what was cut short comes what is there, and
    what stands behind the end is nothing to gzip."""
    if body[:2] != b"\x1f\x8b":
        return _within(body)
    unpacked = bytearray()
    for _ in range(_MEMBERS):
        packed = zlib.decompressobj(wbits=31)
        try:
            unpacked += packed.decompress(body, MAX_BYTES + 1 - len(unpacked))
        except zlib.error as error:
            raise DiscoveryError("is a damaged gzip file") from error
        body = packed.unused_data
        if body[:2] != b"\x1f\x8b" or len(unpacked) > MAX_BYTES:
            break
    return _within(bytes(unpacked))


def _within(xml: bytes) -> bytes:
    if len(xml) > MAX_BYTES:
        raise DiscoveryError("is larger than 50 MiB")
    return xml.lstrip()  # before a declaration white space is an error, behind which entities are lost
