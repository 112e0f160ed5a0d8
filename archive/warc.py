"""Captures: the responses behind the articles, as WARC 1.1 (ISO 28500), one gzip member a record.

The same response always gives the same bytes: record ids are derived from the content, and gzip members carry
no time. warcio is imported when it is needed only.
"""

from __future__ import annotations

import hashlib
import io
import re
import uuid
import zlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from archive.blank import present_key
from archive.bucket import Bucket
from archive.errors import ArchiveError, ObjectMissing
from archive.layout import DataKey, parse_key
from archive.records import Capture
from archive.times import parse_time, rfc3339

MAX_MEMBER_BYTES = 64 * 2**20
"""The longest compressed record that is read back."""
MAX_RECORD_BYTES = 256 * 2**20
"""The most that a record may expand to when it is read back."""

ORIGINAL = "X-Archive-Orig-"
"""What stands before the name of a header that was true of the bytes on the wire, not of the body kept
here."""

_WIRE_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """An HTTP response as it is archived: the address that answered, when (RFC 3339), status, headers in
    their order, and the body with no content-encoding or transfer-encoding left. `via` is the address of the
    feed, sitemap or page that led here."""

    url: str
    fetched: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    via: str | None = None


@dataclass(frozen=True, slots=True)
class EncodedCapture:
    """A response as gzip members: the response record, the metadata record, and the payload's digest."""

    response: bytes
    metadata: bytes
    digest: str


def encode_capture(response: RawResponse) -> EncodedCapture:
    """The response as WARC records. Raises `ArchiveError` when URL, time or status cannot stand in one."""
    from warcio.statusandheaders import StatusAndHeaders

    url, moment = _uri(response.url), _moment(response)
    status = _status_line(response.status)
    headers = StatusAndHeaders(status, _http_headers(response), protocol="HTTP/1.1")
    headers.compute_headers_buffer()
    identity = hashlib.sha256(b"\0".join((url.encode(), moment.encode(), headers.headers_buff, response.body)))
    response_id = _record_id("response", identity.hexdigest())
    digest = payload_digest(response.body)
    written = _member(
        "response",
        url,
        {"WARC-Record-ID": response_id, "WARC-Date": moment, "WARC-Payload-Digest": digest},
        response.body,
        headers,
    )
    fields = "".join(f"{name}: {value}\r\n" for name, value in _metadata(response))
    metadata = _member(
        "metadata",
        url,
        {
            "WARC-Record-ID": _record_id("metadata", identity.hexdigest() + fields),
            "WARC-Date": moment,
            "WARC-Concurrent-To": response_id,
        },
        fields.encode(),
        None,
    )
    return EncodedCapture(written, metadata, digest)


def payload_digest(body: bytes) -> str:
    """The digest of a payload as WARC tools write and check it: sha256 in base32.

    >>> payload_digest(b"")
    'sha256:4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBKQ===='
    """
    from warcio.utils import Digester

    digester = Digester("sha256")
    digester.update(body)
    return str(digester)


def read_capture(bucket: Bucket, capture: Capture) -> RawResponse:
    """The response that an article's `capture` points at, as it was archived (`via`, kept beside it, is not
    read).

    Raises `ArchiveError` when the object is missing or holds something else there, and when it is larger than
    `MAX_MEMBER_BYTES` or expands to more than `MAX_RECORD_BYTES`.
    """
    place = parse_key(capture.warc)
    if not isinstance(place, DataKey) or place.kind != "raw":
        raise ArchiveError(f"capture {capture.warc[:80]!r}: not the key of a raw object")
    if capture.offset < 0 or not 0 < capture.length <= MAX_MEMBER_BYTES:
        raise ArchiveError(f"{capture.warc}: no record can lie at {capture.offset}+{capture.length}")
    try:
        member = bucket.get_range(capture.warc, capture.offset, capture.length)
    except ObjectMissing:  # another record was taken out of it, which changes its name
        member = bucket.get_range(present_key(bucket, capture.warc), capture.offset, capture.length)
    return decode_capture(member, capture)


def decode_capture(member: bytes, capture: Capture) -> RawResponse:
    """The response in the gzip member that `capture` points at. Raises `ArchiveError` when it is another
    one."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed
    from warcio.statusandheaders import StatusAndHeadersParserException

    where = f"{capture.warc} at {capture.offset}+{capture.length}"
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(_expand(member, where)))), None)
    except (ArchiveLoadFailed, StatusAndHeadersParserException, EOFError, ValueError) as error:
        raise ArchiveError(f"{where}: not a WARC record: {str(error).strip()[:120]}") from error
    if record is None or record.rec_type != "response" or record.http_headers is None:
        raise ArchiveError(f"{where}: not a response record; see `breachwire archive verify`")
    body = record.raw_stream.read()
    if payload_digest(body) != capture.digest:
        raise ArchiveError(f"{where}: the payload does not have the digest {capture.digest}")
    return RawResponse(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        fetched=record.rec_headers.get_header("WARC-Date"),
        status=int(record.http_headers.get_statuscode()),
        headers=tuple(record.http_headers.headers),
        body=body,
    )


def _member(kind: str, url: str, warc_headers: dict[str, str], payload: bytes, http_headers: Any) -> bytes:
    from warcio.utils import Digester
    from warcio.warcwriter import WARCWriter

    block = (http_headers.headers_buff if http_headers else b"") + payload
    digester = Digester("sha256")
    digester.update(block)
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="1.1")
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        http_headers=http_headers,
        warc_headers_dict={
            "WARC-Type": kind,
            "WARC-Target-URI": url,
            "WARC-Payload-Digest": payload_digest(payload),
            "WARC-Block-Digest": str(digester),
        }
        | warc_headers,
    )
    writer.write_record(record)
    return out.getvalue()


def _expand(member: bytes, where: str) -> bytes:
    """The one gzip member, decompressed within bounds."""
    inflate = zlib.decompressobj(wbits=31)
    try:
        data = inflate.decompress(member, MAX_RECORD_BYTES)
    except zlib.error as error:
        raise ArchiveError(f"{where}: not a gzip member: {error}") from error
    if not inflate.eof or inflate.unused_data:
        raise ArchiveError(f"{where}: not one whole gzip member of at most {MAX_RECORD_BYTES} bytes")
    return data


def _http_headers(response: RawResponse) -> list[tuple[str, str]]:
    """The headers that may stand in the record: real names, values on one line, lengths and codings that
    fit."""
    headers = []
    for name, value in response.headers:
        if _TOKEN.fullmatch(name):
            renamed = ORIGINAL + name if name.lower() in _WIRE_HEADERS else name
            headers.append((renamed, _one_line(value)))
    return [*headers, ("Content-Length", str(len(response.body)))]


def _metadata(response: RawResponse) -> list[tuple[str, str]]:
    fields = [("description", "body kept without content-encoding and transfer-encoding")]
    if response.via is not None:
        fields.append(("via", _one_line(response.via)))
    return fields


def _one_line(value: str) -> str:
    return _CONTROL.sub(" ", value).strip()


def _uri(url: str) -> str:
    """The URL in printable ASCII. Only http and https have HTTP responses."""
    scheme, colon, rest = url.partition(":")
    if scheme.lower() not in ("http", "https") or not rest:
        raise ArchiveError(f"capture of {url[:80]!r}: not an http(s) URL")
    return scheme.lower() + colon + quote(rest, safe=_URL_SAFE, errors="replace")


def _moment(response: RawResponse) -> str:
    try:
        return rfc3339(parse_time(response.fetched))
    except ValueError as error:
        raise ArchiveError(f"capture of {response.url[:80]!r}: fetched is {error}") from error


def _status_line(status: int) -> str:
    if not 100 <= status <= 999:
        raise ArchiveError(f"HTTP status {status} is not three digits")
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _record_id(kind: str, content: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'breachwire:{kind}:{content}')}>"
