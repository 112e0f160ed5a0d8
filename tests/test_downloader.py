"""The limit on the head of a response, and what waits for a slow host."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from crawler.downloader import MAX_HEAD
from tests.command import breachwire, write_config
from tests.test_site_rules import PAGE
from tests.trouble_site import TDMREP, TroubleSite, rss

_PAGES = 24
_LONG = PAGE + f"<!-- {'x' * 30_000} -->"


def answer(request: Request) -> Response:
    name = request.path.strip("/")
    if name == "feed.xml":
        return text_response(rss(*(f"/{n}" for n in range(_PAGES))), "application/rss+xml")
    return text_response(_LONG) if name.isdecimal() else not_found()


def test_many_pages_over_one_connection_are_each_asked_for_once(tmp_path: Path) -> None:
    """Each comes in a piece or two, head and all: none counts for the head of the next."""
    assert _PAGES * len(_LONG) > 2 * MAX_HEAD
    with SiteServer("one connection", answer) as site:
        source = f'[[source]]\nname = "long"\nhome = "{site.base}/"\nfeeds = ["{site.base}/feed.xml"]\n'
        config = write_config(tmp_path / "breachwire.toml", sources=source)
        run = breachwire("crawl", "long", "--archive", tmp_path / "archive", "--config", config, "--report", "json")
        asked = Counter(hit.path for hit in site.hits if hit.path.strip("/").isdecimal())
    assert run.code == 0
    assert asked == {f"/{n}": 1 for n in range(_PAGES)}


def test_what_waits_for_a_slow_host_keeps_no_other_host_waiting(tmp_path: Path) -> None:
    with TroubleSite(robots="User-agent: *\nCrawl-delay: 6\n") as slow, SiteServer("fast", answer) as fast:
        links = [at.format(n) for n in range(5) for at in (slow.url("/article?{}"), fast.url("/{}"))]
        both = rss(*links)
        with SiteServer("feed", lambda request: feed_at(request, both)) as announcing:
            source = f'[[source]]\nname = "both"\nhome = "{fast.base}/"\nfeeds = ["{announcing.url("/feed.xml")}"]\n'
            config = write_config(
                tmp_path / "breachwire.toml", sources=source, concurrency=2, per_host=1, seconds_per_source=10.0
            )
            run = breachwire("crawl", "both", "--archive", tmp_path / "archive", "--config", config)
        pages = [hit for hit in fast.hits if hit.path.strip("/").isdecimal()]
    assert run.code == 0
    assert len(pages) == 5
    assert pages[-1].at - slow.hits[0].at < 6
    assert [hit.path for hit in slow.hits] == ["/robots.txt", TDMREP]


def feed_at(request: Request, feed: str) -> Response:
    return text_response(feed, "application/rss+xml") if request.path == "/feed.xml" else not_found()
