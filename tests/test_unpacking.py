"""What is sent packed comes whole, or is known to be cut."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest

from crawler.demo.server import Response, SiteServer, not_found, text_response
from crawler.unpacking import unpack
from tests.test_bad_input import crawl_feed
from tests.trouble_site import article, rss

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN = b"Of 7,200 savers the data are gone. " * 9_000
PACKERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"gzip": gzip.compress,
    b"x-gzip": lambda body: gzip.compress(body[:999]) + gzip.compress(body[999:]),
    b"deflate": zlib.compress,
    b"br": brotli.compress,
    b"zstd": zstd.compress,
}


@pytest.mark.parametrize("encoding", PACKERS)
def test_a_body_is_unpacked_whole_and_one_that_is_cut_anywhere_is_told_with_its_beginning(encoding: bytes) -> None:
    packed = PACKERS[encoding](PLAIN)
    assert unpack(packed, encoding, len(PLAIN)) == PLAIN
    assert unpack(b"", encoding, 9) == b""
    with pytest.raises(ValueError, match="exceeded"):
        unpack(packed, encoding, len(PLAIN) - 1)
    member = len(gzip.compress(PLAIN[:999])) if encoding == b"x-gzip" else 0
    for size in {5, 20, len(packed) // 2, len(packed) - 9, len(packed) - 1} - {member}:
        with pytest.raises(EOFError) as cut:
            unpack(packed[:size], encoding, len(PLAIN))
        assert PLAIN.startswith(cut.value.args[0])


def test_deflate_without_its_header_and_gzip_with_a_wrong_checksum_or_more_behind_it_are_read() -> None:
    packed = gzip.compress(PLAIN)
    assert unpack(zlib.compress(PLAIN)[2:-4], b"deflate", 1 << 20) == PLAIN
    assert unpack(packed[:-8] + b"\0" * 8, b"gzip", 1 << 20) == PLAIN
    assert unpack(packed + b"<!-- served in 3 ms -->", b"gzip", 1 << 20) == PLAIN


@pytest.mark.parametrize("end", [b"</html>", b"</html >\n<!-- cached -->", b"</rss>\n"])
def test_a_document_with_its_own_end_is_whole_though_what_packs_it_never_ends(end: bytes) -> None:
    packer = zlib.compressobj(wbits=31)
    unended = packer.compress(PLAIN + end) + packer.flush(zlib.Z_SYNC_FLUSH)
    assert unpack(unended, b"gzip", 1 << 20) == PLAIN + end


def crawled_with_robots(folder: Path, robots: Response, *, feed: Response | None = None) -> tuple[dict[str, int], int]:
    """The outcomes of a crawl of one page at a site with that robots.txt, and the number of failed polls."""
    feed = feed or text_response(rss("/story"), "application/rss+xml")
    answers = {"/robots.txt": robots, "/story": text_response(article()), "/feed": feed}
    with SiteServer("packed", lambda request: answers.get(request.path, not_found())) as site:
        totals = crawl_feed(folder, site.url("/feed")).report["totals"]
    return totals["outcomes"], len(totals["poll_errors"])


def packed(body: bytes, status: int = 200) -> Response:
    return Response(status=status, body=body, headers={"Content-Type": "text/plain", "Content-Encoding": "gzip"})


def test_of_a_site_whose_robots_txt_comes_cut_nothing_is_asked(tmp_path: Path) -> None:
    whole = gzip.compress(b"User-agent: *\nAllow: /\n" + b"# What follows is forbidden.\n" * 500)
    assert crawled_with_robots(tmp_path, packed(whole[:-20])) == ({}, 1)


def test_the_body_of_an_answer_that_says_there_is_no_robots_txt_does_not_matter(tmp_path: Path) -> None:
    assert crawled_with_robots(tmp_path, packed(b"<h1>Not packed</h1>", 404)) == ({"archived": 1}, 0)


def test_of_a_packed_robots_txt_that_is_too_long_the_beginning_is_obeyed(tmp_path: Path) -> None:
    noise = b"".join(b"Disallow: /%b\n" % os.urandom(20).hex().encode() for _ in range(40_000))
    forbidden = packed(gzip.compress(b"User-agent: *\nDisallow: /story\n" + noise))
    assert len(forbidden.body) > 600_000  # type: ignore[arg-type]  # it is no stream
    assert crawled_with_robots(tmp_path, forbidden) == ({"robots": 1}, 0)


def test_a_feed_that_comes_cut_is_a_failed_poll(tmp_path: Path) -> None:
    feed = packed(gzip.compress(rss("/story").encode())[:-30])
    assert crawled_with_robots(tmp_path, not_found(), feed=feed) == ({}, 1)
