"""Good manners: what a host asks for is kept, in a run and from one run to the next; and no server gets at more than a
page's worth of time, memory or network."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request, Spider
from scrapy.core.downloader import Slot
from scrapy.http import Response
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from archive import ArchiveError, open_archive
from archive.layout import new_run_id
from archive.state import state_folder
from archive.tombstone import Tombstones
from crawler.cli.reports import table_of
from crawler.config import Config, ConfigError, CrawlTable, parse_config
from crawler.demo.server import Request as SiteRequest
from crawler.demo.server import Response as SiteResponse
from crawler.demo.server import SiteServer, not_found, text_response
from crawler.downloader import FairDownloader
from crawler.frontier import Frontier
from crawler.hosts import HOSTS_FILE, KEPT_FOR, Hosts
from crawler.politeness import PauseMiddleware, PoliteThrottle, PutOff, TimesMiddleware, delay_asked, retry_after
from crawler.report import RunReport
from crawler.reservations import read_rules, reserved
from crawler.robots import ForbiddenByRobots, RobotsMiddleware
from crawler.turns import TurnMiddleware, Turns
from pipelines.items import Link
from pipelines.rights import refusal, reservation
from pipelines.urls import host as host_of
from tests.command import breachwire, environment, outcome, start, write_config
from tests.test_bad_input import crawl_feed, source
from tests.test_frontier import Clock
from tests.trouble_site import ARTICLE_TEXT, PATHS, TDMREP, TroubleSite, rss
from tests.trouble_site import article as healthy

# -- robots.txt ----------------------------------------------------------------------------------------------------


def test_a_crawl_delay_is_kept_between_all_requests_and_reported(tmp_path: Path) -> None:
    robots = "User-agent: *\nCrawl-delay: 0.4\nDisallow: /article?3\n"
    with TroubleSite(robots=robots) as site:
        run = crawl_feed(tmp_path, site.url("/feed/plain"), per_host=4)
        host = site.url("").removeprefix("http://")
        assert run.report["crawl_delays"] == {host: 0.4}
        assert run.report["totals"]["outcomes"]["robots"] == 1
        assert len(site.hits) == 7  # robots.txt, the feed, tdmrep.json, four of five pages
        # By the site's own clock: not as they were planned but as they came.
        assert min(after.at - before.at for before, after in pairwise(site.hits)) >= 0.4


def test_two_runs_at_once_never_ask_a_host_both(tmp_path: Path) -> None:
    asked, ended = threading.Event(), threading.Event()
    pages = {f"/{n}": ARTICLE_TEXT[0] + f" It is the {n}th of its kind." for n in range(24)}

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/feed":
            return text_response(rss(*pages), "application/rss+xml")
        if request.path in pages and not asked.is_set():
            asked.set()
            assert ended.wait(60)
        return text_response(healthy(paragraphs=(pages[request.path],))) if request.path in pages else not_found()

    with SiteServer("one host", answer) as site:
        sources = source("busy", feeds=[f"{site.base}/feed"])
        config = write_config(tmp_path / "breachwire.toml", sources=sources, per_host=1, delay=0.1, timeout=120.0)
        hasty = write_config(tmp_path / "hasty.toml", sources=sources, per_host=1, delay=0.1, timeout=0.5)
        where = ["--archive", tmp_path / "archive", "--report", "json"]
        first = start("crawl", "busy", *where, "--config", config)
        assert asked.wait(60)
        before = len(site.hits)
        second = breachwire("crawl", "busy", *where, "--config", hasty)
        assert len(site.hits) == before
        by_hand = breachwire("fetch", f"{site.base}/23", "--no-archive", "--config", config)
        ended.set()
        told = json.loads(first.communicate(timeout=120)[0])
    assert (first.returncode, told["totals"]["taken"], told["totals"]["put_off"]) == (0, 24, 0)
    assert (second.code, second.report["sources"][0]["ended_by"]) == (0, "another run")
    assert by_hand.code == 0
    fetched = Counter(hit.path for hit in site.hits if hit.path in pages)
    assert fetched == Counter({"/23": 1}) + Counter(pages.keys())


def test_what_another_run_gives_back_is_done_by_the_run_that_had_the_host(tmp_path: Path) -> None:
    asked, given_back = threading.Event(), threading.Event()

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/a":
            asked.set()
            assert given_back.wait(60)
            return text_response(healthy())
        feeds = {"/feed/a": rss("/a"), "/feed/b": rss("/b"), "/feed/c": rss("/c")}
        if request.path in feeds:
            return text_response(feeds[request.path], "application/rss+xml")
        return (
            text_response(healthy(paragraphs=(request.path, *ARTICLE_TEXT))) if request.path in "/b/c" else not_found()
        )

    with SiteServer("one host", answer) as site, Frontier(state_folder(tmp_path / "archive"), new_run_id()) as other:
        feeds = [site.url(f"/feed/{name}") for name in "abc"]
        config = write_config(tmp_path / "breachwire.toml", sources=source("busy", feeds=feeds), timeout=60.0)
        link = Link(url=site.url("/c"), source="busy", discovered_by=feeds[2])
        assert other.polls.claim(feeds[1], "busy") is not None
        assert other.offer([link]) == [link]
        first = start("crawl", "busy", "--archive", tmp_path / "archive", "--config", config, "--report", "json")
        assert asked.wait(60)
        other.polls.put_off(feeds[1], 0.0)
        other.give_back(link)
        given_back.set()
        told = json.loads(first.communicate(timeout=120)[0])["totals"]
    assert (told["polls"], told["taken"], told["outcomes"]) == (3, 3, {"archived": 1, "duplicate": 2})
    assert told["put_off"] == 0
    assert Counter(hit.path for hit in site.hits)["/feed/c"] == 1


def test_an_interrupted_run_does_not_wait_for_a_host_that_another_run_asks(tmp_path: Path) -> None:
    asked, answered = threading.Event(), threading.Event()

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/feed":
            pages = (f"{theirs.base}/1", f"{ours.base}/2", f"{theirs.base}/3")  # in whichever order they are asked for
            return text_response(rss(*pages), "application/rss+xml")
        if request.path == "/2":
            asked.set()
            assert answered.wait(60)
        return text_response(healthy()) if request.path == "/2" else not_found()

    with SiteServer("ours", answer) as ours, SiteServer("theirs", answer) as theirs:
        turns = Turns(state_folder(tmp_path / "archive"))
        assert turns.take(host_of(theirs.base))
        feed = source("busy", feeds=[ours.url("/feed")])
        config = write_config(tmp_path / "breachwire.toml", sources=feed, timeout=600.0)
        run = start("crawl", "busy", "--archive", tmp_path / "archive", "--config", config, "--report", "json")
        assert asked.wait(60)
        run.terminate()
        answered.set()
        told = json.loads(run.communicate(timeout=120)[0])
        turns.close()
    assert (run.returncode, told["totals"]["outcomes"]) == (130, {"archived": 1})
    assert not theirs.hits


def test_a_delay_passes_between_the_last_request_of_a_run_that_ends_and_the_first_of_one_that_waited(
    tmp_path: Path,
) -> None:
    asked = threading.Event()

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/feed":
            asked.set()
        return not_found()

    with SiteServer("ours", answer) as ours, SiteServer("theirs", answer) as theirs:
        turns = Turns(state_folder(tmp_path / "archive"))
        assert turns.take(host_of(theirs.base))
        feeds = source("busy", feeds=[theirs.url("/feed")]) + source("free", feeds=[ours.url("/feed")])
        config = write_config(tmp_path / "breachwire.toml", sources=feeds, per_host=1, delay=0.5, timeout=60.0)
        run = start("crawl", "busy", "free", "--archive", tmp_path / "archive", "--config", config)
        assert asked.wait(60)
        ended = time.monotonic()
        turns.close()
        run.communicate(timeout=120)
    assert theirs.hits[0].at - ended >= 0.5


def test_what_waits_for_a_host_that_another_run_asks_keeps_no_other_host_waiting(tmp_path: Path) -> None:
    asked: set[str] = set()
    all_asked = threading.Event()

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/feed":
            pages = [at.url(f"/{number}") for number in range(6) for at in (theirs, ours)]
            return text_response(rss(*pages), "application/rss+xml")
        if request.path in {f"/{number}" for number in range(6)}:
            asked.add(request.path)
            if len(asked) == 6:
                all_asked.set()
            return text_response(healthy())
        return not_found()

    with SiteServer("ours", answer) as ours, SiteServer("theirs", lambda _: not_found()) as theirs:
        turns = Turns(state_folder(tmp_path / "archive"))
        assert turns.take(host_of(theirs.base))
        feed = source("busy", feeds=[ours.url("/feed")])
        config = write_config(tmp_path / "breachwire.toml", sources=feed, timeout=600.0, concurrency=2)
        run = start("crawl", "busy", "--archive", tmp_path / "archive", "--config", config, "--report", "json")
        done = all_asked.wait(30)
        run.terminate()
        told = json.loads(run.communicate(timeout=120)[0])
        turns.close()
    assert done
    assert sum(told["totals"]["outcomes"].values()) == 6
    assert not theirs.hits


def test_the_delay_to_a_host_is_kept_from_the_end_of_one_run_to_the_begin_of_the_next(tmp_path: Path) -> None:
    with TroubleSite() as site:
        config = write_config(tmp_path / "breachwire.toml")
        breachwire("fetch", site.url("/article"), "--archive", tmp_path / "archive", "--config", config)
        host = host_of(site.base)
    with Hosts(state_folder(tmp_path / "archive")) as hosts:
        assert hosts.idle(host) < hosts.idle("other.example")
    slot, now = Slot(concurrency=1, delay=2.0), time.monotonic()
    Hosts(state_folder(tmp_path / "archive"), lambda: time.time() - 5.0).asked(host)
    crawler = get_crawler(settings_dict={"BREACHWIRE_ARCHIVE": str(tmp_path / "archive")})
    downloader = FairDownloader(crawler)
    downloader.slots[host] = slot
    crawler.engine = SimpleNamespace(downloader=downloader)  # type: ignore[assignment]  # all that is asked of it
    turns = TurnMiddleware.from_crawler(crawler)
    asyncio.run(turns.process_request(Request(site.base, meta={"download_slot": host})))
    assert slot.lastseen == pytest.approx(now - 5.0, abs=1.0)


def test_a_robots_txt_that_another_run_has_read_meanwhile_is_not_asked_for_again(tmp_path: Path) -> None:
    asked = threading.Event()

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/feed":
            asked.set()
        return not_found()

    with SiteServer("ours", answer) as ours, SiteServer("theirs", answer) as theirs:
        turns = Turns(state_folder(tmp_path / "archive"))
        assert turns.take(host_of(theirs.base))
        feeds = source("busy", feeds=[theirs.url("/feed")]) + source("free", feeds=[ours.url("/feed")])
        config = write_config(tmp_path / "breachwire.toml", sources=feeds, per_host=1, timeout=60.0)
        run = start("crawl", "busy", "free", "--archive", tmp_path / "archive", "--config", config)
        assert asked.wait(60)
        with Hosts(state_folder(tmp_path / "archive")) as hosts:
            hosts.keep(theirs.url("/robots.txt"), b"User-agent: *\nDisallow: /\n")
        turns.close()
        told = run.communicate(timeout=120)[0]
    assert not theirs.hits
    assert f"feed {theirs.url('/feed')}: robots" in told.replace("\n", "")


def test_a_delay_beyond_two_minutes_is_cut_and_told() -> None:
    crawler = get_crawler(
        settings_dict={"AUTOTHROTTLE_ENABLED": True, "DOWNLOAD_DELAY": 2, "AUTOTHROTTLE_START_DELAY": 2}
    )
    throttle = PoliteThrottle(crawler)
    downloader = SimpleNamespace(per_slot_settings={}, slots={}, _delay=0.0)
    crawler.engine = SimpleNamespace(downloader=downloader)  # type: ignore[assignment]  # all that is asked of it
    throttle._spider_opened(None)  # type: ignore[arg-type]  # not looked at
    for host, seconds in (
        ("far.example", 3_600.0),
        ("slow.example", 10.0),
        ("slow.example", 3.0),
        ("fast.example", 0.1),
    ):
        throttle._delay_asked(host, seconds)
    delays = {host: settings["delay"] for host, settings in downloader.per_slot_settings.items()}
    assert delays == {"far.example": 120.0, "slow.example": 10.0, "fast.example": 2.0}
    report = RunReport(run="r", archive="a", started="2026-03-01", crawl_delays={"far.example": 3_600.0})
    assert "crawl delays asked for: far.example 3600 s, cut to 120 s" in table_of(report, 100)


def test_what_robots_txt_asks_for_beyond_the_standard_is_kept_too(tmp_path: Path) -> None:
    closed = (datetime.now(UTC) + timedelta(hours=2)).strftime("%H00")
    until = (datetime.now(UTC) + timedelta(hours=3)).strftime("%H00")
    origin, delays = "https://a.example", []
    crawler = get_crawler(settings_dict={"BREACHWIRE_ARCHIVE": str(tmp_path), "ROBOTSTXT_USER_AGENT": "breachwire"})
    crawler.signals.connect(lambda host, seconds: delays.append((host, seconds)), delay_asked, weak=False)
    hosts = Hosts(state_folder(tmp_path))

    async def asked(robots: str, path: str) -> None:
        hosts.keep(f"{origin}/robots.txt", robots.encode())
        await RobotsMiddleware(crawler).process_request(Request(f"{origin}{path}"))

    asyncio.run(asked("User-agent: *\nRequest-rate: 1/10s\nDisallow: /no\n", "/yes"))
    assert delays == [("a.example", 10.0)]
    with pytest.raises(ForbiddenByRobots):
        asyncio.run(asked("User-agent: breachwire\nDisallow: /no\nUser-agent: *\nAllow: /\n", "/no"))
    with pytest.raises(ForbiddenByRobots):
        asyncio.run(asked("User-agent: Breachwire/0.1 (news)\nDisallow: /no\n", "/no"))
    with pytest.raises(PutOff, match="hours"):
        asyncio.run(asked(f"User-agent: *\nVisit-time: {closed}-{until}\n", "/yes"))


def test_a_damaged_file_of_what_hosts_asked_for_is_told_and_begun_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / HOSTS_FILE).write_bytes(b"this is no database" * 100)
    with Hosts(tmp_path) as hosts:
        hosts.pause("a.example", time.time() + 60)
    with Hosts(tmp_path) as later:
        assert later.paused("a.example") is not None
    assert caplog.text.count("damaged and begun anew") == 1


def test_a_file_of_what_hosts_asked_for_that_cannot_be_used_is_not_called_erased(tmp_path: Path) -> None:
    (tmp_path / HOSTS_FILE).mkdir()
    with Hosts(tmp_path) as hosts, pytest.raises(ArchiveError, match=r"hosts\.sqlite"):
        hosts.forget(Tombstones())


def test_robots_txt_is_kept_for_a_day_and_no_longer(tmp_path: Path) -> None:
    clock = Clock()
    Hosts(tmp_path, clock).keep("https://a.example/robots.txt", b"User-agent: *")
    later = Hosts(tmp_path, clock)
    clock.now += KEPT_FOR - 1
    assert later.kept("https://a.example/robots.txt") == b"User-agent: *"
    assert later.kept("http://a.example/robots.txt") is None
    clock.now += 2
    assert later.kept("https://a.example/robots.txt") is None


def round_and_round(request: SiteRequest) -> SiteResponse:
    return SiteResponse(status=302, headers={"Location": f"{request.path}?{request.query}x"})


def test_a_page_whose_robots_txt_leads_round_in_a_circle_is_worth_another_try(tmp_path: Path) -> None:
    with SiteServer("round", round_and_round) as site:
        feed = text_response(rss(site.url("/article")), "application/rss+xml")
        with SiteServer("feed", lambda request: feed if request.path == "/feed" else not_found()) as announcing:
            run = crawl_feed(tmp_path, announcing.url("/feed"))
        assert {hit.path.partition("?")[0] for hit in site.hits} == {"/robots.txt"}
    assert run.report["totals"]["outcomes"] == {"failed: robots.txt unreachable": 1}
    with Frontier(state_folder(tmp_path / "archive"), new_run_id()) as frontier:
        assert frontier.counts() == {"pending": 1}


# -- hosts that ask to wait ----------------------------------------------------------------------------------------


def test_a_host_that_asks_to_wait_is_left_alone_by_this_run_and_the_next(tmp_path: Path) -> None:
    with TroubleSite() as site:
        run = crawl_feed(tmp_path, site.url("/feed/waiting"), per_host=1)
        asked = [hit.path for hit in site.hits]
        paths = [path.partition("?")[0] for path in asked]
        assert paths == ["/robots.txt", "/feed/waiting", TDMREP, "/429"]
        totals = run.report["totals"]
        assert (totals["outcomes"], totals["taken"], totals["put_off"]) == ({"failed: HTTP 429": 1}, 1, 10)
        again = crawl_feed(tmp_path, site.url("/feed/waiting"))
        assert [hit.path for hit in site.hits] == asked
        assert (again.code, again.report["totals"]["polls"], again.report["totals"]["poll_errors"]) == (0, 0, [])


def test_pages_that_wait_for_a_file_of_their_host_are_put_off_when_that_is_answered_with_a_retry_after(
    tmp_path: Path,
) -> None:
    with TroubleSite(tdmrep=429) as site:
        run = crawl_feed(tmp_path, site.url("/feed/plain"))
        assert [hit.path for hit in site.hits] == ["/robots.txt", "/feed/plain", TDMREP]
        assert (run.report["totals"]["outcomes"], run.report["totals"]["put_off"]) == ({}, 5)


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_empties_the_queue_of_the_host_and_of_no_other(status: int, tmp_path: Path) -> None:
    crawler = get_crawler(settings_dict={"BREACHWIRE_ARCHIVE": str(tmp_path)})
    pauses = PauseMiddleware(crawler)
    waiting: Deferred[Response] = Deferred()
    slot = SimpleNamespace(queue=deque([(Request("http://a.example/2"), waiting)]))
    crawler.engine = SimpleNamespace(downloader=SimpleNamespace(slots={"a.example": slot}))  # type: ignore[assignment]
    asked = Request("http://a.example/1", meta={"download_slot": "a.example"})
    pauses._downloaded(Response(asked.url, status=status, headers={"Retry-After": "60"}), asked)
    with pytest.raises(PutOff):
        pauses.process_request(Request("http://a.example/3"))
    pauses.process_request(Request("http://b.example/"))
    assert not slot.queue
    failures: list[Failure] = []
    waiting.addErrback(failures.append)
    assert isinstance(failures[0].value, PutOff)


@pytest.mark.parametrize(
    "told", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_a_date_of_a_retry_after_is_utc_in_each_of_its_forms(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        now = datetime(1994, 11, 6, 8, 39, 37, tzinfo=UTC).timestamp()
        assert retry_after(Response("http://a.example/", headers={"Retry-After": told}), now) == 600
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("120", 120), ("0", 0), ("99999999999", 604_800), ("9" * 400, 604_800), ("-5", None), ("1.5", None), ("", None)],
)
def test_seconds_of_a_retry_after_are_a_week_at_most(told: str, seconds: float | None) -> None:
    assert retry_after(Response("http://a.example/", headers={"Retry-After": told}), 0.0) == seconds


def test_a_pause_holds_for_other_runs_outlives_its_own_and_ends_when_the_host_said(tmp_path: Path) -> None:
    clock = Clock()
    beside = Hosts(tmp_path, clock)
    Hosts(tmp_path, clock).pause("a.example", clock.now + 60)
    Hosts(tmp_path, clock).pause("a.example", clock.now + 6)
    assert beside.paused("a.example") == clock.now + 60
    assert Hosts(tmp_path, clock).paused("a.example") == clock.now + 60
    assert Hosts(tmp_path, clock).paused("b.example") is None
    clock.now += 61
    assert Hosts(tmp_path, clock).paused("a.example") is None


def throttled(status: int, delay: float, asked: float | None = None) -> list[float]:
    """The delays of a host after each of eight answers that came at once."""
    crawler = get_crawler(settings_dict={"AUTOTHROTTLE_ENABLED": True, "AUTOTHROTTLE_MAX_DELAY": 120.0})
    throttle = PoliteThrottle(crawler)
    throttle.mindelay, throttle.maxdelay = 2.0, 120.0
    slot = Slot(concurrency=1, delay=delay)
    downloader = SimpleNamespace(per_slot_settings={}, slots={"a.example": slot}, _delay=2.0)
    crawler.engine = SimpleNamespace(downloader=downloader)  # type: ignore[assignment]  # all that is asked of it
    if asked is not None:
        throttle._delay_asked("a.example", asked)
    delays = []
    for _ in range(8):
        request = Request("http://a.example/", meta={"download_slot": "a.example", "download_latency": 0.01})
        # Scrapy tells of a response before that knows its request.
        throttle._response_downloaded(Response(request.url, status=status), request, Spider("any"))
        delays.append(slot.delay)
    return delays


def test_a_host_that_is_overloaded_is_asked_more_slowly() -> None:
    assert throttled(status=503, delay=2.0) == [4, 8, 16, 32, 64, 120, 120, 120]


def test_a_host_that_answers_fast_is_asked_faster_but_never_below_the_delay_it_asks_for() -> None:
    assert throttled(status=200, delay=10.0) == sorted(throttled(status=200, delay=10.0), reverse=True)
    assert throttled(status=200, delay=10.0)[-1] < 2.1
    assert throttled(status=200, delay=2.0, asked=10.0) == [10.0] * 8


@pytest.mark.parametrize("options", [[], ["--since", "2026-01-01"]])
def test_an_address_that_stands_twice_is_polled_once(tmp_path: Path, options: list[str]) -> None:
    with TroubleSite() as site:
        feed = site.url("/feed/plain")
        config = write_config(tmp_path / "breachwire.toml", sources=source("one", feeds=[feed, feed]))
        run = breachwire("crawl", "one", "--archive", tmp_path / "archive", "--config", config, *options)
        assert [hit.path for hit in site.hits].count("/feed/plain") == 1
    assert run.code == 0


def test_an_address_of_two_sources_is_polled_for_one_of_them(tmp_path: Path) -> None:
    with TroubleSite() as site:
        sources = source("one", feeds=[site.url("/feed/plain")]) + source("two", feeds=[site.url("/feed/plain")])
        config = write_config(tmp_path / "breachwire.toml", sources=sources, poll_every=900.0)
        run = breachwire("crawl", "one", "two", "--archive", tmp_path / "archive", "--config", config)
        assert [hit.path for hit in site.hits].count("/feed/plain") == 1
    assert run.code == 0


# -- budgets, hours, second looks ----------------------------------------------------------------------------------


def test_a_source_has_a_budget_of_pages_and_an_article_is_asked_for_again_only_if_it_has_changed(
    tmp_path: Path,
) -> None:
    with TroubleSite() as site:
        first = crawl_feed(tmp_path, site.url("/feed/plain"), pages_per_source=2)
        assert (first.report["totals"]["taken"], first.report["totals"]["put_off"]) == (2, 3)
        frontier = state_folder(tmp_path / "archive") / "frontier.sqlite"
        with sqlite3.connect(frontier) as database:  # an hour later
            database.execute("UPDATE url SET due = 1 WHERE state = 'done'")
        second = crawl_feed(tmp_path, site.url("/feed/plain"))
        assert second.report["totals"]["outcomes"] == {"duplicate": 3, "unchanged": 2}
        pages = Counter((hit.path.partition("?")[0], hit.status) for hit in site.hits)
        assert pages == {
            ("/robots.txt", 404): 1,
            (TDMREP, 404): 1,
            ("/feed/plain", 200): 1,
            ("/feed/plain", 304): 1,
        } | {
            ("/article", 200): 5,
            ("/article", 304): 2,
        }


def test_sources_have_budgets_of_their_own_and_the_report_says_which_was_spent(tmp_path: Path) -> None:
    opens = (datetime.now(UTC) + timedelta(hours=2)).strftime("%H:%M")
    until = (datetime.now(UTC) + timedelta(hours=3)).strftime("%H:%M")
    slow = "User-agent: *\nCrawl-delay: 4\n"
    with TroubleSite() as few, TroubleSite() as closed, TroubleSite(robots=slow) as brief:
        sources = (
            source("few", feeds=[few.url("/feed/plain")], pages=2),
            source("closed", feeds=[closed.url("/feed/plain")], hours=f"{opens}-{until}"),
            source("brief", feeds=[brief.url("/feed/plain")], seconds=7.0),
        )
        config = write_config(tmp_path / "breachwire.toml", sources="".join(sources))
        names = ("few", "closed", "brief")
        where = ["--archive", tmp_path / "archive", "--config", config]
        run = breachwire("crawl", *names, *where, "--report", "json")
        told = {s["name"]: (s["ended_by"], s["taken"], s["put_off"]) for s in run.report["sources"]}
        assert told == {"few": ("pages", 2, 3), "closed": ("hours", 0, 0), "brief": ("seconds", 0, 5)}
        assert (run.code, run.report["totals"]["polls"]) == (0, 2)
        assert closed.hits == []
        asked = [hit.path for hit in brief.hits]  # how far it came in its seconds, no page among them
        assert asked == ["/robots.txt", "/feed/plain", TDMREP][: len(asked)]
        with Frontier(state_folder(tmp_path / "archive"), new_run_id()) as frontier:
            assert frontier.counts() == {"done": 2, "pending": 8}
        again = breachwire("crawl", "few", *where)
        assert "few: ended by the budget of pages, 1 URLs are put off" in again.out


def request_of(source: str | None) -> Request:
    return Request("http://a.example/", meta={"source": source} if source else {})


def test_a_source_has_a_budget_of_time() -> None:
    middleware = TimesMiddleware(Config(crawl=CrawlTable(seconds_per_source=1e-9)))
    middleware.process_request(request_of("kyodo"))
    with pytest.raises(PutOff, match="budget of seconds"):
        middleware.process_request(request_of("kyodo"))
    middleware.process_request(request_of("afp"))


def test_a_source_is_asked_nothing_after_its_seconds_however_much_waits_for_its_turn(tmp_path: Path) -> None:
    with TroubleSite() as site:
        run = crawl_feed(tmp_path, site.url("/feed/plain"), delay=0.4, per_host=1, seconds_per_source=2.0)
        assert site.hits[-1].at - site.hits[0].at < 2.2
        totals = run.report["totals"]
        assert totals["put_off"] == 5 - totals["taken"] > 0
        assert run.report["sources"][0]["ended_by"] == "seconds"


def test_outside_its_hours_a_run_asks_no_source_anything_but_a_page_that_is_asked_for_by_hand() -> None:
    now = datetime.now(UTC)
    opens = (now + timedelta(hours=2)).replace(second=0, microsecond=0)
    hours = f"{opens:%H:%M}-{opens + timedelta(hours=1):%H:%M}"
    middleware = TimesMiddleware(Config(crawl=CrawlTable(hours=hours)))
    with pytest.raises(PutOff, match="hours") as put_off:
        middleware.process_request(request_of("kyodo"))
    assert put_off.value.until == opens.timestamp()
    middleware.process_request(request_of(None))
    inside = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=1):%H:%M}"
    TimesMiddleware(Config(crawl=CrawlTable(hours=inside))).process_request(request_of("kyodo"))


@pytest.mark.parametrize("hours", ["22-06", "22:00-24:00", "25:00-06:00", "at night"])
def test_hours_that_are_none_are_told(hours: str) -> None:
    with pytest.raises(ConfigError, match=r"\[crawl\] hours"):
        parse_config({"crawl": {"hours": hours}}, "breachwire.toml")


# -- what a publisher reserves -------------------------------------------------------------------------------------


def test_a_page_that_may_not_be_kept_leaves_metadata_and_link_and_one_that_may_not_be_listed_nothing(
    tmp_path: Path,
) -> None:
    with TroubleSite() as site:
        config = write_config(tmp_path / "breachwire.toml")
        where = ["--config", config, "--archive", tmp_path / "archive"]
        urls = {name: site.url(f"/{name}") for name in ("noarchive", "tdm", "noindex", "noindex-for-another")}
        done = breachwire("fetch", *urls.values(), *where, "--format", "json")
    told = {record["url"]: record["outcome"] for record in done.lines}
    kept = {a.url: a for a in open_archive(tmp_path / "archive").articles(include=("duplicates", "related"))}
    assert set(kept) == {urls["noarchive"], urls["tdm"], urls["noindex-for-another"]}
    assert told[urls["noindex"]] == "robots"
    for name, signal in (("noarchive", "robots: noarchive"), ("tdm", "tdm-reservation: 1")):
        article = kept[urls[name]]
        assert (article.text, article.markdown, article.capture, article.removed) == ("", None, None, ())
        assert article.dedup.verdict == "unique"
        assert article.extra["withheld"] == signal
        assert article.title
        assert signal in article.rights
    assert kept[urls["noindex-for-another"]].capture is not None


def test_a_feed_that_carries_the_text_does_not_bring_it_into_a_record_that_may_not_have_it(tmp_path: Path) -> None:
    text = " ".join(ARTICLE_TEXT)
    feed = rss("/noarchive").replace("</item>", f"<description>{text}</description></item>")
    announced = {"/feed": lambda: text_response(feed, "application/rss+xml"), "/noarchive": PATHS["/noarchive"]}
    with SiteServer("full text", lambda request: announced.get(request.path, not_found)()) as site:
        crawl_feed(tmp_path, site.url("/feed"))
    (article,) = open_archive(tmp_path / "archive").articles()
    assert (article.text, article.summary, len(text) > 300) == ("", None, True)


RESERVES_ALL_BUT_ONE = json.dumps(
    [
        {"location": "/", "tdm-reservation": 1, "tdm-policy": "https://a.example/policy"},
        {"location": "/article?3$", "tdm-reservation": 0},
        {"location": 7, "tdm-reservation": 1},
    ]
)


def test_what_a_site_reserves_in_its_well_known_file_leaves_metadata_and_link(tmp_path: Path) -> None:
    with TroubleSite(tdmrep=RESERVES_ALL_BUT_ONE) as site:
        crawl_feed(tmp_path, site.url("/feed/plain"), pages_per_source=4)
        crawl_feed(tmp_path, site.url("/feed/plain"))
        assert [hit.path for hit in site.hits].count(TDMREP) == 1
        kept = {a.url: a for a in open_archive(tmp_path / "archive").articles(include=("duplicates", "related"))}
        free = kept.pop(site.url("/article?3"))
    assert (free.rights, "withheld" in free.extra, bool(free.text)) == ((), False, True)
    assert len(kept) == 4
    for article in kept.values():
        assert article.rights == ("tdm-reservation: 1", "tdm-policy: https://a.example/policy")
        assert (article.extra["withheld"], article.text, article.capture) == ("tdm-reservation: 1", "", None)


def test_a_file_of_reservations_that_cannot_be_had_now_is_asked_for_again_by_the_next_run(tmp_path: Path) -> None:
    with TroubleSite(tdmrep=503) as site:
        for pages in (1, 2):
            crawl_feed(tmp_path, site.url("/feed/plain"), pages_per_source=pages)
        assert [hit.path for hit in site.hits].count(TDMREP) == 2


def test_what_a_page_or_its_headers_say_of_its_reservation_goes_before_the_file(tmp_path: Path) -> None:
    with TroubleSite(tdmrep='[{"location": "/", "tdm-reservation": 1}]') as site:
        config = write_config(tmp_path / "breachwire.toml")
        paths = ("/article", "/free-by-header", "/free-by-meta")
        where = ["--config", config, "--archive", tmp_path / "archive"]
        breachwire("fetch", *map(site.url, paths), *where)
        kept = {a.url: a for a in open_archive(tmp_path / "archive").articles(include=("duplicates", "related"))}
    said = {path: (kept[site.url(path)].rights, bool(kept[site.url(path)].text)) for path in paths}
    assert said == {
        "/article": (("tdm-reservation: 1",), False),
        "/free-by-header": ((), True),
        "/free-by-meta": ((), True),
    }


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text(), st.lists, max_leaves=20).map(json.dumps))
def test_any_file_of_reservations_is_read(body: bytes | str) -> None:
    rules = read_rules(body.encode() if isinstance(body, str) else body)
    assert reserved(rules, "https://a.example/x?y") == ()


def test_a_hostile_file_of_reservations_costs_little() -> None:
    rule = {"location": "/" + "*a" * 900 + "*b", "tdm-reservation": 1}
    begun = time.process_time()
    assert read_rules(b"[" * 400_000) == []
    rules = read_rules(json.dumps([rule] * 10_000).encode())
    assert reserved(rules, "https://a.example/" + "a" * 2_000) == ()
    assert time.process_time() - begun < 2


# -- pages that a script would draw --------------------------------------------------------------------------------


def test_a_page_without_text_is_read_in_its_amp_form_on_the_same_site_and_never_past_a_wall(tmp_path: Path) -> None:
    with TroubleSite() as site:
        run = crawl_feed(tmp_path, site.url("/feed/scripted"))
        assert run.report["totals"]["outcomes"] == {"archived": 1, "failed: no article text": 2}
        (article,) = open_archive(tmp_path / "archive").articles()
        assert article.text == "\n\n".join(ARTICLE_TEXT)
        assert (article.url, article.canonical_url) == (site.url("/amp/scripted"), site.url("/scripted"))
        assert [hit.path for hit in site.hits if "/amp" in hit.path] == ["/amp/scripted"]
        assert outcome(tmp_path / "archive", site.url("/scripted")) == "archived"


def test_what_a_page_restricts_holds_for_its_amp_form(tmp_path: Path) -> None:
    with TroubleSite() as site:
        config = write_config(tmp_path / "breachwire.toml")
        urls = site.url("/scripted-noarchive"), site.url("/scripted-noindex")
        done = breachwire("fetch", *urls, "--config", config, "--archive", tmp_path / "archive", "--format", "json")
    (article,) = open_archive(tmp_path / "archive").articles()
    assert (article.text, article.capture, article.rights) == ("", None, ("robots: noarchive",))
    assert [record["outcome"] for record in done.lines] == ["archived", "robots"]


def test_only_directives_of_robots_count() -> None:
    assert refusal(("tdm-policy: https://a.example/none", "robots: noimageindex")) is None
    assert reservation(("tdm-policy: https://a.example/noarchive", "robots: noai")) is None


# -- hostile servers -----------------------------------------------------------------------------------------------


@contextmanager
def raw_server(*parts: bytes, last: bytes) -> Iterator[str]:
    """Answers every connection with these bytes, and the last of them for ever."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                with suppress(OSError), client:
                    asked = client.recv(65_536)
                    if b"robots.txt" in asked:
                        client.sendall(b"HTTP/1.1 404 Not found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                        continue
                    client.sendall(b"".join(parts))
                    while True:
                        client.sendall(last)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/page"
    server.close()


def test_headers_without_end_are_cut_off(tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml", timeout=60.0)
    line = b"X-Header: " + b"x" * 8_000 + b"\r\n"
    again = b"HTTP/1.1 100 Continue\r\n\r\n" * 100
    with raw_server(b"HTTP/1.1 200 OK\r\n", last=line) as headers, raw_server(last=again) as interim:
        done = breachwire("fetch", headers, interim, "--config", config, "--no-archive")
    assert done.err.splitlines() == [f"breachwire: {u}: is larger than [crawl] max_bytes" for u in (headers, interim)]


_FAKE_DNS = """
import itertools, socket, sys
answers = {{name: itertools.cycle(given) for name, given in {answers!r}.items()}}
socket.gethostbyname = lambda name: next(answers[name])
from crawler.cli import main
sys.exit(main(sys.argv[1:]))
"""


def with_dns(folder: Path, answers: dict[str, list[str]], *arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the command where each name resolves to its addresses in turn: a DNS server is the one hostile server that
    a test cannot start on loopback."""
    code = _FAKE_DNS.format(answers=answers)
    root = str(Path(__file__).parent.parent)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(PYTHONPATH=root), cwd=folder, timeout=120, check=False
    )


def test_a_name_that_resolves_to_a_public_and_to_a_private_address_never_leads_to_the_private_one(
    tmp_path: Path,
) -> None:
    with TroubleSite() as site:
        port = site.url("").rpartition(":")[2]
        config = write_config(tmp_path / "breachwire.toml", allow_private=[], contact="a@example.org", timeout=2.0)
        answers = {
            "one.example": ["127.0.0.1", "8.8.8.8"],
            "two.example": ["8.8.8.8", "127.0.0.1"],
            "three.example": ["::ffff:127.0.0.1", "8.8.8.8"],
        }
        urls = [f"http://{name}:{port}/article" for name in answers]
        done = with_dns(tmp_path, answers, "fetch", *urls, "--config", config, "--no-archive")
        assert site.hits == []
    assert done.returncode == 4
    said = dict(line.removeprefix("breachwire: ").split(": ", 1) for line in done.stderr.splitlines())
    assert {urls[0], urls[2]} <= {url for url, why in said.items() if why.startswith("failed: address refused")}
    assert said.keys() == set(urls)


def test_the_report_counts_what_is_put_off() -> None:
    report = RunReport(run="r", archive="a", started="2026-03-01")
    report.source("kyodo").put_off = 3
    assert json.loads(report.to_json())["totals"]["put_off"] == 3
    assert (
        "put off to a later run, for a budget is spent, a host asked to wait, or another run asks it: 3 URLs"
        in table_of(report, 100)
    )


def test_a_crawl_that_is_interrupted_asks_nothing_more_of_a_host_that_it_waits_for(tmp_path: Path) -> None:
    asked = threading.Event()

    def answer(request: SiteRequest) -> SiteResponse:
        if request.path == "/robots.txt":
            return text_response("User-agent: *\nCrawl-delay: 3\n", "text/plain")
        if request.path == "/feed":
            return text_response(rss(*(f"/article?{number}" for number in range(5))), "application/rss+xml")
        if request.path == "/article":
            asked.set()
            return text_response(healthy())
        return not_found()

    with SiteServer("slow", answer) as site:
        config = write_config(tmp_path / "breachwire.toml", sources=source("slow", feeds=[site.url("/feed")]))
        process = start("crawl", "slow", "--archive", tmp_path / "archive", "--config", config, "--report", "json")
        assert asked.wait(60)
        process.terminate()
        report = json.loads(process.communicate(timeout=60)[0])
        assert [hit.path.partition("?")[0] for hit in site.hits] == ["/robots.txt", "/feed", TDMREP, "/article"]
    assert process.returncode == 130
    assert report["totals"]["outcomes"] == {"archived": 1}
    assert report["totals"]["taken"] == 1 + report["given_back"]
    with Frontier(state_folder(tmp_path / "archive"), new_run_id()) as frontier:
        assert frontier.counts() == {"done": 1, "pending": 4}
