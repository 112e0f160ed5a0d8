"""The lines of requests and responses as they may stand in a WARC record: what a server sent as one stays one line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from archive.errors import ArchiveError

Headers = tuple[tuple[str, str], ...]

ORIGINAL = "X-Archive-Orig-"
"""What stands before the name of a header that was true of the bytes on the wire, not of the body kept
here."""

_WIRE_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_SECRETS = frozenset({"authorization", "proxy-authorization", "cookie"})
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


def response_headers(headers: Headers, length: int) -> list[tuple[str, str]]:
    """The headers that may stand in the record: real names, values on one line, lengths and codings that
    fit."""
    renamed = [(ORIGINAL + name if name.lower() in _WIRE_HEADERS else name, value) for name, value in _clean(headers)]
    return [*renamed, ("Content-Length", str(length))]


def request_headers(url: str, headers: Headers) -> list[tuple[str, str]]:
    """The headers of a request, the host first, without what gives access.

    >>> request_headers("https://a.example:8080/b", (("Cookie", "id=1"), ("Accept", "text/html")))
    [('Host', 'a.example:8080'), ('Accept', 'text/html')]
    """
    kept = [(name, value) for name, value in _clean(headers) if name.lower() not in _SECRETS | {"host"}]
    return [("Host", urlsplit(url).netloc.rpartition("@")[2]), *kept]


def http_head(first_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """The first line and the headers, with the empty line that ends them."""
    return ("\r\n".join([first_line, *(f"{name}: {value}" for name, value in headers)]) + "\r\n\r\n").encode()


def request_line(url: str) -> str:
    """The first line of a GET request.

    >>> request_line("https://a.example?q=1#part")
    'GET /?q=1 HTTP/1.1'
    """
    parts = urlsplit(url)
    return f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"


def status_line(status: int) -> str:
    """The first line of a response. Raises `ArchiveError` unless it has three digits."""
    if not 100 <= status <= 999:
        raise ArchiveError(f"HTTP status {status} is not three digits")
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP/1.1 {status} Unknown"


def web_address(url: str) -> str:
    """The URL in printable ASCII. Only http and https have HTTP responses: `ArchiveError` for others."""
    scheme, colon, rest = url.partition(":")
    if scheme.lower() not in ("http", "https") or not rest:
        raise ArchiveError(f"capture of {url[:80]!r}: not an http(s) URL")
    return scheme.lower() + colon + quote(rest, safe=_URL_SAFE, errors="replace")


def one_line(value: str) -> str:
    """The value with no control character left.

    >>> one_line("1\\r\\nX-B: 2")
    '1 X-B: 2'
    """
    return _CONTROL.sub(" ", value).strip()


def _clean(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, one_line(value)) for name, value in headers if _TOKEN.fullmatch(name)]
