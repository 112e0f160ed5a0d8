"""The user's own `breachwire.toml`, added to: what stands in it stays as it is, to the letter."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import tomllib
from pathlib import Path

from crawler.config import ConfigError, parse_config
from crawler.sources import Source

_KEYS = ("name", "title", "home", "country", "language", "kind", "feeds", "sitemaps", "sections")


def toml_string(text: str) -> str:
    """A TOML basic string (toml.io/en/v1.0.0#string). JSON's escapes are TOML's, but for DEL, which JSON leaves bare.

    >>> print(toml_string('a "b" \\x7f é'))
    "a \\"b\\" \\u007f é"
    """
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def entry_of(source: Source) -> str:
    """A source as a `[[source]]` table: what is known of it, in the order of the packaged registry."""
    lines = ["[[source]]"]
    for key in _KEYS:
        value = getattr(source, key)
        if isinstance(value, tuple) and value:
            lines.append(f"{key} = [{', '.join(map(toml_string, value))}]")
        elif isinstance(value, str):
            lines.append(f"{key} = {toml_string(value)}")
    return "\n".join(lines) + "\n"


def add_source(file: Path, source: Source) -> None:
    """Writes the source behind what the file holds; the file is made if it is not there.

    The file is replaced whole or not at all. Raises `ConfigError` if it cannot be read or written, or if it would not
    be a valid configuration afterwards.
    """
    try:
        text = file.read_bytes().decode() if file.exists() else ""  # with its line ends
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        entry = gap + entry_of(source)
        text += entry.replace("\n", "\r\n") if "\r\n" in text else entry
        parse_config(tomllib.loads(text.removeprefix("\ufeff")), str(file))
        _replace(file.resolve(), text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: no [[source]] can be added behind what it holds: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be written: {error.strerror}") from error


def _replace(file: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        Path(name).chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        Path(name).replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
