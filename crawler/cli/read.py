"""Articles out of an archive, in the form that the next tool wants. Copies and related articles are left out unless
asked for. With --cursor, just what is new since the last call: the new cursor goes to standard error, or into a file
that is read again next time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.console import UsageError, complain

if TYPE_CHECKING:
    from archive import Article
    from archive.selection import Filters

HELP = "articles out of an archive, filtered, in many formats"
EXAMPLES = """\
  breachwire read --since 2026-11-01 | jq -r '[.published, .source, .title] | @tsv'
  breachwire read --query "hospital ransomware" --language en --format markdown
  breachwire read --include duplicates,related --format csv > all.csv
  breachwire read --format parquet > wire.parquet
  breachwire read --cursor wire.cursor --format jsonl >> wire.jsonl     # what is new since the last call"""

FORMATS = ("jsonl", "csv", "parquet", "markdown", "atom", "jsonfeed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="WHEN", help="fetched on or after: a date, or RFC 3339")
    parser.add_argument("--until", metavar="WHEN", help="fetched before: RFC 3339; a date counts to its end")
    parser.add_argument("--source", metavar="NAME")
    parser.add_argument("--language", metavar="TAG", help="e.g. en, ja, pt-BR")
    parser.add_argument("--topic", metavar="NAME")
    parser.add_argument("--query", metavar="TEXT", help="articles that hold all of these words")
    parser.add_argument(
        "--include", metavar="WHAT", default="", help="also duplicates, related, revisions (commas between)"
    )
    parser.add_argument("--format", choices=FORMATS, default="jsonl")
    parser.add_argument(
        "--cursor",
        metavar="TOKEN|FILE",
        help="only what is new since; a file is updated in place and may be new or empty",
    )


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.config import load_config

    uri = load_config(args.config).archive_at(args.archive)
    archive = open_archive(uri)
    filters: Filters = {
        "since": args.since,
        "until": args.until,
        "source": args.source,
        "language": args.language,
        "topic": args.topic,
        "include": tuple(part.strip() for part in args.include.split(",") if part.strip()),
    }
    if args.cursor is None:
        _write(_holding(archive.articles(**filters), args.query), args.format, uri)
        return 0
    token, file = _cursor(args.cursor)
    changes = archive.articles_after(token, **filters)
    _write(_holding(changes.articles, args.query), args.format, uri)
    sys.stdout.flush()  # the cursor moves only when what it stands for was handed over
    if file is not None:
        file.write_text(changes.cursor + "\n", "ascii")
    else:
        complain(f"cursor: {changes.cursor}")
    return 0


def _cursor(value: str) -> tuple[str | None, Path | None]:
    """The token, and the file that keeps it. A token has no dot and no slash, a file name has one."""
    if "." not in value and "/" not in value:
        return value or None, None
    file = Path(value)
    try:
        return (file.read_text("ascii").strip() or None) if file.exists() else None, file
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{value}: is not a cursor file that can be read: {error}") from error


def _holding(articles: Iterable[Article], query: str | None) -> Iterator[Article]:
    """Those whose title, text or summary hold every word of the query, in any case of letters."""
    words = (query or "").casefold().split()
    for article in articles:
        if words:
            everything = f"{article.title or ''}\n{article.summary or ''}\n{article.text}".casefold()
            if not all(word in everything for word in words):
                continue
        yield article


def _write(articles: Iterator[Article], form: str, uri: str) -> None:
    from crawler.cli import formats

    if form == "parquet":
        _write_parquet(articles)
        return
    makers = {
        "jsonl": lambda: formats.jsonl(articles),
        "csv": lambda: formats.csv_rows(articles),
        "markdown": lambda: formats.markdown(articles),
        "atom": lambda: formats.atom(articles, uri),
        "jsonfeed": lambda: formats.jsonfeed(articles, uri),
    }
    if form == "markdown" and sys.stdout.isatty():
        from crawler.cli.console import visible

        for piece in formats.markdown(articles):
            print(visible(piece.decode()))
        return
    for piece in makers[form]():
        sys.stdout.buffer.write(piece)


def _write_parquet(articles: Iterator[Article]) -> None:
    from archive.tables import write_parquet

    if sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal; send it into a file: … --format parquet > wire.parquet")
    write_parquet(articles, sys.stdout.buffer)
