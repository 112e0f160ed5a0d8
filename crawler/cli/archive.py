"""Keeps the archive: `verify` checks every byte against its digest; `rebuild` makes the local index, the memory of the
hosts' lines and the frontier again from the archive alone; `compact` merges small segments, writes Parquet and removes
what is left over; `erase` takes articles out for good, or what was kept long enough."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

import msgspec

from crawler.cli import keeping
from crawler.cli.console import UsageError, put

if TYPE_CHECKING:
    from pathlib import Path

HELP = "check an archive, compact it, erase from it, or make its local index again"
EXAMPLES = """\
  breachwire archive verify --archive s3://my-bucket/breachwire
  breachwire archive rebuild
  breachwire archive compact
  breachwire archive erase https://news.example/2026/a-story --dry-run
  breachwire archive erase --domain news.example
  breachwire archive erase --older-than 365d --raw-only --yes      # e.g. every night: captures kept for a year"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("verify", "rebuild", "compact", "erase"))
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of what is printed")
    keeping.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from archive import open_bucket
    from crawler.config import load_config
    from crawler.publish import unpublish

    config = load_config(args.config)
    uri = args.archive or config.archive.uri
    if args.targets and args.action != "erase":
        raise UsageError(f"archive {args.action} takes no {args.targets[0]!r}; name the archive with --archive")
    if args.action == "compact":
        return keeping.compact_archive(args, uri)
    if args.action == "erase":
        code = keeping.erase_from_archive(args, uri, config.dedup)
        if not args.dry_run:
            unpublish(open_bucket(uri), config.export)
        return code
    return _verify(uri) if args.action == "verify" else _rebuild(uri, config.dedup)


def _verify(uri: str) -> int:
    from archive import open_bucket
    from archive.verify import verify

    report = verify(open_bucket(uri))
    for problem in report.problems:
        put(f"damaged: {problem.key}: {problem.what}")
    for orphan in report.orphans:
        put(f"orphan:  {orphan}")
    put(
        f"{report.commits} commits, {report.articles} records, {report.captures} captures, {report.size:,} bytes: "
        + ("all as committed" if report.ok else f"{len(report.problems)} problems")
    )
    return 0 if report.ok else 1


def _rebuild(uri: str, dedup: dict[str, float | int]) -> int:
    """The old files go only once no run uses them: a run that is under way would write into a deleted file."""
    from archive import open_archive
    from archive.host_lines import HostLines
    from archive.layout import new_run_id
    from archive.search import SEARCH_FILE, open_search
    from archive.state import INDEX_FILE, state_folder
    from crawler.frontier import Frontier, runs_under_way
    from pipelines.dedup import DedupConfig, Store

    folder = state_folder(uri)
    archive = open_archive(uri)
    next(archive.commit_keys(), None)  # an archive that is not there must not lose its state
    if running := runs_under_way(folder):
        raise UsageError(f"a run is under way ({running[0]}); wait for its end, or stop it, and run this again")
    searched = (folder / SEARCH_FILE).exists()
    for name in (INDEX_FILE, "lines.sqlite", "frontier.sqlite", SEARCH_FILE):
        _remove(folder / name)
    with Store.open(folder / INDEX_FILE, msgspec.convert(dedup, DedupConfig)) as store:
        commits = store.catch_up(archive)
        articles = len(store)
    with HostLines(folder / "lines.sqlite") as lines:
        lines.catch_up(archive)
    if searched:  # else the first search makes it
        open_search(archive).close()
    with Frontier(folder, new_run_id()) as frontier:
        frontier.catch_up(archive)
        known = frontier.counts().get("done", 0)
    print(
        f"{commits} commits read: {articles} articles in the index, {known} URLs known to the frontier",
        file=sys.stderr,
    )
    return 0


def _remove(database: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
