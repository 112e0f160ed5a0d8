"""Decides which texts are copies of an earlier one: JSON lines of {"id", "text"} and, where known, "title", "url",
"published", come out as {"id", "verdict", "duplicate_of", "cluster", "evidence"}, in the order of the input. A fuller
copy that comes later is "unique" in the cluster of the copies, and further ones are copies of it.

--explain shows two texts side by side: the figures, their thresholds, the rule that decided, and what they share.
--all decides a whole archive again with the rules and the configuration of today, in the order of publication, and
tells what would change; --apply writes that into the archive, also while a crawl is under way."""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from crawler.cli.console import JsonLines, UsageError, put_json
from crawler.report import ExitCode

if TYPE_CHECKING:
    from pipelines.dedup import DedupConfig, Document

HELP = "find copies and related articles in JSON lines of texts"
EXAMPLES = """\
  breachwire dedup articles.jsonl | jq -c 'select(.verdict == "duplicate")'
  breachwire read --include duplicates,related | breachwire dedup -
  breachwire dedup --explain ours.txt theirs.txt
  breachwire dedup --explain 4f2a9c0d17 https://news.example/2026/clinic-breach --archive ./breachwire-archive
  breachwire dedup --all --format json | jq .changed
  breachwire dedup --all --apply"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", metavar="FILE|-", nargs="?", help="JSON lines, also .gz; - for standard input")
    what.add_argument(
        "--explain", nargs=2, metavar=("A", "B"), help="compare two texts: files, or ids or URLs of archived articles"
    )
    parser.add_argument("--explain-html", metavar="FILE", help="write what --explain tells into an HTML file, too")
    what.add_argument("--all", action="store_true", help="decide the whole archive again")
    parser.add_argument("--apply", action="store_true", help="with --all: write what changes")
    parser.add_argument("--format", choices=("table", "json"), help="of what --all tells (default: table)")


def run(args: argparse.Namespace) -> int:
    from crawler.config import load_config
    from pipelines.dedup import DedupConfig

    settings = load_config(args.config)
    config = msgspec.convert(settings.dedup, DedupConfig)
    uri = settings.archive_at(args.archive)
    if (args.apply or args.format) and not args.all:
        raise UsageError("--apply and --format go with --all, which decides a whole archive again")
    if args.explain_html and not args.explain:
        raise UsageError("--explain-html goes with --explain A B, the two texts to compare")
    if args.all:
        from crawler.cli.whole import decide_all

        decide_all(uri, config, apply=args.apply, form=args.format or "table")
        return ExitCode.WELL
    if args.explain:
        from crawler.cli.comparison import explain

        explain(args.explain, config, uri, args.explain_html)
        return ExitCode.WELL
    return _filter(args.file, config)


def _filter(file: str, config: DedupConfig) -> int:
    from crawler.cli.progress import bar_beside_results
    from pipelines.dedup import Deduplicator, sign

    ids: list[Any] = []  # as they came, neither strings nor unique perhaps: a line is known by its number
    lines = JsonLines(file, needs={"id": object, "text": str})
    with tempfile.TemporaryDirectory(prefix="breachwire-") as folder, bar_beside_results() as progress:
        keep, texts = _text_store(f"{folder}/texts.sqlite")
        decisions = Deduplicator(texts, config)
        task = progress.add_task("comparing", total=None)
        for entry in lines:
            document = _document(entry, str(len(ids)))
            ids.append(entry["id"])
            signature = sign(document.text)
            dedup = decisions.decide(document, signature)
            decisions.add(document, signature, dedup)
            keep(document.id, document.text)
            decided = msgspec.to_builtins(dedup)
            named = {name: ids[int(decided[name])] for name in ("duplicate_of", "cluster") if decided[name] is not None}
            put_json({"id": entry["id"], **decided, **named})
            progress.advance(task)
    return ExitCode.SOME_FAILED if lines.faults else ExitCode.WELL


def _document(entry: dict[str, Any], id: str) -> Document:
    """What a line tells; a record as `breachwire read` gives it is understood, too."""
    from pipelines.dedup import Document
    from pipelines.urls import canonical, is_web

    told = {key: value for key, value in entry.items() if isinstance(value, str)}
    addresses = {key: canonical(told[key]) for key in ("url", "canonical_url") if is_web(told.get(key, ""))}
    extra = entry.get("extra")
    agency = extra.get("agency") if isinstance(extra, dict) else None
    return Document(
        id=id,
        text=entry["text"],
        title=told.get("title"),
        published=told.get("published"),
        access="full" if told.get("access", "full") == "full" else "truncated",
        agency=agency if isinstance(agency, str) else None,
        **addresses,
    )


def _text_store(path: str) -> tuple[Callable[[str, str], None], Callable[[str], str]]:
    """Texts on disk, to be compared with later ones: an input may be larger than memory."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("CREATE TABLE text (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID")

    def keep(key: str, text: str) -> None:
        packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        database.execute("INSERT INTO text VALUES (?, ?)", (key, packed))

    def texts(key: str) -> str:
        row = database.execute("SELECT body FROM text WHERE id = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return zlib.decompress(row[0]).decode("utf-8", "surrogatepass")

    return keep, texts
