"""The run report: what one run found and what became of every URL, by source. It always adds up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import IntEnum

import msgspec


class ExitCode(IntEnum):
    """What a command tells the shell; part of the contract."""

    WELL = 0
    SOME_FAILED = 1
    WRONG_USAGE = 2
    ARCHIVE_UNUSABLE = 3
    NOTHING_FETCHED = 4
    INTERRUPTED = 130


class SourceReport(msgspec.Struct, kw_only=True):
    """One source in one run. `announced` counts links seen, `taken` those of them that were new, changed or due again;
    each taken link has one outcome, so `taken` is the sum of `outcomes`."""

    name: str
    polls: int = 0
    """Addresses that were polled, the files that a sitemap index led to among them."""
    polls_unchanged: int = 0
    poll_errors: list[str] = []
    announced: int = 0
    taken: int = 0
    not_fetched: int = 0
    """Taken links whose announced title and summary were enough to call them irrelevant."""
    missed_by_prefilter: int = 0
    """Archived stories whose announced title and summary the pre-filter would not have let through. They are known only
    where `prefilter = false` has them fetched all the same."""
    revisions: int = 0
    rules_expired: str | None = None
    """The last day of the source's own rules, where it has passed: its pages are extracted without them."""
    rules_without_effect: dict[str, int] = {}
    """Archived pages on which a rule (`body`, `title`, `date`) found nothing and the general way was gone."""
    put_off: int = 0
    """Links left for a later run: a budget was spent, the host asked to wait, or another run asks it. They are not
    counted as taken."""
    ended_by: str | None = None
    """What ended the work on a source: its budget of `pages`, `seconds` or `hours`, `max_pages` of the run, or `another
    run`, which asks its host. What was not asked is for that or the next run."""
    outcomes: dict[str, int] = {}


class RunReport(msgspec.Struct, kw_only=True):
    """One run. Times are RFC 3339, UTC."""

    run: str
    archive: str
    started: str
    finished: str | None = None
    sources: dict[str, SourceReport] = {}
    interrupted: bool = False
    given_back: int = 0
    """URLs taken that have no outcome yet: the run ended first, and the next one begins with them."""
    archive_error: str | None = None
    crawl_delays: dict[str, float] = {}
    """Seconds between two requests that the robots.txt of a host asks for; they are kept, up to two minutes."""

    def source(self, name: str) -> SourceReport:
        """The report of a source, begun when it is first asked for."""
        return self.sources.setdefault(name, SourceReport(name=name))

    def ended(self, source: str, outcome: str) -> None:
        """Counts a URL's one outcome."""
        outcomes = self.source(source).outcomes
        outcomes[outcome] = outcomes.get(outcome, 0) + 1

    def totals(self) -> SourceReport:
        """All sources in one."""
        parts = list(self.sources.values())
        return SourceReport(
            name="all",
            polls=sum(s.polls for s in parts),
            polls_unchanged=sum(s.polls_unchanged for s in parts),
            poll_errors=[error for s in parts for error in s.poll_errors],
            announced=sum(s.announced for s in parts),
            taken=sum(s.taken for s in parts),
            not_fetched=sum(s.not_fetched for s in parts),
            missed_by_prefilter=sum(s.missed_by_prefilter for s in parts),
            revisions=sum(s.revisions for s in parts),
            put_off=sum(s.put_off for s in parts),
            rules_without_effect=dict(sum((Counter(s.rules_without_effect) for s in parts), Counter())),
            outcomes=dict(sum((Counter(s.outcomes) for s in parts), Counter())),
        )

    def exit_code(self) -> ExitCode:
        """The contract's exit code for this run."""
        total = self.totals()
        failures = sum(count for outcome, count in total.outcomes.items() if outcome.startswith("failed"))
        if self.archive_error:
            return ExitCode.ARCHIVE_UNUSABLE
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if total.polls and len(total.poll_errors) >= total.polls and failures == sum(total.outcomes.values()):
            return ExitCode.NOTHING_FETCHED
        return ExitCode.SOME_FAILED if failures or total.poll_errors else ExitCode.WELL

    def to_json(self) -> bytes:
        """The report as one JSON object, with totals and exit code."""
        table = msgspec.to_builtins(self)
        table["sources"] = list(table["sources"].values())
        table |= {"totals": msgspec.to_builtins(self.totals()), "exit_code": int(self.exit_code())}
        return msgspec.json.encode(table)


def ordered(outcomes: Iterable[str]) -> list[str]:
    """Outcomes as a reader wants them: what was kept first, failures last.

    >>> ordered(["failed: DNS", "robots", "duplicate", "archived"])
    ['archived', 'duplicate', 'robots', 'failed: DNS']
    """
    first = (
        "archived",
        "paywalled",
        "related",
        "duplicate",
        "unchanged",
        "irrelevant",
        "robots",
        "too_large",
    )
    return sorted(outcomes, key=lambda o: (first.index(o) if o in first else len(first), o))
