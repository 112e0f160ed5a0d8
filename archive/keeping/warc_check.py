"""Every record of a raw object, read within bounds and held against its own digests."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from archive.errors import ArchiveError
from archive.warc import MAX_MEMBER_BYTES, MAX_RECORD_BYTES, payload_digest

_STEP = 2**15
_HTTP = frozenset({"response", "request", "revisit"})


@dataclass(frozen=True, slots=True)
class Record:
    """A WARC record: its type, where its gzip member lies, and the digest of its payload, checked unless it is a
    revisit, whose payload is that of another record."""

    kind: str
    offset: int
    length: int
    payload: str | None


def records_of(raw: bytes) -> Iterator[Record]:
    """The records of a raw object, in order. Raises `ArchiveError` at the first that is not whole, or whose block or
    payload does not have its digest; the message says at which byte it begins.

    >>> list(records_of(b""))
    []
    """
    view, offset = memoryview(raw), 0
    while offset < len(raw):
        try:
            data, length = _member(view, offset)
            kind, payload = _checked(data)
        except (zlib.error, UnicodeDecodeError, ValueError, ArchiveError) as error:
            raise ArchiveError(f"the record at byte {offset} {_told(error)}") from error
        yield Record(kind, offset, length, payload)
        offset += length


def _member(raw: memoryview, offset: int) -> tuple[bytes, int]:
    """What the gzip member at `offset` holds, and its length. Reads step by step: zlib copies what lies behind it."""
    inflate, at = zlib.decompressobj(wbits=31), offset
    parts: list[bytes] = []
    room = MAX_RECORD_BYTES + 1
    while not inflate.eof:
        part = inflate.unconsumed_tail
        if not part:
            part = bytes(raw[at : at + _STEP])
            at += len(part)
        parts.append(inflate.decompress(part, room))
        room -= len(parts[-1])
        if not (part or parts[-1] or inflate.eof) or room == 0 or at - offset > MAX_MEMBER_BYTES + _STEP:
            raise ArchiveError("is cut short, or too large")
    return b"".join(parts), at - offset - len(inflate.unused_data)


def _checked(data: bytes) -> tuple[str, str | None]:
    """The type of the record and its payload's digest."""
    head, _, rest = data.partition(b"\r\n\r\n")
    version, *lines = head.decode().split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    size = int(fields.get("content-length", -1))
    if version not in ("WARC/1.0", "WARC/1.1") or size < 0 or len(rest) != size + 4:
        raise ArchiveError("is no WARC record of the length that it says")
    kind, block, payload = fields.get("warc-type", ""), rest[:size], fields.get("warc-payload-digest")
    if payload_digest(block) != fields.get("warc-block-digest"):
        raise ArchiveError("does not have its block digest")
    body = block.partition(b"\r\n\r\n")[2] if kind in _HTTP else block
    if payload is not None and kind != "revisit" and payload_digest(body) != payload:
        raise ArchiveError("does not have its payload digest")
    return kind, payload


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, ArchiveError) else f"cannot be read: {error}"
