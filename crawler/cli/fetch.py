"""On demand: fetches given URLs, cleans and judges them, looks for copies in the archive, archives what is about a
breach, and prints the article. An article about something else is printed and not archived, unless --force says so."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crawler.cli.console import UsageError, complain, put, put_json, remark
from crawler.report import ExitCode

if TYPE_CHECKING:
    from pipelines.stages import Draft
    from spiders.page import PageSpider

HELP = "fetch, clean, judge and archive given URLs; print the article"
EXAMPLES = """\
  breachwire fetch https://news.example/2026/clinic-breach --contact me@example.org
  breachwire fetch --no-archive --format json URL | jq '{title, relevance}'
  cat urls.txt | xargs breachwire fetch --format text > texts.txt"""

_EXPLAINED = {
    "robots": "robots.txt forbids it",
    "too_large": "is larger than [crawl] max_bytes",
    "failed: address refused": "failed: address refused; allow a private one with [crawl] allow_private, and give a "
    "contact for a public one",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("urls", nargs="+", metavar="URL")
    parser.add_argument("--no-archive", action="store_true", help="write nothing; copies are still looked for")
    parser.add_argument("--force", action="store_true", help="archive also what is not about a breach")
    parser.add_argument("--format", choices=("markdown", "json", "text"), default="markdown")
    parser.add_argument(
        "--contact", metavar="MAIL|URL", help="whom a site's owner can write to; sent with each request"
    )


def run(args: argparse.Namespace) -> int:
    from crawler.cli.crawl import check_topics
    from crawler.config import load_config
    from crawler.configure import settings_for
    from pipelines.urls import is_web

    for url in args.urls:
        if not is_web(url):
            raise UsageError(f"not an http(s) URL: {url!r}; write it in full, e.g. https://news.example/story")
    config = load_config(args.config).with_values(archive=args.archive, contact=args.contact)
    check_topics(config.topics())
    settings = settings_for(config, args.urls) | {"BREACHWIRE_KEEP_IRRELEVANT": args.force}
    if args.no_archive:
        settings |= _read_only(config.archive_at())

    from crawler.cli.engine import run_spider
    from spiders.page import PageSpider

    spider = run_spider(PageSpider, settings, urls=tuple(args.urls)).spider
    assert isinstance(spider, PageSpider)
    return _tell(spider, args)


def _read_only(uri: str) -> dict[str, object]:
    """Settings of a run that stores nothing: copies are looked for if there is an archive."""
    from archive import ArchiveError, open_archive
    from crawler.settings import ITEM_PIPELINES

    try:
        next(open_archive(uri).commit_keys(), None)
        archive: str | None = uri
    except ArchiveError:
        archive = None
    stages = {
        stage: order for stage, order in ITEM_PIPELINES.items() if not stage.endswith(("RightsStage", "StoreStage"))
    }
    return {"BREACHWIRE_ARCHIVE": archive, "ITEM_PIPELINES": stages}


def _tell(spider: PageSpider, args: argparse.Namespace) -> int:
    """Prints each article in the order asked for; what is to be said of it goes to standard error."""
    failed = 0
    for url in dict.fromkeys(args.urls):
        outcome, draft = spider.results.get(url, ("failed: interrupted", None))
        if draft is None:
            failed += 1
            complain(f"{url}: {_EXPLAINED.get(outcome, outcome)}")
            continue
        if args.format == "markdown":
            put(_markdown(draft, outcome, stored=not args.no_archive))
        elif args.format == "text":
            put(draft.article.text)
        else:
            put_json(_record(draft, outcome))
        remark(f"{url}: {_said(draft, outcome, stored=not args.no_archive)}")
    if spider.archive_error:
        complain(spider.archive_error)
        return ExitCode.ARCHIVE_UNUSABLE
    if spider.interrupted:
        return ExitCode.INTERRUPTED
    if failed == len(dict.fromkeys(args.urls)):
        return ExitCode.NOTHING_FETCHED
    return ExitCode.SOME_FAILED if failed else ExitCode.WELL


def _record(draft: Draft, outcome: str) -> dict[str, object]:
    import msgspec

    record: dict[str, object] = msgspec.to_builtins(draft.article)
    return record | {"outcome": outcome}


def _said(draft: Draft, outcome: str, *, stored: bool) -> str:
    """Whether it is about a breach, whether it is a copy, and where it is now.

    Of one that is in the archive already, under the same address with the same text, nothing new is stored.
    """
    from crawler.outcomes import KEPT

    article = draft.article
    relevance = article.relevance
    verdicts = {
        "yes": "about a data breach",
        "maybe": "perhaps about a data breach",
        "no": "not about a data breach",
    }
    about = verdicts[relevance.verdict] if relevance and relevance.topic == "breach" else _about_topic(draft)
    parts = [about]
    if article.dedup.verdict == "duplicate":
        parts.append(f"a copy of {article.dedup.duplicate_of}")
    elif other := article.extra.get("related_to"):
        parts.append(f"related to {other}")
    elif article.dedup.verdict == "revision":
        parts.append("a new version of an article archived before")
    if signal := article.extra.get("withheld"):
        parts.append(f"its text is not kept ({signal})")
    if outcome == "unchanged":
        parts.append(f"archived already as {article.id}")
    elif outcome in KEPT:
        parts.append(f"archived as {article.id}" if stored else "not archived, as asked")
    elif outcome == "robots":
        parts.append("not archived, as the page asks")
    elif outcome == "irrelevant":
        parts.append("not archived (--force archives it)" if stored else "not archived")
    else:
        parts.append(outcome)
    return "; ".join(parts)


def _about_topic(draft: Draft) -> str:
    relevance = draft.article.relevance
    return f"topic {relevance.topic}: {relevance.verdict}" if relevance else "not judged"


def _markdown(draft: Draft, outcome: str, *, stored: bool) -> str:
    from crawler.cli.formats import markdown_of

    return markdown_of(draft.article, note=_said(draft, outcome, stored=stored))
