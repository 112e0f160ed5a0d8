"""Cleans saved pages: no network, no archive. HTML files come out one after the other; JSON lines of
{"id", "url", "html"} come out as JSON lines in the same order with the same id."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from crawler.cli.console import JsonLines, UsageError, complain, open_input, put, put_json
from crawler.report import ExitCode
from pipelines.items import Extraction, ExtractionError, Link, Page

if TYPE_CHECKING:
    from pipelines.workers import WorkerPool

T = TypeVar("T")

HELP = "clean saved HTML, or JSON lines of pages"
EXAMPLES = """\
  breachwire extract saved-page.html
  curl -s https://news.example/story | breachwire extract - --url https://news.example/story
  breachwire extract --explain saved-page.html
  breachwire extract pages.jsonl.gz | breachwire classify - | jq -c 'select(.relevance.verdict == "yes")'"""

MAX_HTML = 64 << 20
"""Bytes of one HTML file."""

Job = tuple[Any, Page]
"""The id of a page, given back as it came, and the page."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="HTML files, .jsonl or .jsonl.gz, or - for standard input"
    )
    parser.add_argument(
        "--format",
        choices=("jsonl", "json", "markdown", "text"),
        help="default: jsonl for JSON lines, markdown for HTML",
    )
    parser.add_argument(
        "--explain", action="store_true", help="show what was kept and what was removed, side by side, and as what"
    )
    parser.add_argument("--explain-html", metavar="OUT", help="write the same as an HTML page")
    parser.add_argument("--url", default="", metavar="URL", help="where an HTML file came from, to resolve its links")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1), metavar="N")
    parser.add_argument("--timeout", type=float, default=20.0, metavar="SECONDS", help="for one page (default: 20)")
    parser.add_argument("--memory", type=int, default=1024, metavar="MB", help="for one worker (default: 1024)")


def run(args: argparse.Namespace) -> int:
    if args.workers < 1 or args.timeout <= 0 or args.memory < 256:
        raise UsageError("--workers is at least 1, --timeout more than 0, --memory at least 256")
    from crawler.cli.progress import bar_beside_results
    from pipelines.workers import WorkerPool

    with WorkerPool(args.workers, args.timeout, args.memory << 20) as pool, bar_beside_results() as progress:
        task = progress.add_task("cleaning", total=None)
        advance = partial(progress.advance, task)
        if args.explain or args.explain_html:
            return _explain(args, pool, advance)

        def clean(path: str) -> int:
            form = args.format or ("jsonl" if _is_json_lines(path) else "markdown")
            return _through(path, args, pool.submit, partial(_put, form=form), advance)

        return _each(args.paths, clean)


def _each(paths: Sequence[str], work: Callable[[str], int]) -> ExitCode:
    """Works on each path; one that cannot be read is told, and keeps none of the others from being worked on."""
    failed = unusable = 0
    for path in paths:
        try:
            failed += work(path)
        except UsageError as error:
            complain(error)
            unusable += 1
    if unusable == len(paths):
        return ExitCode.WRONG_USAGE
    return ExitCode.SOME_FAILED if failed or unusable else ExitCode.WELL


def _explain(args: argparse.Namespace, pool: WorkerPool, advance: Callable[[], None]) -> ExitCode:
    from crawler.cli.explain import Explanations
    from pipelines.extract.explain import explain_page

    explanations = Explanations(args.explain, args.explain_html)
    explain = partial(pool.call, explain_page)
    code = _each(args.paths, lambda path: _through(path, args, explain, explanations.put, advance))
    explanations.write()
    return code


def _through(
    path: str,
    args: argparse.Namespace,
    work: Callable[[Page], Future[T]],
    show: Callable[[Any, Page, Future[T]], bool],
    advance: Callable[[], None],
) -> int:
    """Puts the pages of one path through `work` and each result, in order, through `show`; how many failed."""
    lines = JsonLines(path, needs={"id": object, "html": str}) if _is_json_lines(path) else None
    jobs = iter([_saved(path, args.url)]) if lines is None else map(_entry, lines)
    failed = 0
    for key, page, result in _in_order(work, jobs, ahead=args.workers * 4):
        failed += show(key, page, result)
        advance()
    return failed + (lines.faults if lines is not None else 0)


def _is_json_lines(path: str) -> bool:
    if path != "-":
        return path.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))
    assert isinstance(sys.stdin.buffer, io.BufferedReader)
    return sys.stdin.buffer.peek(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def _entry(entry: dict[str, Any]) -> Job:
    """A page in a JSON line."""
    url = str(entry.get("url") or "").encode("utf-8", "replace").decode()  # half a character is in no address
    return _job(entry["id"], url, entry["html"])


def _saved(path: str, url: str) -> Job:
    """A page in a file. Raises `UsageError`."""
    try:
        html = open_input(path).read(MAX_HTML + 1)
    except (OSError, EOFError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    if len(html) > MAX_HTML:
        raise UsageError(f"{path}: is larger than {MAX_HTML >> 20} MiB")
    return _job(path, url, html)


def _job(key: Any, url: str, html: str | bytes) -> Job:
    """A saved page as the crawler would hand it on. Text is UTF-8 here, whatever the page says of itself."""
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(html, str):
        html = html.encode("utf-8", "replace")
        headers = (("Content-Type", "text/html; charset=utf-8"),)
    link = Link(url=url, source="", discovered_by="manual")
    return key, Page(link=link, url=url, status=200, headers=headers, body=html, fetched="")


def _in_order(
    work: Callable[[Page], Future[T]], jobs: Iterable[Job], ahead: int
) -> Iterator[tuple[Any, Page, Future[T]]]:
    """The pages with their results, in the order of the input, at most `ahead` in work at a time; also those before the
    place where the input breaks off."""
    waiting: deque[tuple[Any, Page, Future[T]]] = deque()
    try:
        for key, page in jobs:
            waiting.append((key, page, work(page)))
            if len(waiting) >= ahead:
                yield waiting.popleft()
    except UsageError:
        yield from waiting
        raise
    yield from waiting


def _put(key: Any, page: Page, result: Future[Extraction], form: str) -> bool:
    """Prints one page's article, or what is wrong with it; says whether it failed."""
    try:
        found = result.result()
    except ExtractionError as error:
        complain(f"{key}: {error}")
        if form == "jsonl":
            put_json({"id": key, "url": page.url or None, "title": None, "text": "", "error": str(error)})
        return True
    if form in ("json", "jsonl"):
        record = {"id": key, "url": page.url or None, **msgspec.to_builtins(found), "error": None}
        put_json(record, indent=2 if form == "json" else None)
    elif form == "markdown":
        put(f"# {found.title}\n\n{found.markdown}\n" if found.title else f"{found.markdown}\n")
    else:
        put(found.text)
    return False
