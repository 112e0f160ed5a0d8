"""What `breachwire archive erase` does, and the options of that and of `breachwire archive compact`."""

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
_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
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
    group.add_argument(
        "--dry-run", action="store_true", help="show what would go (of compact: by [archive.retention]), change nothing"
    )
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


def erase_from_archive(args: argparse.Namespace, uri: str, dedup: dict[str, float | int]) -> int:
    """Erases what is asked for, after a look and a question, and prints the receipt; 1 when something must wait, or
    nothing has an id that is given."""
    from archive import open_bucket
    from archive.keeping.carry_out import look
    from archive.keeping.erase import erase, expire, would_erase
    from archive.state import state_folder
    from crawler.cli.progress import telling
    from crawler.frontier import runs_under_way

    _check(args)
    bucket = open_bucket(uri)
    next(bucket.list(), None)  # an archive that is not there is told at once
    if running := runs_under_way(state_folder(uri)):
        raise UsageError(f"a run is under way ({running[0]}); wait for its end, or stop it, and run this again")
    ids = _ids(args.targets, uri)
    unknown = [target for target, id in ids.items() if id is None]
    for target in unknown:
        complain(f"{target}: no article has this id or address, and none that had it was erased")
    if unknown and len(unknown) == len(args.targets) and not args.domain:
        return 1
    fate, order = _fate(args), _order(args, ids)
    with telling(args.quiet) as told:
        looked = would_erase(bucket, order, told) if fate is None else look(bucket, fate, told=told)
    found = list(looked.taken.values())
    if args.dry_run:
        show(found, args.format)
        return 1 if unknown else 0
    if not args.yes:
        _ask(found)
    with local_state(uri, dedup) as local, telling(args.quiet) as told:
        receipt = erase(bucket, order, local, told=told) if fate is None else expire(bucket, fate, local, told=told)
    _print(receipt, args.format)
    return 1 if receipt.waiting or unknown else 0


def _check(args: argparse.Namespace) -> None:
    asked = [bool(args.targets or args.domain), args.matching is not None, args.older_than is not None]
    if sum(asked) != 1:
        raise UsageError("erase what? give URLs, ids or --domain, or --matching REGEX, or --older-than 365d")
    if (args.topic or args.raw_only) and args.older_than is None:
        raise UsageError("--topic and --raw-only go with --older-than")
    if not (args.yes or args.dry_run or sys.stdin.isatty()):
        raise UsageError("nobody is there to be asked; add --yes, or --dry-run to see what would go")


@contextmanager
def local_state(uri: str, dedup: dict[str, float | int]) -> Iterator[dict[str, LocalState]]:
    """All that is derived from the archive and lies on this machine, as far as it is there."""
    from archive.host_lines import LINES_FILE, HostLines
    from archive.layout import new_run_id
    from archive.search import SEARCH_FILE, Search
    from archive.state import INDEX_FILE, state_folder
    from crawler.discovery.shapes import SHAPES_FILE, Shapes
    from crawler.frontier import FRONTIER_FILE, Frontier
    from crawler.health import HEALTH_FILE, Health
    from crawler.hosts import HOSTS_FILE, Hosts
    from crawler.web.view import VIEW_FILE, View
    from pipelines.dedup import DedupConfig, Store

    folder = state_folder(uri)
    makers: dict[str, Callable[[], Any]] = {
        INDEX_FILE: lambda: Store.open(folder / INDEX_FILE, msgspec.convert(dedup, DedupConfig)),
        LINES_FILE: lambda: HostLines(folder / LINES_FILE),
        SEARCH_FILE: lambda: Search(folder / SEARCH_FILE),
        VIEW_FILE: lambda: View(folder / VIEW_FILE),
        FRONTIER_FILE: lambda: Frontier(folder, new_run_id()),
        HOSTS_FILE: lambda: Hosts(folder),
        HEALTH_FILE: lambda: Health(folder),
        SHAPES_FILE: lambda: Shapes(folder),
    }
    with ExitStack() as stack:
        there = {name: make for name, make in makers.items() if (folder / name).exists()}
        yield {name: stack.enter_context(make()) for name, make in there.items()}


def _ids(targets: list[str], uri: str) -> dict[str, str | None]:
    """The whole id of each target that is no URL; None where there is no such article, and was none."""
    from archive import Tombstones, open_archive

    archive = open_archive(uri)
    erased = Tombstones.of(archive.bucket)
    ids: dict[str, str | None] = {}
    for target in targets:
        if "://" not in target:
            found = archive.find(target)
            ids[target] = found.id if found else target if erased.has("id", target) else None
    return ids


def _order(args: argparse.Namespace, ids: dict[str, str | None]) -> Order:
    """What is to be erased for good, as the archive takes it."""
    from archive.keeping.erase import Order
    from archive.tombstone import mark

    urls = [target for target in args.targets if "://" in target]
    marks = {mark("domain", _domain(name)) for name in args.domain}
    marks |= {mark("url", form) for url in urls for form in (url, *_forms(url))}
    pattern = _pattern(args.matching)
    wanted_ids = set(ids.values())

    def wanted(article: Article) -> bool:
        return article.id in wanted_ids or (pattern is not None and any(map(pattern.search, _texts(article))))

    return Order(wanted=wanted, marks=frozenset(marks), forms=_forms, is_quiet=args.no_writers)


def _domain(name: str) -> str:
    """The domain as the hosts of addresses are written: without `www.`, its letters as DNS has them.

    >>> _domain("Bücher.example."), _domain("https://www.news.example:8443/x")
    ('xn--bcher-kva.example', 'news.example')
    """
    from archive.addresses import site_of

    host = (site_of(name if "://" in name else f"https://{name}/") or "").removesuffix(".")
    try:
        domain = host.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise UsageError(f"--domain {name!r}: not a domain; write news.example")
    return domain


def _forms(url: str) -> tuple[str, ...]:
    from pipelines.urls import canonical

    try:
        return (canonical(url),)
    except ValueError:
        return ()


def _pattern(text: str | None) -> re.Pattern[str] | None:
    if text == "":
        raise UsageError("--matching is empty, and every article would match; write what is to go")
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


def _fate(args: argparse.Namespace) -> Callable[[Article], Fate] | None:
    """What becomes of each record by its age; None where its age does not matter."""
    from archive.keeping.retention import Kept, Retention
    from archive.times import utc_now

    if args.older_than is None:
        return None
    kept = Kept(captures=args.older_than) if args.raw_only else Kept(articles=args.older_than)
    retention = Retention(topics={args.topic: kept}) if args.topic else Retention(kept=kept)
    return retention.fate(utc_now())


def show(found: list[Taken], form: str) -> None:
    """Prints what would go."""
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
