"""Decides which texts are copies of an earlier one: JSON lines of {"id", "text"} and, where known, "title", "url",
"published", come out as {"id", "verdict", "duplicate_of", "cluster", "evidence"}, in the order of the input."""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import zlib
from collections.abc import Callable
from typing import Any

import msgspec

from crawler.cli.console import UsageError, json_lines, open_input, put_json

HELP = "find copies and related articles in JSON lines of texts"
EXAMPLES = """\
  breachwire dedup articles.jsonl | jq -c 'select(.verdict == "duplicate")'
  breachwire read --include duplicates,related | breachwire dedup -"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE|-", help="JSON lines, also .gz; - for standard input")


def run(args: argparse.Namespace) -> int:
    from crawler.cli.progress import bar_beside_results
    from crawler.config import load_config
    from pipelines.dedup import DedupConfig, Deduplicator, sign

    config = msgspec.convert(load_config(args.config).dedup, DedupConfig)
    with tempfile.TemporaryDirectory(prefix="breachwire-") as folder, bar_beside_results() as progress:
        keep, texts = _text_store(f"{folder}/texts.sqlite")
        decisions = Deduplicator(texts, config)
        task = progress.add_task("comparing", total=None)
        for entry in json_lines(open_input(args.file), args.file, needs=("id", "text")):
            document = _document(entry, args.file)
            signature = sign(document.text)
            dedup = decisions.decide(document, signature)
            decisions.add(document, signature, dedup)
            keep(document.id, document.text)
            put_json({"id": entry["id"], **msgspec.to_builtins(dedup)})
            progress.advance(task)
    return 0


def _document(entry: dict[str, Any], name: str) -> Any:
    from pipelines.dedup import Document
    from pipelines.urls import canonical, is_web

    if not isinstance(entry["text"], str):
        raise UsageError(f"{name}: {entry['id']!r}: text is to be a string")
    url = entry.get("url")
    return Document(
        id=str(entry["id"]),
        text=entry["text"],
        title=entry.get("title"),
        url=canonical(url) if isinstance(url, str) and is_web(url) else None,
        published=entry.get("published"),
    )


def _text_store(path: str) -> tuple[Callable[[str, str], None], Callable[[str], str]]:
    """Texts on disk, to be compared with later ones: an input may be larger than memory."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("CREATE TABLE text (id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID")

    def keep(key: str, text: str) -> None:
        packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        database.execute("INSERT OR REPLACE INTO text VALUES (?, ?)", (key, packed))

    def texts(key: str) -> str:
        row = database.execute("SELECT body FROM text WHERE id = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return zlib.decompress(row[0]).decode("utf-8", "surrogatepass")

    return keep, texts
