"""What can go wrong with an archive. Each message names the place, what is wrong with it and the mend."""

from __future__ import annotations


class ArchiveError(Exception):
    """The archive cannot be read or written as asked. Base of every error of this package."""


class InvalidKey(ArchiveError, ValueError):
    """A key that no object of an archive may have."""


class InvalidQuery(ArchiveError, ValueError):
    """A question that no archive can answer: a malformed cursor or date, an id that is not unique."""


class Erased(ArchiveError):
    """An article that a tombstone keeps out of the archive."""


class BucketError(ArchiveError):
    """The folder or bucket under the archive refuses: not there, not allowed, full, out of reach."""


class NoArchive(BucketError):
    """There is no such folder."""


class ObjectMissing(BucketError):
    """No object lies under the key."""


class ObjectConflict(BucketError):
    """Another object, with other bytes, already lies under the key. Objects are never changed in place."""
