"""A source with rules of its own, crawled for real: what they choose, and what is said when they no longer fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive import Article, open_archive
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from tests.command import Finished, breachwire, write_config
from tests.trouble_site import rss

TITLE = "Data breach at Tollgate Mutual exposes 7,200 savers"
STORY = (
    "Tollgate Mutual said on Monday that a data breach had exposed the personal data of 7,200 savers, after an "
    "attacker gained unauthorised access to a mailbox.",
    "The stolen data holds names, account numbers and the answers to security questions, the company told customers.",
)
PULL = "“We ought to have heard of the data breach within the hour, and we heard of it within the year.”"
FIRST = "The regulator has opened an inquiry into the data breach and wants to hear from all who lost money by it."
PAGE = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tollgate Wire</title></head><body>
<div class="y"><p>{FIRST}</p></div>
<h2 class="hl">{TITLE}</h2><span class="stamp">2026-03-04T08:15:00+01:00</span>
<div class="x1"><p>{STORY[0]}</p><div class="pull"><p>{PULL}</p></div><p>{STORY[1]}</p></div>
</body></html>"""
RULES = {
    "good": 'body = "div.x1", remove = ["div.pull"], title = "h2.hl", date = ".stamp", valid_until = 2099-12-31',
    "expired": 'body = "div.x1", remove = ["div.pull"], title = "h2.hl", valid_until = 2020-01-31',
    "stale": 'body = "div.gone", remove = ["div.gone"], title = "h2.hl", date = ".gone"',
}


def answer(request: Request) -> Response:
    """A feed and a page for each of the sources."""
    name, _, rest = request.path.strip("/").partition("/")
    if name not in RULES:
        return not_found()
    if rest == "feed.xml":
        return text_response(rss(f"/{name}/page.html", title=TITLE), "application/rss+xml")
    return text_response(PAGE)


def sources_at(base: str) -> str:
    """The three sources as configuration tables."""
    return "".join(
        f'[[source]]\nname = "{name}"\nhome = "{base}/{name}/"\nfeeds = ["{base}/{name}/feed.xml"]\n'
        f"rules = {{ {rules} }}\n"
        for name, rules in RULES.items()
    )


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, dict[str, Article]]:
    folder = tmp_path_factory.mktemp("rules")
    with SiteServer("rules", answer) as site:
        config = write_config(folder / "breachwire.toml", sources=sources_at(site.base))
        run = breachwire("crawl", *RULES, "--archive", folder / "archive", "--config", config, "--report", "json")
    everything = open_archive(folder / "archive").articles(include=("duplicates", "related", "revisions"))
    return run, {article.source: article for article in everything}


Crawl = tuple[Finished, dict[str, Article]]


def source(run: Finished, name: str) -> dict[str, object]:
    found: dict[str, object] = next(part for part in run.report["sources"] if part["name"] == name)
    return found


def test_the_rules_say_what_text_title_and_date_are(crawl: Crawl) -> None:
    run, articles = crawl
    assert run.code == 0, run.err
    good = articles["good"]
    assert good.text.split("\n\n") == list(STORY)
    assert (good.title, good.published) == (TITLE, "2026-03-04T08:15:00+01:00")
    assert [record.kind for record in good.removed if record.start == PULL[:60]] == ["rule"]
    assert "rules_without_effect" not in good.extra
    assert source(run, "good")["rules_without_effect"] == {}
    assert "good" not in run.err


def test_expired_rules_are_told_and_the_general_way_is_gone(crawl: Crawl) -> None:
    run, articles = crawl
    assert source(run, "expired")["rules_expired"] == "2020-01-31"
    assert "expired: rules expired on 2020-01-31" in run.err
    assert STORY[0] in articles["expired"].text
    assert not [record for record in articles["expired"].removed if record.kind == "rule"]


def test_a_rule_that_finds_nothing_is_told_and_the_general_way_is_gone(crawl: Crawl) -> None:
    run, articles = crawl
    stale = articles["stale"]
    assert stale.title == TITLE
    assert STORY[0] in stale.text
    assert tuple(stale.extra["rules_without_effect"]) == ("body", "date")
    assert source(run, "stale")["rules_without_effect"] == {"body": 1, "date": 1}
    assert "rules.body, rules.date found nothing" in run.err


def test_a_page_of_the_source_that_is_fetched_by_its_address_follows_the_rules_too(tmp_path: Path) -> None:
    with SiteServer("rules", answer) as site:
        config = write_config(tmp_path / "breachwire.toml", sources=sources_at(site.base))
        done = breachwire(
            *("fetch", f"{site.base}/good/page.html", "--format", "json", "--config", config),
            *("--archive", tmp_path / "archive"),
        )
    article = json.loads(done.out)
    assert (article["source"], article["text"].split("\n\n")) == ("good", list(STORY))


def test_the_report_for_people_tells_both() -> None:
    from crawler.cli.reports import table_of
    from crawler.report import RunReport

    report = RunReport(run="r", archive="a", started="2026-01-01T00:00:00Z")
    report.source("old").rules_expired = "2020-01-31"
    report.source("moved").rules_without_effect = {"body": 3}
    told = table_of(report, 120)
    assert "old: rules expired on 2020-01-31" in told
    assert "moved: rules.body found nothing on 3 pages" in told
