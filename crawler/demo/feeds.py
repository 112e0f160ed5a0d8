"""The demonstration's feeds and sitemap: RSS 2.0, Atom 1.0, RSS 1.0 (RDF), Google News."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from crawler.demo.content import FeedFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as a feed or sitemap announces it."""

    url: str
    title: str
    summary: str
    published: datetime
    updated: datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a feed says about its site."""

    title: str
    home: str
    url: str
    language: str
    charset: str = "utf-8"


CONTENT_TYPES: dict[FeedFormat, str] = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
}


def feed(form: FeedFormat, channel: Channel, entries: Sequence[Entry]) -> str:
    """The feed in that format; the XML declaration names the channel's charset."""
    return {"rss": _rss, "atom": _atom, "rdf": _rdf}[form](channel, entries)


def latest(entries: Sequence[Entry]) -> datetime | None:
    """When the newest entry was last changed."""
    return max((entry.updated.astimezone(UTC) for entry in entries), default=None)


def news_sitemap(channel: Channel, entries: Sequence[Entry]) -> str:
    """A Google-News sitemap (namespace `sitemap-news/0.9`)."""
    urls = "".join(
        f"""<url><loc>{escape(entry.url)}</loc><lastmod>{entry.updated.isoformat()}</lastmod>
<news:news><news:publication><news:name>{escape(channel.title)}</news:name>
<news:language>{escape(channel.language)}</news:language></news:publication>
<news:publication_date>{entry.published.isoformat()}</news:publication_date>
<news:title>{escape(entry.title)}</news:title></news:news></url>
"""
        for entry in entries
    )
    return f"""<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
{urls}</urlset>
"""


def _rss(channel: Channel, entries: Sequence[Entry]) -> str:
    items = "".join(
        f"""<item><title>{escape(entry.title)}</title><link>{escape(entry.url)}</link>
<guid isPermaLink="true">{escape(entry.url)}</guid><description>{escape(entry.summary)}</description>
<pubDate>{format_datetime(entry.published)}</pubDate>
{"".join(f"<category>{escape(tag)}</category>" for tag in entry.tags)}</item>
"""
        for entry in entries
    )
    return f"""<?xml version="1.0" encoding="{channel.charset}"?>
<rss version="2.0"><channel><title>{escape(channel.title)}</title><link>{escape(channel.home)}</link>
<description>{escape(channel.title)}</description><language>{escape(channel.language)}</language>
{items}</channel></rss>
"""


def _atom(channel: Channel, entries: Sequence[Entry]) -> str:
    items = "".join(
        f"""<entry><id>{escape(entry.url)}</id><title>{escape(entry.title)}</title>
<link rel="alternate" href={quoteattr(entry.url)}/><summary>{escape(entry.summary)}</summary>
<published>{entry.published.isoformat()}</published><updated>{entry.updated.isoformat()}</updated>
{"".join(f"<author><name>{escape(name)}</name></author>" for name in entry.authors)}</entry>
"""
        for entry in entries
    )
    newest = latest(entries)
    return f"""<?xml version="1.0" encoding="{channel.charset}"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={quoteattr(channel.language)}>
<id>{escape(channel.url)}</id><title>{escape(channel.title)}</title>
<link rel="self" href={quoteattr(channel.url)}/>
<link rel="alternate" href={quoteattr(channel.home)}/>
<updated>{newest.isoformat() if newest else ""}</updated>
{items}</feed>
"""


def _rdf(channel: Channel, entries: Sequence[Entry]) -> str:
    listed = "".join(f"<rdf:li rdf:resource={quoteattr(entry.url)}/>" for entry in entries)
    items = "".join(
        f"""<item rdf:about={quoteattr(entry.url)}><title>{escape(entry.title)}</title>
<link>{escape(entry.url)}</link><description>{escape(entry.summary)}</description>
<dc:date>{entry.published.isoformat()}</dc:date></item>
"""
        for entry in entries
    )
    return f"""<?xml version="1.0" encoding="{channel.charset}"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xml:lang={quoteattr(channel.language)}>
<channel rdf:about={quoteattr(channel.url)}><title>{escape(channel.title)}</title>
<link>{escape(channel.home)}</link>
<description>{escape(channel.title)}</description><items><rdf:Seq>{listed}</rdf:Seq></items></channel>
{items}</rdf:RDF>
"""
