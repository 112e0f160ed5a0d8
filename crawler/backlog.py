"""Which pages a run asks for, source by source: a few are in hand, the rest waits in the frontier.

So a run holds no more in memory for a hundred thousand links than for a hundred, and what it does not come to is free
for another run at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from crawler.config import Config
from crawler.frontier import Look
from crawler.ledger import Ledger
from pipelines.items import Link

IN_HAND = 16
"""Pages of one source that Scrapy holds at most; its queue is never empty while there is more to ask for, as `per_host`
is at most as many."""


class Backlog:
    """The pages of a run that are still to be asked for, within the budgets of the run and of each source."""

    def __init__(self, ledger: Ledger, config: Config) -> None:
        self._ledger = ledger
        self._budgets = config.budgets()
        self._room = config.crawl.max_pages
        self._asked: Counter[str] = Counter()
        self._in_hand: Counter[str] = Counter()

    def begin(self, source: str) -> list[Look]:
        """What earlier runs left of a source: the first pages to ask for."""
        return self._drawn(source)

    def take(self, source: str, links: Iterable[Link]) -> list[Look]:
        """New links of a source: those to ask for now. The frontier keeps the others."""
        waiting = list(links)
        now = waiting[: self._open(source)]
        self._ledger.park(source, waiting[len(now) :])
        self._count(source, len(now))
        return [Look(link) for link in now]

    def ended(self, source: str) -> list[Look]:
        """The turn of a page has ended, with whatever outcome: the pages to ask for next."""
        self._in_hand[source] -= 1
        return self._drawn(source) if self._in_hand[source] <= IN_HAND // 2 else []

    def spent(self, source: str) -> str | None:
        """The budget of pages that has no room for another one of the source; None while there is room."""
        if self._asked[source] >= self._budgets.of(source).pages:
            return "pages"
        return None if self._room > 0 else "max_pages"

    def _drawn(self, source: str) -> list[Look]:
        looks = self._ledger.draw(source, room) if (room := self._open(source)) else []
        self._count(source, len(looks))
        return looks

    def _open(self, source: str) -> int:
        """How many more pages of a source can be asked for now."""
        if self._ledger.report.source(source).ended_by:
            return 0
        left = min(self._room, self._budgets.of(source).pages - self._asked[source])
        return max(0, min(left, IN_HAND - self._in_hand[source]))

    def _count(self, source: str, pages: int) -> None:
        self._room -= pages
        self._asked[source] += pages
        self._in_hand[source] += pages
