"""What `breachwire archive verify` and `breachwire archive stats` print."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from crawler.cli.console import UsageError, complain, put, put_json

if TYPE_CHECKING:
    from archive.keeping.stats import Month, Stats

_BAR = 30
"""Characters of the longest bar."""
_SHOWN = 36
"""Months that the table shows, the newest; JSON and the picture have all."""


def share(text: str) -> float:
    """A share between 0 and 1, written as `5%` or `0.05`.

    >>> share("5%"), share("0.05")
    (0.05, 0.05)
    """
    number = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    if not 0 < number <= 1:
        raise ValueError(text)
    return number


def verify_archive(uri: str, sample: float, form: str, quiet: int) -> int:
    """Prints what is damaged, missing or an orphan; the exit code."""
    from archive import open_bucket
    from archive.keeping.verify import verify
    from archive.state import INDEX_FILE, state_folder
    from crawler.cli.progress import telling

    with telling(quiet) as told:
        known = _seen(state_folder(uri) / INDEX_FILE)
        report = verify(open_bucket(uri), sample=sample, known=known, told=told)
    if form == "json":
        put_json(dataclasses.asdict(report) | {"ok": report.ok}, indent=2)
        return 0 if report.ok else 1
    for problem in report.problems:
        put(f"damaged: {problem.key}: {problem.what}")
    for orphan in report.orphans:
        put(f"orphan:  {orphan}")
    put(
        f"{report.commits} commits, {report.articles} records, {report.captures} captures, {report.size:,} bytes: "
        + ("all as committed" if report.ok else f"{len(report.problems)} problems")
        + (f" (the bytes of {report.segments} segments were read)" if sample < 1 else "")
    )
    return 0 if report.ok else 1


def _seen(index: Path) -> list[tuple[str, int]]:
    """The segments that the local index took in: these must be there. None where there is no index."""
    try:
        if not index.exists():
            return []
        with contextlib.closing(sqlite3.connect(f"{index.as_uri()}?mode=ro", uri=True)) as database:
            return [(str(run), int(seq)) for run, seq in database.execute("SELECT run, seq FROM commits")]
    except (sqlite3.Error, OSError) as error:
        complain(f"{index}: cannot be read ({error}): commits that it has seen are not looked for")
        return []


def tell_stats(uri: str, form: str, plot: str | None) -> int:
    """Prints the figures as a table with bars, or as JSON, and draws them into an SVG file if asked to."""
    from archive import open_archive
    from archive.keeping.stats import stats

    found = stats(open_archive(uri))
    if plot is not None:
        try:
            Path(plot).write_text(picture(found), "utf-8")
        except OSError as error:
            raise UsageError(f"--plot {plot}: cannot be written: {error.strerror}") from error
    if form == "json":
        put_json(dataclasses.asdict(found), indent=2)
    else:
        put("\n".join(_table(found)))
    return 0


def _table(found: Stats) -> Iterator[str]:
    kinds = ", ".join(f"{kind} {size:,}" for kind, size in sorted(found.bytes_by_kind.items()))
    yield (
        f"{found.articles:,} articles of {found.sources:,} sources: {found.duplicates:,} duplicates, "
        f"{found.related:,} related, {found.revisions:,} revisions"
    )
    yield f"{found.bytes:,} bytes in {found.objects:,} objects: {kinds or 'none'}"
    if not found.months:
        return
    yield ""
    yield f"{'month':<8}{'articles':>10}{'growth':>8}{'copies':>8}{'sources':>9}{'bytes':>15}{'so far':>16}"
    most = max(month.articles for month in found.months) or 1
    for month in found.months[-_SHOWN:]:
        growth = "" if month.growth is None else f"{month.growth:+.0%}"
        yield (
            f"{month.month:<8}{month.articles:>10,}{growth:>8}{month.duplicates:>8,}{month.sources:>9,}"
            f"{month.bytes:>15,}{month.bytes_so_far:>16,}  {_bar(month.articles / most)}"
        ).rstrip()


def _bar(part: float) -> str:
    """A bar in eighths of a character.

    >>> _bar(0.05)
    '█▌'
    """
    eighths = round(part * _BAR * 8)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def picture(found: Stats) -> str:
    """The months as an SVG picture: articles, and of them copies, as columns; bytes so far as a line."""
    width, height, left = 760, 300, 60
    months = found.months or []
    most = max((month.articles for month in months), default=0) or 1
    bytes_ = max((month.bytes_so_far for month in months), default=0) or 1
    step = (width - left - 20) / max(len(months), 1)

    def top(part: float) -> float:
        return height - 40 - part * (height - 80)

    def column(number: int, month: Month, count: int, colour: str) -> str:
        y = top(count / most)
        return (
            f'<rect x="{left + number * step:.1f}" y="{y:.1f}" width="{step * 0.8:.1f}" height="{top(0) - y:.1f}" '
            f'fill="{colour}"><title>{escape(month.month)}: {count:,}</title></rect>'
        )

    columns = [column(number, month, month.articles, "#7a9cc6") for number, month in enumerate(months)]
    columns += [column(number, month, month.duplicates, "#c67a7a") for number, month in enumerate(months)]
    line = " ".join(
        f"{left + (number + 0.4) * step:.1f},{top(month.bytes_so_far / bytes_):.1f}"
        for number, month in enumerate(months)
    )
    every = max(1, len(months) // 8)
    labels = [
        f'<text x="{left + number * step:.1f}" y="{height - 22}">{month.month}</text>'
        for number, month in enumerate(months)
        if number % every == 0
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="11">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<text x="{left}" y="20">articles a month (blue), copies among them (red), bytes so far '
        f"(line, up to {bytes_:,})</text>"
        f'<text x="4" y="{top(1):.0f}">{most:,}</text><text x="4" y="{top(0):.0f}">0</text>'
        + "".join(columns + labels)
        + f'<polyline points="{line}" fill="none" stroke="black"/></svg>\n'
    )
