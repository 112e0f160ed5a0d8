"""Bodies that are sent packed, by gzip, deflate, brotli or zstd: never more of one than is allowed, and none that ends
before what is packed in it does."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Iterator
from gzip import GzipFile
from io import BytesIO

import brotli
from scrapy.utils._compression import _DecompressionMaxSizeExceeded

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdFile
else:
    from backports.zstd import ZstdFile

_CHUNK = 65_536
_END = re.compile(rb"</(html|rss|rdf:rdf|feed|urlset|sitemapindex)\s*>", re.IGNORECASE)


def unpack(body: bytes, encoding: bytes, max_size: int) -> bytes:
    """What a body holds. Raises `EOFError`, with the beginning as its argument, for one that was cut short; Scrapy's
    own error beyond `max_size` bytes; and whatever the library raises for what is not so encoded."""
    unpacked = bytearray()
    try:
        for piece in _PIECES[encoding](body) if body else ():
            unpacked += piece
            if len(unpacked) > max_size:
                raise _DecompressionMaxSizeExceeded(len(unpacked), max_size)
    except EOFError as error:
        # Some servers never send the end of what they pack: a document that has its own is whole.
        if not _END.search(unpacked, max(0, len(unpacked) - 5_000)):
            raise EOFError(bytes(unpacked)) from error
    except OSError:  # gzip's, for a wrong checksum, or other bytes behind the end
        if not unpacked:
            raise
    return bytes(unpacked)


def _read(file: GzipFile | ZstdFile) -> Iterator[bytes]:
    while piece := file.read1(_CHUNK):
        yield piece


def _inflated(body: bytes) -> Iterator[bytes]:
    reader = zlib.decompressobj()
    try:
        piece = reader.decompress(body, _CHUNK)
    except zlib.error:  # without the header, as some servers send it
        reader = zlib.decompressobj(-zlib.MAX_WBITS)
        piece = reader.decompress(body, _CHUNK)
    while piece:
        yield piece
        piece = reader.decompress(reader.unconsumed_tail, _CHUNK)
    if not reader.eof:
        raise EOFError


def _from_brotli(body: bytes) -> Iterator[bytes]:
    reader = brotli.Decompressor()
    piece = reader.process(body, output_buffer_limit=_CHUNK)
    while piece:
        yield piece
        piece = b"" if reader.is_finished() else reader.process(b"", output_buffer_limit=_CHUNK)
    if not reader.is_finished():
        raise EOFError


_PIECES: dict[bytes, Callable[[bytes], Iterator[bytes]]] = {
    b"gzip": lambda body: _read(GzipFile(fileobj=BytesIO(body))),
    b"x-gzip": lambda body: _read(GzipFile(fileobj=BytesIO(body))),
    b"zstd": lambda body: _read(ZstdFile(BytesIO(body))),
    b"deflate": _inflated,
    b"br": _from_brotli,
}
