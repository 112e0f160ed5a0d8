"""Taking records out of a WARC object so that all others keep their places.

A capture is found by its offset, from records that may lie anywhere in the archive. So what is taken out leaves a
record of the very same length in its place that says nothing, and only the object's name changes: its run and number
stay, its sha256 is another one (`present_key`).
"""

from __future__ import annotations

import base64
import hashlib
import uuid
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from archive.bucket import Bucket
from archive.errors import ArchiveError, ObjectMissing
from archive.layout import RAW, DataKey, day_of, parse_key

_STEP = 2**16
_MAX_HEADER = 2**16
_STORED = 65_535
"""The most bytes in a stored block of deflate (RFC 1951 §3.2.4)."""
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_AROUND = len(_GZIP_HEADER) + 8
_DIGEST = 56
"""Characters of a sha256 in base32."""


@dataclass(frozen=True, slots=True)
class Member:
    """A record in a WARC object: where it lies, and its headers, their names in lower case."""

    offset: int
    length: int
    headers: dict[str, str]

    def names(self, *headers: str) -> set[str]:
        """The values of these headers, as far as there are any."""
        return {self.headers[name] for name in headers if name in self.headers}


def members(key: str, data: bytes) -> Iterator[Member]:
    """The records of a WARC object, one gzip member each. Raises `ArchiveError` when it is damaged."""
    offset = 0
    while offset < len(data):
        inflate, at, head = zlib.decompressobj(wbits=31), offset, b""
        try:
            while not inflate.eof:
                part = inflate.unconsumed_tail or data[at : at + _STEP]
                at += 0 if inflate.unconsumed_tail else len(part)
                found = inflate.decompress(part, _MAX_HEADER)
                if not (part or found or inflate.eof):
                    raise ArchiveError(f"{key} at {offset}: its gzip data is cut short")
                head += found[: _MAX_HEADER - len(head)]
        except zlib.error as error:
            raise ArchiveError(f"{key} at {offset}: not a gzip member: {error}") from error
        end = at - len(inflate.unused_data)
        yield Member(offset, end - offset, _headers(head))
        offset = end


def blanked(
    key: str, data: bytes, offsets: Collection[int], is_gone: Callable[[str], bool]
) -> tuple[bytes | None, set[int]]:
    """The object without the records at these offsets, those of addresses that are gone, and all that belong to them
    (request, metadata, a revisit of the same payload); and the offsets of all these.

    None in place of the object when no response is left in it.
    """
    found = list(members(key, data))
    gone = {each.offset for each in found if each.offset in offsets or any(map(is_gone, each.names("warc-target-uri")))}
    more = gone
    while more:
        out = (each for each in found if each.offset in more)
        ids = set[str]().union(*(each.names("warc-record-id", "warc-concurrent-to") for each in out))
        more = {each.offset for each in found if each.offset not in gone and _belongs(each, ids)}
        gone |= more
    if not any(each.headers.get("warc-type") in ("response", "revisit") for each in found if each.offset not in gone):
        return None, gone
    whole = bytearray(data)
    for each in found:
        if each.offset in gone:
            whole[each.offset : each.offset + each.length] = filler(f"{stem(key)} {each.offset}", each.length)
    return bytes(whole), gone


def filler(name: str, length: int) -> bytes:
    """A gzip member of exactly this length that holds a WARC record without content. Raises `ArchiveError` where not
    even that has room.

    >>> len(filler("x", 70_000)), len(filler("x", 320))
    (70000, 320)
    """
    blocks = -(-(length - _AROUND) // (_STORED + 5))
    room = length - _AROUND - 5 * blocks
    identity = uuid.uuid5(uuid.NAMESPACE_URL, name)
    head = f"WARC/1.1\r\nWARC-Type: metadata\r\nWARC-Record-ID: <urn:uuid:{identity}>\r\n"
    head += "WARC-Date: 1970-01-01T00:00:00Z\r\nWARC-Block-Digest: sha256:%s\r\nContent-Length: "
    spare = room - len(head) - (_DIGEST - len("%s")) - len("\r\n\r\n\r\n\r\n")
    size = spare - len(str(spare))
    if size < 0:
        raise ArchiveError(f"a record of {length} bytes is too short to be taken out")
    # A number of a digit less leaves a byte over: then a zero stands before it.
    number = str(size).zfill(spare - size)
    block = b" " * size
    digest = base64.b32encode(hashlib.sha256(block).digest()).decode()
    return _stored((head % digest + number).encode() + b"\r\n\r\n" + block + b"\r\n\r\n", blocks)


def present_key(bucket: Bucket, key: str) -> str:
    """Under which key the raw object lies now that was put under `key`. Raises `ObjectMissing` when there is none."""
    place = parse_key(key)
    if isinstance(place, DataKey) and place.kind == "raw":
        for found, _size in bucket.list(f"{RAW}{day_of(place.day)}{place.run}-{place.seq:05d}-"):
            return found
    raise ObjectMissing(f"{bucket.uri}: object {key} is missing; see `breachwire archive verify`")


def stem(key: str) -> str:
    """The key of a raw object without the digest that changes when something is taken out of it.

    >>> stem("raw/v1/dt=2026-02-01/20260201T093000Z-0badcafe-00007-0123456789abcdef.warc.gz")
    'raw/v1/dt=2026-02-01/20260201T093000Z-0badcafe-00007'
    """
    return key.rpartition("-")[0]


def _belongs(member: Member, ids: set[str]) -> bool:
    return not ids.isdisjoint(member.names("warc-record-id", "warc-concurrent-to", "warc-refers-to"))


def _headers(head: bytes) -> dict[str, str]:
    lines = head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _stored(data: bytes, blocks: int) -> bytes:
    """The data as a gzip member of so many blocks that are not compressed."""
    out = bytearray(_GZIP_HEADER)
    for number in range(blocks):
        part = data[number * _STORED : (number + 1) * _STORED]
        out += bytes([number == blocks - 1]) + len(part).to_bytes(2, "little")
        out += (len(part) ^ 0xFFFF).to_bytes(2, "little") + part
    return bytes(out) + zlib.crc32(data).to_bytes(4, "little") + (len(data) & 0xFFFFFFFF).to_bytes(4, "little")
