"""The demonstration's small web: all its sites on loopback, on the first or on the second day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from crawler.demo.content import Day, SitePlan, load_sites, load_stories
from crawler.demo.server import Hit, Request, Response, SiteServer
from crawler.demo.sites import DAYS, DemoSite, ExpectedPage, Site


class DemoWeb:
    """Starts every demonstration site on 127.0.0.1; `close` or the end of the `with` block stops them.

    `port=0` picks free ports, any other number is the first site's port and the others follow it. Raises
    `OSError` when a port is taken.

    >>> with DemoWeb() as web:
    ...     [site.name for site in web.sites][:3]
    ['courier', 'ledger', 'wirepool']
    """

    def __init__(self, *, port: int = 0) -> None:
        self.hits: list[Hit] = []
        """Every answered request in order, with its time and user agent."""
        self._day: Day = 1
        self._servers: list[SiteServer] = []
        stories = load_stories()
        plans = load_sites()
        copies = {day: _copied(plans, day) for day in DAYS}
        self._all: list[Site] = []
        try:
            for number, plan in enumerate(plans):
                server = SiteServer(plan.name, _closed, port=port + number if port else 0, hits=self.hits)
                self._servers.append(server)
                site = Site(plan, stories, copies, server.base)
                server.answer = self._answer(site)
                self._all.append(site)
        except OSError:
            self.close()
            raise
        for server in self._servers:
            server.start()

    @property
    def sites(self) -> tuple[DemoSite, ...]:
        return tuple(site.public for site in self._all)

    @property
    def day(self) -> Day:
        return self._day

    @property
    def requests(self) -> list[tuple[str, str, int]]:
        """Site, path with query, and status of every answered request so far, in order."""
        return [(hit.site, hit.path, hit.status) for hit in list(self.hits)]

    @property
    def expected(self) -> tuple[ExpectedPage, ...]:
        """What must become of every announced page, for the first crawl (`day` 1) and for the second (2)."""
        return tuple(page for day in DAYS for site in self._all for page in site.expected(day))

    def next_day(self) -> None:
        """From now on the second day is served: one article is edited, new ones appear, the rest stays."""
        self._day = 2

    def paths(self, name: str) -> tuple[str, ...]:
        """Every path that the site serves today."""
        return next(site for site in self._all if site.plan.name == name).paths(self._day)

    def close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, site: Site) -> Callable[[Request], Response]:
        return lambda request: site.answer(request, self._day)


def _closed(_request: Request) -> Response:
    """What a site answers before its address is known: nobody can ask yet."""
    return Response(status=503)


def _copied(plans: tuple[SitePlan, ...], day: Day) -> frozenset[str]:
    """The stories of which a crawl of that day finds more than one page that is worth archiving."""
    count = Counter(
        page.story
        for plan in plans
        for page in plan.pages
        if page.day <= day and page.outcome in ("archived", "duplicate")
    )
    return frozenset(story for story, number in count.items() if number > 1)
