"""The run report as people read it, and as JSON."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

from crawler.cli.console import complain, visible
from crawler.politeness import ANOTHER_RUN, LONGEST_DELAY
from crawler.report import RunReport, SourceReport, ordered


def print_report(report: RunReport, form: str) -> None:
    """To standard output, as `table` or `json`; `none` tells only what failed, on standard error, for cron to mail."""
    if form == "json":
        sys.stdout.buffer.write(report.to_json() + b"\n")
    elif form == "table":
        sys.stdout.write(table_of(report, width()))
    else:
        for line in _failures(report):
            complain(line)
    if report.archive_error:
        complain(report.archive_error)


def width() -> int | None:
    """The terminal's width, or enough for every column where there is none."""
    return None if sys.stdout.isatty() else 120


def table_of(report: RunReport, width: int | None) -> str:
    """One row a source that had anything to tell, one for all of them, and what failed below."""
    console = Console(width=width, highlight=False)
    totals = report.totals()
    outcomes = ordered({_short(o) for o in totals.outcomes})
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, footer_style="bold")
    table.add_column("source", "all", overflow="fold")
    for title, value in (("announced", totals.announced), ("new", totals.taken)):
        table.add_column(title, str(value), justify="right")
    for outcome in outcomes:
        table.add_column(outcome, str(_count(totals, outcome)), justify="right")
    for source in report.sources.values():
        if source.polls or source.taken:
            counts = (str(_count(source, outcome) or "·") for outcome in outcomes)
            table.add_row(visible(source.name), str(source.announced), str(source.taken), *counts)
    with console.capture() as capture:
        if table.row_count:
            console.print(table)
        elif not report.archive_error:
            line = "no source is due; each is polled again after [crawl] poll_every seconds, or later"
            console.print(line, markup=False, soft_wrap=True)
        for line in _notes(report, totals):
            console.print(line, markup=False, soft_wrap=True)
    return capture.get()


def _notes(report: RunReport, totals: SourceReport) -> list[str]:
    lines = _failures(report) + [line for source in report.sources.values() for line in _rule_notes(source)]
    if totals.not_fetched:
        lines.append(f"irrelevant by their title and summary, so never fetched: {totals.not_fetched}")
    if totals.missed_by_prefilter:
        count = totals.missed_by_prefilter
        lines.append(f"archived, though their title and summary would not have passed the pre-filter: {count}")
    if totals.revisions:
        lines.append(f"archived articles that are new versions of earlier ones: {totals.revisions}")
    if totals.put_off:
        why = "for a budget is spent, a host asked to wait, or another run asks it"
        lines.append(f"put off to a later run, {why}: {totals.put_off} URLs")
    for source in report.sources.values():
        if source.ended_by:
            budget = "" if source.ended_by == ANOTHER_RUN else "the budget of "
            ended = f"{visible(source.name)}: ended by {budget}{source.ended_by}"
            lines.append(f"{ended}, {source.put_off} URLs are put off")
    if report.crawl_delays:
        asked = sorted(report.crawl_delays.items(), key=lambda pair: (-pair[1], pair[0]))
        lines.append("crawl delays asked for: " + ", ".join(_delay(host, seconds) for host, seconds in asked))
    if report.given_back:
        lines.append(f"left for the next run: {report.given_back} URLs")
    return lines


def _delay(host: str, seconds: float) -> str:
    cut = f", cut to {LONGEST_DELAY:g} s" if seconds > LONGEST_DELAY else ""
    return f"{visible(host)} {seconds:g} s{cut}"


def _rule_notes(source: SourceReport) -> list[str]:
    name = visible(source.name)
    missed = source.rules_without_effect.items()
    lines = [f"{name}: rules.{key} found nothing on {count} pages, extracted without it" for key, count in missed]
    expired = f"{name}: rules expired on {source.rules_expired}, pages are extracted without them"
    return [expired, *lines] if source.rules_expired else lines


def _failures(report: RunReport) -> list[str]:
    """Which sources could not be polled, and how many pages failed for which reason."""
    polls = [f"{visible(s.name)}: {visible(error)}" for s in report.sources.values() for error in s.poll_errors]
    outcomes = sorted(report.totals().outcomes.items())
    pages = [f"failed: {count} × {o.removeprefix('failed: ')}" for o, count in outcomes if o.startswith("failed")]
    return polls + pages


def _short(outcome: str) -> str:
    """All failures share a column."""
    return "failed" if outcome.startswith("failed") else outcome


def _count(source: SourceReport, outcome: str) -> int:
    return sum(count for o, count in source.outcomes.items() if _short(o) == outcome)
