"""Read the archive in a browser: the latest stories, each with its text, who else carried it, what its revisions
changed and why it is there; search, filters and charts. Only this machine can open it, unless --host says otherwise;
then a token is wanted. It only reads."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys

from crawler.cli.console import UsageError, complain

HELP = "read the archive in a browser"
EXAMPLES = """\
  breachwire serve
  breachwire serve --archive s3://my-bucket/breachwire --port 8080
  BREACHWIRE_TOKEN=… breachwire serve --host 0.0.0.0 --name wire.example.org"""

MIN_TOKEN = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8350, help="0 for any that is free (default: 8350)")
    parser.add_argument(
        "--token",
        help=f"who has it may read: {MIN_TOKEN} characters or more, given as password, or as `Authorization: Bearer`"
        " (default: $BREACHWIRE_TOKEN). Needed with a --host that others reach",
    )
    parser.add_argument(
        "--name",
        action="append",
        default=[],
        metavar="HOST",
        help="a name that the server goes by; requests for other names are refused, save IP addresses and localhost",
    )


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.config import load_config
    from crawler.web.app import Guard
    from crawler.web.pages import Pages
    from crawler.web.server import is_loopback, serving

    config = load_config(args.config)
    uri = config.archive_at(args.archive)
    token = args.token or os.environ.get("BREACHWIRE_TOKEN") or None
    _check(args.host, args.port, token, is_loopback(args.host))
    archive = open_archive(uri)
    next(archive.commit_keys(), None)  # an archive that is not there is told now
    names = frozenset(name.lower() for name in [args.host, *args.name])
    pages, guard = Pages(config.registry()), Guard(names, token)
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(serving(archive, uri, pages, guard, args.host, args.port))
        except OSError as error:
            raise UsageError(f"{args.host}:{args.port}: cannot listen there: {error.strerror or error}") from error
        if not is_loopback(args.host):
            complain(f"{args.host}: others can reach this; they need the token, which plain HTTP does not hide")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"Reading {uri} at {server.address} (Ctrl-C ends it)", flush=True)
        server.run()
    return 0


def _check(host: str, port: int, token: str | None, loopback: bool) -> None:
    if not 0 <= port < 65_536:
        raise UsageError(f"--port {port}: is no port; give 0 to 65535")
    if token is not None and (len(token) < MIN_TOKEN or not token.isascii()):
        raise UsageError(f"--token: give {MIN_TOKEN} ASCII characters or more, e.g. of `openssl rand -hex 16`")
    if token is None and not loopback:
        raise UsageError(f"--host {host}: others could reach it; give a --token that they need, or leave --host out")
