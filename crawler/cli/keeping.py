"""What `breachwire archive compact` and `breachwire archive erase` do."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.cli.console import UsageError, complain, put, put_json

if TYPE_CHECKING:
    from archive import Article
    from archive.keeping.carry_out import Fate, Receipt, Taken
    from archive.keeping.erase import LocalState, Order

SHOWN = 20
"""Articles that are listed on a terminal; --format json has them all."""
_SPAN = re.compile(r"(\d{1,6})([dh])")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of both."""
    group = parser.add_argument_group("compact")
    group.add_argument(
        "--grace", type=span, default=timedelta(days=7), metavar="7d", help="keep what was replaced for so long"
    )
    group.add_argument("--today", action="store_true", help="compact the day that is under way (UTC), too")
    group = parser.add_argument_group("erase: what")
    group.add_argument("targets", nargs="*", metavar="URL|ID", help="articles, each with all versions of its page")
    group.add_argument("--domain", action="append", default=[], help="all articles of a site and of what lies under it")
    group.add_argument("--matching", metavar="REGEX", help="articles in whose record any text matches, in any case")
    group.add_argument("--older-than", type=span, metavar="365d", help="what was fetched longer ago than this")
    group.add_argument("--topic", metavar="NAME", help="with --older-than: only articles judged by this topic")
    group.add_argument("--raw-only", action="store_true", help="with --older-than: captures go, records stay")
    group = parser.add_argument_group("erase: how")
    group.add_argument("--dry-run", action="store_true", help="show what would go, and change nothing")
    group.add_argument("--yes", action="store_true", help="do not ask")
    group.add_argument(
        "--no-writers",
        action="store_true",
        help="nothing else writes now: take what killed runs left uncommitted at once, not after two days",
    )


def span(text: str) -> timedelta:
    """A span of days or hours.

    >>> span("7d"), span("36h")
    (datetime.timedelta(days=7), datetime.timedelta(days=1, seconds=43200))
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no span of time; write 365d or 12h")
    return timedelta(**{{"d": "days", "h": "hours"}[found[2]]: int(found[1])})


def compact_archive(args: argparse.Namespace, uri: str) -> int:
    """Compacts, and tells what was done."""
    from archive import open_bucket
    from archive.keeping.compact import compact
    from archive.times import utc_now

    day = utc_now().date() + timedelta(days=args.today)
    done = compact(open_bucket(uri), grace=args.grace, before=day)
    if args.format == "json":
        put_json(msgspec.to_builtins(done), indent=2)
    else:
        put(
            f"{done.days} days changed: {done.merged} segments merged into {done.into}, {done.tables} tables written, "
            f"{len(done.removed)} objects removed"
        )
    return 0


def erase_from_archive(args: argparse.Namespace, uri: str, dedup: dict[str, float | int]) -> int:
    """Erases what is asked for, after a look and a question, and prints the receipt; 1 when something must wait."""
    from archive import open_bucket
    from archive.state import state_folder
    from crawler.frontier import runs_under_way

    _check(args)
    bucket = open_bucket(uri)
    next(bucket.list(), None)  # an archive that is not there is told at once
    if running := runs_under_way(state_folder(uri)):
        raise UsageError(f"a run is under way ({running[0]}); wait for its end, or stop it, and run this again")
    found = _found(args, uri)
    if args.dry_run:
        _show(found, args.format)
        return 0
    if not args.yes:
        _ask(found)
    receipt = _carried_out(args, uri, dedup)
    _print(receipt, args.format)
    return 1 if receipt.waiting else 0


def _check(args: argparse.Namespace) -> None:
    asked = [bool(args.targets or args.domain), args.matching is not None, args.older_than is not None]
    if sum(asked) != 1:
        raise UsageError("erase what? give URLs, ids or --domain, or --matching REGEX, or --older-than 365d")
    if (args.topic or args.raw_only) and args.older_than is None:
        raise UsageError("--topic and --raw-only go with --older-than")
    if not (args.yes or args.dry_run or sys.stdin.isatty()):
        raise UsageError("nobody is there to be asked; add --yes, or --dry-run to see what would go")


def _found(args: argparse.Namespace, uri: str) -> list[Taken]:
    from archive import open_bucket
    from archive.keeping.carry_out import look
    from archive.keeping.erase import would_erase

    bucket = open_bucket(uri)
    found = look(bucket, _fate(args)) if args.older_than is not None else would_erase(bucket, _order(args, uri))
    return list(found.taken.values())


def _carried_out(args: argparse.Namespace, uri: str, dedup: dict[str, float | int]) -> Receipt:
    from archive import open_bucket
    from archive.keeping.erase import erase, expire

    with local_state(uri, dedup) as local:
        if args.older_than is not None:
            return expire(open_bucket(uri), _fate(args), local)
        return erase(open_bucket(uri), _order(args, uri), local)


@contextmanager
def local_state(uri: str, dedup: dict[str, float | int]) -> Iterator[dict[str, LocalState]]:
    """All that is derived from the archive and lies on this machine, as far as it is there."""
    from archive.host_lines import LINES_FILE, HostLines
    from archive.layout import new_run_id
    from archive.search import SEARCH_FILE, Search
    from archive.state import INDEX_FILE, state_folder
    from crawler.frontier import FRONTIER_FILE, Frontier
    from crawler.web.view import VIEW_FILE, View
    from pipelines.dedup import DedupConfig, Store

    folder = state_folder(uri)
    makers: dict[str, Callable[[], Any]] = {
        INDEX_FILE: lambda: Store.open(folder / INDEX_FILE, msgspec.convert(dedup, DedupConfig)),
        LINES_FILE: lambda: HostLines(folder / LINES_FILE),
        SEARCH_FILE: lambda: Search(folder / SEARCH_FILE),
        VIEW_FILE: lambda: View(folder / VIEW_FILE),
        FRONTIER_FILE: lambda: Frontier(folder, new_run_id()),
    }
    with ExitStack() as stack:
        there = {name: make for name, make in makers.items() if (folder / name).exists()}
        yield {name: stack.enter_context(make()) for name, make in there.items()}


def _order(args: argparse.Namespace, uri: str) -> Order:
    """What is to be erased for good, as the archive takes it."""
    from archive import open_archive
    from archive.keeping.erase import Order
    from archive.tombstone import mark

    ids = set()
    marks = {mark("domain", _domain(name)) for name in args.domain}
    for target in args.targets:
        if "://" in target:
            marks |= {mark("url", form) for form in (target, *_forms(target))}
        else:
            found = open_archive(uri).find(target)
            ids.add(found.id if found else target)
    pattern = _pattern(args.matching)

    def wanted(article: Article) -> bool:
        return article.id in ids or (pattern is not None and any(map(pattern.search, _texts(article))))

    return Order(wanted=wanted, marks=frozenset(marks), forms=_forms, is_quiet=args.no_writers)


def _domain(name: str) -> str:
    from archive.addresses import site_of

    site = site_of(name if "://" in name else f"https://{name}/")
    if not site or "." not in site:
        raise UsageError(f"--domain {name!r}: not a domain; write news.example")
    return site


def _forms(url: str) -> tuple[str, ...]:
    from pipelines.urls import canonical

    try:
        return (canonical(url),)
    except ValueError:
        return ()


def _pattern(text: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(text, re.IGNORECASE) if text is not None else None
    except re.error as error:
        raise UsageError(f"--matching {text!r}: not a regular expression: {error}") from error


def _texts(value: Any) -> Iterator[str]:
    """Every text in a record, the keys of what is nested too."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


def _fate(args: argparse.Namespace) -> Callable[[Article], Fate]:
    """What becomes of each record by its age."""
    from archive.times import parse_time, utc_now

    oldest = utc_now() - args.older_than
    old: Fate = "bare" if args.raw_only else "gone"

    def fate(article: Article) -> Fate:
        topic = article.relevance.topic if article.relevance else None
        return old if args.topic in (None, topic) and parse_time(article.fetched) < oldest else "stays"

    return fate


def _show(found: list[Taken], form: str) -> None:
    if form == "json":
        put_json({"articles": msgspec.to_builtins(found)}, indent=2)
        return
    for line in _lines(found):
        put(line)


def _lines(found: list[Taken]) -> Iterator[str]:
    for taken in found[:SHOWN]:
        yield f"{taken.id}  {taken.fetched[:10]}  {taken.source}  {taken.title or taken.url}"
    if len(found) > SHOWN:
        yield f"… and {len(found) - SHOWN:,} more (--dry-run --format json lists all)"
    captures = sum(taken.fate == "bare" for taken in found)
    yield f"{len(found) - captures:,} articles and their captures" if len(found) > captures or not found else ""
    if captures:
        yield f"the captures of {captures:,} articles"


def _ask(found: list[Taken]) -> None:
    for line in _lines(found):
        complain(line)
    print("Erase this for good? Type yes: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise UsageError("nothing was erased")


def _print(receipt: Receipt, form: str) -> None:
    if form == "json":
        put_json(msgspec.to_builtins(receipt) | {"articles": msgspec.to_builtins(list(receipt.articles.values()))}, 2)
        return
    for line in _lines(list(receipt.articles.values())):
        put(line)
    for name, keys in (
        ("tombstone", receipt.tombstones),
        ("written without it", receipt.written),
        ("removed", receipt.removed),
    ):
        for key in keys:
            put(f"{name}: {key}")
    for name, count in receipt.local.items():
        put(f"local {name}: {count} entries removed, the file written anew")
    for key in receipt.waiting:
        put(f"waiting: {key}: holds some of it, but may be of a run that is under way; run this again in two days")
