"""Files that are there as a whole, or as they were before."""

from __future__ import annotations

import contextlib
import errno
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into, which takes its name, and the place of what has it, once all was written. Folders that are
    missing are made. Raises OSError, and leaves nothing behind, when it cannot be written, or when what has its name is
    no file: a device such as /dev/stdout is nothing to put a file in the place of."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "what is there is no file", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def replace_file(path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces into a new file under this name, in place of what has it."""
    with new_file(path) as file:
        file.writelines(pieces)
