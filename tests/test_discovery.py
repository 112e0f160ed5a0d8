"""Discovery: what feeds, sitemaps and section pages announce, however they are broken."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import DiscoveryError, SitemapFile, read_feed, read_section, read_sitemap
from pipelines.urls import is_web

URL = "https://news.example/feed.xml"

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title><language>en-GB</language>
<item><title>Clinic &amp; school lose data</title><link>/2026/clinic</link>
<description>&lt;p&gt;The &lt;b&gt;clinic&lt;/b&gt; said so.&lt;/p&gt;</description>
<pubDate>Tue, 03 Mar 2026 09:30:00 +0900</pubDate><category>Health</category></item>
<item><title>Other</title><link>https://news.example/2026/other</link></item>
<item><title>Other again</title><link>https://news.example/2026/other</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>Übergriff auf Daten</title><link rel="alternate" href="https://news.example/a"/>
<published>2026-03-01T08:00:00Z</published><updated>2026-03-02T08:00:00+01:00</updated></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://news.example/"/>
<item rdf:about="https://news.example/r"><title>個人情報が流出</title><link>https://news.example/r</link>
<dc:date>2026-03-01T08:00:00+09:00</dc:date></item></rdf:RDF>"""

NEWS_SITEMAP = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
<url><loc>https://news.example/1</loc><lastmod>2026-03-02</lastmod><n:news><n:publication><n:name>N</n:name>
<n:language>fr</n:language></n:publication><n:publication_date>2026-03-01T10:00:00+01:00</n:publication_date>
<n:title>Fuite de données</n:title><n:keywords>santé, données</n:keywords></n:news></url>
<url><loc>ftp://news.example/2</loc></url></urlset>"""


def feed(text: str, encoding: str = "utf-8") -> list[tuple[str, str | None]]:
    return [(link.url, link.title) for link in read_feed(text.encode(encoding), url=URL, source="news").links]


def test_rss_gives_title_summary_date_language_and_tags_without_markup() -> None:
    link = read_feed(RSS.encode(), url=URL, source="news").links[0]
    assert (link.url, link.title) == ("https://news.example/2026/clinic", "Clinic & school lose data")
    assert link.summary == "The clinic said so."
    assert link.published == "2026-03-03T00:30:00+00:00"
    assert (link.language, link.tags, link.discovered_by) == ("en-GB", ("Health",), URL)


def test_a_url_that_a_feed_has_twice_is_one_link() -> None:
    assert len(feed(RSS)) == 2


def test_atom_keeps_when_an_entry_was_updated() -> None:
    (link,) = read_feed(ATOM.encode(), url=URL, source="news").links
    assert (link.published, link.updated) == ("2026-03-01T08:00:00+00:00", "2026-03-02T07:00:00+00:00")


@pytest.mark.parametrize("encoding", ["utf-8", "euc-jp", "shift_jis"])
def test_rss_1_0_in_its_own_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{RDF}'
    (link,) = read_feed(text.encode(encoding), url=URL, source="news").links
    assert (link.title, link.published) == ("個人情報が流出", "2026-02-28T23:00:00+00:00")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "ftp://news.example/a", "file:///etc/passwd", "", "http://u:p@a/"]
)
def test_links_that_are_not_of_the_web_are_left_out(link: str) -> None:
    assert feed(f"<rss version='2.0'><channel><item><title>x</title><link>{link}</link></item></channel></rss>") == []


def test_a_feed_is_never_taken_for_the_name_of_a_file(tmp_path: object) -> None:
    with pytest.raises(DiscoveryError):
        read_feed(b"/etc/passwd", url=URL, source="news")


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"", "is not a feed"), (b"{}", "is JSON, not a feed"), (b"<!doctype html><p>404", "is an HTML page, not a feed")],
)
def test_what_is_no_feed_is_told(body: bytes, said: str) -> None:
    with pytest.raises(DiscoveryError, match=said):
        read_feed(body, url=URL, source="news")


def test_of_a_feed_that_is_cut_short_the_whole_entries_are_read() -> None:
    assert ("https://news.example/2026/clinic", "Clinic & school lose data") in feed(RSS[: RSS.rindex("Other again")])


@given(st.binary(max_size=400))
def test_any_bytes_are_a_feed_or_refused(body: bytes) -> None:
    try:
        links = read_feed(RSS.encode()[:200] + body, url=URL, source="news").links
    except DiscoveryError:
        return
    assert all(is_web(link.url) for link in links)


def test_a_news_sitemap_keeps_title_dates_language_and_keywords() -> None:
    (link,) = read_sitemap(NEWS_SITEMAP.encode(), url=URL, source="news").links
    assert (link.title, link.language, link.tags) == ("Fuite de données", "fr", ("santé", "données"))
    assert (link.published, link.updated) == ("2026-03-01T09:00:00+00:00", "2026-03-02T00:00:00+00:00")


def test_a_sitemap_index_names_further_sitemaps() -> None:
    text = "<sitemapindex><sitemap><loc>https://news.example/s1.xml</loc></sitemap></sitemapindex>"
    found = read_sitemap(text.encode(), url=URL, source="news")
    assert (found.links, found.sitemaps) == ([], [SitemapFile("https://news.example/s1.xml")])


def test_a_packed_sitemap_is_unpacked() -> None:
    assert len(read_sitemap(gzip.compress(NEWS_SITEMAP.encode()), url=URL, source="news").links) == 1


def test_a_sitemap_that_unpacks_to_more_than_the_protocol_allows_is_refused() -> None:
    with pytest.raises(DiscoveryError, match="larger than 50 MiB"):
        read_sitemap(gzip.compress(b" " * (51 << 20)), url=URL, source="news")


def test_entities_of_a_sitemap_are_not_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    text = f"{bomb}<urlset><url><loc>https://news.example/&a;</loc></url></urlset>"
    try:
        links = read_sitemap(text.encode(), url=URL, source="news").links
    except DiscoveryError:
        return
    assert "root:" not in repr(links)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_sitemap_or_refused(body: bytes) -> None:
    try:
        found = read_sitemap(NEWS_SITEMAP.encode()[:300] + body, url=URL, source="news")
    except DiscoveryError:
        return
    assert all(is_web(link.url) for link in found.links)


SECTION = """<html><body><nav><a href="/2026/03/navigation-is-not-news">Navigation is not news today</a></nav>
<h2><a href="/2026/03/clinic-loses-patient-records">Clinic loses 4,000 patient records</a></h2>
<a href="/2026/03/clinic-loses-patient-records?utm_source=more">Read on</a>
<a href="/category/security/">All our stories on security</a><a href="/about">About the people of this site</a>
<a href="https://elsewhere.example/2026/03/another-story-here">A story on some other site</a>
<a href="mailto:desk@news.example">Write to the newsroom desk</a><a href="http://[">Broken address of a story</a>
<footer><a href="/2026/03/in-the-footer-of-it">In the footer of the whole site</a></footer></body></html>"""


def test_a_section_page_gives_the_articles_of_the_same_site_once_and_nothing_else() -> None:
    links = read_section(SECTION.encode(), url="https://news.example/security/", source="news").links
    assert [(link.url, link.title) for link in links] == [
        ("https://news.example/2026/03/clinic-loses-patient-records", "Clinic loses 4,000 patient records")
    ]


def test_a_section_page_that_is_not_html_is_told() -> None:
    with pytest.raises(DiscoveryError, match="is application/pdf, not an HTML page"):
        read_section(b"%PDF", url=URL, source="news", content_type="application/pdf; q=1")


@given(st.binary(max_size=400))
def test_any_bytes_are_a_section_page_or_refused(body: bytes) -> None:
    try:
        links = read_section(SECTION.encode()[:400] + body, url=URL, source="news").links
    except DiscoveryError:
        return
    assert all(link.url.startswith("https://news.example/") for link in links)
