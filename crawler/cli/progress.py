"""A progress bar on a terminal, nothing in a pipe."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def bar() -> Progress:
    """A progress bar on standard error, silent where that is no terminal."""
    return _bar(sys.stderr.isatty())


def bar_beside_results() -> Progress:
    """A progress bar for a command that prints as it goes: silent also where the results go to the terminal."""
    return _bar(sys.stderr.isatty() and not sys.stdout.isatty())


def _bar(shown: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not shown,
        transient=True,
    )
