"""The pages of `breachwire serve` as a static site: lists, stories and charts as files that link to one another, for
any web server or for the bucket itself. Run it again to bring it up to date: what is unchanged is left, what is gone
from the archive is taken away. Captures are not part of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from crawler.cli.console import UsageError, remark

HELP = "write the archive as a static web site"
EXAMPLES = """\
  breachwire site --out public
  breachwire site --archive s3://my-bucket/breachwire --out public && aws s3 sync --delete public s3://my-site/wire"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--out", metavar="DIR", required=True, help="a folder that is new, empty or has an earlier site"
    )


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.config import load_config
    from crawler.web.pages import Pages
    from crawler.web.server import view_file
    from crawler.web.site import SiteError, write_site
    from crawler.web.stories import Stories
    from crawler.web.view import View

    config = load_config(args.config)
    uri = config.archive_at(args.archive)
    archive = open_archive(uri)
    next(archive.commit_keys(), None)  # an archive that is not there is told now
    with View(view_file(uri)) as view:
        view.catch_up(archive)
    try:
        with Stories(view_file(uri)) as stories:
            written = write_site(archive, stories, Pages(config.registry()), Path(args.out))
    except SiteError as error:
        raise UsageError(str(error)) from error
    remark(
        f"{args.out}: {written.files} files, {written.changed} of them new or changed, {written.removed} taken away;"
        " open index.html"
    )
    return 0
