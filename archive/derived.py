"""Local state that is derived from the archive's commits: what was taken in of them, and how it catches up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from archive.commit import Commit
from archive.database import Database
from archive.segment import Segment
from archive.tombstone import Tombstones, read_tombstone, tombstone_keys

if TYPE_CHECKING:
    from archive.reader import Archive

COMMITS = """
CREATE TABLE IF NOT EXISTS commits (
    run TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
"""
"""The table in which `Derived` marks the commits that were taken in."""

FORGOTTEN = "CREATE TABLE IF NOT EXISTS tombstones (key TEXT PRIMARY KEY) WITHOUT ROWID;"
"""The table in which `Forgetful` marks the tombstones that it has carried out."""


class Derived(ABC):
    """State in one SQLite file that has the table `COMMITS`. Every method raises `ArchiveError` as `Database` does."""

    def __init__(self, database: Database) -> None:
        self.path = database.path
        self._database = database

    @abstractmethod
    def take(self, segment: Segment) -> bool:
        """Take in a committed segment, all of it or nothing; False when it was taken in before."""

    def catch_up(self, archive: Archive) -> int:
        """Take in every committed segment that is missing here, and return their number.

        A run calls it first; with a new file it rebuilds the whole.
        """
        known = set(self._database.all("SELECT run, seq FROM commits"))
        return sum(map(self.take, archive.segments(lambda key: (key.run, key.seq) not in known)))

    def _mark(self, commit: Commit) -> bool:
        """Mark a commit as taken in, within the caller's transaction; False when it was marked before."""
        return self._database.run("INSERT OR IGNORE INTO commits VALUES (?, ?)", (commit.run, commit.seq)) > 0

    def close(self) -> None:
        """Close the file. It is not used after that."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Forgetful(Derived):
    """State that forgets what was erased since it caught up last, on whichever machine that was. Its file has the table
    `FORGOTTEN`, too."""

    @abstractmethod
    def forget(self, erased: Tombstones) -> int:
        """Remove the articles that were erased, down to the free pages of the file; their number."""

    def catch_up(self, archive: Archive) -> int:
        """Take in every segment that is missing here, and forget what was erased since; the number of segments."""
        known = {key for (key,) in self._database.all("SELECT key FROM tombstones")}
        if new := [key for key in tombstone_keys(archive.bucket) if key not in known]:
            self.forget(Tombstones(each for key in new for each in read_tombstone(archive.bucket, key).hashes))
            with self._database.transaction():
                self._database.run_many("INSERT OR IGNORE INTO tombstones VALUES (?)", ((key,) for key in new))
        return super().catch_up(archive)
