"""A whole crawl of the demonstration sites over real HTTP: what was promised of every page comes true."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import Article, open_archive, open_bucket, read_capture
from archive.keeping.verify import verify
from crawler.demo import DemoWeb, ExpectedPage
from tests.command import Finished, KillAt, breachwire, outcome, start, write_config


class Wire:
    """The demonstration's web with an archive of its own, crawled day by day."""

    def __init__(self, folder: Path, web: DemoWeb) -> None:
        self.web = web
        self.archive = folder / "archive"
        self.config = write_config(folder / "breachwire.toml", web.sites)
        self.names = [site.name for site in web.sites]

    def crawl(self) -> Finished:
        """One cron run over the demonstration's sites, reported as JSON."""
        return breachwire("crawl", *self.names, *self.where, "--report", "json")

    @property
    def where(self) -> list[object]:
        return ["--archive", self.archive, "--config", self.config]

    def expected(self, day: int) -> list[ExpectedPage]:
        return [page for page in self.web.expected if page.day == day]

    def articles(self) -> list[Article]:
        """Everything in the archive, copies and old versions too."""
        return list(open_archive(self.archive).articles(include=("duplicates", "related", "revisions")))


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wire, list[Finished], list[list[str]]]]:
    """Three crawls: the first day, the second, and once more with nothing new; and what was asked for in each."""
    with DemoWeb() as web:
        wire = Wire(tmp_path_factory.mktemp("wire"), web)
        runs, asked = [], []
        for day in (1, 2, 3):
            if day == 2:
                web.next_day()
            before = len(web.hits)
            runs.append(wire.crawl())
            asked.append([f"{status} {site}{path}" for site, path, status in web.requests[before:]])
        yield wire, runs, asked


Days = tuple[Wire, list[Finished], list[list[str]]]


def test_every_announced_page_has_the_outcome_that_was_promised(two_days: Days) -> None:
    wire, _, _ = two_days
    wrong = {
        page.url: (page.outcome, found)
        for page in wire.expected(1)
        if not page.matches(found := outcome(wire.archive, page.url) or "none")
        and not (page.outcome == "archived" and found == "archived")
    }
    assert wrong == {}


def test_the_report_adds_up(two_days: Days) -> None:
    _, runs, _ = two_days
    for run in runs:
        for part in [*run.report["sources"], run.report["totals"]]:
            assert sum(part["outcomes"].values()) == part["taken"], part["name"]
        assert run.report["given_back"] == 0


def test_a_run_in_which_a_page_failed_exits_with_1_and_a_clean_one_with_0(two_days: Days) -> None:
    _, runs, _ = two_days
    assert [run.code for run in runs] == [1, 0, 0]
    assert runs[0].report["totals"]["outcomes"]["failed: HTTP 404"] == 1


def test_of_each_syndicated_story_one_copy_is_kept_and_the_others_name_it(two_days: Days) -> None:
    wire, _, _ = two_days
    by_url = {article.url: article for article in wire.articles()}
    groups: dict[str, list[Article]] = {}
    for page in wire.expected(2):
        if page.copy_of and page.lands_on in by_url:
            groups.setdefault(page.copy_of, []).append(by_url[page.lands_on])
    assert len(groups) >= 4
    for story, copies in groups.items():
        kept = [a for a in copies if a.dedup.verdict != "duplicate"]
        assert len(kept) == 1, story
        assert {a.dedup.duplicate_of for a in copies if a is not kept[0]} == {kept[0].id}, story


def test_a_follow_up_that_quotes_the_first_story_stays(two_days: Days) -> None:
    wire, _, _ = two_days
    kept = {a.url for a in open_archive(wire.archive).articles(include=("related",))}
    follow_ups = [p for p in wire.expected(1) if "related" in p.allowed]
    assert follow_ups
    assert {page.lands_on for page in follow_ups} <= kept


def test_an_edited_article_is_kept_in_both_versions_and_the_newest_is_shown(two_days: Days) -> None:
    wire, runs, _ = two_days
    (page,) = [p for p in wire.expected(2) if p.outcome == "revision"]
    versions = [a for a in wire.articles() if a.url == page.lands_on]
    assert [a.dedup.verdict for a in versions] == ["revision", "unique"]
    assert [a.id for a in open_archive(wire.archive) if a.url == page.lands_on] == [versions[0].id]
    assert runs[1].report["totals"]["revisions"] == 1


def test_a_page_that_robots_txt_forbids_is_never_asked_for(two_days: Days) -> None:
    wire, _, asked = two_days
    (page,) = [p for p in wire.expected(1) if p.outcome == "robots"]
    path = page.url.removeprefix(next(s.home for s in wire.web.sites if s.name == page.site))
    assert not [line for run in asked for line in run if path in line]


def test_of_a_paywalled_page_only_what_it_shows_is_kept(two_days: Days) -> None:
    wire, _, _ = two_days
    (page,) = [p for p in wire.expected(1) if p.outcome == "paywalled"]
    (article,) = [a for a in wire.articles() if a.url == page.lands_on]
    assert article.access == "paywalled"
    assert article.text == page.text


def test_a_run_with_nothing_new_asks_only_whether_the_feeds_have_changed(two_days: Days) -> None:
    wire, runs, asked = two_days
    assert [line for line in asked[2] if not line.startswith("304")] == []
    assert runs[2].report["totals"]["taken"] == 0
    assert len([line for line in asked[2] if line.startswith("304")]) == runs[2].report["totals"]["polls"]
    assert wire.articles()


def test_no_page_is_fetched_twice(two_days: Days) -> None:
    wire, _, asked = two_days
    pages = {page.lands_on.split("/", 3)[3] for page in wire.expected(2)}
    counts = Counter(line.split("/", 1)[1] for run in asked for line in run if line.startswith("200"))
    edited = {p.lands_on.split("/", 3)[3] for p in wire.expected(2) if p.outcome == "revision"}
    assert {path: n for path, n in counts.items() if path in pages - edited and n > 1} == {}


def test_the_clean_text_is_the_story_and_nothing_else(two_days: Days) -> None:
    wire, _, _ = two_days
    by_id = {(a.url, a.text) for a in wire.articles()}
    texts = {url: {text for u, text in by_id if u == url} for url, _ in by_id}
    wrong = [page.url for page in wire.expected(1) if page.lands_on in texts and page.text not in texts[page.lands_on]]
    assert wrong == []


def test_every_article_can_be_replayed_from_its_capture(two_days: Days) -> None:
    wire, _, _ = two_days
    bucket = open_bucket(wire.archive)
    for article in wire.articles():
        assert article.capture is not None
        response = read_capture(bucket, article.capture)
        assert response.url == article.url
        assert response.status == 200


def test_every_byte_of_the_archive_is_as_it_was_committed(two_days: Days) -> None:
    wire, _, _ = two_days
    report = verify(open_bucket(wire.archive))
    assert report.ok
    assert report.orphans == []
    assert report.articles == len(wire.articles())


def test_the_crawler_says_who_it_is(two_days: Days) -> None:
    wire, _, _ = two_days
    assert {hit.user_agent.partition("/")[0] for hit in wire.web.hits} == {"breachwire"}


@pytest.mark.parametrize("number", [3, 37])
def test_a_crawl_that_is_killed_and_run_again_ends_with_the_archive_of_an_unbroken_one(
    number: int, tmp_path: Path, two_days: Days
) -> None:
    unbroken = first_day(two_days[0])
    with DemoWeb() as web:
        hits = KillAt(number)
        for server in web._servers:
            server.hits = hits
        wire = Wire(tmp_path, web)
        hits.process = start("crawl", *wire.names, *wire.where, "--report", "json")
        hits.process.communicate()
        assert hits.process.returncode == -9
        hits.process = None
        second = wire.crawl()
        assert second.code in (0, 1)
        assert second.report["given_back"] == 0
        assert first_day(wire) == unbroken
        assert verify(open_bucket(wire.archive)).ok


def first_day(wire: Wire) -> Counter[tuple[str, str]]:
    """What the archive has of the first day's pages, by site and path, and how often."""
    pages = {page.lands_on: page for page in wire.expected(1)}
    return Counter(
        (pages[a.url].site, a.text) for a in wire.articles() if a.url in pages and a.dedup.verdict != "revision"
    )


def test_two_runs_at_once_share_the_work_and_archive_each_page_once(tmp_path: Path) -> None:
    with DemoWeb() as web:
        wire = Wire(tmp_path, web)
        runs = [start("crawl", *wire.names, *wire.where, "--report", "json") for _ in range(2)]
        reports = [json.loads(run.communicate()[0]) for run in runs]
        pages = Counter(f"{site}{path}" for site, path, status in web.requests if status == 200)
        announced = {f"{p.site}/{p.lands_on.split('/', 3)[3]}" for p in wire.expected(1)}
        expected = len({p.url for p in wire.expected(1)})
    assert [path for path in announced if pages[path] > 1] == []
    assert sum(report["totals"]["taken"] for report in reports) == expected
    assert max(Counter(article.url for article in wire.articles()).values()) == 1
    assert verify(open_bucket(wire.archive)).ok
