"""Keeps the archive: `verify` checks every byte against its digest, with `--sample 5%` those of a share of it; `stats`
tells what is in it, month by month; `rebuild` makes the local index, the memory of the hosts' lines and the frontier
again from the archive alone; `compact` merges small segments, writes Parquet and removes what is left over; `erase`
takes articles out for good, or what was kept long enough."""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from crawler.cli import keeping
from crawler.cli.archive_figures import share, tell_stats, verify_archive
from crawler.cli.compacting import compact_archive
from crawler.cli.console import UsageError, complain, remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from archive import Archive, Segment
    from archive.keeping.told import Told
    from archive.layout import CommitKey

HELP = "check an archive, tell its figures, compact it, erase from it, or make its local index again"
EXAMPLES = """\
  breachwire archive verify --archive s3://my-bucket/breachwire
  breachwire archive verify --sample 5%
  breachwire archive stats --plot growth.svg
  breachwire archive rebuild
  breachwire archive compact
  breachwire archive erase https://news.example/2026/a-story --dry-run
  breachwire archive erase --domain news.example
  breachwire archive erase --older-than 365d --raw-only --yes      # e.g. every night: captures kept for a year"""

_ERASE = ("domain", "matching", "older_than", "topic", "raw_only", "no_writers")
_OPTIONS = {"sample": ("verify",), "plot": ("stats",), "today": ("compact",), "dry_run": ("compact", "erase")}
_OPTIONS |= dict.fromkeys(_ERASE, ("erase",))
"""The actions that an option is of: with another one it would be passed over, and seem to have been heeded."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("verify", "stats", "rebuild", "compact", "erase"))
    parser.add_argument(
        "--sample", type=share, metavar="SHARE", help="verify: read the bytes of so many of the segments, as 5%%"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="of what is printed")
    parser.add_argument("--plot", metavar="FILE.svg", help="stats: draw the months into a file, too")
    keeping.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from archive import open_bucket
    from crawler.config import load_config
    from crawler.publish import unpublish

    config = load_config(args.config)
    uri = config.archive_at(args.archive)
    _check_options(args)
    if args.action == "verify":
        return verify_archive(uri, args.sample or 1.0, args.format, args.quiet)
    if args.action == "stats":
        return tell_stats(uri, args.format, args.plot)
    if args.action == "compact":
        return compact_archive(args, uri, config)
    if args.action == "erase":
        code = keeping.erase_from_archive(args, uri, config.dedup)
        if not args.dry_run:
            try:
                unpublish(open_bucket(uri), config.export)
            except OSError as error:
                complain(f"[export]: the feeds could not be deleted, and may hold what was erased: {error}")
                return 1
        return code
    return _rebuild(uri, config.dedup, args.quiet)


def _check_options(args: argparse.Namespace) -> None:
    if args.targets and args.action != "erase":
        raise UsageError(f"archive {args.action} takes no {args.targets[0]!r}; name the archive with --archive")
    for option, actions in _OPTIONS.items():
        if getattr(args, option) and args.action not in actions:
            name, whose = option.replace("_", "-"), " and ".join(f"`archive {action}`" for action in actions)
            raise UsageError(f"archive {args.action} has no --{name}: it goes with {whose}")


def _rebuild(uri: str, dedup: dict[str, float | int], quiet: int) -> int:
    """The old files go only once no run uses them: a run that is under way would write into a deleted file."""
    from archive import open_archive
    from archive.host_lines import LINES_FILE, HostLines
    from archive.layout import new_run_id
    from archive.search import SEARCH_FILE, open_search
    from archive.state import INDEX_FILE, state_folder
    from crawler.cli.progress import telling
    from crawler.discovery.shapes import SHAPES_FILE
    from crawler.frontier import FRONTIER_FILE, Frontier, runs_under_way
    from crawler.health import HEALTH_FILE
    from crawler.hosts import HOSTS_FILE
    from crawler.web.view import VIEW_FILE
    from pipelines.dedup import DedupConfig, Store

    folder = state_folder(uri)
    archive = open_archive(uri)
    next(archive.commit_keys(), None)  # an archive that is not there must not lose its state
    if running := runs_under_way(folder):
        raise UsageError(f"a run is under way ({running[0]}); wait for its end, or stop it, and run this again")
    searched = (folder / SEARCH_FILE).exists()
    for name in (INDEX_FILE, LINES_FILE, FRONTIER_FILE, SEARCH_FILE, VIEW_FILE):
        _remove(folder / name)
    for name in (HOSTS_FILE, HEALTH_FILE, SHAPES_FILE):  # what runs saw, and the archive does not know
        if (folder / name).exists() and not _is_sound(folder / name):
            _remove(folder / name)
    with telling(quiet) as told:
        with Store.open(folder / INDEX_FILE, msgspec.convert(dedup, DedupConfig)) as store:
            commits = store.catch_up(_watched(archive, INDEX_FILE, told))
            articles = len(store)
        with HostLines(folder / LINES_FILE) as lines:
            lines.catch_up(_watched(archive, LINES_FILE, told))
        if searched:  # else the first search makes it
            open_search(_watched(archive, SEARCH_FILE, told)).close()
        with Frontier(folder, new_run_id()) as frontier:
            frontier.catch_up(_watched(archive, FRONTIER_FILE, told))
            known = frontier.counts().get("done", 0)
    remark(f"{commits} commits read: {articles} articles in the index, {known} URLs known to the frontier")
    return 0


def _watched(archive: Archive, what: str, told: Told) -> Archive:
    """The archive, of which is told how many of the segments asked for were read."""
    from archive import Archive

    class Watched(Archive):
        def segments(self, wanted: Callable[[CommitKey], bool], day: date | None = None) -> Iterator[Segment]:
            of = sum(map(wanted, self.commit_keys()))
            for number, segment in enumerate(super().segments(wanted, day), 1):
                yield segment
                told(what, number, max(number, of))

    return Watched(archive.bucket, archive.uri)


def _is_sound(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(database)) as file:
            return [row[0] for row in file.execute("PRAGMA quick_check")] == ["ok"]
    except sqlite3.Error:
        return False


def _remove(database: Path) -> None:
    from archive import ArchiveError

    for suffix in ("", "-wal", "-shm"):
        try:
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveError(f"{database}: cannot be deleted: {error.strerror}; check the folder") from error
