"""The registry of sources: the packaged ones, with those that your configuration adds, changes or disables."""

from __future__ import annotations

import argparse
import json

from rich import box
from rich.console import Console
from rich.table import Table

HELP = "the registry of sources"
EXAMPLES = """\
  breachwire sources list
  breachwire sources list --country JP --format json | jq -r '.[].feeds[]'"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("list",), help="list: all of them")
    parser.add_argument("--country", metavar="CC", help="only those of a country, e.g. JP")
    parser.add_argument("--language", metavar="TAG", help="only those in a language, e.g. en")
    parser.add_argument("--format", choices=("table", "json"), default="table")


def run(args: argparse.Namespace) -> int:
    import msgspec

    from crawler.config import load_config

    sources = [
        source
        for source in load_config(args.config).registry()
        if args.country in (None, source.country) and args.language in (None, source.language)
    ]
    if args.format == "json":
        print(json.dumps([msgspec.to_builtins(source) for source in sources], ensure_ascii=False, indent=2))
        return 0
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("name", "country", "language", "kind", "polled at"):
        table.add_column(column, overflow="fold")
    for source in sources:
        places = "\n".join(place.url for place in source.places()) if source.enabled else "(disabled)"
        table.add_row(source.name, source.country, source.language, source.kind, places)
    Console(soft_wrap=False).print(table)
    print(f"{len(sources)} sources")
    return 0
