"""Articles out of an archive, in the form that the next tool wants. Copies and related articles are left out unless
asked for. With --cursor, just what is new since the last call: the new cursor goes to standard error, or into a file
that is read again next time."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.console import UsageError, complain

if TYPE_CHECKING:
    from archive import Archive, Article
    from archive.selection import Filters

HELP = "articles out of an archive, filtered, in many formats"
EXAMPLES = """\
  breachwire read --since 2026-11-01 | jq -r '[.published, .source, .title] | @tsv'
  breachwire read --query 'hospital "patient data" -water' --limit 20 --format markdown     # the best first
  breachwire read --query 個人情報 | jq -r '[.source, .extra.search.snippet] | @tsv'
  breachwire read --include duplicates,related --format csv > all.csv
  breachwire read --format parquet > wire.parquet
  breachwire read --cursor wire.cursor --format jsonl >> wire.jsonl     # what is new since the last call"""

FORMATS = ("jsonl", "csv", "parquet", "markdown", "atom", "jsonfeed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument(
        "--query",
        metavar="TEXT",
        help='full-text search, the best first: all words, "some words" side by side, begin*, -without',
    )
    parser.add_argument("--limit", metavar="N", type=_count, help="so many at most")
    parser.add_argument("--format", choices=FORMATS, default="jsonl")
    parser.add_argument(
        "--full-text", action="store_true", help="atom and jsonfeed: the full text, not just the summary"
    )
    parser.add_argument(
        "--cursor",
        metavar="TOKEN|FILE",
        help="only what is new since; a file is updated in place and may be new or empty",
    )


def add_filters(parser: argparse.ArgumentParser) -> None:
    """The options that tell which articles are wanted."""
    parser.add_argument("--since", metavar="WHEN", help="fetched on or after: a date, or RFC 3339")
    parser.add_argument("--until", metavar="WHEN", help="fetched before: RFC 3339; a date counts to its end")
    parser.add_argument("--source", metavar="NAME")
    parser.add_argument("--language", metavar="TAG", help="e.g. en, ja, pt-BR")
    parser.add_argument("--topic", metavar="NAME")
    parser.add_argument(
        "--include", metavar="WHAT", default="", help="also duplicates, related, revisions (commas between)"
    )


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.config import load_config

    uri = load_config(args.config).archive_at(args.archive)
    archive = open_archive(uri)
    filters = filters_of(args)
    if args.cursor is None:
        articles = _found(archive, args.query, filters) if args.query else iter(archive.articles(**filters))
        _write(islice(articles, args.limit), args, uri)
        return 0
    if args.limit is not None:
        raise UsageError("--limit does not go with --cursor: what it cuts off would never come")
    token, file = _cursor(args.cursor)
    changes = archive.articles_after(token, **filters)
    articles = _among_found(archive, args.query, changes.articles) if args.query else iter(changes.articles)
    _write(articles, args, uri)
    sys.stdout.flush()  # the cursor moves only when what it stands for was handed over
    if file is not None:
        file.write_text(changes.cursor + "\n", "ascii")
    else:
        complain(f"cursor: {changes.cursor}")
    return 0


def filters_of(args: argparse.Namespace) -> Filters:
    """What the options of `add_filters` say."""
    return {
        "since": args.since,
        "until": args.until,
        "source": args.source,
        "language": args.language,
        "topic": args.topic,
        "include": tuple(part.strip() for part in args.include.split(",") if part.strip()),
    }


def _cursor(value: str) -> tuple[str | None, Path | None]:
    """The token, and the file that keeps it. A token has no dot and no slash, a file name has one."""
    if "." not in value and "/" not in value:
        return value or None, None
    file = Path(value)
    try:
        return (file.read_text("ascii").strip() or None) if file.exists() else None, file
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{value}: is not a cursor file that can be read: {error}") from error


def _found(archive: Archive, query: str, filters: Filters) -> Iterator[Article]:
    """What the search finds, the best first, each with its passage in `extra`."""
    import msgspec

    from archive.search import open_search
    from crawler.cli.formats import FOUND

    with open_search(archive) as search:
        for hit in search.find(query, **filters):
            snippet = "".join(f"**{piece}**" if found else piece for piece, found in hit.snippet)
            told = {FOUND: {"score": round(hit.score, 3), "snippet": snippet}}
            yield msgspec.structs.replace(hit.article, extra=hit.article.extra | told)


def _among_found(archive: Archive, query: str, articles: Iterable[Article]) -> Iterator[Article]:
    """Those of the articles that the search finds."""
    from archive.search import open_search

    with open_search(archive) as search:
        ids = search.holding(query)
    return (article for article in articles if article.id in ids)


def _write(articles: Iterator[Article], args: argparse.Namespace, uri: str) -> None:
    from crawler.cli.console import visible

    if args.format == "parquet":
        _write_parquet(articles)
        return
    terminal = sys.stdout.isatty()
    for piece in _pieces(articles, args, uri):
        sys.stdout.buffer.write(visible(piece.decode().replace("\r\n", "\n")).encode() if terminal else piece)


def _pieces(articles: Iterator[Article], args: argparse.Namespace, uri: str) -> Iterator[bytes]:
    """The articles in one of the formats of text, piece by piece."""
    from archive.export.feeds import Feed, atom, jsonfeed
    from archive.export.stories import story_of
    from crawler.cli import formats

    feed = Feed(about=uri, content="text" if args.full_text else "summary")
    match args.format:
        case "csv":
            return formats.csv_rows(articles)
        case "markdown":
            return formats.markdown(articles)
        case "atom":
            return atom(map(story_of, articles), feed)
        case "jsonfeed":
            return jsonfeed(map(story_of, articles), feed)
        case _:
            return formats.jsonl(articles)


def _write_parquet(articles: Iterator[Article]) -> None:
    from archive.tables import write_parquet

    if sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal; send it into a file: … --format parquet > wire.parquet")
    write_parquet(articles, sys.stdout.buffer)
