"""The crawl's memory: which URLs are known, who works on them, which are done, and when a source is polled again.

A URL is pending, then leased to a run, then done; done comes only after the archive's commit (or when the page is
known not to be archived). The frontier is derived state: it lies in SQLite beside the archive and is brought up to
date from the archive's commits at every start, so a crash between a commit and its mark here loses and doubles
nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from archive import Archive, Article
from archive.database import Database
from archive.standing import AMENDED
from archive.tombstone import Tombstones
from crawler.outcomes import outcome_of, requested_url
from crawler.runlock import RunLock, alive_runs, is_alive
from pipelines.items import Link
from pipelines.urls import canonical

VERSION = 1
MAX_ATTEMPTS = 5
"""Runs in which a URL may fail for a passing reason before it is given up."""
FIRST_RETRY = 900.0
"""Seconds until a URL that failed for a passing reason is due again; four times as long after each further try."""

_RUNS = "runs"

_SCHEMA = """
CREATE TABLE url (
    key TEXT PRIMARY KEY, source TEXT NOT NULL, link BLOB NOT NULL, state TEXT NOT NULL, run TEXT,
    due REAL NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, outcome TEXT, seen TEXT, done REAL
) WITHOUT ROWID;
CREATE INDEX url_open ON url (state, source, due) WHERE state <> 'done';
CREATE TABLE poll (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, etag TEXT, last_modified TEXT, due REAL NOT NULL DEFAULT 0,
    polled REAL, failures INTEGER NOT NULL DEFAULT 0, run TEXT
) WITHOUT ROWID;
CREATE TABLE applied (commit_key TEXT PRIMARY KEY) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with."""

    etag: str | None = None
    last_modified: str | None = None


class Frontier:
    """The frontier of one archive, as one run sees it. Several runs may work on it at the same time."""

    def __init__(self, folder: Path, run: str, clock: Callable[[], float] = time.time) -> None:
        """Opens the frontier in this folder of local state. Raises `ArchiveError`, as every method does, when its file
        cannot be used."""
        self.run = run
        self._clock = clock
        self._runs = folder / _RUNS
        self._db = Database(folder / "frontier.sqlite", _SCHEMA, VERSION)
        self._lock = RunLock(self._runs, run)

    # -- what earlier runs left ------------------------------------------------------------------------------------

    def catch_up(self, archive: Archive) -> int:
        """Marks as done what the archive's commits hold and this file does not know; the number of commits taken."""
        applied = {key for (key,) in self._db.all("SELECT commit_key FROM applied")}
        count = 0
        for segment in archive.segments(lambda key: str(key) not in applied):
            self.committed(segment.commit.key, segment.articles)
            count += 1
        return count

    def take_over(self) -> int:
        """Makes pending again what dead runs had leased; the number of URLs taken over."""
        runs = self._db.all("SELECT run FROM url WHERE state = 'leased' UNION SELECT run FROM poll")
        count = 0
        for (run,) in runs:
            if run is not None and run != self.run and not is_alive(self._runs, run):
                count += self._release(run)
        return count

    # -- URLs ------------------------------------------------------------------------------------------------------

    def offer(self, links: Iterable[Link]) -> list[Link]:
        """Leases to this run those links that are new, or that were updated since they were fetched.

        A link that another run works on, or that is done, is left alone. The order is kept.
        """
        now = self._clock()
        with self._db.transaction():
            return [link for link in links if self._take(link, now)]

    def _take(self, link: Link, now: float) -> bool:
        key = canonical(link.url)
        stamp = _utc(link.updated or link.published)
        row = self._db.one("SELECT state, due, seen FROM url WHERE key = ?", (key,))
        if row is None:
            self._db.run(
                "INSERT INTO url (key, source, link, state, run, seen) VALUES (?, ?, ?, 'leased', ?, ?)",
                (key, link.source, msgspec.json.encode(link), self.run, stamp),
            )
            return True
        state, due, seen = row
        newer = stamp is not None and seen is not None and stamp > seen
        if newer and state == "leased":  # a feed and a sitemap may give different times for one article
            self._db.run("UPDATE url SET seen = ? WHERE key = ?", (stamp, key))
        changed = newer and state == "done"
        if not changed and (state != "pending" or due > now):
            return False
        self._db.run(
            "UPDATE url SET state = 'leased', run = ?, link = ?, seen = coalesce(?, seen) WHERE key = ?",
            (self.run, msgspec.json.encode(link), stamp, key),
        )
        return True

    def waiting(self, sources: Iterable[str], limit: int) -> list[Link]:
        """Leases to this run up to `limit` pending links of those sources that are due, left by earlier runs."""
        wanted = list(sources)
        marks = ",".join("?" * len(wanted))
        with self._db.transaction():
            rows = self._db.all(
                f"SELECT key, link FROM url WHERE state = 'pending' AND due <= ? AND source IN ({marks})"  # noqa: S608  # marks are '?'
                " ORDER BY due, key LIMIT ?",
                (self._clock(), *wanted, limit),
            )
            self._db.run_many(
                "UPDATE url SET state = 'leased', run = ? WHERE key = ?", [(self.run, key) for key, _ in rows]
            )
        return [msgspec.json.decode(link, type=Link) for _, link in rows]

    def done(self, link: Link, outcome: str) -> None:
        """The URL has its outcome and nothing of it waits to be archived."""
        self._mark([(link.url, outcome, link.source, None)])

    def give_back(self, link: Link) -> None:
        """The URL is pending again, as if this run had not taken it."""
        self._db.run("UPDATE url SET state = 'pending', run = NULL WHERE key = ?", (canonical(link.url),))

    def drop(self, link: Link) -> None:
        """Keeps nothing of the URL."""
        self._db.run("DELETE FROM url WHERE key = ?", (canonical(link.url),))

    def failed(self, link: Link, outcome: str, retry_after: float | None = None) -> None:
        """The URL failed for a passing reason: it comes due again, later after each try, until it is given up.

        `retry_after` is in seconds, as the server asked for.
        """
        now = self._clock()
        row = self._db.one("SELECT attempts FROM url WHERE key = ?", (canonical(link.url),))
        attempts = (row[0] if row else 0) + 1
        if attempts >= MAX_ATTEMPTS:
            self.done(link, outcome)
            return
        due = now + max(retry_after or 0.0, FIRST_RETRY * 4 ** (attempts - 1))
        self._db.run(
            "UPDATE url SET state = 'pending', run = NULL, due = ?, attempts = ?, outcome = ? WHERE key = ?",
            (due, attempts, outcome, canonical(link.url)),
        )

    def committed(self, commit_key: str, articles: Iterable[Article]) -> None:
        """The archive holds these, all of one commit. Repeating it changes nothing. A record that was only amended does
        not end its URL's turn: that may be due again."""
        fetched = (a for a in articles if AMENDED not in a.extra)
        marks = [(requested_url(a), outcome_of(a), a.source, _utc(a.modified or a.published)) for a in fetched]
        with self._db.transaction():
            self._mark(marks)
            self._db.run("INSERT OR IGNORE INTO applied VALUES (?)", (commit_key,))

    def _mark(self, outcomes: Iterable[tuple[str, str, str, str | None]]) -> None:
        """URL, outcome, source, and the time of the version that was fetched where no feed has told it."""
        now = self._clock()
        self._db.run_many(
            "INSERT INTO url (key, source, link, state, outcome, seen, done) VALUES (?, ?, ?, 'done', ?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET state = 'done', run = NULL, outcome = excluded.outcome,"
            " seen = coalesce(seen, excluded.seen), done = excluded.done, attempts = 0",
            ((canonical(url), source, b"null", outcome, seen, now) for url, outcome, source, seen in outcomes),
        )

    def outcome(self, url: str) -> str | None:
        """What became of a URL, if it was ever done."""
        row = self._db.one("SELECT outcome FROM url WHERE key = ?", (canonical(url),))
        return row[0] if row else None

    def counts(self) -> dict[str, int]:
        """URLs by state."""
        return dict(self._db.all("SELECT state, count(*) FROM url GROUP BY state"))

    def forget(self, erased: Tombstones) -> int:
        """Removes every URL and every poll of what was erased, down to the free pages of the file; their number."""
        with self._db.transaction():
            rows = self._db.all("SELECT key, link FROM url")
            gone = [(key,) for key, link in rows if any(map(erased.hides_url, (key, *_addresses(link))))]
            polls = [(url,) for (url,) in self._db.all("SELECT url FROM poll") if erased.hides_url(url)]
            self._db.run_many("DELETE FROM url WHERE key = ?", gone)
            self._db.run_many("DELETE FROM poll WHERE url = ?", polls)
        self._db.scrub()
        return len(gone) + len(polls)

    # -- polls -----------------------------------------------------------------------------------------------------

    def claim_poll(self, url: str, source: str) -> Validators | None:
        """The validators of an address that is due to be polled, now claimed by this run; None if it is not due."""
        with self._db.transaction():
            self._db.run("INSERT OR IGNORE INTO poll (url, source) VALUES (?, ?)", (url, source))
            row = self._db.one("SELECT etag, last_modified, due, run FROM poll WHERE url = ?", (url,))
            assert row is not None
            etag, modified, due, run = row
            taken = run is not None and run != self.run and is_alive(self._runs, run)
            if taken or due > self._clock():
                return None
            self._db.run("UPDATE poll SET run = ? WHERE url = ?", (self.run, url))
        return Validators(etag, modified)

    def polled(self, url: str, validators: Validators, wait: float) -> None:
        """The address answered and its links are in; it is due again after `wait` seconds."""
        now = self._clock()
        self._db.run(
            "UPDATE poll SET etag = ?, last_modified = ?, polled = ?, due = ?, failures = 0, run = NULL WHERE url = ?",
            (validators.etag, validators.last_modified, now, now + wait, url),
        )

    def poll_failed(self, url: str, wait: float) -> None:
        """The address did not answer; it is due again after `wait` seconds, doubled with each failure up to a day."""
        row = self._db.one("SELECT failures FROM poll WHERE url = ?", (url,))
        pause = min(86_400.0, wait * 2 ** min(row[0] if row else 0, 20))
        self._db.run(
            "UPDATE poll SET failures = failures + 1, due = ?, run = NULL WHERE url = ?",
            (self._clock() + pause, url),
        )

    # -- the end ---------------------------------------------------------------------------------------------------

    def _release(self, run: str) -> int:
        with self._db.transaction():
            self._db.run("UPDATE poll SET run = NULL WHERE run = ?", (run,))
            return self._db.run(
                "UPDATE url SET state = 'pending', run = NULL WHERE state = 'leased' AND run = ?", (run,)
            )

    def close(self) -> int:
        """Gives back what this run still had leased; the number of URLs given back."""
        try:
            return self._release(self.run)
        finally:  # where even that fails, the freed lock tells the next run to take over
            self._db.close()
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _addresses(link: bytes) -> list[str]:
    """The addresses in a stored link, which is null for a URL that only the archive knows of."""
    found = msgspec.json.decode(link, type=Link | None)
    return [found.url, found.discovered_by] if found else []


def _utc(time: str | None) -> str | None:
    """An RFC 3339 time in UTC, so that two of them compare as text."""
    try:
        return datetime.fromisoformat(time).astimezone(UTC).isoformat() if time else None
    except (ValueError, OverflowError):
        return None


def runs_under_way(folder: Path) -> list[str]:
    """The runs that work with the frontier in this folder now."""
    return alive_runs(folder / _RUNS)
