"""`breachwire sources`: what a check finds of each source, what it proposes; how a new one is tried and saved."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.state import state_folder
from crawler.cli import sources_add
from crawler.cli.console import UsageError
from crawler.config import ConfigError, load_config, parse_config
from crawler.demo.server import Hit, SiteServer, text_response
from crawler.health import Health, SourceRun
from crawler.own_file import add_source, entry_of, toml_string
from crawler.sources import Source
from crawler.trials import AddressTrial, SourceTrial
from pipelines.items import Link
from tests.blog_site import BlogSite
from tests.command import Finished, breachwire, write_config
from tests.trouble_site import TroubleSite

TODAY = datetime.now(UTC) - timedelta(hours=1)


def source(name: str, site: BlogSite | TroubleSite, *feeds: str) -> str:
    urls = json.dumps([site.url(feed) for feed in feeds])
    return f'[[source]]\nname = "{name}"\nhome = "{site.url("/")}"\nfeeds = {urls}\n'


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Finished, dict[str, BlogSite]]]:
    """A check of sources that are well and unwell in every way."""
    with ExitStack() as stack:
        blogs = {
            "well": stack.enter_context(BlogSite(newest=TODAY)),
            "gone": stack.enter_context(BlogSite(newest=TODAY)),
            "unnamed": stack.enter_context(BlogSite(newest=TODAY, closed=["/"])),
            "moved": stack.enter_context(BlogSite(newest=TODAY, moved={"/old/": "/feed/"})),
            "silent": stack.enter_context(BlogSite(newest=TODAY - timedelta(days=90))),
            "ahead": stack.enter_context(BlogSite(newest=TODAY + timedelta(days=300))),
        }
        strict = stack.enter_context(TroubleSite(robots="User-agent: *\nDisallow: /\n"))
        trouble = stack.enter_context(TroubleSite())
        text = (
            source("well", blogs["well"], "/feed/")
            + source("gone", blogs["gone"], "/rss/gone")
            + source("unnamed", blogs["unnamed"], "/rss/gone")
            + source("moved", blogs["moved"], "/old/")
            + source("silent", blogs["silent"], "/atom.xml")
            + source("ahead", blogs["ahead"], "/feed.json")
            + source("strict", strict, "/feed.xml")
            + source("html", trouble, "/feed/html")
            + source("empty", trouble, "/feed/empty")
            + '[[source]]\nname = "dead"\nhome = "http://127.0.0.1:9/"\nfeeds = ["http://127.0.0.1:9/feed"]\n'
        )
        config = write_config(tmp_path_factory.mktemp("check") / "breachwire.toml", sources=text)
        names = [entry["name"] for entry in tomllib.loads(text)["source"]]
        run = breachwire("sources", "check", "--config", config, "--format", "json", *names)
        yield {entry["name"]: entry for entry in json.loads(run.out)}, run, blogs


Checked = tuple[dict[str, Any], Finished, dict[str, BlogSite]]


def test_a_source_that_is_well(checked: Checked) -> None:
    well = checked[0]["well"]
    assert (well["well"], well["reachable"], well["robots"]) == (True, "yes", "allowed")
    assert [(a["outcome"], a["entries"], a["relevant"]) for a in well["addresses"]] == [("ok", 10, 10)]
    assert [article["outcome"] for article in well["articles"]] == ["ok"] * 3


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("gone", "/rss/gone: HTTP 404"),
        ("silent", "silent: nothing new for 90 days"),
        ("ahead", "dates in the future: 10 entries"),
        ("strict", "/feed.xml: robots"),
        ("html", "/feed/html: is an HTML page, not a feed"),
        ("empty", "/feed/empty: has no entries"),
        ("dead", "/feed: connection refused"),
    ],
)
def test_a_source_that_is_unwell_and_why(checked: Checked, name: str, reason: str) -> None:
    assert not checked[0][name]["well"]
    assert any(fault.endswith(reason) for fault in checked[0][name]["faults"]), checked[0][name]["faults"]


def test_a_feed_that_is_gone_is_found_where_the_home_page_names_it_or_where_feeds_usually_are(checked: Checked) -> None:
    table, _, blogs = checked
    for name in ("gone", "unnamed"):
        assert table[name]["mend"] == f'feeds = ["{blogs[name].url("/feed/")}"]'


def test_a_feed_that_moved_for_good_is_well_and_its_new_address_is_told(checked: Checked) -> None:
    table, _, blogs = checked
    assert table["moved"]["well"]
    assert table["moved"]["mend"] == f'feeds = ["{blogs["moved"].url("/feed/")}"]'


@pytest.mark.parametrize(
    ("outcome", "stays"), [("ok", True), ("HTTP 503", True), ("timeout", True), ("HTTP 404", False)]
)
def test_a_mend_leaves_out_no_feed_that_may_answer_another_day(outcome: str, stays: bool) -> None:
    news = Source(name="news", home="https://news.example/", feeds=("https://news.example/a", "https://news.example/b"))
    moved, other = news.places()
    entry = Link(url="https://news.example/1", source="news", discovered_by=other.url)
    trial = SourceTrial(
        news,
        [
            AddressTrial(moved, "ok", (entry,), moved_to="https://news.example/new"),
            AddressTrial(other, outcome, (entry,) if outcome == "ok" else ()),
        ],
    )
    kept = '"https://news.example/b", ' if stays else ""
    assert trial.mend() == f'feeds = [{kept}"https://news.example/new"]'


def test_only_what_no_other_day_will_change_is_proposed_to_be_switched_off(checked: Checked) -> None:
    table, _, _ = checked
    assert table["strict"]["mend"] == "enabled = false"
    assert table["dead"]["mend"] is None
    assert (table["dead"]["reachable"], table["dead"]["robots"]) == ("connection refused", "unreachable")
    assert table["strict"]["robots"] == "forbids 1 of 1"


def test_a_check_in_which_a_source_is_unwell_exits_with_1(checked: Checked) -> None:
    assert checked[1].code == 1


def test_a_new_source_is_found_tried_shown_and_written(tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml")
    before = config.read_text()
    with BlogSite(newest=TODAY) as blog:
        run = breachwire("sources", "add", blog.url("/"), "--name", "blog", "--country", "DE", "--yes", cwd=tmp_path)
        assert run.code == 0, run.err
        assert run.out.count("said that a data breach had exposed the personal data") == 3
        assert config.read_text().startswith(before)
        (added,) = tomllib.loads(config.read_text())["source"]
        assert added == {
            "name": "blog",
            "title": "The Blog",
            "home": blog.url("/"),
            "country": "DE",
            "language": "en",
            "kind": "news",
            "feeds": [blog.url("/feed/")],
        }
        asked = len(blog.asked)
        with pytest.raises(UsageError, match="'blog' is polled there already"):
            sources_add.run(
                argparse.Namespace(
                    url=blog.url("/feed/"), name=None, config=str(config), contact=None, yes=True, dry_run=False
                )
            )
        assert len(blog.asked) == asked


def test_a_dry_run_writes_nothing_and_a_site_without_feeds_is_read_by_its_sitemap(tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml")
    before = config.read_text()
    closed = ("/feed/", "/atom.xml", "/feed.json", "/wp-json/wp/v2/posts")
    with BlogSite(newest=TODAY, closed=closed) as blog:
        run = breachwire("sources", "add", blog.url("/"), "--dry-run", "-q", cwd=tmp_path)
        assert f'sitemaps = ["{blog.url("/sitemap_index.xml")}"]' in run.out, run.err
    assert run.code == 0
    assert config.read_text() == before


def test_a_site_that_announces_nothing_is_searched_once_and_told_so(tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml")
    hits: list[Hit] = []
    with SiteServer("bare", lambda _: text_response("<h1>Nothing here</h1>"), hits=hits) as bare:
        run = breachwire("sources", "add", bare.url("/"), "--yes", "--config", config)
        assert run.err == f"breachwire: {bare.url('/')}: no feed, sitemap or list of articles was found\n"
    assert (run.code, run.out) == (4, "")
    paths = [hit.path for hit in hits if hit.path != "/robots.txt"]
    assert len(paths) == len(set(paths))


def test_nothing_is_asked_of_a_site_where_the_answer_could_not_be_confirmed(tmp_path: Path) -> None:
    run = breachwire("sources", "add", "https://news.example/", input="", cwd=tmp_path)
    assert (run.code, "give --yes or --dry-run" in run.err) == (2, True)


def test_a_name_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    run = breachwire("sources", "add", "https://news.example/", "--name", "my news", "--yes", cwd=tmp_path)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("breachwire: --name: use letters, digits, '.', '_' and '-' only, at most 80: 'my news'")


def test_a_feed_that_holds_nothing_yet_is_not_called_none(tmp_path: Path) -> None:
    config = write_config(tmp_path / "breachwire.toml")
    with TroubleSite() as site:
        run = breachwire("sources", "add", site.url("/feed/empty"), "--yes", "--config", config)
        assert (run.code, run.err) == (4, f"breachwire: {site.url('/feed/empty')}: has no entries\n")


def test_countries_and_languages_are_known_however_they_are_typed(tmp_path: Path) -> None:
    run = breachwire("sources", "list", "--country", "jp", "--language", "JA", "--format", "json", cwd=tmp_path)
    assert {source["country"] for source in json.loads(run.out)} == {"JP"}


def test_what_stands_in_brackets_is_no_markup(tmp_path: Path) -> None:
    text = '[[source]]\nname = "odd"\nhome = "https://a.example/"\ncountry = "XX"\nkind = "[red]wire"\n'
    config = write_config(tmp_path / "breachwire.toml", sources=text + 'feeds = ["https://a.example/feed?f[en]=1"]\n')
    run = breachwire("sources", "list", "--country", "XX", "--config", config, env={"COLUMNS": "120"})
    assert "[red]wire" in run.out
    assert "https://a.example/feed?f[en]=1" in run.out


def test_unhealthy_sources_are_listed_and_told_to_cron_by_exit_code_1(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    where = ("sources", "list", "--unhealthy", "--archive", archive)
    assert breachwire(*where) == Finished(0, "", "")
    with Health(state_folder(archive)) as health:
        seen = SourceRun(at=TODAY.isoformat(), polls=1, poll_errors=1, last_error="feed https://x/: HTTP 404")
        well = SourceRun(at=TODAY.isoformat(), polls=1, announced=3, newest=TODAY.isoformat())
        health.record("run", [("krebs-on-security", seen), ("the-record", well)])
    run = breachwire(*where)
    assert run.code == 1
    assert run.out.startswith("krebs-on-security: no answer in the last 1 runs (feed https://x/: HTTP 404)\n")
    assert "the-record" not in run.out


# -- the user's own file -------------------------------------------------------------------------------------------

BLOG = Source(name="blog", home="https://blog.example/", feeds=("https://blog.example/feed/",))


@given(st.text(max_size=60))
def test_any_text_stands_in_toml_as_it_is(text: str) -> None:
    readable = text.encode("utf-8", "replace").decode()
    assert tomllib.loads(f"key = {toml_string(text)}") == {"key": readable}


@settings(max_examples=25)
@given(st.text(max_size=60))
def test_an_entry_is_read_back_as_the_source_that_it_was_made_of(title: str) -> None:
    source = Source(name="blog", title=title, home="https://b.example/", sections=("https://b.example/a/",))
    tables = tomllib.loads(entry_of(source))
    assert parse_config(tables, "x.toml").source == (source,)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[crawl]\ndelay = 3.0",
        b"# mine\n[[source]]\nname = 'golem'\nenabled = false\n",
        b"\xef\xbb\xbf# by Notepad\r\n[crawl]\r\ndelay = 3.0\r\n",
    ],
)
def test_what_a_file_holds_stays_as_it_is(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "breachwire.toml"
    file.write_bytes(text)
    add_source(file, BLOG)
    written = file.read_bytes()
    assert written.startswith(text)
    assert b"\r" not in written.replace(b"\r\n" if b"\r" in text else b"", b"")
    assert load_config(str(file)).source[-1].name == "blog"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["source = []\n", "[crawl\n", "[crawl]\nunknown = 1\n", "[source]\nname = 'a'\n"])
def test_a_file_that_would_not_be_valid_is_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "breachwire.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"breachwire\.toml"):
        add_source(file, BLOG)
    assert file.read_text() == text
