"""What the pre-filter of links saves and misses, in the report of a crawl."""

from __future__ import annotations

from pathlib import Path

from archive import open_archive
from crawler.cli.reports import table_of
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from crawler.report import RunReport
from tests.command import breachwire, write_config
from tests.test_site_rules import PAGE
from tests.test_site_rules import source as part
from tests.trouble_site import rss

ANNOUNCED = "A hard week for the savers of Tollgate"
"""Says nothing of a breach, as the page behind it does."""


def answer(request: Request) -> Response:
    name, _, rest = request.path.strip("/").partition("/")
    if rest == "feed.xml":
        return text_response(rss(f"/{name}/page.html", title=ANNOUNCED), "application/rss+xml")
    return text_response(PAGE) if rest == "page.html" else not_found()


def test_what_the_prefilter_would_have_missed_is_counted_where_it_is_off(tmp_path: Path) -> None:
    with SiteServer("prefilter", answer) as site:
        sources = "".join(
            f'[[source]]\nname = "{name}"\nhome = "{site.base}/{name}/"\nfeeds = ["{site.base}/{name}/feed.xml"]\n'
            f"prefilter = {on}\n"
            for name, on in (("filtered", "true"), ("open", "false"))
        )
        config = write_config(tmp_path / "breachwire.toml", sources=sources)
        archive = tmp_path / "archive"
        run = breachwire("crawl", "filtered", "open", "--archive", archive, "--config", config, "--report", "json")
    filtered, unfiltered = part(run, "filtered"), part(run, "open")
    assert (filtered["not_fetched"], filtered["missed_by_prefilter"]) == (1, 0)
    assert (unfiltered["not_fetched"], unfiltered["missed_by_prefilter"]) == (0, 1)
    (article,) = open_archive(archive).articles()
    assert article.extra["missed_by_prefilter"] is True


def test_the_report_for_people_tells_it() -> None:
    report = RunReport(run="r", archive="a", started="2026-01-01T00:00:00Z")
    report.source("open").missed_by_prefilter = 3
    assert "would not have passed the pre-filter: 3" in table_of(report, 120)
