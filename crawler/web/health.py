"""How the crawl fares, where it runs on this machine: from the health of sources that runs keep beside the frontier."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from crawler.health import HEALTH_FILE, Health, SourceRun, ailments

DAYS = 90
"""Days that are shown, the newest ones."""


@dataclass(frozen=True, slots=True)
class CrawlDay:
    """What the runs of a day asked for: pages, those that failed or gave no text, and feeds that did not answer."""

    day: str
    pages: int
    failed: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class CrawlHealth:
    """The days on which there were runs, and what ails which source."""

    days: tuple[CrawlDay, ...]
    ailing: tuple[tuple[str, list[str]], ...]


class CrawlWatch:
    """Reads the health of sources out of a folder of local state, when it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = lru_cache(maxsize=1)(self._read_anew)

    def told(self, sources: Iterable[str], now: datetime) -> CrawlHealth | None:
        """How the crawl of these sources fares; None where none ran from here. Raises `ArchiveError` for a file that is
        damaged."""
        files = (self._folder / f"{HEALTH_FILE}{end}" for end in ("", "-wal"))
        changed = tuple(file.stat().st_mtime_ns for file in files if file.exists())
        hour = now.replace(minute=0, second=0, microsecond=0)
        return self._read(changed, frozenset(sources), hour) if changed else None

    def _read_anew(self, _changed: tuple[int, ...], sources: frozenset[str], now: datetime) -> CrawlHealth:
        with Health(self._folder) as health:
            runs = {name: health.runs(name) for name in sorted(sources)}
        ailing = ((name, ailments(of_source, now)) for name, of_source in runs.items())
        return CrawlHealth(_days(runs.values()), tuple((name, told) for name, told in ailing if told))


def _days(runs: Iterable[list[SourceRun]]) -> tuple[CrawlDay, ...]:
    days: dict[str, list[int]] = {}
    for run in (run for of_source in runs for run in of_source):
        counts = days.setdefault(run.at[:10], [0, 0, 0])
        for at, count in enumerate((run.pages, run.failed + run.empty, run.poll_errors)):
            counts[at] += count
    return tuple(CrawlDay(day, *days[day]) for day in sorted(days)[-DAYS:])
