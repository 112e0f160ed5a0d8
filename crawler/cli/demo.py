"""Starts the built-in demonstration news sites on loopback, crawls them twice into a new archive (a day passes in
between), and prints what was found, cleaned, dropped and kept. Needs no network and no configuration."""

from __future__ import annotations

import argparse
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.console import UsageError

if TYPE_CHECKING:
    from crawler.cli.engine import Job
    from crawler.config import Config
    from crawler.demo import DemoWeb
    from crawler.report import RunReport

HELP = "see a whole crawl on built-in news sites, without network"
EXAMPLES = """\
  breachwire demo
  breachwire demo --archive /tmp/wire && breachwire read --archive /tmp/wire --format markdown"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--report", choices=("table", "json"), default="table", help="how the runs are reported")


def run(args: argparse.Namespace) -> int:
    from crawler.cli.engine import run_spiders
    from crawler.cli.reports import print_report
    from crawler.configure import settings_for
    from crawler.demo import DemoWeb

    folder = _new_folder(args.archive)
    with DemoWeb() as web:
        config = demo_config(web, str(folder))
        settings = settings_for(config, [site.home for site in web.sites])
        crawlers = run_spiders(settings, iter([lambda: _job(config), lambda: _next_day(web, config)]))
    reports: list[RunReport] = [crawler.spider.ledger.report for crawler in crawlers]  # type: ignore[union-attr]
    for day, report in enumerate(reports, 1):
        if args.report == "table":
            print(f"\n{'First' if day == 1 else 'Second'} crawl")
        print_report(report, args.report)
    if args.report == "table":
        _explain(folder)
    broken = [report for report in reports if report.archive_error or report.interrupted]
    return broken[0].exit_code() if broken else 0


def demo_config(web: DemoWeb, archive: str) -> Config:
    """The configuration of a crawl over the demonstration's sites: as polite as needed on loopback, no more."""
    import msgspec

    from crawler.config import Config
    from crawler.sources import Source

    sources = tuple(
        Source(
            name=site.name,
            title=site.title,
            home=site.home,
            country=site.country,
            language=site.language,
            kind=site.kind,
            feeds=site.feeds,
            sitemaps=site.sitemaps,
            sections=site.sections,
        )
        for site in web.sites
    )
    config = Config().with_values(
        archive=archive, delay=0.0, per_host=4, poll_every=0.0, allow_private=("127.0.0.1",), workers=2
    )
    return msgspec.structs.replace(config, source=sources)


def _job(config: Config) -> Job:
    from spiders.news import NewsSpider

    return NewsSpider, {"sources": config.source}


def _next_day(web: DemoWeb, config: Config) -> Job:
    web.next_day()
    return _job(config)


def _new_folder(archive: str | None) -> Path:
    """A folder that is empty or not there yet: a demonstration must not mix with a real archive."""
    folder = Path(archive or tempfile.mkdtemp(prefix="breachwire-demo-"))
    if "://" in str(archive) or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(f"{archive}: the demonstration wants a folder that is new or empty; give another --archive")
    return folder


def _explain(folder: Path) -> None:
    from archive import open_archive

    everything = list(open_archive(str(folder)).articles(include=("duplicates", "related", "revisions")))
    removed = [block for article in everything for block in article.removed]
    kept = [article for article in everything if article.dedup.verdict != "duplicate"]
    shown = next((a for a in everything if a.dedup.verdict == "duplicate"), None)
    noise = sum(block.length for block in removed)
    where = f"--archive {shlex.quote(str(folder))}"
    print(f"""
{len(kept)} articles are kept, and {len(everything) - len(kept)} copies of them are known. From their pages the cleaner
took {len(removed)} blocks of noise ({noise:,} characters). The archive is here: {folder}

Try next:
  breachwire serve {where}
  breachwire read {where} --format markdown | less
  breachwire show {shown.id if shown else "ID"} {where}
  breachwire read {where} --include duplicates,related | jq -r '[.dedup.verdict, .source, .title] | @tsv'""")
