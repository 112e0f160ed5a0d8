"""How far back a poll must read, for nothing to be missed between two polls of an address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from crawler.discovery import Found, NewFiles, Walk
from crawler.ledger import Ledger
from crawler.polls import Polled, Validators
from crawler.sources import Place

PINNED = 2
"""Known entries that do not show yet that a document reaches back to the last poll: what a site pins to the head of its
feed is always there."""


class WayBack(NamedTuple):
    """A way back over missed entries that has begun: what its poll said, kept until it ends, and whether it is gone a
    second time."""

    validators: Validators
    newest: str | None
    again: bool


class WaysBack:
    """The ways back that this run is on, by the address that was polled, and what the last poll of each had seen."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._begun: dict[str, WayBack] = {}
        self._files: dict[str, NewFiles] = {}

    def begins(self, place: Place, validators: Validators, newest: str | None, again: bool) -> None:
        """What the address just said is taken down once the way has ended, so that a run that is killed on it does
        not hide what it missed."""
        self._begun[place.url] = WayBack(validators, newest, again)

    def of(self, place: Place) -> WayBack | None:
        """The way back that is under way from an address."""
        return self._begun.get(place.url)

    def ended(self, place: Place, walk: Walk | None) -> None:
        """A way back has ended; what the poll that began it said is taken down."""
        if walk is not None and place.url in self._begun:
            way = self._begun.pop(place.url)
            self._ledger.caught_up(place, way.validators, way.newest)

    def leads_on(self, found: Found, place: Place) -> bool:
        """Whether a walk goes on behind a document: a fill, and a second way back, to their end, others to what is
        known."""
        way = self.of(place)
        return way is None or way.again or not self.reached(found, place)

    def reached(self, found: Found, place: Place) -> bool:
        """Whether a document holds, behind what is new, what the last poll of its address may have seen: entries that
        were known before this run, and are not later than the newest of that poll."""
        last, now = self.last_poll(place), datetime.now(UTC).isoformat()
        newest = (last and last.newest) or now
        known = [link for link in found.links if not self._ledger.frontier.met_first(link)]
        dates = [link.published or link.updated or "" for link in known]
        old = sum(not newest < date <= now for date in dates)  # a date of the future says nothing
        return old > PINNED or old == len(found.links)

    def new_files(self, found: Found, place: Place) -> list[str]:
        """The files of a sitemap index that may have changed since the last poll."""
        if found.sitemaps and place.url not in self._files:
            last = self.last_poll(place)
            polled = datetime.fromtimestamp(last.polled, UTC) if last and last.polled else None
            self._files[place.url] = NewFiles(place.url, datetime.now(UTC), polled)
        return self._files[place.url].of(found.sitemaps) if found.sitemaps else []

    def last_poll(self, place: Place) -> Polled | None:
        """What the frontier knows of an address, if it was polled before."""
        polled = self._ledger.frontier.polls.of(place.source.name)
        return next((address for address in polled if address.url == place.url), None)
