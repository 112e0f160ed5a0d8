"""What becomes of the links that a document announces: those that are new or have changed are leased to the run, the
rest is left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from archive.database import Database
from crawler.ends import utc
from crawler.health import AHEAD
from crawler.seen import SeenSet
from pipelines.dedup.rules import same_title
from pipelines.items import Link
from pipelines.urls import identity

ALL_AT_ONCE = 5
"""Known URLs from which on a document that has a newer time for each of them tells when it was made, not when they
changed."""
FOLD_AFTER = 30 * 86_400.0
"""Seconds after which a URL that is done for good is known by its digest only."""
NOT_FETCHED = "irrelevant, not fetched"
"""The outcome of a URL that was called irrelevant for what was announced of it."""


class _Offered(NamedTuple):
    """A link of a document, its key, and when the document says that it changed: RFC 3339 in UTC."""

    link: Link
    key: str
    stamp: str | None


class Offers:
    """The links that are offered to a run, on the frontier's table of URLs and its set of what is long done."""

    def __init__(self, database: Database, old: SeenSet, run: str, clock: Callable[[], float]) -> None:
        self._database = database
        self._old = old
        self._run = run
        self._clock = clock
        self._begun = clock()
        self._met: set[int] = set()

    def lease(self, links: Iterable[Link], worth: Callable[[Link], bool]) -> list[Link]:
        """As `Frontier.offer`."""
        now = self._clock()
        offered = [_Offered(link, identity(link.url), utc(link.updated or link.published)) for link in links]
        with self._database.transaction():
            updated = self._updated(offered, now, worth)
            return [each.link for each in offered if self._lease_new(each, now, updated)]

    def met_first(self, link: Link) -> bool:
        """As `Frontier.met_first`."""
        return hash(identity(link.url)) in self._met

    def _updated(self, offered: list[_Offered], now: float, worth: Callable[[Link], bool]) -> set[str]:
        """The keys of what is known and has a newer time in this document, or is told anew."""
        known, newer, anew = set(), set(), set()
        latest = _utc_of(now + AHEAD.total_seconds())
        query = "SELECT state, seen, outcome, link FROM url WHERE key = ?"
        for link, key, stamp in offered:
            row = self._database.one(query, (key,))
            if row is None and (key not in self._old or (stamp or "") > latest):
                continue
            # What was folded was done with before that day: a time after it is a change, but for one of the future,
            # which is a mistake, and will be one next month.
            state, seen, outcome, known_as = row or ("done", _utc_of(now - FOLD_AFTER), None, b"null")
            if stamp is not None and seen is not None and stamp > seen:
                newer.add(key)
            if state == "done" or key in newer:
                known.add(key)
            if state == "done" and _is_told_anew(link, key, outcome, known_as, worth):
                anew.add(key)
        return anew if newer == known and len(known) >= ALL_AT_ONCE else newer | anew

    def _lease_new(self, offered: _Offered, now: float, updated: set[str]) -> bool:
        link, key, stamp = offered
        row = self._database.one("SELECT state, due, seen, done FROM url WHERE key = ?", (key,))
        if row is None:
            if key in self._old and key not in updated:
                return False
            self._database.run(
                "INSERT INTO url (key, source, link, state, run, leased, seen) VALUES (?, ?, ?, 'leased', ?, ?, ?)",
                (key, link.source, msgspec.json.encode(link), self._run, now, stamp),
            )
            self._met.add(hash(key))
            return True
        state, due, seen, done = row
        # Of one article a section page gives no time, feed and sitemap may give different ones, and the page another.
        if state == "leased" and stamp is not None and stamp > (seen or ""):
            self._database.run("UPDATE url SET seen = ? WHERE key = ?", (stamp, key))
        changed = state == "done" and key in updated
        if changed and done >= self._begun:  # one outcome a run
            self._database.run(
                "UPDATE url SET due = ?, seen = coalesce(?, seen), link = ? WHERE key = ?",
                (now, stamp, msgspec.json.encode(link), key),
            )
            return False
        if not changed and (state != "pending" or due > now):
            return False
        self._database.run(
            "UPDATE url SET state = 'leased', run = ?, leased = ?, source = ?, link = ?, seen = coalesce(?, seen)"
            " WHERE key = ?",
            (self._run, now, link.source, msgspec.json.encode(link), stamp, key),
        )
        return True


def _is_told_anew(link: Link, key: str, outcome: str | None, known_as: bytes, worth: Callable[[Link], bool]) -> bool:
    """Whether a link that was never fetched itself is to be now: for what was said of it, and something else is said
    that makes it `worth` it; or as another page gave this address for its own, and the link has another headline."""
    before = msgspec.json.decode(known_as, type=Link | None)
    if before is None:
        return False
    if outcome == NOT_FETCHED:
        said = bool(link.title or link.summary)
        return said and (link.title, link.summary) != (before.title, before.summary) and worth(link)
    told = bool(link.title and before.title) and identity(before.url) != key
    return told and not same_title(link.title, before.title)


def _utc_of(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat()
