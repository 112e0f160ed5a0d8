"""A bucket: named objects that are written once, in a folder or on S3, under the same keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from archive.errors import BucketError


class Bucket(Protocol):
    """Where an archive's objects lie. Every method raises `BucketError` when the place itself refuses, and
    `InvalidKey` for a key that `archive.layout.validate_key` does not allow."""

    @property
    def uri(self) -> str:
        """The place, as messages name it."""

    def put(self, key: str, data: bytes) -> None:
        """Create the object. It is there in full and durable on return, and never there in part.

        The same bytes under the key already: success. Other bytes: `ObjectConflict`.
        """

    def get(self, key: str) -> bytes:
        """The whole object. Raises `ObjectMissing`."""

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """At most `length` bytes from `offset`; fewer when the object ends before. Raises `ObjectMissing`."""

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Every object whose key begins with `prefix`, as (key, size in bytes), in the order of keys."""

    def delete(self, key: str) -> None:
        """Remove the object; success when it is not there."""


def open_bucket(uri: str | Path) -> Bucket:
    """The bucket at a folder's path, a `file://` URI or `s3://bucket/prefix`. Touches nothing yet."""
    folder = folder_of(uri)
    if folder is not None:
        from archive.folder import FolderBucket

        return FolderBucket(folder)
    from archive.s3 import open_s3  # boto3 takes most of a second to import: only for those who use it

    return open_s3(str(uri))


def folder_of(uri: str | Path) -> Path | None:
    """The folder that an archive's URI names, or None when it names an S3 bucket.

    >>> folder_of("file:///srv/wire%20archive").as_posix()
    '/srv/wire archive'
    >>> folder_of("s3://wire/archive") is None
    True
    """
    text = str(uri)
    if not text or "\0" in text:
        raise BucketError(f"archive {text!r}: not a place; name a folder or s3://bucket/prefix")
    if isinstance(uri, Path) or "://" not in text:
        return Path(text).expanduser()
    scheme = text.partition("://")[0].lower()
    if scheme == "s3":
        return None
    if scheme != "file":
        raise BucketError(f"archive {text!r}: unknown scheme {scheme!r}; name a folder or s3://bucket/prefix")
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost") or not parts.path:
        raise BucketError(f"archive {text!r}: a file URI has three slashes, as in file:///srv/archive")
    return Path(unquote(parts.path))
