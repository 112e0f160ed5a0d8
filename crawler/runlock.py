"""Which runs are alive: a lock file a run, which the system lets go when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from archive import ArchiveError


class RunLock:
    """Held by a run from its start to its end. `kill -9` releases it too, so leases of dead runs can be taken over
    at once, without waiting for a time-out. The folder must be on a local disk."""

    def __init__(self, folder: Path, run: str) -> None:
        self._path = _path(folder, run)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Under another name until it is locked: who looks in between would take it for a dead run's, and clear it.
            unlocked = self._path.with_suffix(".new")
            self._handle = os.open(unlocked, os.O_CREAT | os.O_RDWR, 0o644)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unlocked.rename(self._path)
        except OSError as error:
            raise ArchiveError(f"{self._path}: cannot be locked: {error.strerror}; check the folder") from error

    def release(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def is_alive(folder: Path, run: str) -> bool:
    """Whether the process of that run still holds its lock; the file of a dead run is cleared away."""
    path = _path(folder, run)
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(handle)


def alive_runs(folder: Path) -> list[str]:
    """The runs whose process holds its lock now. Raises `ArchiveError` where that cannot be told."""
    try:
        return sorted(path.stem for path in folder.glob("*.lock") if is_alive(folder, path.stem))
    except OSError as error:
        raise ArchiveError(f"{folder}: cannot be looked into: {error.strerror}; check its owner and mode") from error


def _path(folder: Path, run: str) -> Path:
    if not re.fullmatch(r"[\w-]{1,80}", run):
        raise ValueError(f"not a run id: {run!r}")
    return folder / f"{run}.lock"
