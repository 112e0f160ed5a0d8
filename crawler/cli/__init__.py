"""The `breachwire` command: one module a subcommand. Anything slow to import is imported when a command runs."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from types import ModuleType

from archive import ArchiveError, InvalidQuery
from crawler.cli import (
    archive,
    classify,
    crawl,
    dedup,
    demo,
    export,
    extract,
    fetch,
    mcp,
    read,
    serve,
    show,
    site,
    sources,
    train,
)
from crawler.cli.console import UsageError, complain, set_up_logging, stand_in_for_closed_streams
from crawler.cli.options import common_options
from crawler.config import ConfigError
from crawler.report import ExitCode
from crawler.sources import UnknownSource

COMMANDS: dict[str, ModuleType] = {
    "demo": demo,
    "crawl": crawl,
    "fetch": fetch,
    "extract": extract,
    "classify": classify,
    "dedup": dedup,
    "read": read,
    "show": show,
    "serve": serve,
    "site": site,
    "export": export,
    "mcp": mcp,
    "sources": sources,
    "archive": archive,
    "train": train,
}

_CANNOT_BE_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)

ABOUT = """\
The news wire for data breaches: crawls news sites for articles on data breaches and leaks, keeps only their clean
text, removes the syndicated copies and keeps an archive that other tools read."""

FIRST_STEPS = """\
first steps:
  breachwire demo                        # see a whole crawl, on built-in sites, without network
  breachwire crawl --contact me@my.org   # one run over the packaged registry of sources
  breachwire read --since 2026-11-01     # what is in the archive, as JSON lines

`breachwire COMMAND --help` explains each command with examples.
exit codes: 0 well; 1 some sources or URLs failed; 2 wrong usage or configuration; 3 archive unusable;
            4 nothing could be fetched; 130 interrupted"""


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command and its help."""
    parser = argparse.ArgumentParser(
        prog="breachwire",
        description=ABOUT,
        epilog=FIRST_STEPS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"breachwire {version('breachwire')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    common = common_options()
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            parents=[common],
            help=module.HELP,
            description=module.__doc__,
            epilog="examples:\n" + module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code of the contract. A user's mistake is one clear line, never a traceback."""
    stand_in_for_closed_streams()
    args = build_parser().parse_args(argv)
    set_up_logging(args.verbose - args.quiet, args.log_format)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: no temporary folder is left behind
    try:
        code: int = COMMANDS[args.command].run(args)
        sys.stdout.flush()
        return code
    except (UsageError, ConfigError, UnknownSource, InvalidQuery) as error:
        complain(error)
        return ExitCode.WRONG_USAGE
    except ArchiveError as error:
        complain(error)
        return ExitCode.ARCHIVE_UNUSABLE
    except BrokenPipeError:
        _give_up_output()  # its reader has had enough
        return ExitCode.WELL
    except OSError as error:
        if error.errno not in _CANNOT_BE_WRITTEN or error.filename is not None:
            raise
        _give_up_output()
        complain(f"standard output cannot be written: {error.strerror}")
        return ExitCode.SOME_FAILED
    except KeyboardInterrupt:
        complain("interrupted")
        return ExitCode.INTERRUPTED


def _give_up_output() -> None:
    """Standard output is pointed away, so that the exit, which writes what is left of it, stays silent."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
