"""One cron run: polls every source that is due, fetches what is new, cleans, judges, removes copies, archives,
and prints a report. Safe to kill, to overlap and to run again."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crawler.report import ExitCode

if TYPE_CHECKING:
    from crawler.config import Config

HELP = "one run over the sources: poll, fetch what is new, archive, report"
EXAMPLES = """\
  breachwire crawl --contact newsroom@example.org
  breachwire crawl bleepingcomputer the-record --max-pages 50
  breachwire crawl --since 2026-01-01           # a first fill: archives, older pages and sitemaps, back to that day
  breachwire crawl --report json | jq .totals
  */15 * * * *  breachwire crawl --archive s3://my-bucket/breachwire --config /etc/breachwire.toml -q"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources", nargs="*", metavar="SOURCE", help="names from `breachwire sources list` (default: all)"
    )
    parser.add_argument(
        "--contact", metavar="MAIL|URL", help="whom a site's owner can write to; sent with each request"
    )
    parser.add_argument("--max-pages", type=int, metavar="N", help="pages fetched in this run at most")
    parser.add_argument(
        "--since",
        metavar="DAY",
        help="a first fill: reads each source back to that day, through its archives, older pages and sitemaps",
    )
    parser.add_argument("--report", choices=("table", "json", "none"), default="table", help="how the run is reported")


def run(args: argparse.Namespace) -> int:
    from crawler.cli.console import UsageError
    from crawler.cli.reports import print_report
    from crawler.config import load_config
    from crawler.configure import settings_for

    if args.max_pages is not None and args.max_pages < 1:
        raise UsageError(f"--max-pages: {args.max_pages}: is to be 1 or more")
    since = None if args.since is None else beginning(args.since)
    config = load_config(args.config).with_values(archive=args.archive, contact=args.contact, max_pages=args.max_pages)
    sources = config.registry().select(args.sources)
    check_topics(config.topics())
    settings = settings_for(config, [place.url for source in sources for place in source.places()])

    from crawler.cli.engine import run_spider
    from spiders.news import NewsSpider

    spider = run_spider(NewsSpider, settings, sources=sources, since=since).spider
    assert isinstance(spider, NewsSpider)
    report = spider.ledger.report
    print_report(report, args.report)
    published = report.archive_error is not None or _publish(config)
    return report.exit_code() or (ExitCode.WELL if published else ExitCode.SOME_FAILED)


def _publish(config: Config) -> bool:
    """Writes the feeds of `[export]`; says whether that went well."""
    from archive import ArchiveError, open_archive
    from crawler.cli.console import complain
    from crawler.publish import publish

    try:
        publish(open_archive(config.archive_at()), config.export)
    except (ArchiveError, OSError) as error:
        complain(f"[export]: the feeds could not be written: {error}")
        return False
    return True


def beginning(day: str) -> str:
    """A date, or a time with its zone, as RFC 3339 in UTC. Raises `UsageError`.

    >>> beginning("2026-01-01"), beginning("2026-01-01T09:00+09:00")
    ('2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00+00:00')
    """
    from crawler.cli.console import UsageError
    from crawler.discovery.found import moment

    found = moment(day)
    if found is None:
        raise UsageError(f"--since: is no date: {day!r}; write it as 2026-01-01")
    return found


def check_topics(topics: tuple[str, ...]) -> None:
    """Fails on a topic profile that cannot be used before anything is fetched. Raises `UsageError`."""
    from crawler.cli.console import UsageError
    from pipelines.relevance import TopicError, load_topic

    try:
        for topic in topics:
            load_topic(topic)
    except TopicError as error:
        raise UsageError(str(error)) from error
