"""The crawl's memory: which URLs are known, who works on them, which are done, and when one is looked at again.

A URL is pending, then leased to a run, then done; done comes only after the archive's commit (or when the page is
known not to be archived). An article that was archived is looked at again for revisions, less and less often. What is
done for good is folded into a set of digests after a month. The frontier is derived state: it lies in SQLite beside the
archive and is brought up to date from the archive's commits at every start, so a crash between a commit and its mark
here loses and doubles nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec

from archive import Segment
from archive.database import Database
from archive.derived import COMMITS, Derived
from archive.standing import AMENDED
from archive.tombstone import Tombstones
from crawler import polls, seen
from crawler.ends import End, end_of, next_look
from crawler.offers import FOLD_AFTER, NOT_FETCHED, Offers
from crawler.outcomes import KEPT, requested_url
from crawler.polls import FARTHEST, LEASE, Polls, Validators
from crawler.runlock import RunLock, alive_runs, is_alive
from crawler.seen import SeenSet
from pipelines.items import Link
from pipelines.urls import identity, is_web

FRONTIER_FILE = "frontier.sqlite"
VERSION = 2
MAX_ATTEMPTS = 5
"""Runs in which a URL may fail for a passing reason before it is given up."""
FIRST_RETRY = 900.0
"""Seconds until a URL that failed for a passing reason is due again; four times as long after each further try."""
FOLD_AT_ONCE = 100_000
"""URLs folded in one transaction at most: a second of work."""

_RUNS = "runs"

# While a URL is leased, `due` is what it was before: what is given back was due then.
_URLS = """
CREATE TABLE IF NOT EXISTS url (
    key TEXT PRIMARY KEY, source TEXT NOT NULL, link BLOB NOT NULL, state TEXT NOT NULL, run TEXT, leased REAL,
    due REAL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, outcome TEXT, seen TEXT, first REAL, done REAL,
    etag TEXT, last_modified TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS url_leased ON url (run) WHERE state = 'leased';
CREATE INDEX IF NOT EXISTS url_old ON url (done) WHERE state = 'done' AND due IS NULL
"""

# Not among the tables: files that were made before it have none.
_WAITING = """
CREATE INDEX IF NOT EXISTS url_waiting ON url (source, due, seen DESC) WHERE state <> 'leased' AND due IS NOT NULL
"""

_MARK = """
INSERT INTO url (key, source, link, state, due, outcome, seen, first, done, etag, last_modified)
VALUES (:key, :source, :link, 'done', :due, :outcome, :seen, :first, :done, :etag, :last_modified)
ON CONFLICT (key) DO UPDATE SET
    state = 'done', run = NULL, attempts = 0, due = excluded.due, outcome = excluded.outcome,
    seen = coalesce(seen, excluded.seen), first = excluded.first, done = excluded.done,
    etag = coalesce(excluded.etag, etag), last_modified = coalesce(excluded.last_modified, last_modified)
"""

# Another key of the same page; one that is waiting or leased by itself ends by itself.
_MARK_ALSO = """
INSERT INTO url (key, source, link, state, due, outcome, seen, done)
VALUES (:key, :source, :link, 'done', NULL, :outcome, :seen, :done) ON CONFLICT (key) DO NOTHING
"""


class Look(NamedTuple):
    """A link to fetch, and what to ask with whether its page has changed since the last time."""

    link: Link
    validators: Validators = Validators()


class Frontier(Derived):
    """The frontier of one archive, as one run sees it. Several runs may work on it at the same time."""

    def __init__(self, folder: Path, run: str, clock: Callable[[], float] = time.time) -> None:
        """Opens the frontier in this folder of local state. Raises `ArchiveError`, as every method does, when its file
        cannot be used."""
        tables = f"{COMMITS}{_URLS};{polls.TABLE};{seen.TABLE}"
        super().__init__(Database(folder / FRONTIER_FILE, tables, VERSION))
        self._database.run(_WAITING)
        self.run = run
        self.given_back = 0
        """URLs that were still leased when the run ended."""
        self._clock = clock
        self._runs = folder / _RUNS
        self._lock = RunLock(self._runs, run)
        self._old = SeenSet(self._database)
        self._offers = Offers(self._database, self._old, run, clock)
        self.polls = Polls(self._database, run, clock, lambda other: is_alive(self._runs, other))
        # Before the archive is caught up with: what a run commits that dies later is not known to be done by then.
        self._dead = self._dead_runs()

    # -- what earlier runs left ------------------------------------------------------------------------------------

    def take(self, segment: Segment) -> bool:
        """The archive holds these articles: their URLs are done. A record that was only amended does not end its URL's
        turn: that may be due again. One under no address of the web is none that a site could announce."""
        fetched = (article for article in segment.articles if AMENDED not in article.extra)
        with self._database.transaction():
            if not self._mark(segment.commit):
                return False
            self._end([end_of(article) for article in fetched if is_web(requested_url(article))])
        return True

    def take_over(self) -> int:
        """Makes pending again what runs had leased that were dead when this one began, and what is leased for over a
        day; the number of URLs. What is put off for longer than anything is was so by a clock that was wrong, and is
        due."""
        # The first two conditions are the index's, which SQLite wants to the letter.
        self._database.run(
            "UPDATE url INDEXED BY url_waiting SET due = 0"
            " WHERE state <> 'leased' AND due IS NOT NULL AND due > ? AND state = 'pending'",
            (self._clock() + FARTHEST,),
        )
        return sum(map(self._release, self._dead)) + self._expire()

    def _dead_runs(self) -> list[str]:
        runs = self._database.all(
            "SELECT DISTINCT run FROM url WHERE state = 'leased' UNION SELECT DISTINCT run FROM poll"
        )
        return [run for (run,) in runs if run is not None and run != self.run and not is_alive(self._runs, run)]

    def fold(self) -> int:
        """Takes URLs that are done for good, and were long ago, into the set of digests; the number of them."""
        count = 0
        while True:
            with self._database.transaction():
                rows = self._database.all(
                    "SELECT key FROM url WHERE state = 'done' AND due IS NULL AND done < ? LIMIT ?",
                    (self._clock() - FOLD_AFTER, FOLD_AT_ONCE),
                )
                self._old.add(key for (key,) in rows)
                self._database.run_many("DELETE FROM url WHERE key = ?", rows)
            count += len(rows)
            if len(rows) < FOLD_AT_ONCE:
                return count

    def rename(self, places: Mapping[str, str], known: Container[str]) -> None:
        """What waits under names that are no source's any more is that source's which polls one of their addresses
        now: it was given another name. `places` has the source of each address."""
        rows = self._database.all("SELECT url, source FROM poll")
        new = {old: places[url] for url, old in rows if old not in known and url in places}
        with self._database.transaction():
            for old, source in new.items():
                self._database.run("UPDATE poll SET source = ? WHERE source = ?", (source, old))
                waiting = "UPDATE url SET source = ? WHERE source = ? AND state <> 'leased' AND due IS NOT NULL"
                self._database.run(waiting, (source, old))
                # What a run that still goes by the old name has in hand may be given back by it.
                self._database.run("UPDATE url SET source = ? WHERE source = ? AND state = 'leased'", (source, old))

    # -- URLs ------------------------------------------------------------------------------------------------------

    def offer(self, links: Iterable[Link], worth: Callable[[Link], bool] = lambda _: True) -> list[Link]:
        """Leases to this run those links of a document that are new, or that were updated since they were fetched; or
        that were never fetched for what was said of them, if something else is said now that makes them `worth` it.

        A link that another run works on, or that is done, is left alone; one that this run has fetched is left to the
        next. The order is kept.
        """
        return self._offers.lease(links, worth)

    def met_first(self, link: Link) -> bool:
        """Whether this run is the first that was offered a link."""
        return self._offers.met_first(link)

    def waiting(self, sources: Iterable[str], limit: int, before: float | None = None) -> list[Look]:
        """Leases to this run up to `limit` links of those sources that are due, or were at the moment `before`: what no
        run came to, the newest first, then articles that are to be looked at again."""
        wanted = list(sources)
        marks = ",".join("?" * len(wanted))
        now = self._clock()
        with self._database.transaction():
            rows = self._database.all(
                "SELECT key, source, link, etag, last_modified FROM url"  # noqa: S608  # marks are '?'
                f" WHERE state <> 'leased' AND due <= ? AND source IN ({marks}) ORDER BY due, seen DESC, key LIMIT ?",
                (now if before is None else before, *wanted, limit),
            )
            self._database.run_many(
                "UPDATE url SET state = 'leased', run = ?, leased = ? WHERE key = ?",
                [(self.run, now, key) for key, *_ in rows],
            )
        return [
            Look(replace(msgspec.json.decode(link, type=Link), source=source), Validators(etag, modified))
            for _, source, link, etag, modified in rows
        ]

    def done(self, link: Link, outcome: str) -> None:
        """The URL has its outcome and nothing of it waits to be archived."""
        with self._database.transaction():
            self._end([End(link, outcome, self._clock())])

    def give_back(self, link: Link, until: float = 0.0) -> None:
        """The URL is pending again, as if this run had not taken it; due `until` then at the earliest."""
        self._database.run(
            "UPDATE url SET state = 'pending', run = NULL, due = max(coalesce(due, 0), ?) WHERE key = ?",
            (until, identity(link.url)),
        )

    def park(self, links: Iterable[Link]) -> None:
        """These URLs are pending again: the run comes to them later, or another one does."""
        with self._database.transaction():
            self._database.run_many(
                "UPDATE url SET state = 'pending', run = NULL, due = 0 WHERE key = ?",
                [(identity(link.url),) for link in links],
            )

    def count_waiting(self, source: str, before: float) -> int:
        """How many URLs of a source are due at that moment and leased to no run."""
        query = "SELECT count(*) FROM url WHERE state <> 'leased' AND due <= ? AND source = ?"
        row = self._database.one(query, (before, source))
        return row[0] if row else 0

    def drop(self, link: Link) -> None:
        """Keeps nothing of the URL."""
        self._database.run("DELETE FROM url WHERE key = ?", (identity(link.url),))

    def failed(self, link: Link, outcome: str, retry_after: float | None = None, *, counts: bool = True) -> None:
        """The URL failed for a passing reason: it comes due again, later after each try that counts, until it is given
        up.

        `retry_after` is in seconds, as the server asked for.
        """
        now = self._clock()
        row = self._database.one("SELECT attempts FROM url WHERE key = ?", (identity(link.url),))
        attempts = (row[0] if row else 0) + counts
        if attempts >= MAX_ATTEMPTS:
            self.done(link, outcome)
            return
        due = now + max(retry_after or 0.0, FIRST_RETRY * 4 ** max(0, attempts - 1))
        self._database.run(
            "UPDATE url SET state = 'pending', run = NULL, due = ?, attempts = ?, outcome = ? WHERE key = ?",
            (due, attempts, outcome, identity(link.url)),
        )

    def _end(self, ends: Iterable[End]) -> None:
        now = self._clock()
        for end in ends:
            key = identity(end.link.url)
            row = self._database.one("SELECT first FROM url WHERE key = ?", (key,))
            first = row[0] if row and row[0] else end.first
            again = end.outcome == "unchanged" or end.outcome in KEPT
            values = {
                "key": key,
                "source": end.link.source,
                "link": msgspec.json.encode(end.link),
                "due": next_look(first, now) if first and again else None,
                "outcome": end.outcome,
                "seen": end.seen,
                "first": first,
                "done": end.when,
                "etag": end.validators.etag,
                "last_modified": end.validators.last_modified,
            }
            self._database.run(_MARK, values)
            for other in end.also:
                self._database.run(_MARK_ALSO, values | {"key": other})

    def outcome(self, url: str) -> str | None:
        """What became of a URL the last time; None for one that is not known, or folded."""
        row = self._database.one("SELECT outcome FROM url WHERE key = ?", (identity(url),))
        found: str | None = row[0] if row else None
        return "irrelevant" if found == NOT_FETCHED else found

    def counts(self) -> dict[str, int]:
        """URLs by state; those that are folded are not counted."""
        return dict(self._database.all("SELECT state, count(*) FROM url GROUP BY state"))

    def forget(self, erased: Tombstones) -> int:
        """Removes every URL and every poll of what was erased, down to the free pages of the file; their number. What
        is folded is digests already."""
        with self._database.transaction():
            rows = self._database.all("SELECT key, link FROM url")
            gone = [(key,) for key, link in rows if any(map(erased.hides_url, (key, *_addresses(link))))]
            polled = [(url,) for (url,) in self._database.all("SELECT url FROM poll") if erased.hides_url(url)]
            self._database.run_many("DELETE FROM url WHERE key = ?", gone)
            self._database.run_many("DELETE FROM poll WHERE url = ?", polled)
        self._database.scrub()
        return len(gone) + len(polled)

    # -- the end ---------------------------------------------------------------------------------------------------

    def _release(self, run: str) -> int:
        with self._database.transaction():
            self._database.run("UPDATE poll SET run = NULL WHERE run = ?", (run,))
            return self._database.run(f"{_FREE} AND run = ?", (run,))

    def _expire(self) -> int:
        return self._database.run(f"{_FREE} AND run <> ? AND leased < ?", (self.run, self._clock() - LEASE))

    def close(self) -> None:
        """Gives back what this run still had leased."""
        try:
            self.given_back = self._release(self.run)
        finally:  # where even that fails, the freed lock tells the next run to take over
            super().close()
            self._lock.release()


_FREE = "UPDATE url SET state = 'pending', run = NULL, due = coalesce(due, 0) WHERE state = 'leased'"


def _addresses(link: bytes) -> list[str]:
    """The addresses in a stored link, which is null for a URL that only the archive knows of."""
    found = msgspec.json.decode(link, type=Link | None)
    return [found.url, found.discovered_by] if found else []


def runs_under_way(folder: Path) -> list[str]:
    """The runs that work with the frontier in this folder now."""
    return alive_runs(folder / _RUNS)
