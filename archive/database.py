"""Local, derived state in a SQLite file: opened for several processes, and its refusals told in one clear line."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from archive.errors import ArchiveError

BUSY_SECONDS = 60
"""How long a writer waits for another one."""

_PRAGMAS = """
PRAGMA page_size = 8192;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA journal_size_limit = 67108864;
"""
# Pages of 8 kB: rows of 2 kB, which the near-duplicate index has, would leave half of smaller ones empty.
# NORMAL: a loss of power may undo the last transactions but never harms the file.


class Database:
    """One file: one writer at a time, any number of readers beside it. What it holds can be made again from the
    archive, so a transaction that a loss of power undoes is no loss, and a damaged file may be deleted.

    Every method raises `ArchiveError` when the file is damaged, full, out of reach, or locked for over a minute.
    """

    def __init__(self, path: Path, tables: str, version: int) -> None:
        """Opens the file, or makes it with these `CREATE … IF NOT EXISTS` statements. Raises `ArchiveError` for a file
        of another version."""
        self.path = path
        self._mended = _Mended(path)
        with self._mended:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            self._connection.executescript(_PRAGMAS)
        try:
            self._prepare(tables, version)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, tables: str, version: int) -> None:
        with self.transaction():
            ((found,),) = self.all("PRAGMA user_version")
            if found == 0:
                for statement in tables.split(";"):
                    self.run(statement)
                self.run(f"PRAGMA user_version = {int(version)}")
            elif found != version:
                raise ArchiveError(
                    f"{self.path}: is of version {found}, this program uses {version}; run `breachwire archive rebuild`"
                )

    def function(self, name: str, function: Callable[..., Any]) -> None:
        """Lets statements call the function, which gives the same for the same arguments."""
        self._connection.create_function(name, -1, function, deterministic=True)

    def all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self._mended:
            return self._connection.execute(query, values).fetchall()

    def one(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, None when it has none."""
        with self._mended:
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
            return row

    def run(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> int:
        """Carries out a statement; the number of rows that it changed."""
        with self._mended:
            return self._connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carries out a statement for each of the rows."""
        with self._mended:
            self._connection.executemany(statement, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done within, or nothing of it."""
        self.run("BEGIN IMMEDIATE")
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # SQLite ends it by itself when the disk is full
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """All that is read within is of one moment, whatever others write."""
        self.run("BEGIN")
        try:
            yield
        finally:
            self.run("COMMIT")

    def scrub(self) -> None:
        """Leaves no byte of what was deleted: the file is written anew without free pages, and its log emptied.

        Raises `ArchiveError` when another process reads on for over a minute, for then the log cannot be emptied.
        """
        self.run("VACUUM")
        ((busy, _, _),) = self.all("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            raise ArchiveError(f"{self.path}: is in use, what was deleted is still in its log; run this again later")

    def close(self) -> None:
        """Closes the file. It is not used after that."""
        self._connection.close()


class _Mended:
    """Tells what SQLite refuses as an `ArchiveError`. A class, for a generator takes as long as a small query."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            raise ArchiveError(
                f"{self._path}: cannot be used: {error}; check the folder, and that no run hangs"
            ) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise ArchiveError(f"{self._path}: is damaged: {error}; run `breachwire archive rebuild`") from error
        if isinstance(error, OSError):
            raise ArchiveError(
                f"{self._path.parent}: no folder for local state: {error.strerror}; check --archive"
            ) from error
