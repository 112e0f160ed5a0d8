"""Feeds and sitemaps of careless programs: what a reader of them understands all the same."""

from __future__ import annotations

import gzip
import json
import time

import pytest

from crawler.discovery import DiscoveryError, read_feed, read_sitemap

URL = "https://news.example/feed.xml"
TITLE = "Утечка данных клиентов банка"


def rss(items: str, declaration: str = "") -> str:
    return f'{declaration}<rss version="2.0"><channel><title>N</title>{items}</channel></rss>'


def item(title: str = TITLE, inside: str = "<link>https://news.example/1</link>") -> str:
    return f"<item><title>{title}</title>{inside}</item>"


def urlset(*addresses: str) -> str:
    news = 'xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"'
    entries = (f"<url><loc>{a}</loc><n:news><n:title>{TITLE}</n:title></n:news></url>" for a in addresses)
    return f"<urlset {news}>{''.join(entries)}</urlset>"


def titles(body: bytes, content_type: str | None = None) -> list[str | None]:
    return [link.title for link in read_feed(body, url=URL, source="news", content_type=content_type).links]


def urls(body: bytes) -> list[str]:
    return [link.url for link in read_feed(body, url=URL, source="news").links]


def listed(body: bytes) -> list[tuple[str, str | None]]:
    return [(link.url, link.title) for link in read_sitemap(body, url=URL, source="news").links]


@pytest.mark.parametrize("declared", ["", "utf-8", "utf-16", "iso-8859-1"])
@pytest.mark.parametrize("served", [None, "application/rss+xml", "text/html; charset=windows-1251"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_feed_in_utf_8_is_read_as_that_whatever_it_and_its_server_say(
    encoding: str, served: str | None, declared: str
) -> None:
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    assert titles(rss(item(), declaration).encode(encoding), served) == [TITLE]


@pytest.mark.parametrize("served", [None, "text/xml; charset=ISO-8859-1", "text/xml; charset=windows-1251"])
def test_a_feed_in_another_character_set_is_read_as_it_says_itself(served: str | None) -> None:
    declaration = '<?xml version="1.0" encoding="windows-1251"?>'
    assert titles(rss(item(), declaration).encode("windows-1251"), served) == [TITLE]


def test_a_summary_that_was_cut_within_a_character_leaves_the_feed_readable() -> None:
    cut = item("Other", "<link>https://news.example/2</link><description>The clinic said so@</description>")
    body = rss(item("Утечка данных") + cut).encode().replace(b"@", "Я".encode()[:1])
    assert titles(body) == ["Утечка данных", "Other"]


@pytest.mark.parametrize(
    "inside",
    [
        "<link></link><guid>https://news.example/1</guid>",
        '<link/><guid isPermaLink="false"> https://news.example/1 </guid>',
        "<link>https://news.example/feed.xml</link><guid>https://news.example/1</guid>",
    ],
)
def test_an_entry_whose_link_is_empty_is_found_by_its_name_if_that_is_an_address(inside: str) -> None:
    assert urls(rss(item(inside=inside)).encode()) == ["https://news.example/1"]
    assert urls(rss(item(inside=inside.replace("https://news.example/1", "tag:1"))).encode()) == []


def test_a_json_feed_may_have_line_breaks_in_its_words() -> None:
    feed = json.dumps({"items": [{"url": "https://news.example/1", "title": "a@b"}]})
    assert titles(feed.replace("@", "\n\t").encode()) == ["a b"]


@pytest.mark.parametrize("declared", ["utf-16", "iso-8859-1"])
def test_a_sitemap_in_utf_8_is_read_as_that_whatever_it_says(declared: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>{urlset("https://news.example/1")}'
    assert listed(body.encode()) == [("https://news.example/1", TITLE)]


def test_a_sitemap_behind_what_a_script_complains_of_is_read() -> None:
    complaint = "<br />\n<b>Warning</b>: Undefined variable in <b>/srv/map.php</b> on line <b>7</b><br />\n"
    assert listed((complaint + urlset("https://news.example/1")).encode()) == [("https://news.example/1", TITLE)]


@pytest.mark.parametrize(
    "told", ["/?p=1&amp;page=2", "/?p=1&page=2", "<![CDATA[/?p=1&page=2]]>", "/<![CDATA[?p=1&page]]>=2"]
)
def test_an_address_of_a_sitemap_keeps_its_parameters_however_they_are_written(told: str) -> None:
    both = urlset(told, "/?a=1&b=2")
    assert [url for url, _ in listed(both.encode())] == [
        "https://news.example/?p=1&page=2",
        "https://news.example/?a=1&b=2",
    ]


def test_what_there_is_of_a_packed_sitemap_is_read() -> None:
    packed = gzip.compress(urlset(*(f"https://news.example/{n}" for n in range(5_000))).encode())
    assert len(listed(packed + b"\0\0junk")) == 5_000
    assert 100 < len(listed(packed[: len(packed) // 2])) < 5_000
    assert len(listed(gzip.compress(b"<urlset>") + gzip.compress(urlset("/1").encode()))) == 1
    with pytest.raises(DiscoveryError, match="damaged"):
        read_sitemap(packed[:20] + b"junk" + packed[30:], url=URL, source="news")


def test_a_gzip_file_made_of_hundreds_of_thousands_of_empty_ones_costs_seconds_at_most() -> None:
    began = time.process_time()
    with pytest.raises(DiscoveryError):
        read_sitemap(gzip.compress(b"") * 500_000, url=URL, source="news")
    assert time.process_time() - began < 10
