"""Articles out of an archive, in the form that the next tool wants. Copies and related articles are left out unless
asked for. With --cursor, just what is new since the last call: the new cursor goes to standard error, or into a file
that is read again next time."""

from __future__ import annotations

import argparse
import codecs
import errno
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from crawler.cli.console import UsageError, complain

if TYPE_CHECKING:
    from archive import Archive, Article
    from archive.export.stories import Story
    from archive.search import Search
    from archive.selection import Filters

    AsStories: TypeAlias = Callable[[Iterable[Article]], Iterator[Story]]

HELP = "articles out of an archive, filtered, in many formats"
EXAMPLES = """\
  breachwire read --since 2026-11-01 | jq -r '[.published, .source, .title] | @tsv'
  breachwire read --query 'hospital "patient data" -water' --limit 20 --format markdown     # the best first
  breachwire read --query 個人情報 | jq -r '[.source, .extra.search.snippet] | @tsv'
  breachwire read --include duplicates,related --format csv > all.csv
  breachwire read --format parquet > wire.parquet
  breachwire read --cursor wire.cursor --format jsonl >> wire.jsonl     # what is new since the last call"""

_IN_PLACE = (errno.EACCES, errno.EPERM, errno.EBUSY)
"""What keeps a file from being replaced, but maybe not from being written: a folder of others, a mounted file."""
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
        help="only what is new since; a file is brought up to date and may be new or empty",
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
    from archive.export.stories import copies_in
    from crawler.config import load_config

    archive = open_archive(load_config(args.config).archive_at(args.archive))
    filters = filters_of(args)
    if args.cursor is not None and args.limit is not None:
        raise UsageError("--limit does not go with --cursor: what it cuts off would never come")
    with _search(archive, args.query) as search:
        if args.cursor is None:
            found = _found(search, args.query, filters) if search else iter(archive.articles(**filters))
            copies: Iterable[Article] = archive.articles(**copies_in(filters))
            _write(islice(found, args.limit), _as_stories(search, copies), args, archive.bucket.uri)
            return 0
        token, file = _cursor(args.cursor)
        changes = archive.articles_after(token, **filters)
        ids = search.holding(args.query) if search else None
        new = (article for article in changes.articles if ids is None or article.id in ids)
        copies = archive.articles_after(token, **copies_in(filters)).articles
        _write(new, _as_stories(search, copies), args, archive.bucket.uri)
    sys.stdout.flush()  # the cursor moves only when what it stands for was handed over
    if file is not None:
        _keep_cursor(file, changes.cursor)
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
    file = Path(value).resolve()
    if file.exists() and not file.is_file():
        raise UsageError(f"{value}: is no file; name one that may keep the cursor")
    try:
        token = file.read_text("ascii").strip() if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{value}: is not a cursor file that can be read: {error}") from error
    _keep_cursor(file, token)  # whether it can be kept is to show before anything is handed over
    return token or None, file


def _keep_cursor(file: Path, token: str) -> None:
    from archive.files import replace_file

    data = f"{token}\n".encode() if token else b""
    try:
        try:
            replace_file(file, [data])
        except OSError as error:
            if error.errno not in _IN_PLACE:  # a full disk would leave nothing of it
                raise
            file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{file}: the cursor cannot be kept there: {error.strerror or error}") from error


def _search(archive: Archive, query: str | None) -> AbstractContextManager[Search | None]:
    """The search, if something is asked of it; a query without a word is, and is refused."""
    if query is None:
        return nullcontext()
    from archive.search import open_search

    return open_search(archive)


def _found(search: Search, query: str, filters: Filters) -> Iterator[Article]:
    """What the search finds, the best first, each with its passage in `extra`."""
    import msgspec

    from crawler.cli.formats import FOUND

    for hit in search.find(query, **filters):
        snippet = "".join(f"**{piece}**" if found else piece for piece, found in hit.snippet)
        told = {FOUND: {"score": round(hit.score, 3), "snippet": snippet}}
        yield msgspec.structs.replace(hit.article, extra=hit.article.extra | told)


def _as_stories(search: Search | None, copies: Iterable[Article]) -> AsStories:
    """What makes stories of articles, for feeds: the search knows who carried them, else the copies are read."""
    from archive.export.stories import stories_among, story_of

    if search is None:
        return lambda articles: stories_among(articles, copies)
    return lambda articles: (story_of(article, search.sources(article)) for article in articles)


def _write(articles: Iterator[Article], as_stories: AsStories, args: argparse.Namespace, about: str) -> None:
    from crawler.cli.console import visible

    if args.format == "parquet":
        _write_parquet(articles)
        return
    pieces = _pieces(articles, as_stories, args, about)
    if sys.stdout.isatty():  # a piece may end within a character
        pieces = (visible(text.replace("\r\n", "\n")).encode() for text in codecs.iterdecode(pieces, "utf-8"))
    sys.stdout.buffer.writelines(pieces)


def _pieces(
    articles: Iterator[Article], as_stories: AsStories, args: argparse.Namespace, about: str
) -> Iterator[bytes]:
    """The articles in one of the formats of text, piece by piece."""
    from archive.export.feeds import Feed, atom, jsonfeed
    from crawler.cli import formats
    from crawler.cli.console import visible_json

    feed = Feed(about=about, content="text" if args.full_text else "summary")
    match args.format:
        case "csv":
            return formats.csv_rows(articles)
        case "markdown":
            return formats.markdown(articles)
        case "atom":
            return atom(as_stories(articles), feed)
        case "jsonfeed":
            return map(visible_json, jsonfeed(as_stories(articles), feed))
        case _:
            return formats.jsonl(articles)


def _write_parquet(articles: Iterator[Article]) -> None:
    from archive.tables import write_parquet

    if sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal; send it into a file: … --format parquet > wire.parquet")
    write_parquet(articles, sys.stdout.buffer)
