"""The health of sources, kept run by run beside the frontier: what a source announced, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Self

import msgspec

from archive.addresses import site_of
from archive.database import Database
from archive.tombstone import Tombstones

HEALTH_FILE = "health.sqlite"
VERSION = 1
KEPT_RUNS = 60
"""Runs that are kept of a source: those in which it was polled or had pages fetched; and the last that polled."""
RECENT = 5
"""Runs that tell how a source is now; those before tell how it was."""
SILENT_DAYS = 14
"""A feed is not called silent before; nor before six times the pause that is usual between its entries."""
ENOUGH = 3
"""Pages or polls that must have failed before anything is said of it."""
AHEAD = timedelta(days=1)
"""Clocks and time zones that are wrong make a date this much of the future; more is a mistake of the site's."""

EMPTY = ("failed: no article text", "failed: empty page", "failed: not HTML")
"""Outcomes of pages that were fetched, and in which extraction found nothing."""


class SourceRun(msgspec.Struct, frozen=True, kw_only=True):
    """What one run saw of one source. Times are RFC 3339 in UTC."""

    at: str
    polls: int = 0
    poll_errors: int = 0
    last_error: str | None = None
    announced: int = 0
    new: int = 0
    pages: int = 0
    """Pages that were asked for."""
    failed: int = 0
    """Pages that failed for any other reason than `empty`."""
    empty: int = 0
    future: int = 0
    """Entries dated more than a day ahead."""
    newest: str | None = None
    """The date of the newest entry that is not of the future."""
    pause: float | None = None
    """Seconds between two entries, the median of those announced."""
    last_new: str | None = None
    """When anything new was announced last; the first run, where nothing was."""


class Dates(msgspec.Struct, frozen=True):
    """What the dates of a source's entries say; see `SourceRun` for the fields."""

    future: int
    newest: str | None
    pause: float | None


def dates_of(dates: Mapping[str, int], now: datetime) -> Dates:
    """What the dates of entries say on a day; how many entries have each is given, RFC 3339 in UTC."""
    latest = (now + AHEAD).isoformat()
    past = sorted(date for date in dates if date <= latest)
    times = [datetime.fromisoformat(date).timestamp() for date in past[-50:]]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    ahead = sum(count for date, count in dates.items() if date > latest)
    return Dates(ahead, past[-1] if past else None, median(pauses) if pauses else None)


class Health:
    """The file of all sources' runs. Derived state: it may be deleted.

    Every method raises `ArchiveError` when the file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._db = Database(folder / HEALTH_FILE, _SCHEMA, VERSION)

    def record(self, run: str, sources: Iterable[tuple[str, SourceRun]]) -> None:
        """Keeps what a run saw of each source."""
        with self._db.transaction():
            for name, seen in sources:
                row = (name, run, seen.at, msgspec.json.encode(_carried(seen, self.runs(name))))
                self._db.run("INSERT OR REPLACE INTO source_run VALUES (?, ?, ?, ?)", row)
                self._db.run(_FORGET, {"source": name, "kept": KEPT_RUNS, "recent": RECENT})

    def runs(self, source: str) -> list[SourceRun]:
        """The runs of a source, oldest first."""
        rows = self._db.all("SELECT seen FROM source_run WHERE source = ? ORDER BY at, run", (source,))
        return [msgspec.json.decode(seen, type=SourceRun) for (seen,) in rows]

    def forget(self, erased: Tombstones) -> int:
        """Removes what runs saw of sources that bear the name of an erased host, or met an error that names one; the
        number of entries."""
        rows = self._db.all("SELECT source, run, seen FROM source_run")
        gone = [(source, run) for source, run, seen in rows if _names(f"{source} {bytes(seen).decode()}", erased)]
        self._db.run_many("DELETE FROM source_run WHERE source = ? AND run = ?", gone)
        self._db.scrub()
        return len(gone)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _names(text: str, erased: Tombstones) -> bool:
    """Whether the text names a host that was erased."""
    return any(erased.hides_site(site_of(f"https://{host}/")) for host in re.findall(r"[\w-]+(?:\.[\w-]+)+", text))


def _carried(seen: SourceRun, before: Sequence[SourceRun]) -> SourceRun:
    """With what earlier runs knew and this one was not told: a feed that has not changed says nothing."""
    last = before[-1] if before else seen
    return msgspec.structs.replace(
        seen,
        newest=max(filter(None, (seen.newest, last.newest)), default=None),
        pause=seen.pause or last.pause,
        last_new=seen.at if seen.new else last.last_new or seen.at,
    )


def ailments(runs: Sequence[SourceRun], now: datetime) -> list[str]:
    """What is wrong with a source, each in a few words; none for one that is well or that was never polled.

    `runs` are in their order. Silent feeds, errors that rise, empty extractions, dates in the future.
    """
    # An address that fails is polled less and less, while its last articles are looked at again in many a run: what
    # is told of polls is told of the runs that polled.
    polled, fetched = [run for run in runs if run.polls], [run for run in runs if run.pages]
    found = (_poll_errors(polled) or _page_errors(fetched), _silence(polled, now), _empty(fetched), _future(runs))
    return [ailment for ailment in found if ailment]


def _poll_errors(polled: Sequence[SourceRun]) -> str | None:
    recent, before = polled[-RECENT:], polled[:-RECENT]
    if recent and not any(map(_answered, recent)):
        since = next((run.at for run in reversed(before) if _answered(run)), None)
        answered = f", answered last {since[:10]}" if since else ""
        return f"no answer in the last {len(recent)} runs ({recent[-1].last_error or 'no reason told'}){answered}"
    return _rising("polls", recent, _share(recent, "poll_errors", "polls"), _share(before, "poll_errors", "polls"))


def _page_errors(fetched: Sequence[SourceRun]) -> str | None:
    recent, before = fetched[-RECENT:], fetched[:-RECENT]
    return _rising("pages", recent, _share(recent, "failed", "pages"), _share(before, "failed", "pages"))


def _rising(what: str, recent: Sequence[SourceRun], now: float, then: float) -> str | None:
    if now < 0.3 or now <= 2 * then:
        return None
    return f"rising errors: {now:.0%} of {what} failed in the last {len(recent)} runs, {then:.0%} before"


def _answered(run: SourceRun) -> bool:
    return run.polls > run.poll_errors


def _share(runs: Sequence[SourceRun], part: str, whole: str) -> float:
    """The share of failures, 0 where there are too few to say."""
    count = sum(getattr(run, part) for run in runs)
    return count / max(1, sum(getattr(run, whole) for run in runs)) if count >= ENOUGH else 0.0


def _silence(runs: Sequence[SourceRun], now: datetime) -> str | None:
    answered = [run for run in runs if _answered(run)]
    if not answered:
        return None
    # Without dates, only that nothing new comes tells it.
    newest = answered[-1].newest or answered[-1].last_new or answered[-1].at
    longest = max(timedelta(days=SILENT_DAYS), timedelta(seconds=6 * (answered[-1].pause or 0.0)))
    quiet = now - datetime.fromisoformat(newest)
    return f"silent: nothing new for {quiet.days} days" if quiet > longest else None


def _empty(fetched: Sequence[SourceRun]) -> str | None:
    share = _share(fetched[-RECENT:], "empty", "pages")
    return f"empty extractions: no article text in {share:.0%} of its pages" if share >= 0.3 else None


def _future(runs: Sequence[SourceRun]) -> str | None:
    count = next((run.future for run in reversed(runs) if run.announced), 0)
    return f"dates in the future: {count} entries" if count else None


_SCHEMA = """
CREATE TABLE source_run (
    source TEXT NOT NULL, run TEXT NOT NULL, at TEXT NOT NULL, seen BLOB NOT NULL, PRIMARY KEY (source, run)
) WITHOUT ROWID
"""
_FORGET = """
WITH own AS
(SELECT run, at, json_extract(CAST(seen AS TEXT), '$.polls') AS polls FROM source_run WHERE source = :source)
DELETE FROM source_run WHERE source = :source
AND run NOT IN (SELECT run FROM own ORDER BY at DESC, run DESC LIMIT :kept)
AND run NOT IN (SELECT run FROM own WHERE polls > 0 ORDER BY at DESC, run DESC LIMIT :recent)
"""
