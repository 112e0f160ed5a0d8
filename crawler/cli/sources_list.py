"""`breachwire sources list`: the registry, and the health that earlier runs have written down."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from crawler.cli.console import visible
from crawler.config import Config, load_config
from crawler.report import ExitCode
from crawler.sources import Source


def run(args: argparse.Namespace) -> int:
    config = load_config(args.config).with_values(archive=args.archive)
    sources = [
        source
        for source in config.registry()
        if _is(args.country, source.country) and _is(args.language, source.language)
    ]
    if args.unhealthy:
        return _unhealthy(config, sources, args.format)
    if args.format == "json":
        print(json.dumps([msgspec.to_builtins(source) for source in sources], ensure_ascii=False, indent=2))
        return ExitCode.WELL
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("name", "country", "language", "kind", "polled at"):
        table.add_column(column, overflow="fold")
    for source in sources:
        places = "\n".join(place.url for place in source.places()) if source.enabled else "(disabled)"
        table.add_row(source.name, source.country, source.language, source.kind, places)
    Console(soft_wrap=False, markup=False).print(table)
    print(f"{len(sources)} sources")
    return ExitCode.WELL


def _is(asked: str | None, said: str | None) -> bool:
    """Whether a source is among those asked for, however that is typed."""
    return asked is None or asked.casefold() == (said or "").casefold()


def _unhealthy(config: Config, sources: list[Source], form: str) -> int:
    """Prints the sources that are unwell; nothing at all where there are none, so that cron mails nothing."""
    from archive.state import state_folder
    from crawler.health import Health, ailments

    folder, now = state_folder(config.archive.uri), datetime.now(UTC)
    found: list[tuple[Source, list[str]]] = []
    if folder.exists():  # else there was no run with this archive yet
        with Health(folder) as health:
            found = [(s, wrong) for s in sources if s.enabled and (wrong := ailments(health.runs(s.name), now))]
    if form == "json":
        told = [{"name": source.name, "ailments": wrong} for source, wrong in found]
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for source, wrong in found:
            print(*(visible(f"{source.name}: {ailment}") for ailment in wrong), sep="\n")
        if found:
            print(f"`breachwire sources check {' '.join(source.name for source, _ in found)}` looks for a mend")
    return ExitCode.SOME_FAILED if found else ExitCode.WELL
