"""The figures of an archive: what came in, what was taken out, and whether its sources are alive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from archive.database import Database

DAYS = 90
"""Days that the charts go back, from the newest article."""
RECENT = 7
"""Days over which a source's articles are counted as recent."""
_DAY = 86_400


class Day(msgspec.Struct, frozen=True):
    """One day, by when the articles were published (`fetched` by when they were fetched). `kept` and `removed` are
    characters."""

    day: str
    stories: int = 0
    copies: int = 0
    related: int = 0
    kept: int = 0
    removed: int = 0
    fetched: int = 0
    runs: int = 0

    @property
    def noise(self) -> float:
        """The share of the pages' text that the cleaner took out."""
        return self.removed / (self.kept + self.removed) if self.removed else 0.0


class SourceFigures(msgspec.Struct, frozen=True):
    """One source. `last` is the Unix second of its newest fetch."""

    name: str
    stories: int
    copies: int
    recent: int
    last: int
    kept: int
    removed: int

    @property
    def noise(self) -> float:
        """The share of the pages' text that the cleaner took out."""
        return self.removed / (self.kept + self.removed) if self.removed else 0.0


class Figures(msgspec.Struct, frozen=True):
    """All of them. `newest` is the Unix second of the newest fetch, `days` has no gaps and ends on its day."""

    articles: int = 0
    stories: int = 0
    copies: int = 0
    related: int = 0
    kept: int = 0
    removed: int = 0
    newest: int = 0
    runs: int = 0
    days: tuple[Day, ...] = ()
    sources: tuple[SourceFigures, ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    months: tuple[tuple[str, int], ...] = ()
    """`YYYY-MM` and stories, the newest first."""

    @property
    def noise(self) -> float:
        """The share of the pages' text that the cleaner took out."""
        return self.removed / (self.kept + self.removed) if self.removed else 0.0


# `copy_of` is what a record is a copy of; what is neither that nor listed is an earlier version of a page.
_COUNTS = "sum(listed = 1), sum(copy_of IS NOT NULL), sum(listed = 2), sum(kept), sum(removed)"


def figures_of(view: Database) -> Figures:
    """The figures, from the whole view: some tenths of a second at 100,000 articles."""
    ((articles, stories, copies, related, kept, removed, newest),) = view.all(
        f"SELECT count(*), {_COUNTS}, max(fetched) FROM articles"  # noqa: S608  # a literal
    )
    if not articles:
        return Figures()
    ((runs,),) = view.all("SELECT count(DISTINCT run) FROM segments")
    return Figures(
        articles=articles,
        stories=stories,
        copies=copies,
        related=related,
        kept=kept,
        removed=removed,
        newest=newest,
        runs=runs,
        days=_days(view, newest),
        sources=_sources(view, newest),
        languages=_listed(view, "language"),
        kinds=_listed(view, "kind"),
        months=tuple(
            (month, number)
            for month, number in view.all(
                "SELECT strftime('%Y-%m', at, 'unixepoch'), count(*) FROM articles"
                " WHERE listed = 1 GROUP BY 1 ORDER BY 1 DESC"
            )
        ),
    )


def _days(view: Database, newest: int) -> tuple[Day, ...]:
    first = newest // _DAY - DAYS + 1
    since = first * _DAY
    told: dict[int, Sequence[int]] = {
        day: counts
        for day, *counts in view.all(
            f"SELECT at / {_DAY}, {_COUNTS} FROM articles WHERE at >= ? GROUP BY 1",  # noqa: S608  # literals
            (since,),
        )
    }
    fetched = dict(view.all(f"SELECT fetched / {_DAY}, count(*) FROM articles WHERE fetched >= ? GROUP BY 1", (since,)))  # noqa: S608
    runs = dict(
        view.all(f"SELECT written / {_DAY}, count(DISTINCT run) FROM segments WHERE written >= ? GROUP BY 1", (since,))  # noqa: S608
    )
    began = min(told.keys() | fetched.keys(), default=first)
    return tuple(
        Day(day_name(day * _DAY), *[*told.get(day, [0] * 5), fetched.get(day, 0), runs.get(day, 0)])
        for day in range(began, first + DAYS)
    )


def _sources(view: Database, newest: int) -> tuple[SourceFigures, ...]:
    rows = view.all(
        "SELECT source, sum(listed = 1), sum(copy_of IS NOT NULL), sum(fetched > ?), max(fetched), sum(kept),"
        " sum(removed) FROM articles GROUP BY source ORDER BY 2 DESC, 1",
        (newest - RECENT * _DAY,),
    )
    return tuple(SourceFigures(*row) for row in rows)


def _listed(view: Database, column: str) -> tuple[tuple[str, int], ...]:
    rows = view.all(
        f"SELECT {column}, count(*) FROM articles"  # noqa: S608  # a literal
        f" WHERE listed = 1 AND {column} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return tuple((name, number) for name, number in rows)


def day_name(second: int) -> str:
    """The UTC day of a Unix second.

    >>> day_name(86_400)
    '1970-01-02'
    """
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d}"
