"""A progress bar on a terminal; nothing in a pipe, and nothing with -q."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


def bar() -> Progress:
    """A progress bar on standard error, silent where that is no terminal."""
    return _bar(_is_wanted())


def bar_beside_results() -> Progress:
    """A progress bar for a command that prints as it goes: silent also where the results go to the terminal."""
    return _bar(_is_wanted() and not sys.stdout.isatty())


def _is_wanted() -> bool:
    """Whether there is a terminal, and more than errors is to be told."""
    return sys.stderr.isatty() and logging.getLogger().level < logging.ERROR


@contextmanager
def telling(quiet: int) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each thing that is done, by its name, with how much of it is done and of how much; none with -q."""
    with _bar(sys.stderr.isatty() and not quiet) as progress:
        tasks: dict[str, TaskID] = {}

        def told(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=of)
            progress.update(tasks[what], completed=done, total=of)

        yield told


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
