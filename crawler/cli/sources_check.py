"""`breachwire sources check`: whether each source can be read today, and what would mend those that cannot."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from crawler.cli.console import visible
from crawler.cli.crawl import check_topics
from crawler.cli.reports import width
from crawler.config import Config, load_config
from crawler.configure import settings_for
from crawler.own_file import toml_string
from crawler.report import ExitCode
from crawler.sources import Source
from crawler.trials import SourceTrial


def run(args: argparse.Namespace) -> int:
    config = load_config(args.config).with_values(contact=args.contact)
    sources = config.registry().select(args.names)
    check_topics(config.topics())
    urls = [place.url for source in sources for place in source.places()]
    trials, interrupted = tried(config, urls, sources=sources)
    now = datetime.now(UTC)
    if args.format == "json":
        print(json.dumps([_record(trial, now) for trial in trials], ensure_ascii=False, indent=2))
    else:
        _tell(trials, now)
    if interrupted:
        return ExitCode.INTERRUPTED
    if trials and not any(address.good for trial in trials for address in trial.addresses):
        return ExitCode.NOTHING_FETCHED
    return ExitCode.SOME_FAILED if any(trial.faults(now) for trial in trials) else ExitCode.WELL


def tried(
    config: Config, urls: list[str], *, sources: tuple[Source, ...] = (), explore: str | None = None
) -> tuple[list[SourceTrial], bool]:
    """Runs the trial of sources, or of a URL of which one is to be made; the second value says whether it was
    interrupted. Nothing is archived, no copies are looked for."""
    from crawler.cli.engine import run_spider
    from crawler.settings import ITEM_PIPELINES
    from spiders.trial import TrialSpider

    wanted = ("ExtractStage", "RelevanceStage")
    stages = {stage: order for stage, order in ITEM_PIPELINES.items() if stage.endswith(wanted)}
    settings: dict[str, Any] = settings_for(config, urls)
    settings |= {"BREACHWIRE_ARCHIVE": None, "BREACHWIRE_KEEP_IRRELEVANT": True, "ITEM_PIPELINES": stages}
    spider = run_spider(TrialSpider, settings, sources=sources, explore=explore).spider
    assert isinstance(spider, TrialSpider)
    return spider.trials, spider.interrupted


def _record(trial: SourceTrial, now: datetime) -> dict[str, Any]:
    faults = trial.faults(now)
    return {
        "name": trial.source.name,
        "well": not faults,
        "reachable": trial.reachable,
        "robots": trial.robots,
        "addresses": [
            {
                "medium": address.place.medium,
                "url": address.place.url,
                "outcome": address.outcome,
                "entries": len(address.links),
                "relevant": address.relevant,
                "moved_to": address.moved_to,
            }
            for address in trial.addresses
        ],
        "articles": [{"url": url, "outcome": trial.outcomes.get(url, "no answer")} for url in trial.asked],
        "faults": faults,
        "mend": trial.mend(),
    }


def _tell(trials: list[SourceTrial], now: datetime) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("source", "reachable", "robots.txt", "parses"):
        table.add_column(title, overflow="fold")
    for title in ("entries", "relevant", "articles"):
        table.add_column(title, justify="right")
    table.add_column("what is wrong", overflow="fold", ratio=1)
    for trial in trials:
        share = trial.relevant_share()
        table.add_row(
            visible(trial.source.name),
            visible(trial.reachable),
            trial.robots,
            f"{sum(a.good for a in trial.addresses)} of {len(trial.addresses)}",
            str(sum(len(a.links) for a in trial.addresses)),
            "–" if share is None else f"{share:.0%}",
            f"{trial.extracted()} of {len(trial.asked)}",
            visible("\n".join(trial.faults(now))) or "well",
        )
    console = Console(width=width(), highlight=False, markup=False)
    console.print(table)
    unwell = [trial for trial in trials if trial.faults(now)]
    console.print(f"{len(trials) - len(unwell)} of {len(trials)} sources are well", soft_wrap=True)
    mends = [(trial, mend) for trial in trials if (mend := trial.mend())]
    if mends:
        console.print("\nWhat may mend them, for breachwire.toml:", soft_wrap=True)
    for trial, mend in mends:
        entry = f"\n[[source]]\nname = {toml_string(trial.source.name)}\n{mend}"
        console.print(visible(entry), soft_wrap=True)
