"""What a crawl makes of addresses that are polled, run after run, against real servers."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest

from archive.layout import new_run_id
from archive.state import state_folder
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from crawler.frontier import FRONTIER_FILE, Frontier
from tests.command import KillAt, breachwire, environment, start, write_config
from tests.trouble_site import article, rss

BEGUN = datetime.now(UTC)


class Press(SiteServer):
    """A site that serves what stands in `pages`, and the same story at every address under /news/."""

    def __init__(self) -> None:
        super().__init__("press", self._answer)
        self.pages: dict[str, Response] = {}

    def _answer(self, request: Request) -> Response:
        if request.path.startswith("/news/"):
            return text_response(article())
        return self.pages.get(request.path, not_found())

    def asked(self) -> list[str]:
        """What was asked for since the last time, robots.txt and its like aside."""
        hits = [f"{hit.status} {hit.path}" for hit in self.hits if not hit.path.endswith((".txt", ".json"))]
        self.hits.clear()
        return hits


def crawl(
    folder: Path,
    site: Press,
    broken: str = "",
    name: str = "press",
    pages: int = 99,
    prefilter: bool = False,
    **places: list[str],
) -> dict[str, Any]:
    """One run over the site, each time with the same archive; its report. In a function that is `broken` there is a
    fault."""
    lines = "".join(f"{key} = {[urljoin(site.url('/'), path) for path in paths]}\n" for key, paths in places.items())
    lines += f"prefilter = {str(prefilter).lower()}\npages = {pages}\n"
    entry = f'[[source]]\nname = "{name}"\nhome = "{site.url("/")}"\n{lines}'
    config = write_config(folder / "breachwire.toml", sources=entry)
    arguments = "crawl", name, "--config", config, "--archive", folder / "wire", "--report", "json"
    if not broken:
        return breachwire(*arguments).report
    code = f"import spiders.news, crawler.cli, sys; spiders.news.{broken} = None; sys.exit(crawler.cli.main())"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    report: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, env=environment()).stdout)
    return report


def urlset(*links: str) -> Response:
    return text_response(f"<urlset>{''.join(f'<url><loc>{link}</loc></url>' for link in links)}</urlset>", "text/xml")


def index(*files: str) -> Response:
    entries = "".join(f"<sitemap><loc>{file}</loc></sitemap>" for file in files)
    return text_response(f"<sitemapindex>{entries}</sitemapindex>", "text/xml")


def test_what_comes_into_a_file_is_found_though_its_index_stays_the_same(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {
            "/index.xml": index(press.url("/news.xml")),
            "/news.xml": urlset(press.url("/news/1")),
        }
        assert crawl(tmp_path, press, sitemaps=["/index.xml"])["totals"]["taken"] == 1
        press.pages["/news.xml"] = urlset(press.url("/news/1"), press.url("/news/2"))
        press.asked()
        assert crawl(tmp_path, press, sitemaps=["/index.xml"])["totals"]["taken"] == 1
        assert press.asked() == ["200 /index.xml", "200 /news.xml", "200 /news/2"]


def test_after_weeks_without_a_run_the_files_of_all_days_since_the_last_one_are_read(tmp_path: Path) -> None:
    def day(before: int) -> datetime:
        return BEGUN - timedelta(days=before)

    with Press() as press:
        press.pages = {f"/{n}.xml": urlset(press.url(f"/news/{n}")) for n in range(1, 40)}
        files = [
            f"<sitemap><loc>{press.url(f'/{n}.xml')}</loc><lastmod>{day(n):%Y-%m-%d}</lastmod></sitemap>"
            for n in range(1, 40)
        ]
        press.pages["/index.xml"] = text_response(f"<sitemapindex>{files[-1]}</sitemapindex>", "text/xml")
        crawl(tmp_path, press, sitemaps=["/index.xml"])
        with closing(sqlite3.connect(state_folder(tmp_path / "wire") / FRONTIER_FILE)) as frontier, frontier:
            frontier.execute("UPDATE poll SET polled = ?", (day(21).timestamp(),))
        press.pages["/index.xml"] = text_response(f"<sitemapindex>{''.join(files)}</sitemapindex>", "text/xml")
        press.asked()
        crawl(tmp_path, press, sitemaps=["/index.xml"])
        asked = press.asked()
    assert {f"200 /{n}.xml" for n in range(1, 22)} <= set(asked)
    assert "200 /30.xml" not in asked


def test_a_file_that_fails_is_told_by_its_name_and_is_not_all_that_was_asked(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {
            "/index.xml": index(press.url("/gone.xml"), press.url("/news.xml")),
            "/news.xml": urlset(press.url("/news/1")),
        }
        runs = [crawl(tmp_path, press, sitemaps=["/index.xml"]) for _ in range(2)]
        for run in runs:
            assert run["totals"]["poll_errors"] == [f"sitemap {press.url('/gone.xml')}: HTTP 404"]
            assert (run["totals"]["polls"], run["exit_code"]) == (3, 1)
    ill = breachwire(
        "sources", "list", "--unhealthy", "--config", tmp_path / "breachwire.toml", "--archive", tmp_path / "wire"
    )
    assert (ill.code, ill.out) == (0, "")


def test_a_304_to_a_request_without_validators_is_a_fault_of_the_server(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": Response(status=304)}
        run = crawl(tmp_path, press, feeds=["/feed"])
        assert run["totals"]["poll_errors"] == [f"feed {press.url('/feed')}: HTTP 304, though the whole was asked for"]
        assert (run["totals"]["polls_unchanged"], run["exit_code"]) == (0, 4)
        press.pages = {"/feed": text_response(rss(press.url("/news/1")), "application/rss+xml")}
        assert crawl(tmp_path, press, feeds=["/feed"])["totals"]["outcomes"] == {"archived": 1}


def test_an_address_that_failed_is_asked_for_its_body_as_its_validators_may_be_why(tmp_path: Path) -> None:
    with Press() as press:
        whole = press.pages["/feed"] = text_response(rss(press.url("/news/1")), "application/rss+xml")
        for page in (whole, whole, Response(status=412), whole, whole):
            press.pages["/feed"] = page
            crawl(tmp_path, press, feeds=["/feed"])
        asked = [line for line in press.asked() if line.endswith("/feed")]
        assert asked == ["200 /feed", "304 /feed", "412 /feed", "200 /feed", "304 /feed"]


def test_a_fault_of_ours_in_reading_a_poll_is_a_failure_of_the_poll(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": text_response(rss("/news/1"), "text/xml")}
        report = crawl(tmp_path, press, "NewsSpider._follow", feeds=["/feed"])
        with Frontier(state_folder(tmp_path / "wire"), new_run_id()) as frontier:
            polled = [(poll.failures, poll.polled) for poll in frontier.polls.of("press")]
        mended = crawl(tmp_path, press, feeds=["/feed"])
    assert [error.split(" (")[0] for error in report["sources"][0]["poll_errors"]] == [
        f"feed {press.url('/feed')}: internal error"
    ]
    assert report["exit_code"] == 4
    assert polled == [(1, None)]
    assert mended["totals"]["outcomes"] == {"archived": 1}


def test_a_fault_of_ours_in_taking_up_a_page_is_an_outcome_of_the_page(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": text_response(rss("/news/1"), "text/xml")}
        report = crawl(tmp_path, press, "page_of", feeds=["/feed"])
        crawl(tmp_path, press, feeds=["/feed"])  # it is not due before a quarter of an hour
    assert report["totals"]["outcomes"] == {"failed: internal error": 1}
    assert press.asked() == ["200 /feed", "200 /news/1", "304 /feed"]


def test_a_story_whose_address_has_another_session_at_each_poll_is_fetched_once(tmp_path: Path) -> None:
    with Press() as press:
        for session in ("0A1B", "2C3D"):
            press.pages = {"/feed": text_response(rss(f"/news/1;jsessionid={session}"), "text/xml")}
            crawl(tmp_path, press, feeds=["/feed"])
    assert press.asked() == ["200 /feed", "200 /news/1;jsessionid=0A1B", "200 /feed"]


def test_what_waits_for_a_source_is_fetched_under_its_new_name(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False)}
        assert crawl(tmp_path, press, pages=1, feeds=["/feed"])["totals"]["put_off"] == 2
        press.asked()
        renamed = crawl(tmp_path, press, name="journal", feeds=["/feed"])["sources"]
        assert [(source["name"], source["taken"]) for source in renamed] == [("journal", 2)]
        assert "304 /feed" in press.asked()
        press.pages = {"/feed": dated(6, older=True), "/feed/3": dated(3, older=False)}
        assert crawl(tmp_path, press, name="gazette", feeds=["/feed"])["totals"]["taken"] == 6


def test_a_story_whose_headline_told_nothing_of_a_breach_is_fetched_once_it_does(tmp_path: Path) -> None:
    """A feed gives the day of publication only, so nothing else tells that the headline was written anew."""

    def announce(title: str, feed: str = "/feed") -> None:
        press.pages[feed] = text_response(rss("/news/1", title=title), "text/xml")

    def outcomes(*feeds: str) -> dict[str, int]:
        found: dict[str, int] = crawl(tmp_path, press, prefilter=True, feeds=list(feeds))["totals"]["outcomes"]
        return found

    with Press() as press:
        announce("What the mayor said")
        assert outcomes("/feed") == {"irrelevant": 1}
        announce("What the mayor said at noon")
        assert outcomes("/feed") == {}
        announce("What the mayor said about the theft of patient data by hackers")
        assert outcomes("/feed") == {"archived": 1}


def test_a_story_that_one_feed_tells_little_of_is_fetched_for_what_another_one_says(tmp_path: Path) -> None:
    with Press() as press:
        press.pages["/top"] = text_response(rss("/news/1", title="What the mayor said"), "text/xml")
        press.pages["/feed"] = text_response(rss("/news/1", title="Hackers stole patient data"), "text/xml")
        runs = [crawl(tmp_path, press, prefilter=True, feeds=["/top", "/feed"]) for _ in range(2)]
    outcomes = [run["totals"]["outcomes"] for run in runs]
    assert [run["totals"]["taken"] for run in runs] == [sum(found.values()) for found in outcomes]
    assert {"archived": 1} in outcomes
    assert press.asked().count("200 /news/1") == 1


def test_the_front_page_that_a_withdrawn_story_leads_to_is_no_article(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {
            "/feed": text_response(rss("/story/1", "/", "/story/2"), "text/xml"),
            "/story/1": Response(status=302, headers={"Location": "/"}),
            "/story/2": Response(status=301, headers={"Location": "/news/2"}),
            "/": text_response(article()),
        }
        outcomes = crawl(tmp_path, press, feeds=["/feed"])["totals"]["outcomes"]
    assert outcomes.pop("failed: redirected to the front page") == 1
    assert sum(outcomes.values()) == 2


def test_a_failure_counts_only_in_a_run_that_some_host_answered(tmp_path: Path) -> None:
    """Where none did it is this machine that has no network: after a weekend without one all sources are due at once,
    and no page that was known before is given up."""
    with socket.create_server(("127.0.0.1", 0)) as closed, Press() as press:
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}/feed"
        closed.close()
        press.pages["/feed"] = text_response(rss(press.url("/news/1")), "application/rss+xml")
        crawl(tmp_path, press, feeds=[gone])
        assert failures(tmp_path) == {gone: 0}
        assert crawl(tmp_path, press, feeds=[gone, "/feed"])["totals"]["outcomes"] == {"archived": 1}
        assert failures(tmp_path) == {gone: 1, press.url("/feed"): 0}


def failures(folder: Path) -> dict[str, int]:
    """How often each address has failed in a row."""
    with Frontier(state_folder(folder / "wire"), new_run_id()) as frontier:
        return {address.url: address.failures for address in frontier.polls.of("press")}


def dated(first: int, *, older: bool, extra: str = "", dates: bool = True) -> Response:
    """An Atom feed of three entries, of an hour each, that may have an older page."""
    entries = "".join(
        f"<entry><title>Data breach</title><link href='/news/{n}'/>"
        + f"<published>{(BEGUN - timedelta(hours=30 - n)).isoformat()}</published>" * dates
        + "</entry>"
        for n in range(first + 2, first - 1, -1)
    )
    more = f"<link rel='next' href='/feed/{first - 3}'/>" if older else ""
    return text_response(
        f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Press</title>{more}{extra}{entries}</feed>",
        "application/atom+xml",
    )


def test_an_entry_dated_in_the_future_does_not_hide_what_the_feed_has_no_more_room_for(tmp_path: Path) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=300)).isoformat()
    wrong = f"<entry><title>Breach</title><link href='/news/99'/><published>{ahead}</published></entry>"
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False, extra=wrong)}
        assert crawl(tmp_path, press, feeds=["/feed"])["totals"]["taken"] == 4
        press.pages = {"/feed": dated(6, older=True), "/feed/3": dated(3, older=False)}
        assert crawl(tmp_path, press, feeds=["/feed"])["totals"]["taken"] == 6


@pytest.mark.parametrize("dates", [True, False], ids=["dated", "undated"])
def test_what_a_feed_has_no_room_for_is_not_hidden_by_a_pinned_entry_or_a_feed_that_shares_stories(
    tmp_path: Path, dates: bool
) -> None:
    pinned = "<entry><title>Breach</title><link href='/news/0'/></entry>"
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False, dates=dates), "/top": dated(1, older=False, dates=dates)}
        assert crawl(tmp_path, press, feeds=["/top", "/feed"])["totals"]["taken"] == 4
        press.pages = {
            "/top": dated(8, older=False, dates=dates),
            "/feed": dated(9, older=True, extra=pinned, dates=dates),
            "/feed/6": dated(6, older=True, dates=dates),
            "/feed/3": dated(3, older=True, dates=dates),
            "/feed/0": dated(0, older=True, dates=dates),
        }
        press.asked()
        assert crawl(tmp_path, press, feeds=["/top", "/feed"])["totals"]["taken"] == 8
        assert "404 /feed/-3" not in press.asked()


def test_what_came_while_a_feed_failed_is_not_hidden_by_what_another_one_announced(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False), "/top": dated(0, older=False)}
        crawl(tmp_path, press, feeds=["/top", "/feed"])
        press.pages = {"/feed": Response(status=503), "/top": dated(9, older=False)}
        assert crawl(tmp_path, press, feeds=["/top", "/feed"])["totals"]["taken"] == 3
        press.pages |= {
            "/feed": dated(9, older=True),
            "/feed/6": dated(6, older=True),
            "/feed/3": dated(3, older=False),
        }
        assert crawl(tmp_path, press, feeds=["/top", "/feed"])["totals"]["taken"] == 6


def test_what_waits_for_its_turn_was_known_so_nobody_goes_back_behind_it(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": dated(3, older=True, dates=False), "/feed/0": dated(0, older=True, dates=False)}
        assert crawl(tmp_path, press, pages=1, feeds=["/feed"])["totals"]["put_off"] == 2
        extra = "<entry><title>Data breach</title><link href='/news/9'/></entry>"
        press.pages["/feed"] = dated(3, older=True, dates=False, extra=extra)
        press.asked()
        crawl(tmp_path, press, pages=1, feeds=["/feed"])
        assert "200 /feed/0" not in press.asked()


def test_a_way_back_that_was_broken_off_is_gone_by_the_next_poll(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False)}
        crawl(tmp_path, press, feeds=["/feed"])
        busy = Response(status=503)
        press.pages = {"/feed": dated(9, older=True), "/feed/6": dated(6, older=True), "/feed/3": busy}
        broken = crawl(tmp_path, press, feeds=["/feed"])["totals"]
        assert broken["taken"] == 6
        assert broken["poll_errors"] == [f"feed {press.url('/feed')}: was not read back to the day; the next poll does"]
        press.pages["/feed/3"] = dated(3, older=False)
        whole = crawl(tmp_path, press, feeds=["/feed"])["totals"]
        assert (whole["taken"], whole["poll_errors"]) == (3, [])
        press.asked()
        assert crawl(tmp_path, press, feeds=["/feed"])["totals"]["taken"] == 0
        assert press.asked() == ["304 /feed"]


def test_a_way_back_that_is_never_open_is_tried_twice(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False)}
        crawl(tmp_path, press, feeds=["/feed"])
        press.pages = {"/feed": dated(6, older=True), "/feed/3": Response(status=503)}
        told = [crawl(tmp_path, press, feeds=["/feed"])["totals"]["poll_errors"] for _ in range(3)]
        line = f"feed {press.url('/feed')}: was not read back to the day; "
        assert told == [[line + "the next poll does"], [line + "run it with --since again"], []]


def test_a_way_back_goes_on_after_a_run_that_was_killed_on_it(tmp_path: Path) -> None:
    with Press() as press:
        press.pages = {"/feed": dated(0, older=False)}
        crawl(tmp_path, press, feeds=["/feed"])
        press.pages = {"/feed": dated(9, older=True), "/feed/6": dated(6, older=True), "/feed/3": dated(3, older=False)}
        hits = KillAt(2)
        press.hits = hits
        where = ["--config", tmp_path / "breachwire.toml", "--archive", tmp_path / "wire"]
        hits.process = start("crawl", "press", *where, "--report", "json")
        hits.process.communicate()
        assert hits.process.returncode == -9
        hits.process = None
        assert crawl(tmp_path, press, feeds=["/feed"])["totals"]["taken"] == 9
