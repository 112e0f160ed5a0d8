"""Discovery: what feeds, sitemaps and section pages announce, however they are broken."""

from __future__ import annotations

import contextlib
import gzip
import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery import DiscoveryError, SitemapFile, newest_files, read_feed, read_section, read_sitemap
from crawler.discovery.addresses import announced_feeds, announced_sitemaps
from crawler.discovery.found import moment
from crawler.discovery.shapes import Shapes, sighting
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

MEDIA = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"><channel><language>en</language><item>
<link>https://feeds.example/~r/news/1</link><feedburner:origLink>https://news.example/1</feedburner:origLink>
<media:title>Clinic loses data</media:title><media:description>All of it.</media:description>
<media:keywords>health, theft</media:keywords><media:content url="/clip.mp4" medium="video"/>
<media:thumbnail url="/clinic.jpg"/><dc:creator>Ada Quill</dc:creator><dc:date>2026-03-01T08:00:00+09:00</dc:date>
<dc:subject>Clinics</dc:subject><dc:language>fr</dc:language></item></channel></rss>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "News",
    "language": "en-GB",
    "next_url": "https://news.example/feed.json?page=2",
    "items": [
        {
            "id": "7",
            "url": "/2026/clinic",
            "title": "Clinic &amp; school lose data",
            "content_html": "<p>The <b>clinic</b> said so.</p>",
            "date_published": "2026-03-03T09:30:00+09:00",
            "date_modified": "2026-03-04T00:30:00Z",
            "authors": [{"name": "Ada Quill"}, {"url": "https://nameless.example/"}],
            "tags": ["Health", 7],
            "image": "/clinic.jpg",
        },
        {"id": "https://news.example/2026/other", "language": "fr"},
        {"id": "no address", "title": "x"},
        "not an entry",
    ],
}

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


@pytest.mark.parametrize("feed_", [RSS, RDF, ATOM])
def test_a_feed_that_is_listed_as_a_sitemap_is_read_as_what_it_is(feed_: str) -> None:
    packed = gzip.compress(feed_.encode())
    found = read_sitemap(packed, url=URL, source="news")
    assert found.links == read_feed(feed_.encode(), url=URL, source="news").links != []


def test_a_url_that_a_feed_has_twice_is_one_link() -> None:
    assert len(feed(RSS)) == 2


def test_atom_keeps_when_an_entry_was_updated() -> None:
    (link,) = read_feed(ATOM.encode(), url=URL, source="news").links
    assert (link.published, link.updated) == ("2026-03-01T08:00:00+00:00", "2026-03-02T07:00:00+00:00")


@pytest.mark.parametrize(
    ("told", "published"),
    [
        ("Tue, 03 Mar 2026 09:30:00 JST", "2026-03-03T00:30:00+00:00"),  # feedparser knows America's zones alone
        ("Tue, 03 Mar 2026 09:30:00 CET", "2026-03-03T08:30:00+00:00"),
        ("2026/03/03 09:30:00", "2026-03-03T09:30:00+00:00"),
        ("1772501400", "2026-03-03T01:30:00+00:00"),
        ("2026年3月3日", "2026-03-03T00:00:00+00:00"),  # and takes the first of the month for it
        ("2003-335", "2003-12-01T00:00:00+00:00"),
    ],
)
def test_a_date_of_a_feed_is_the_one_that_it_means(told: str, published: str | None) -> None:
    rss = f"<rss><channel><item><link>https://a.example/1</link><pubDate>{told}</pubDate></item></channel></rss>"
    (link,) = read_feed(rss.encode(), url=URL, source="news").links
    assert link.published == published


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


def test_media_rss_and_dublin_core_tell_what_rss_does_not() -> None:
    (link,) = read_feed(MEDIA.encode(), url=URL, source="news").links
    assert (link.url, link.title, link.summary) == ("https://news.example/1", "Clinic loses data", "All of it.")
    assert (link.published, link.language, link.authors) == ("2026-02-28T23:00:00+00:00", "fr", ("Ada Quill",))
    assert (set(link.tags), link.image) == ({"Clinics", "health", "theft"}, "https://news.example/clinic.jpg")


@pytest.mark.parametrize(
    "body",
    [
        '<rss version="2.0"><channel>{}</channel></rss>'.format(
            "<item><title>Cut &#55357;</title><link>https://news.example/1</link></item>"
            "<item><title>Whole &#xD83D;&#xDE00;</title><link>https://news.example/2</link></item>"
        ),
        json.dumps(
            {
                "items": [
                    {"url": "https://news.example/1", "title": "Cut \ud83d"},
                    {"url": "https://news.example/2", "title": "Whole \U0001f600"},
                    {"url": "https://news.example/\ud83d", "title": "Nowhere"},
                ]
            }
        ),
    ],
    ids=("rss", "json"),
)
def test_a_feed_that_was_cut_within_a_character_is_read_without_the_half(body: str) -> None:
    assert feed(body) == [("https://news.example/1", "Cut"), ("https://news.example/2", "Whole \U0001f600")]


def test_a_sitemap_that_was_cut_within_a_character_is_read_without_the_half() -> None:
    (link,) = read_sitemap(NEWS_SITEMAP.replace("Fuite", "&#xD83D;Fuite").encode(), url=URL, source="news").links
    assert link.title == "Fuite de données"


def test_a_json_feed() -> None:
    found = read_feed(json.dumps(JSON_FEED).encode(), url=URL, source="news")
    first, second = found.links
    assert (first.url, first.title) == ("https://news.example/2026/clinic", "Clinic & school lose data")
    assert (first.summary, first.language, first.tags) == ("The clinic said so.", "en-GB", ("Health",))
    assert (first.published, first.updated) == ("2026-03-03T00:30:00+00:00", "2026-03-04T00:30:00+00:00")
    assert (first.authors, first.image) == (("Ada Quill",), "https://news.example/clinic.jpg")
    assert (second.url, second.language) == ("https://news.example/2026/other", "fr")
    assert found.older == ("https://news.example/feed.json?page=2",)


def test_the_posts_of_wordpress_are_a_feed() -> None:
    posts = [
        {
            "link": "https://news.example/2026/clinic/",
            "title": {"rendered": "Clinic &#8220;loses&#8221; data"},
            "excerpt": {"rendered": "<p>All of it.</p>"},
            "date_gmt": "2026-03-01T08:00:00",
            "modified_gmt": "2026-03-02T08:00:00",
        }
    ]
    url = "https://news.example/wp-json/wp/v2/posts?per_page=100"
    found = read_feed(json.dumps(posts).encode(), url=url, source="news")
    (link,) = found.links
    assert (link.title, link.summary) == ("Clinic “loses” data", "All of it.")
    assert (link.published, link.updated) == ("2026-03-01T08:00:00+00:00", "2026-03-02T08:00:00+00:00")
    assert found.older == (f"{url}&page=2",)


@pytest.mark.parametrize(
    ("head", "older"),
    [
        ("", ()),
        ('<link rel="prev-archive" href="/2025.xml"/><link rel="next" href="/p2.xml"/>', ("/2025.xml", "/p2.xml")),
        ('<link rel="next" href="ftp://news.example/2"/><link rel="next" href="http://["/>', ()),
        (
            '<link rel="alternate" href="https://news.example/"/><generator>WordPress</generator>',
            (
                "/wp-json/wp/v2/posts?per_page=100&_fields=link,title,excerpt,date_gmt,modified_gmt",
                "/feed.xml?paged=2",
            ),
        ),
    ],
)
def test_where_older_entries_are(head: str, older: tuple[str, ...]) -> None:
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{head}<entry><link href="/a"/></entry></feed>'
    found = read_feed(feed.encode(), url=URL, source="news")
    assert found.older == tuple(f"https://news.example{path}" for path in older)


def test_the_publishers_own_address_is_taken_out_of_the_amp_cache() -> None:
    cached = "https://news-example.cdn.ampproject.org/c/s/news.example/2026/clinic/amp/"
    assert feed(f"<rss version='2.0'><channel><item><link>{cached}</link></item></channel></rss>") == [
        ("https://news.example/2026/clinic/amp/", None)
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["/a", "https://news.example/b"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["items", "url", "id", "title", "authors", "name", "tags", "link", "rendered", "next_url"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.just("items"), st.lists(JSON, max_size=4)) | st.lists(JSON, max_size=4) | JSON)
def test_any_json_is_a_feed_or_refused(table: object) -> None:
    try:
        found = read_feed(b" " + json.dumps(table).encode(), url=URL, source="news")
    except DiscoveryError:
        return
    assert all(is_web(link.url) for link in found.links)
    assert all(is_web(url) for url in found.older)


FEEDS = [text.encode() for text in (RSS, ATOM, RDF, MEDIA, json.dumps(JSON_FEED), NEWS_SITEMAP)]


@given(st.data(), st.sampled_from(FEEDS), st.sampled_from(FEEDS))
def test_feeds_that_were_cut_and_mixed_are_read_or_refused(data: st.DataObject, one: bytes, other: bytes) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(one))] * 2)))
    first, last = sorted(data.draw(st.tuples(*[st.integers(0, len(other))] * 2)))
    body = one[:start] + other[first:last] + one[end:]
    for read in (read_feed, read_sitemap):
        try:
            found = read(body, url=URL, source="news")
        except DiscoveryError:
            continue
        assert all(is_web(link.url) and link.published == moment(link.published) for link in found.links)


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


def test_a_sitemap_index_tells_when_its_files_changed() -> None:
    text = "<sitemapindex><sitemap><loc>/s1.xml</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>"
    found = read_sitemap(text.encode(), url=URL, source="news")
    assert found.sitemaps == [SitemapFile("https://news.example/s1.xml", "2026-03-01T00:00:00+00:00")]


def test_pictures_and_films_in_a_sitemap_are_not_taken_for_the_page() -> None:
    text = """<urlset xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"
    xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"><url>
    <image:image><image:loc>https://news.example/a.jpg</image:loc><image:title>A picture</image:title></image:image>
    <video:video><video:title>A film</video:title></video:video><loc>https://news.example/a</loc></url></urlset>"""
    (link,) = read_sitemap(text.encode(), url=URL, source="news").links
    assert (link.url, link.title, link.image) == ("https://news.example/a", None, "https://news.example/a.jpg")


def test_a_sitemap_in_plain_text() -> None:
    text = "https://news.example/a\nhttps://news.example/b\r\nftp://news.example/c\n"
    assert [link.url for link in read_sitemap(text.encode(), url=URL, source="news").links] == [
        "https://news.example/a",
        "https://news.example/b",
    ]


def test_of_a_sitemap_index_an_ordinary_poll_reads_the_files_that_changed_of_late() -> None:
    old = [SitemapFile(f"https://news.example/{n}.xml", "2025-01-01T00:00:00+00:00") for n in range(50)]
    new = SitemapFile("https://news.example/new.xml", "2026-11-20T00:00:00+00:00")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert newest_files([*old, new, *old], now) == ["https://news.example/new.xml"]
    undated = [SitemapFile(f"https://news.example/post-sitemap{n}.xml") for n in range(50)]
    assert newest_files(undated, now) == [file.url for file in undated[:5] + undated[-5:]]
    monthly = [SitemapFile(f"https://news.example/sitemap-2026-{n:02}.xml") for n in range(1, 12)]
    assert newest_files(monthly, now) == ["https://news.example/sitemap-2026-11.xml"]


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


LIST = """<html><body><main><ul>
<li class="card"><h3><a href="/clinic">Clinic loses 4,000 patient records</a></h3>
<time datetime="2026-03-01"></time></li>
<li class="card"><h3><a href="/school">School server was open for a year</a></h3></li>
<li class="card"><h3><a href="/police">Police lose a laptop on a train</a></h3></li>
<li class="card"><h3><a href="/tag/breaches/">Everything about data breaches</a></h3></li></ul>
<p><a href="/who-we-are">The people who make this site</a></p>
<a rel="next" href="/security/page/2/">Older</a></main></body></html>"""


def section(html: str, shapes: dict[str, bool] | None = None) -> list[str]:
    found = read_section(html.encode(), url="https://news.example/security/", source="news", shapes=shapes)
    return [urlsplit(link.url).path for link in found.links]


def test_headlines_in_a_list_are_articles_whatever_their_addresses_look_like() -> None:
    assert section(LIST) == ["/clinic", "/school", "/police"]


@pytest.mark.parametrize(("charset", "told"), [("utf-8", True), ("utf-8", False), ("shift_jis", True)])
def test_headlines_are_read_in_the_character_set_that_the_server_names(charset: str, told: bool) -> None:
    """The pre-filter knows no word in what is read in another, and the page would never be fetched."""
    html = "<li><h3><a href='/2026/03/01/byoin'>病院で患者の個人情報が流出したと発表</a></h3></li>"
    kind = f"text/html; charset={charset}" if told else "text/html"
    (link,) = read_section(html.encode(charset), url="https://news.example/", source="news", content_type=kind).links
    assert link.title == "病院で患者の個人情報が流出したと発表"


def test_a_page_that_is_one_form_has_its_links() -> None:
    html = "<form id=aspnetForm><a href='/2026/03/01/clinic'>Clinic loses the records of its patients</a></form>"
    assert section(html) == ["/2026/03/01/clinic"]


def test_links_are_relative_to_the_base_that_a_page_names() -> None:
    html = (
        "<base href='/ja/'><link rel=next href='news?page=2'>"
        "<li><a href='2026/03/01/clinic'>Clinic loses the records of its patients</a></li>"
    )
    found = read_section(html.encode(), url="https://news.example/sections/news", source="news")
    assert [link.url for link in found.links] == ["https://news.example/ja/2026/03/01/clinic"]
    assert found.older == ("https://news.example/ja/news?page=2",)


def test_the_date_beside_a_headline_is_kept_and_the_next_page_is_found() -> None:
    found = read_section(LIST.encode(), url="https://news.example/security/", source="news")
    assert [link.published for link in found.links] == ["2026-03-01T00:00:00+00:00", None, None]
    assert found.older == ("https://news.example/security/page/2/",)


def test_what_was_learned_of_a_host_goes_before_what_is_usual() -> None:
    usual = '<p><a href="/2026/03/clinic-loses-patient-records">Clinic loses 4,000 patient records</a></p>'
    odd = '<p><a href="/r/clinic">Clinic loses 4,000 patient records</a></p>'
    assert section(usual + odd) == ["/2026/03/clinic-loses-patient-records"]
    assert section(usual + odd, {"/Y/9/slug": False, "/r/clinic": True}) == ["/r/clinic"]


def test_the_shapes_of_a_host_are_learned_from_its_pages_and_kept(tmp_path: Path) -> None:
    for _ in range(2):
        with Shapes(tmp_path) as shapes:
            shapes.learn(Counter(sighting(f"https://www.news.example/r/{n}/", True) for n in range(10, 14)))
            shapes.learn(Counter(sighting(f"https://news.example/company/{n}-profile", False) for n in range(4)))
            shapes.learn({sighting("https://news.example/once", True): 1})
    with Shapes(tmp_path) as shapes:
        assert shapes.of("news.example") == {"/r/9": True, "/company/9-profile": False}
        assert shapes.of("other.example") == {}


def test_a_host_has_a_bounded_number_of_shapes(tmp_path: Path) -> None:
    with Shapes(tmp_path) as shapes:
        shapes.learn({("news.example", f"/{n}", True): 3 for n in range(1_000)})
        shapes.learn({("news.example", "/r/9", True): 10})
        known = shapes.of("news.example")
    assert known["/r/9"]
    assert len(known) <= 200


def test_a_site_may_change_its_ways(tmp_path: Path) -> None:
    with Shapes(tmp_path) as shapes:
        shapes.learn({("news.example", "/r/9", True): 100_000})
        for _ in range(40):
            shapes.learn({("news.example", "/r/9", False): 100})
        assert shapes.of("news.example") == {"/r/9": False}


@pytest.mark.parametrize(
    "page",
    [
        "<p><a href=/2026/03/01/a>A headline that is long enough</a></p>" * 20_000,
        "".join(f"<a href=/2026/{n}/a>Long {'words ' * 30_000}</a>" for n in range(12))
        + "".join(f"<a href=/{n}>x</a><a href=/2026/{n}/b>A headline that is long enough</a>" for n in range(2_000)),
        "<div>" * 20_000 + "<a href=/2026/03/01/a>A headline that is long enough</a>" * 5_000,
        "<li>" + "<time>" * 100_000 + "<a href=/2026/03/01/a>A headline that is long enough</a>" * 5_000,
        f"<base href=/{'a/' * 1_000_000}>" + "<a href=2026/03/01/a>A headline that is long enough</a>" * 5_000,
        "".join(f"<a href=/{n}/{'a' * 1_900}>A headline that is long enough</a>" for n in range(2_000)),
    ],
    ids=["many", "long", "deep", "dated", "based", "word"],
)
def test_a_section_page_made_to_take_long_takes_seconds_at_most(page: str) -> None:
    began = time.process_time()
    with contextlib.suppress(DiscoveryError):
        read_section(f"<html><body>{page}".encode(), url="https://news.example/", source="news")
    assert time.process_time() - began < 15


def test_a_robots_txt_made_to_take_long_names_its_sitemaps_at_once() -> None:
    began = time.process_time()
    named = announced_sitemaps(
        "\n" * 200_000 + "Sitemap: /news.xml\n" + " \t" * 100_000, "https://a.example/robots.txt"
    )
    assert named == ["https://a.example/news.xml"]
    assert time.process_time() - began < 2


HOME = """<html><head><base href="/en/">
<link rel="alternate" type="application/rss+xml" href="feed.xml"><link rel="alternate" hreflang="fr" href="/fr/">
<link rel="Alternate" type="application/atom+xml; charset=utf-8" href="https://feeds.example/news">
<link rel="alternate" type="application/rss+xml" href="/comments/feed/">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">
<link rel="alternate" type="application/rss+xml" href="http://["></head>
<body><a href="/rss">RSS</a><a href="/feedback">Say something</a>
<a href="/category/security/feed/">Security</a></html>"""


def test_the_feeds_of_a_page_are_found_those_of_its_head_first_and_none_of_comments() -> None:
    assert announced_feeds(HOME.encode(), "https://news.example/en/") == [
        "https://news.example/en/feed.xml",
        "https://feeds.example/news",
        "https://news.example/rss",
        "https://news.example/category/security/feed/",
    ]


@given(st.binary(max_size=300))
def test_any_bytes_have_feeds_or_are_refused(body: bytes) -> None:
    try:
        feeds = announced_feeds(HOME.encode()[:300] + body, URL)
    except DiscoveryError:
        return
    assert all(is_web(feed) for feed in feeds)


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


def test_the_titles_of_a_sitemap_are_words_however_they_were_escaped() -> None:
    news = (
        "<n:title xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>Clinic&amp;#8217;s data&nbsp;leak</n:title>"
    )
    body = f"\n<?xml version='1.0'?><urlset><url><loc>https://a.example/1</loc>{news}</url></urlset>"
    (link,) = read_sitemap(body.encode(), url="https://a.example/news.xml", source="news").links
    assert link.title == "Clinic’s data leak"
