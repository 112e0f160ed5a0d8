"""What `breachwire archive compact` does: retention, where the configuration names one, then compaction."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from crawler.cli.console import complain, put, put_json
from crawler.cli.keeping import local_state, show

if TYPE_CHECKING:
    from archive.keeping.carry_out import Receipt
    from archive.keeping.told import Told
    from crawler.config import Config


def compact_archive(args: argparse.Namespace, uri: str, config: Config) -> int:
    """Takes out what was kept long enough, compacts, and tells what was done."""
    from archive import open_bucket
    from archive.keeping.carry_out import look
    from archive.keeping.compact import compact
    from archive.times import utc_now
    from crawler.cli.progress import telling

    retention = config.archive.retention.retention()
    with telling(args.quiet) as told:
        if args.dry_run:
            found = look(open_bucket(uri), retention.fate(utc_now()), told=told)
            show(list(found.taken.values()), args.format)
            return 0
        gone = None if retention.is_for_ever else _expired(uri, config, told)
        done = compact(
            open_bucket(uri), grace=args.grace, before=utc_now().date() + timedelta(days=args.today), told=told
        )
    fates = [taken.fate for taken in gone.articles.values()] if gone else []
    if args.format == "json":
        kept = {"expired": {"articles": fates.count("gone"), "captures": fates.count("bare")}}
        put_json(msgspec.to_builtins(done) | kept, indent=2)
        return 0
    if fates:
        put(f"kept long enough: {fates.count('gone')} articles, the captures of {fates.count('bare')} more, are gone")
    put(
        f"{done.days} days changed: {done.merged} segments merged into {done.into}, {done.tables} tables written, "
        f"{len(done.removed)} objects removed"
    )
    return 0


def _expired(uri: str, config: Config, told: Told) -> Receipt | None:
    """What retention took out; None while a run is under way: that may be at work on it."""
    from archive import open_bucket
    from archive.keeping.erase import expire
    from archive.state import state_folder
    from archive.times import utc_now
    from crawler.frontier import runs_under_way

    if running := runs_under_way(state_folder(uri)):
        complain(f"a run is under way ({running[0]}): [archive.retention] is applied the next time")
        return None
    with local_state(uri, config.dedup) as local:
        return expire(open_bucket(uri), config.archive.retention.retention().fate(utc_now()), local, told=told)
