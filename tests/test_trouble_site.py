"""The trouble site makes the trouble that it promises: what tests of the crawl's behaviour stand on."""

from __future__ import annotations

import gzip
import http.client
import io
import re
import socket
import sys
import threading
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import brotli
import feedparser
import pytest

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdFile
else:
    from backports.zstd import ZstdFile

from tests.demo_http import Reply
from tests.trouble_site import BOMB_SIZE, PATHS, TroubleSite


@pytest.fixture(scope="module")
def trouble() -> Iterator[TroubleSite]:
    with TroubleSite() as site:
        yield site


@pytest.mark.parametrize("status", [403, 404, 410, 429, 500, 503])
def test_statuses_of_failure(trouble: TroubleSite, status: int) -> None:
    assert Reply(trouble.url(f"/{status}")).status == status


def test_too_many_requests_asks_for_an_hour(trouble: TroubleSite) -> None:
    assert Reply(trouble.url("/429")).headers["Retry-After"] == "3600"


def test_redirects_go_round_or_where_no_crawler_may_follow(trouble: TroubleSite) -> None:
    paths = [path for path in PATHS if path.startswith("/redirect/") and not path[-1].isdecimal()]
    targets = {path: Reply(trouble.url(path)).headers["Location"] for path in paths}
    assert targets == {
        "/redirect/loop": "/redirect/back",
        "/redirect/back": "/redirect/loop",
        "/redirect/metadata": "http://169.254.169.254/latest/meta-data/",
        "/redirect/file": "file:///etc/passwd",
        "/redirect/mail": "mailto:desk@news.example",
        "/redirect/port": "http://news.example:99999/",
        "/redirect/long": "/article?" + "x" * 3_000,
        "/redirect/itself": "/redirect/itself#set-cookie",
        "/redirect/nowhere": None,
    }


def test_robots_txt_answers_as_it_is_told(trouble: TroubleSite) -> None:
    assert Reply(trouble.url("/robots.txt")).status == 404
    with TroubleSite(robots=503) as down:
        assert Reply(down.url("/robots.txt")).status == 503
    with TroubleSite(robots="User-agent: *\nDisallow: /\n") as strict:
        assert Reply(strict.url("/robots.txt")).body == b"User-agent: *\nDisallow: /\n"


def test_bodies_that_are_no_page(trouble: TroubleSite) -> None:
    assert (Reply(trouble.url("/empty")).status, Reply(trouble.url("/empty")).body) == (200, b"")
    binary = Reply(trouble.url("/binary"))
    assert binary.body.startswith(b"\x89PNG")
    assert binary.headers["Content-Type"].startswith("text/html")


def test_the_charset_header_lies(trouble: TroubleSite) -> None:
    reply = Reply(trouble.url("/wrong-charset"))
    assert reply.headers["Content-Type"] == "text/html; charset=utf-16"
    assert "naïve façade" in reply.body.decode("utf-8")
    with pytest.raises(LookupError):
        "".encode(Reply(trouble.url("/unknown-charset")).headers["Content-Type"].partition("charset=")[2])


def test_the_gzip_bomb_is_small_and_inflates_to_its_size(trouble: TroubleSite) -> None:
    packed = Reply(trouble.url("/gzip-bomb")).body
    assert len(packed) < 1024 * 1024
    unpacker, size, rest = zlib.decompressobj(16 + zlib.MAX_WBITS), 0, packed
    while rest:
        size += len(unpacker.decompress(rest, 1 << 20))
        rest = unpacker.unconsumed_tail
    assert size + len(unpacker.flush()) == BOMB_SIZE


def test_the_broken_gzip_does_not_decode(trouble: TroubleSite) -> None:
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(Reply(trouble.url("/broken-gzip")).body)


def test_the_page_that_is_cut_short_promises_more_than_it_sends(trouble: TroubleSite) -> None:
    with pytest.raises(http.client.IncompleteRead):
        Reply(trouble.url("/cut-short"))


def test_the_connection_is_reset(trouble: TroubleSite) -> None:
    with pytest.raises(ConnectionResetError):
        Reply(trouble.url("/reset"))
    assert trouble.hits[-1].status == 0


def test_the_other_bombs_are_small_and_inflate_beyond_the_limit(trouble: TroubleSite) -> None:
    packed = {name: Reply(trouble.url(f"/{name}-bomb")).body for name in ("brotli", "zstd")}
    assert max(map(len, packed.values())) < 1024 * 1024
    assert len(brotli.decompress(packed["brotli"])) > 10_000_000
    assert len(ZstdFile(io.BytesIO(packed["zstd"])).read()) > 10_000_000


@pytest.mark.parametrize("path", ["/drip", "/silence"])
def test_a_body_without_end_ends_when_the_site_closes(path: str) -> None:
    with TroubleSite() as site:
        client = socket.create_connection(("127.0.0.1", urlsplit(site.url("/")).port), timeout=10)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    while client.recv(1000):
        pass
    client.close()


def test_a_client_that_leaves_ends_the_drip() -> None:
    with TroubleSite() as site:
        before = set(threading.enumerate())
        client = socket.create_connection(("127.0.0.1", urlsplit(site.url("/")).port), timeout=10)
        client.sendall(b"GET /drip HTTP/1.1\r\nHost: a\r\n\r\n")
        client.recv(1000)
        workers = set(threading.enumerate()) - before
        client.close()
        for worker in workers:
            worker.join(timeout=10)
        assert workers
        assert not any(worker.is_alive() for worker in workers)


def test_pages_that_are_deep_and_long(trouble: TroubleSite) -> None:
    assert Reply(trouble.url("/nested")).body.count(b"<div>") == 100_000
    assert Reply(trouble.url("/many-paragraphs")).body.count(b"<p>") == 100_000


def test_feeds_that_are_no_feed(trouble: TroubleSite) -> None:
    assert not feedparser.parse(Reply(trouble.url("/feed/html")).body).version
    empty = feedparser.parse(Reply(trouble.url("/feed/empty")).body)
    assert (empty.version, empty.entries) == ("rss20", [])


def test_the_broken_feed_has_two_good_entries(trouble: TroubleSite) -> None:
    parsed = feedparser.parse(Reply(trouble.url("/feed/broken")).body)
    assert parsed.bozo
    assert [entry.link for entry in parsed.entries[:2]] == ["/article", "/article?second"]


def test_the_feed_of_odd_links_has_two_that_can_be_followed(trouble: TroubleSite) -> None:
    links = re.findall(r"<item>.*?<link>(.*?)</link>", Reply(trouble.url("/feed/links")).text)
    assert links == [
        "javascript:alert(1)",
        "ftp://127.0.0.1/file",
        "file:///etc/passwd",
        "/article",
        "article?relative",
        "",
    ]


def test_the_main_feed_announces_every_page_that_ends_by_itself(trouble: TroubleSite) -> None:
    links = {entry.link for entry in feedparser.parse(Reply(trouble.url("/feed.xml")).body).entries}
    assert links == {path for path in PATHS if "feed" not in path} - {"/drip", "/silence", "/slow", "/429"}
