"""`breachwire sources add`: a trial of a new source, and its entry in the user's own file."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from crawler.cli.console import UsageError, complain, put, remark
from crawler.cli.crawl import check_topics
from crawler.cli.sources_check import tried
from crawler.config import DEFAULT_FILE, MISNAMED, NAME, Config, load_config
from crawler.own_file import add_source, entry_of
from crawler.report import ExitCode
from crawler.sources import Source
from crawler.trials import SourceTrial
from pipelines.urls import identity, is_web

SHOWN = 1_200
"""Characters of each article's text that are shown."""


def run(args: argparse.Namespace) -> int:
    if not is_web(args.url):
        raise UsageError(f"not an http(s) URL: {args.url!r}; write it in full, e.g. https://news.example/")
    if args.name and not NAME.fullmatch(args.name):
        raise UsageError(f"--name: {MISNAMED}: {args.name!r}")
    if not (args.yes or args.dry_run or sys.stdin.isatty()):
        raise UsageError("there is no terminal to ask on whether to write the entry; give --yes or --dry-run")
    config = load_config(args.config).with_values(contact=args.contact)
    check_topics(config.topics())
    _refuse_known(config, args.name, {identity(args.url)})
    (trial,), interrupted = tried(config, [args.url], explore=args.url)
    if interrupted:
        return ExitCode.INTERRUPTED
    if not trial.links:
        for address in trial.addresses:
            empty = address.good and address.place.medium == "feed"
            what = "has no entries" if empty else "no feed, sitemap or list of articles was found"
            complain(f"{address.place.url}: {what}" + ("" if address.good else f": {address.outcome}"))
        return ExitCode.NOTHING_FETCHED
    given = {"name": args.name, "country": args.country, "kind": args.kind}
    source = msgspec.structs.replace(trial.source, **{key: value for key, value in given.items() if value})
    _show(trial)
    faults = trial.faults(datetime.now(UTC))
    for fault in faults:
        complain(fault)
    _write(config, source, args)
    return ExitCode.SOME_FAILED if faults else ExitCode.WELL


def _show(trial: SourceTrial) -> None:
    """What was found, and the articles as they would be archived."""
    share = trial.relevant_share() or 0.0
    for address in trial.addresses:
        put(f"{address.place.medium}: {address.place.url}, {len(address.links)} entries, {share:.0%} of them relevant")
    for number, url in enumerate(trial.asked, 1):
        put(f"\n--- article {number} of {len(trial.asked)}: {url}")
        draft = trial.drafts.get(url)
        if draft is None:
            put(f"not extracted: {trial.outcomes.get(url, 'no answer')}")
            continue
        article = draft.article
        verdict = article.relevance.verdict if article.relevance else "not judged"
        put(f"{article.title}\n{article.published or 'no date'} · {article.language} · relevant: {verdict}\n")
        put(
            article.text if len(article.text) <= SHOWN else f"{article.text[:SHOWN]} … ({len(article.text)} characters)"
        )


def _write(config: Config, source: Source, args: argparse.Namespace) -> None:
    """Writes the entry, if it is wanted. Raises `UsageError` for a source that is there already."""
    file = Path(args.config or os.environ.get("BREACHWIRE_CONFIG") or DEFAULT_FILE)
    put(f"\n{entry_of(source)}")
    _refuse_known(config, source.name, {identity(place.url) for place in source.places()})
    if args.dry_run:
        remark(f"not written to {file}, as asked")
    elif args.yes or _agreed(file):
        add_source(file, source)
        remark(f"written to {file}; `breachwire crawl {source.name}` polls it")
    else:
        complain("not written")


def _refuse_known(config: Config, name: str | None, addresses: set[str]) -> None:
    """Raises `UsageError` where a source of the registry has that name, or is polled at one of these addresses."""
    for other in config.registry():
        if other.name == name:
            raise UsageError(f"a source is called {name!r} already; give another --name")
        if addresses & {identity(place.url) for place in other.places()}:
            raise UsageError(f"{other.name!r} is polled there already; see `breachwire sources list`")


def _agreed(file: Path) -> bool:
    try:
        return input(f"Write this entry to {file}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
