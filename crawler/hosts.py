"""What a host has asked of us, kept from one run to the next: its files, and until when to leave it alone; and when it
was last asked anything."""

from __future__ import annotations

import contextlib
import logging
import math
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from scrapy.crawler import Crawler

from archive.addresses import site_of
from archive.database import Database
from archive.errors import ArchiveError
from archive.state import state_folder
from archive.tombstone import Tombstones
from crawler.polls import FARTHEST

logger = logging.getLogger(__name__)

HOSTS_FILE = "hosts.sqlite"
VERSION = 1
KEPT_FOR = 86_400.0
"""Seconds for which a host's file is used: RFC 9309 §2.4 says not more than 24 hours for robots.txt."""

REMEMBERED_FOR = 3_600.0
"""Seconds for which it is known when a host was last asked: no delay is as long."""

# In the table `robots` all files lie, each under its address.
_TABLES = """
CREATE TABLE IF NOT EXISTS robots (origin TEXT PRIMARY KEY, body BLOB NOT NULL, asked REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pause (host TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID
"""

# Not among the tables: files that were made before it have none.
_ASKED = "CREATE TABLE IF NOT EXISTS asked (host TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID"

_PAUSED = "INSERT INTO pause VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until)"


class Hosts:
    """A SQLite file in the local state; without one (`fetch --no-archive`) memory only. What cannot be written is still
    known to this run: nothing is lost but a request more in the next."""

    def __init__(self, folder: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._pauses: dict[str, float] = {}
        self._database: Database | None = None
        self._unusable: ArchiveError | None = None
        if folder is not None:
            try:
                self._database = _opened(folder / HOSTS_FILE)
                self._database.run(_ASKED)
                self._clear(self._database)
            except ArchiveError as error:
                self._unusable = error

    @classmethod
    def of(cls, crawler: Crawler) -> Self:
        """What is known beside the archive of a crawl."""
        uri = crawler.settings["BREACHWIRE_ARCHIVE"]
        return cls(state_folder(uri) if uri else None)

    def _clear(self, database: Database) -> None:
        now = self._clock()
        with database.transaction():
            database.run("DELETE FROM robots WHERE asked < ? OR asked > ?", (now - KEPT_FOR, now))
            database.run("DELETE FROM pause WHERE until < ?", (now,))
            database.run("DELETE FROM asked WHERE at < ?", (now - REMEMBERED_FOR,))

    def kept(self, address: str) -> bytes | None:
        """The file of that address, robots.txt or another, if it was read within the last day."""
        query = "SELECT body FROM robots WHERE origin = ? AND asked > ?"
        with contextlib.suppress(ArchiveError):
            if self._database and (row := self._database.one(query, (address, self._clock() - KEPT_FOR))):
                return bytes(row[0])
        return None

    def keep(self, address: str, body: bytes) -> None:
        """Keeps what stands at an address now, which is nothing where there is no such file."""
        self._write("INSERT OR REPLACE INTO robots VALUES (?, ?, ?)", address, body, self._clock())

    def pause(self, host: str, until: float) -> None:
        """The host asked not to be asked before then (seconds since the epoch)."""
        self._pauses[host] = max(until, self._pauses.get(host, 0.0))
        self._write(_PAUSED, host, self._pauses[host])

    def paused(self, host: str) -> float | None:
        """Until when the host is to be left alone, told to this run or another; None when it may be asked."""
        until = self._pauses.get(host, 0.0)
        with contextlib.suppress(ArchiveError):
            if self._database and (row := self._database.one("SELECT until FROM pause WHERE host = ?", (host,))):
                until = max(until, row[0])
        return until if 0 < until - self._clock() < FARTHEST else None

    def asked(self, host: str) -> None:
        """The host was asked something by this run, and has answered or failed to."""
        self._write("INSERT OR REPLACE INTO asked VALUES (?, ?)", host, self._clock())

    def idle(self, host: str) -> float:
        """Seconds since a run asked the host something; without end where none did within an hour."""
        with contextlib.suppress(ArchiveError):
            if self._database and (row := self._database.one("SELECT at FROM asked WHERE host = ?", (host,))):
                return max(0.0, self._clock() - float(row[0]))
        return math.inf

    def forget(self, erased: Tombstones) -> int:
        """Removes the hosts that were erased, and the robots.txt of all, for any may name what was; the number of
        entries. Raises `ArchiveError` when the file cannot be used."""
        if self._unusable is not None:
            raise self._unusable
        if self._database is None:
            return 0
        count = self._database.run("DELETE FROM robots")
        for table in ("pause", "asked"):
            hosts = self._database.all(f"SELECT host FROM {table}")  # noqa: S608  # our own words
            gone = [row for row in hosts if erased.hides_site(site_of(f"https://{row[0]}/"))]
            self._database.run_many(f"DELETE FROM {table} WHERE host = ?", gone)  # noqa: S608
            count += len(gone)
        self._database.scrub()
        return count

    def _write(self, statement: str, *values: object) -> None:
        with contextlib.suppress(ArchiveError):
            if self._database:
                self._database.run(statement, values)

    def close(self) -> None:
        if self._database:
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _opened(path: Path) -> Database:
    """The file; a damaged one is begun anew, for in a day all of it would be asked again."""
    try:
        return Database(path, _TABLES, VERSION)
    except ArchiveError as error:
        if type(error.__cause__) is not sqlite3.DatabaseError:
            raise
        logger.warning("%s: is damaged and begun anew; until when hosts asked to wait is not known any more", path)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return Database(path, _TABLES, VERSION)
