"""When each feed, sitemap and section page is asked again, and what to ask it with.

An address that brings something new is asked after half the time, one that does not after a quarter more: so it is
polled about four times for each article that it announces. One that fails is asked less and less, and never dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.database import Database

LEASE = 86_400.0
"""Seconds after which what a run has leased is free again even if its process still lives: it hangs."""
LOOK_EVERY = 86_400.0
"""Seconds within which an address is asked for its body at least once, whatever it says of validators: some servers
answer 304 for ever."""
LONGEST_PAUSE = 86_400.0
"""Seconds between two polls of an address that only fails, at most."""
FARTHEST = 8 * 86_400.0
"""Seconds; nothing puts an address off for longer (a Retry-After by a week at most), but a clock that was wrong."""
SLOWEST = 16
"""How many times `poll_every` the wait for an address without news grows to: 4 hours with the default."""
LONGEST_WAIT = 604_800.0
"""Seconds to which it grows at most; what is due beyond `FARTHEST` would be asked by each run."""

UNFINISHED = "unfinished"
"""In place of a body's digest: what an address leads back to has not been read to its end, so the next poll does it."""

TABLE = """
CREATE TABLE IF NOT EXISTS poll (
    url TEXT PRIMARY KEY, source TEXT NOT NULL, etag TEXT, last_modified TEXT, digest TEXT,
    trusted INTEGER NOT NULL DEFAULT 1, looked REAL, newest TEXT, wait REAL, due REAL NOT NULL DEFAULT 0, polled REAL,
    failures INTEGER NOT NULL DEFAULT 0, run TEXT, leased REAL
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask "has it changed?" with, and a digest of the body that came with it."""

    etag: str | None = None
    last_modified: str | None = None
    digest: str | None = None

    def headers(self) -> dict[str, str]:
        """The headers of a conditional request (RFC 9110 §13.1)."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class Polled:
    """How one address does. Times are seconds since the epoch; `newest` is RFC 3339."""

    url: str
    source: str
    polled: float | None
    due: float
    wait: float | None
    failures: int
    newest: str | None

    @property
    def reached(self) -> str | None:
        """How far the last poll reached, RFC 3339 in UTC: to its newest entry, or where that has no date or a later
        one to the moment of the poll; None before the first."""
        if self.polled is None:
            return None
        moment = datetime.fromtimestamp(self.polled, UTC).isoformat(timespec="seconds")
        return min(self.newest or moment, moment)


class Polls:
    """The addresses that are polled, in the frontier's file. A run claims one, asks it, and says what came."""

    def __init__(
        self, database: Database, run: str, clock: Callable[[], float], is_alive: Callable[[str], bool]
    ) -> None:
        self._database, self._run, self._clock, self._is_alive = database, run, clock, is_alive

    def claim(self, url: str, source: str, by: float | None = None) -> Validators | None:
        """What to ask an address with that is due, or was `by` that moment, now claimed by this run; None if it is not
        due, or claimed already: by another run, or for another source."""
        now = self._clock()
        by = now if by is None else by
        with self._database.transaction():
            self._database.run("INSERT OR IGNORE INTO poll (url, source) VALUES (?, ?)", (url, source))
            fields = "etag, last_modified, digest, trusted, looked, due, run, leased"
            row = self._database.one(f"SELECT {fields} FROM poll WHERE url = ?", (url,))  # noqa: S608  # our own words
            assert row is not None
            etag, modified, digest, trusted, looked, due, run, leased = row
            claimed = run is not None and (run == self._run or self._is_alive(run)) and now - leased < LEASE
            if claimed or by < due < now + FARTHEST:
                return None
            self._database.run(
                "UPDATE poll SET run = ?, leased = ?, source = ? WHERE url = ?", (self._run, now, source, url)
            )
        if not trusted or looked is None or now - looked >= LOOK_EVERY:
            return Validators(digest=digest)
        return Validators(etag, modified, digest)

    def unchanged(self, url: str, every: float) -> None:
        """The address answered 304: what it gave to ask with is still in force."""
        self._database.run(f"{_ANSWERED} WHERE url = :url", self._answer(url, every, new=0))

    def answered(self, url: str, validators: Validators, every: float, *, new: int, newest: str | None = None) -> None:
        """The body came and its links are in, `new` of them new. `every` is the shortest time between two polls in
        seconds; `newest` the time of the newest entry, RFC 3339 in UTC.

        A server whose validators stayed the same while new entries came would have hidden them behind a 304: it is not
        asked by validators again.
        """
        row = self._database.one("SELECT etag, last_modified, digest FROM poll WHERE url = ?", (url,))
        before = Validators(*row) if row else Validators()
        same = bool(before.headers()) and before.headers() == validators.headers()
        lied = same and before.digest != validators.digest and new > 0
        self._database.run(
            f"{_ANSWERED}, etag = :etag, last_modified = :modified, digest = :digest, looked = :now,"
            " trusted = trusted AND NOT :lied, newest = nullif(max(coalesce(newest, ''), coalesce(:newest, '')), '')"
            " WHERE url = :url",
            self._answer(url, every, new=new)
            | {"etag": validators.etag, "modified": validators.last_modified, "digest": validators.digest}
            | {"lied": lied, "newest": newest},
        )

    def found_more(self, url: str, every: float) -> None:
        """What the address led to (a file of a sitemap index) brought something new after it had answered."""
        self._database.run(
            "UPDATE poll SET wait = :every, due = min(due, :due) WHERE url = :url",
            {"url": url, "every": every, "due": self._clock() + every},
        )

    def caught_up(self, url: str, validators: Validators, newest: str | None) -> None:
        """What the address led back to when it was `UNFINISHED` has been read."""
        self._database.run(
            "UPDATE poll SET etag = ?, last_modified = ?, digest = ?, newest = coalesce(?, newest) WHERE url = ?",
            (validators.etag, validators.last_modified, validators.digest, newest, url),
        )

    def failed(self, url: str, every: float, retry_after: float | None = None, *, counts: bool = True) -> None:
        """The address did not answer. It is due again after `every` seconds, doubled with each failure that counts up
        to a day, and not before the `retry_after` seconds that the server asked for; and then without validators, as
        there are servers that stumble over them."""
        row = self._database.one("SELECT failures FROM poll WHERE url = ?", (url,))
        pause = max(every, min(LONGEST_PAUSE, every * 2 ** min(row[0] if row else 0, 20)))
        self._database.run(
            "UPDATE poll SET failures = failures + ?, due = ?, looked = NULL, run = NULL WHERE url = ?",
            (counts, self._clock() + max(pause, retry_after or 0.0), url),
        )

    def put_off(self, url: str, until: float) -> None:
        """The address was not asked, and is not to be before then. One that another run has claimed is that run's to
        ask when it was due."""
        self._database.run(
            "UPDATE poll SET due = ?, run = NULL WHERE url = ? AND (run IS NULL OR run = ?)", (until, url, self._run)
        )

    def of(self, source: str) -> list[Polled]:
        """How the addresses of a source do."""
        query = "SELECT url, source, polled, due, wait, failures, newest FROM poll WHERE source = ? ORDER BY url"
        return [Polled(*row) for row in self._database.all(query, (source,))]

    def _answer(self, url: str, every: float, *, new: int) -> dict[str, object]:
        row = self._database.one("SELECT wait FROM poll WHERE url = ?", (url,))
        wait = next_wait(row[0] if row else None, new, every)
        now = self._clock()
        return {"url": url, "now": now, "wait": wait, "due": now + wait}


_ANSWERED = "UPDATE poll SET polled = :now, wait = :wait, due = :due, failures = 0, run = NULL"


def next_wait(wait: float | None, new: int, every: float) -> float:
    """Seconds until an address is due again, of those that it waited for last and the new entries that it brought.

    >>> next_wait(None, 20, 900.0), next_wait(900.0, 0, 900.0), next_wait(4000.0, 1, 900.0), next_wait(14e3, 0, 900.0)
    (900.0, 1125.0, 2000.0, 14400.0)
    >>> next_wait(600_000.0, 0, 86_400.0)
    604800.0
    """
    if wait is None:  # what the first poll brings says nothing of how fast it comes
        return every
    return min(max(wait * (0.5 if new else 1.25), every), SLOWEST * every, LONGEST_WAIT)
