"""What a run may spend on a source: its own budgets, or those of `[crawl]`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from typing import NamedTuple

from crawler.hours import Hours, span_of
from crawler.sources import Source


class Budget(NamedTuple):
    """Of one source: pages and seconds of a run, and the hours of the day in UTC in which it may be asked."""

    pages: int
    seconds: float
    hours: tuple[time, time] | None


class Budgets:
    """By the names of the sources."""

    def __init__(self, pages: int, seconds: float, hours: Hours | None, sources: Iterable[Source]) -> None:
        """The first three are for sources that say nothing of their own."""
        self._usual = Budget(pages, seconds, span_of(hours) if hours else None)
        own = (source for source in sources if source.pages or source.seconds or source.hours)
        self._own = {source.name: self._of(source) for source in own}

    def _of(self, source: Source) -> Budget:
        usual = self._usual
        hours = span_of(source.hours) if source.hours else usual.hours
        return Budget(source.pages or usual.pages, source.seconds or usual.seconds, hours)

    def of(self, source: str) -> Budget:
        """The budget of the source of that name."""
        return self._own.get(source, self._usual)
