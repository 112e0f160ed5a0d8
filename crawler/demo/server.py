"""Small real HTTP servers on 127.0.0.1, one port a site: what the demonstration and the tests crawl.

A site is a function from `Request` to `Response`; the server adds what HTTP wants: lengths, validators and
304 answers, gzip, HEAD, and an end to every connection when it is closed.
"""

from __future__ import annotations

import gzip
import hashlib
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asked for. `path` is without the query."""

    path: str
    query: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A body that is made while it is sent, so that no request holds it whole.

    `chunks` is called with an event that is set when the server closes: an endless stream waits on it.
    Without a `length` in bytes the end of the connection is the end of the body.
    """

    chunks: Callable[[threading.Event], Iterator[bytes]]
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer. `modified` sends Last-Modified; `compress` sends gzip to a client that accepts it."""

    status: int = 200
    body: bytes | Stream = b""
    headers: dict[str, str] = field(default_factory=dict)
    modified: datetime | None = None
    compress: bool = False


Answer = Callable[[Request], Response]
"""A site. It may raise `ConnectionResetError`: then the client's connection is reset."""


class Hit(NamedTuple):
    """One answered request; `at` is in seconds of the monotonic clock."""

    site: str
    path: str
    status: int
    at: float
    user_agent: str


def text_response(text: str, content_type: str = "text/html; charset=utf-8", status: int = 200) -> Response:
    """The text in UTF-8."""
    return Response(status=status, body=text.encode(), headers={"Content-Type": content_type})


def not_found() -> Response:
    return text_response("<!doctype html><title>Not found</title><h1>404 Not found</h1>", status=404)


class SiteServer(socketserver.ThreadingTCPServer):
    """One site on its own port. Not `HTTPServer`: that one asks DNS for the host's name when it starts."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, name: str, answer: Answer, *, port: int = 0, hits: list[Hit] | None = None) -> None:
        """Binds at once (`port=0`: a free one); raises `OSError` if the port is taken."""
        super().__init__((HOST, port), _Handler)
        self.name = name
        self.answer = answer
        self.hits: list[Hit] = [] if hits is None else hits
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name=f"site {name}", daemon=True)

    @property
    def base(self) -> str:
        """The site's address without a final slash."""
        return f"http://{HOST}:{self.server_address[1]}"

    def url(self, path: str) -> str:
        """The address of a path."""
        return self.base + path

    def start(self) -> None:
        self._thread.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the server and every connection that is still open, streams included."""
        self.closing.set()
        if self._thread.is_alive():
            self.shutdown()
        self.server_close()
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the site; anything else is a fault of ours, and shown."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    disable_nagle_algorithm = True
    wbufsize = -1
    server: SiteServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        request = Request(path=parts.path, query=parts.query, user_agent=self.headers.get("User-Agent", ""))
        try:
            response = self._conditional(self.server.answer(request))
        except ConnectionResetError:
            self._note(0, request)
            self._reset()
            return
        self._note(response.status, request)
        if isinstance(response.body, bytes):
            self._send_bytes(response, response.body)
        else:
            self._send_stream(response, response.body)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the command's own output must not be mixed with it."""

    def _note(self, status: int, request: Request) -> None:
        self.server.hits.append(Hit(self.server.name, self.path, status, time.monotonic(), request.user_agent))

    def _conditional(self, response: Response) -> Response:
        """304 if the client's validators still hold (RFC 9110 §13.2.2: If-None-Match goes first)."""
        if response.status != 200 or isinstance(response.body, Stream):
            return response
        headers = dict(response.headers)
        # Weak: the same tag stands for the plain and the gzip form.
        etag = f'W/"{hashlib.sha256(response.body).hexdigest()[:16]}"'
        headers.setdefault("ETag", etag)
        if response.modified is not None:
            headers["Last-Modified"] = format_datetime(response.modified.astimezone(UTC), usegmt=True)
        asked, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        if asked is not None:
            same = etag in (tag.strip() for tag in asked.split(","))
        else:
            same = since is not None and response.modified is not None and _not_after(response.modified, since)
        if same:
            return Response(status=304, headers=headers)
        return Response(body=response.body, headers=headers, compress=response.compress)

    def _send_bytes(self, response: Response, body: bytes) -> None:
        headers = dict(response.headers)
        if response.compress:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                body = gzip.compress(body, mtime=0)
                headers["Content-Encoding"] = "gzip"
        if response.status != 304:
            headers["Content-Length"] = str(len(body))
        self._send_head(response.status, headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_stream(self, response: Response, stream: Stream) -> None:
        headers = dict(response.headers)
        if stream.length is None:
            headers["Connection"] = "close"
        else:
            headers["Content-Length"] = str(stream.length)
        self._send_head(response.status, headers)
        if self.command == "HEAD":
            return
        self.wfile.flush()
        for chunk in stream.chunks(self.server.closing):
            self.wfile.write(chunk)
            self.wfile.flush()

    def _send_head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _reset(self) -> None:
        """Closes with a TCP reset: a linger time of zero throws away what is not sent."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def _not_after(modified: datetime, http_date: str) -> bool:
    try:
        return modified.replace(microsecond=0) <= parsedate_to_datetime(http_date)
    except (TypeError, ValueError):  # not a date, or one without a zone
        return False
