"""What `breachwire extract --explain` prints and writes: a page's kept and removed lines side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future
from html import escape
from pathlib import Path
from typing import Any

from crawler.cli.console import complain, put, visible
from crawler.cli.html_page import write_page
from pipelines.extract.explain import Explanation, Line
from pipelines.items import ExtractionError, Page


class Explanations:
    """Takes pages with what became of their lines: to the terminal (`shown`), and to an HTML file where one is named.

    Raises `UsageError` if the file cannot be written.
    """

    def __init__(self, shown: bool, html: str | None) -> None:
        self._shown = shown
        self._html = Path(html) if html else None
        self._parts: list[str] = []

    def put(self, key: Any, page: Page, result: Future[Explanation]) -> bool:
        """Takes one page; says whether it failed."""
        try:
            found = result.result()
        except ExtractionError as error:
            complain(f"{key}: {error}")
            return True
        except Exception as error:
            complain(f"{key}: extractor failed: {type(error).__name__}")
            return True
        if self._shown:
            _print(str(key), found)
        if self._html:
            self._parts.extend(_html(str(key), found))
        return False

    def write(self) -> None:
        """Writes the HTML file, if one is named."""
        if self._html is not None:
            write_page(self._html, "breachwire extract --explain", self._parts)


def _print(key: str, found: Explanation) -> None:
    """A table on a terminal; in a pipe a line for a line: its kind (`kept` for what stays), a tab, the text."""
    if not sys.stdout.isatty():
        put(f"# {key}: {found.extraction.title or ''}")
        for line in found.lines:
            put(f"{line.kind or 'kept'}\t{line.text}")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(visible(f"{key}: {found.extraction.title or ''}")), show_lines=True, expand=True)
    table.add_column(f"kept ({sum(line.kind is None for line in found.lines)})", ratio=1)
    table.add_column(f"removed ({sum(line.kind is not None for line in found.lines)})", ratio=1, style="dim")
    for line in found.lines:
        text = Text(visible(line.text))
        table.add_row(*((text, "") if line.kind is None else ("", Text(f"{line.kind}: ", style="bold red") + text)))
    Console().print(table)


def _html(key: str, found: Explanation) -> Iterator[str]:
    yield f"<h1>{escape(found.extraction.title or key)}</h1>\n<p>{escape(key)}</p>\n"
    yield "<table><tr><th>kept</th><th>removed</th></tr>\n"
    yield from map(_row, found.lines)
    yield "</table>\n"


def _row(line: Line) -> str:
    if line.kind is None:
        return f"<tr><td>{escape(line.text)}</td><td></td></tr>\n"
    kind = f'<span class="kind">{escape(line.kind)}</span>'
    return f'<tr><td></td><td class="removed">{kind}{escape(line.text)}</td></tr>\n'
