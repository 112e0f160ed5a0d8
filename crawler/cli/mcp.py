"""A server of the Model Context Protocol on standard input and output: an assistant that starts it can search the
archive, read an article and list the latest stories. It only reads."""

from __future__ import annotations

import argparse
import sys

from crawler.cli.console import UsageError, remark

HELP = "let an AI assistant search and read the archive (Model Context Protocol)"
EXAMPLES = """\
  breachwire mcp --archive s3://my-bucket/breachwire
  claude mcp add breachwire -- breachwire mcp --archive /srv/breachwire-archive"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.config import load_config

    uri = load_config(args.config).archive_at(args.archive)
    try:
        from crawler.assistant import server_over
    except ImportError as error:
        raise UsageError(f"{error.name} is not installed; run: pip install 'breachwire[mcp]'") from error
    archive = open_archive(uri)
    next(archive.commit_keys(), None)  # an archive that is not there is told now, not at the first question
    if sys.stdin.isatty():
        remark("waiting for an assistant on standard input; Ctrl-C ends")
    server_over(archive).run("stdio")
    return 0
