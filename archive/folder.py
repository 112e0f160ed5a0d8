"""A bucket in a folder of the local file system."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import BucketError, NoArchive, ObjectConflict, ObjectMissing
from archive.layout import STATE_FOLDER, TEMPORARY_FOLDER, validate_key, validate_prefix

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST, errno.ELOOP})
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV})


class FolderBucket:
    """Objects as files. A file appears under its key whole and durable or not at all: it is written and
    synced under `.tmp/`, linked to its name (which fails if the name is taken), and the folder is synced."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    @property
    def uri(self) -> str:
        return str(self._root)

    def put(self, key: str, data: bytes) -> None:
        target = self._root / validate_key(key)
        try:
            _make_folder(target.parent)
            _make_folder(self._root / TEMPORARY_FOLDER)
            created = self._create(target, data)
            _sync_folder(target.parent)
        except OSError as error:
            raise self._cannot("written", error) from error
        if not created and self.get(key) != data:
            raise ObjectConflict(f"{self.uri}: object {key} is already there with other bytes; it was left as it is")

    def _create(self, target: Path, data: bytes) -> bool:
        """Whether the file was made; False when the name is taken."""
        temporary = self._root / TEMPORARY_FOLDER / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _link(temporary, target)
        except FileExistsError:
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def get(self, key: str) -> bytes:
        with self._reading(key):
            return (self._root / validate_key(key)).read_bytes()

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        with self._reading(key), (self._root / validate_key(key)).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def put_at(self, key: str) -> datetime:
        """When the object was put, by this machine's clock."""
        with self._reading(key):
            return datetime.fromtimestamp((self._root / validate_key(key)).stat().st_mtime, UTC)

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """As `Bucket.list`. Links are not followed; `.state/` and `.tmp/` are no part of the archive."""
        validate_prefix(prefix)
        if not self._root.exists():
            raise self._no_archive()
        try:
            yield from _walk(str(self._root), "", prefix)
        except OSError as error:
            raise self._cannot("read", error) from error

    def delete(self, key: str) -> None:
        target = self._root / validate_key(key)
        try:
            target.unlink(missing_ok=True)
            if target.parent.is_dir():
                _sync_folder(target.parent)
        except OSError as error:
            raise self._cannot("written", error) from error

    @contextlib.contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, IsADirectoryError) as error:
            if not self._root.exists():
                raise self._no_archive() from error
            raise ObjectMissing(f"{self.uri}: object {key} is missing; see `breachwire archive verify`") from error
        except OSError as error:
            raise self._cannot("read", error) from error

    def _no_archive(self) -> NoArchive:
        return NoArchive(f"{self.uri}: there is no archive here; check --archive, or make one with `breachwire crawl`")

    def _cannot(self, done: str, error: OSError) -> BucketError:
        if error.errno in _NO_SPACE:
            why = "no space left; free some and run again, nothing was half written"
        elif error.errno in _NOT_ALLOWED:
            why = "not permitted; check the owner and mode of the folder, and that it is not mounted read-only"
        elif error.errno in _NO_FOLDER:
            why = f"{error.filename or self.uri} is not a folder; name another --archive"
        else:
            why = f"{error.strerror or error}; mend that and run again"
        return BucketError(f"{self.uri}: the archive folder cannot be {done}: {why}")


def _link(temporary: Path, target: Path) -> None:
    try:
        target.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # exFAT and some network file systems have no hard links. A rename is as whole; that it would replace
        # a file made meanwhile does no harm, for a key holds its run's random bits or its content's digest.
        if target.exists():
            raise FileExistsError(errno.EEXIST, "already there", str(target)) from error
        temporary.rename(target)


def _make_folder(folder: Path) -> None:
    """Make the folder and its parents, each name durable."""
    if folder.is_dir():
        return
    if folder != folder.parent:
        _make_folder(folder.parent)
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():  # else another process was faster
            raise
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _walk(folder: str, key: str, prefix: str) -> Iterator[tuple[str, int]]:
    """The files below `folder`, whose key so far is `key`, in the order of their keys' bytes."""
    with os.scandir(folder) as entries:
        named = [(entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name, entry) for entry in entries]
    for name, entry in sorted(named, key=lambda pair: os.fsencode(pair[0])):
        path = key + name
        if name.endswith("/"):
            reserved = not key and entry.name in (STATE_FOLDER, TEMPORARY_FOLDER)
            if not reserved and (path.startswith(prefix) or prefix.startswith(path)):
                yield from _walk(entry.path, path, prefix)
        elif path.startswith(prefix) and entry.is_file(follow_symlinks=False):
            with contextlib.suppress(FileNotFoundError):  # deleted since the folder was read
                yield path, entry.stat(follow_symlinks=False).st_size
