"""The options that every command has."""

from __future__ import annotations

import argparse
from typing import Any


def common_options() -> argparse.ArgumentParser:
    """A parent for the parser of a command."""
    return _options(None, 0, "text")


def common_options_again() -> argparse.ArgumentParser:
    """A parent for the parser of a command's action: what was given before the action stays in force."""
    return _options(argparse.SUPPRESS, argparse.SUPPRESS, argparse.SUPPRESS)


def _options(nothing: Any, zero: Any, text: Any) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument(
        "--archive",
        metavar="URI",
        default=nothing,
        help="a folder or s3://bucket/prefix (default: "
        "$BREACHWIRE_ARCHIVE, the configuration's, or ./breachwire-archive)",
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        default=nothing,
        help="the configuration (default: ./breachwire.toml if it is there)",
    )
    group.add_argument("-q", "--quiet", action="count", default=zero, help="errors only")
    group.add_argument("-v", "--verbose", action="count", default=zero, help="say more; twice: everything")
    group.add_argument("--log-format", choices=("text", "json"), default=text)
    return common
