"""Deleting for good: an object with all its versions, what no commit counts on any more, what a killed write left."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Protocol, runtime_checkable

from archive.bucket import Bucket, folder_of
from archive.errors import BucketError, ObjectMissing
from archive.layout import CLEAN, RAW, TEMPORARY_FOLDER, CommitKey, DataKey, parse_key
from archive.segment import LATEST_WRITE

FEWEST_DAYS = 2 * LATEST_WRITE
"""No object without a commit goes before this: its commit may be on the way still."""


@runtime_checkable
class Versioned(Protocol):
    """A bucket that may keep the versions of objects that were deleted."""

    def delete_versions(self, key: str) -> int:
        """Remove the object with every version; their number."""


@runtime_checkable
class Dated(Protocol):
    """A bucket that tells when an object was put."""

    def put_at(self, key: str) -> datetime:
        """The moment, by the clock of the place. Raises `ObjectMissing`."""


def purge(bucket: Bucket, key: str) -> None:
    """Remove an object and every version of it; success when it is not there."""
    if isinstance(bucket, Versioned):
        bucket.delete_versions(key)
    else:
        bucket.delete(key)


def data_keys(bucket: Bucket) -> Iterator[DataKey]:
    """The keys of all raw and clean objects that are there."""
    for prefix in (RAW, CLEAN):
        for key, _size in bucket.list(prefix):
            if isinstance(place := parse_key(key), DataKey):
                yield place


def orphans(present: Iterable[DataKey], keys: Iterable[CommitKey]) -> list[DataKey]:
    """Those of the objects that are named by no segment's own commit, given all commits' keys. Rewrites may name them.

    The objects must have been listed before the commits: then one that is committed meanwhile is none.
    """
    own = {(key.day, key.run, key.seq) for key in keys if not key.rewrite}
    return [key for key in present if (key.day, key.run, key.seq) not in own]


def is_settled(bucket: Bucket, key: DataKey, now: datetime, grace: timedelta) -> bool:
    """Whether an object without a commit is older than the grace, so that none can be on the way.

    Captures that are written again, without some of them, keep the name of their run, however long ago that was: of
    these it counts when they were put.
    """
    least = max(grace, FEWEST_DAYS)
    try:
        day_over = datetime.combine(key.day, clock_time(), UTC) + timedelta(days=1)
        begun = datetime.strptime(key.run[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except (OverflowError, ValueError):  # a name that no run has given
        return False
    if now - max(day_over, begun) < least:
        return False
    if key.kind == "raw" and isinstance(bucket, Dated):
        with contextlib.suppress(ObjectMissing):  # another one has deleted it
            return now - bucket.put_at(str(key)) >= least
    return True


def clear_temporary(bucket: Bucket) -> list[str]:
    """Remove what killed writes left in a folder archive's `.tmp/`: files of processes that are no more."""
    folder = None if "://" in bucket.uri else folder_of(bucket.uri)
    if folder is None or not (folder / TEMPORARY_FOLDER).is_dir():
        return []
    left = [path for path in sorted((folder / TEMPORARY_FOLDER).iterdir()) if not path.is_dir() and _is_left(path)]
    for path in left:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise BucketError(f"{path}: is left of a killed write, and cannot be deleted: {error.strerror}") from error
    return [f"{TEMPORARY_FOLDER}/{path.name}" for path in left]


def _is_left(path: Path) -> bool:
    process = path.name.partition("-")[0]
    try:
        if time.time() - path.stat().st_mtime > LATEST_WRITE.total_seconds():
            return True
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return True
    except (PermissionError, FileNotFoundError):
        return False
    return False
