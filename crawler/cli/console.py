"""Standard error and standard output: messages, logging, and JSON lines in and out."""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

MAX_LINE = 64 * 1024 * 1024
"""Bytes of one JSON line: a page of 20 MB and its escapes fit."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# The control characters and changes of direction that JSON lets stand as they are; in UTF-8.
_UNSEEN = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
_MARK = re.compile(rb'["{}\[\]]|\\.', re.DOTALL)
"""What tells, in JSON, whether a string or a bracket is open; an escaped quote does not."""
_NO_OBJECT = "not a JSON object"
_OWN = "breachwire"
"""The logger of what a command says itself, which text shows without its level."""


class UsageError(Exception):
    """A mistake of the user's: what is wrong, and the mend."""


def stand_in_for_closed_streams() -> None:
    """What the caller has closed (`2>&-`) leads nowhere: else the next file that is opened would take its place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115  # for as long as the process lives


def complain(problem: object) -> None:
    """What went wrong, to standard error: a line, or several."""
    logging.getLogger(_OWN).error("%s", problem)


def remark(what: object) -> None:
    """What is good to know, to standard error, but with -q."""
    logging.getLogger(_OWN).warning("%s", what)


def visible(text: str) -> str:
    """Text that is safe on a terminal: control characters and changes of direction are shown as a mark.

    >>> visible("a\\x1b[31mb")
    'a�[31mb'
    """
    return _CONTROL.sub("\ufffd", text)


def visible_json(json: bytes) -> bytes:
    """The same JSON, safe on a terminal: what it would obey is escaped, so nothing is lost.

    >>> visible_json('"a\x9bb"'.encode())
    b'"a\\\\u009bb"'
    """
    return _UNSEEN.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), json)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class _Visible(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        if record.name == _OWN:
            return f"{_OWN}: {visible(record.getMessage())}"
        return visible(super().format(record))


def set_up_logging(verbosity: int, form: str) -> None:
    """Logs to standard error: warnings, or more and less by -v and -q."""
    level = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}.get(max(-1, verbosity), logging.DEBUG)
    handler = logging.StreamHandler()
    handler.setLevel(level)  # a library's own logger may let more through
    handler.setFormatter(_JsonLines() if form == "json" else _Visible("%(levelname)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    hush()


def hush() -> None:
    """Below DEBUG, the libraries say only what went wrong: what a crawl did is the report's to tell."""
    if logging.getLogger().level <= logging.DEBUG:
        return
    for name in ("scrapy", "twisted", "trafilatura", "htmldate", "charset_normalizer", "botocore", "asyncio"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # What a request for robots.txt came to, and that a certificate is not trusted, are outcomes of URLs; these two
    # would tell them with a traceback.
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").setLevel(logging.CRITICAL)
    logging.getLogger("twisted").addFilter(_no_outcome)


def _no_outcome(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("while verifying certificate")


def open_input(name: str) -> IO[bytes]:
    """A file by name, unpacked if it ends in .gz, or standard input for `-`. Raises `UsageError`."""
    if name == "-":
        return sys.stdin.buffer
    path = Path(name)
    try:
        return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}") from error


class JsonLines:
    """The JSON objects of a stream, one a line; empty lines are passed over.

    A line that is no object, or whose fields are not of the types in `needs`, is told on standard error and passed
    over. Lines that belong to one object (a writer left raw line breaks in its strings) are put together.

    `faults` counts what was passed over. Iterating raises `UsageError` at the end if there was nothing else.
    """

    def __init__(self, name: str, needs: dict[str, type]) -> None:
        self.faults = 0
        self._name = name
        self._needs = needs
        self._stream = open_input(name)
        self._number = 0
        self._at = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        good = 0
        for number, entry, fault in self._objects():
            self._at = number
            fault = fault or self._missing(entry or {})
            if entry is None or fault:
                self.refuse(fault)
                continue
            good += 1
            yield entry
        if self.faults and not good:
            raise UsageError(f"{self._name}: holds no JSON line of {', '.join(self._needs)}")

    def refuse(self, fault: str) -> None:
        """Tells and counts what is wrong with the object that was given last."""
        self.faults += 1
        complain(f"{self._name}: line {self._at}: {fault}")

    def _missing(self, entry: dict[str, Any]) -> str:
        for field, kind in self._needs.items():
            if field not in entry:
                return f"has no {field!r}; expected {', '.join(self._needs)}"
            if not isinstance(entry[field], kind):
                return f"{field!r} is to be of type {kind.__name__}"
        return ""

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
        """Line number, object, and what is wrong where there is none."""
        torn = _Torn()
        while line := self._line():
            entry = _object(line)
            if entry is not None:
                if torn:
                    yield torn.start, None, _NO_OBJECT
                yield self._number, entry, ""
                torn = _Torn()
            elif torn or line.strip():
                torn.add(line, self._number)
                if torn.is_whole or torn.size > MAX_LINE:
                    entry = _object(b"".join(torn.lines))
                    yield torn.start, entry, "" if entry is not None else _NO_OBJECT
                    torn = _Torn()
        if torn:
            yield torn.start, None, _NO_OBJECT

    def _line(self) -> bytes:
        self._number += 1
        try:
            return self._stream.readline(MAX_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise UsageError(f"{self._name}: line {self._number}: cannot be read: {error}") from error


class _Torn:
    """Lines that may be one object; they are parsed once, when its brackets are closed."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0
        self.start = 0
        self._depth = 0
        self._in_string = False

    def __bool__(self) -> bool:
        return bool(self.lines)

    def add(self, line: bytes, number: int) -> None:
        self.start = self.start or number
        self.lines.append(line)
        self.size += len(line)
        for mark in _MARK.findall(line):
            if mark == b'"':
                self._in_string = not self._in_string
            elif not self._in_string:
                self._depth += (mark in b"{[") - (mark in b"}]")

    @property
    def is_whole(self) -> bool:
        """Whether nothing more can belong to it; what does not begin as an object is whole at once."""
        return (self._depth <= 0 and not self._in_string) or not self.lines[0].lstrip().startswith(b"{")


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(text, strict=False, parse_constant=lambda _: None)  # NaN is no JSON, and tells nothing
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def put_json(entry: Any, indent: int | None = None) -> None:
    """One JSON line to standard output, or an indented object, safe for a terminal."""
    line = json.dumps(entry, ensure_ascii=False, indent=indent, separators=None if indent else (",", ":"))
    sys.stdout.buffer.write(visible_json(line.encode("utf-8", "backslashreplace")) + b"\n")


def put(text: str) -> None:
    """Text to standard output, safe for a terminal."""
    sys.stdout.buffer.write(visible(text).encode("utf-8", "replace") + b"\n")
