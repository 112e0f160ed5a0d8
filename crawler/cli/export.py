"""Articles in the form that another program takes, as a file or folder: a spreadsheet (csv), Parquet, a data set for
Hugging Face, the captures as WACZ for a web archive's viewer, a STIX 2.1 bundle or a MISP event for threat
intelligence platforms. A file that is there is replaced once the new one is whole."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Generic, TypeVar

from crawler.cli.console import UsageError, remark
from crawler.cli.read import add_filters, filters_of

if TYPE_CHECKING:
    from archive import Archive
    from archive.selection import Filters

HELP = "write articles for another program: WACZ, STIX, MISP, Parquet, CSV, Hugging Face"
EXAMPLES = """\
  breachwire export wacz november.wacz --since 2026-11-01 --until 2026-11-30
  breachwire export stix wire.stix.json --since 2026-11-20
  breachwire export misp wire.misp.json --topic breach
  breachwire export huggingface wire-dataset --include duplicates,related"""

T = TypeVar("T")

FORMS = ("csv", "parquet", "huggingface", "wacz", "stix", "misp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("form", choices=FORMS, metavar="FORM", help=", ".join(FORMS))
    parser.add_argument("out", metavar="OUT", type=Path, help="the file to write; for huggingface, a new folder")
    add_filters(parser)
    parser.add_argument("--title", default="Breachwire", help="what the export calls itself")
    parser.add_argument("--full-text", action="store_true", help="stix and misp: the full text, not just the summary")


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.config import load_config

    archive = open_archive(load_config(args.config).archive_at(args.archive))
    try:
        count = _write(args, archive, filters_of(args))
    except OSError as error:
        raise UsageError(f"{args.out}: cannot be written: {error.strerror or error}") from error
    what = "captures" if args.form == "wacz" else "articles"
    remark(f"{args.out}: {count:,} {what}")
    return 0


def _write(args: argparse.Namespace, archive: Archive, filters: Filters) -> int:
    """Writes the file or folder; how many articles or captures it has."""
    articles = archive.articles(**filters)
    if args.form == "huggingface":
        from archive.export.dataset_folder import write_dataset_folder

        return write_dataset_folder(articles, args.out, args.title)
    from archive.files import new_file

    with new_file(args.out) as file:
        if args.form == "wacz":
            from archive.export.wacz import write_wacz

            return write_wacz(archive.bucket, articles, file, args.title)
        if args.form == "parquet":
            from archive.tables import write_parquet

            return write_parquet(articles, file)
        if args.form == "csv":
            from crawler.cli.formats import csv_rows

            counted = Counted(articles)
            file.writelines(csv_rows(counted))
            return counted.count
        return _write_stories(args, archive, filters, file)


def _write_stories(args: argparse.Namespace, archive: Archive, filters: Filters, file: IO[bytes]) -> int:
    from archive.export.feeds import Feed
    from archive.export.stories import stories
    from archive.export.threat_intel import misp, stix

    feed = Feed(about=archive.bucket.uri, title=args.title, content="text" if args.full_text else "summary")
    counted = Counted(stories(archive, **filters))
    file.writelines({"stix": stix, "misp": misp}[args.form](counted, feed))
    return counted.count


class Counted(Generic[T]):
    """What passes through, and how many were there."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = things
        self.count = 0

    def __iter__(self) -> Iterator[T]:
        for thing in self._things:
            self.count += 1
            yield thing
