"""A proxy between an S3 client and a real server, that does to chosen requests what networks and busy stores do."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Literal, Self

Fault = Literal[
    "lost request",
    "lost answer",
    "slow down",
    "stalled",
    "truncated",
    "flipped bit",
    "clock skew",
    "no conditions",
]
FAULTS: tuple[Fault, ...] = ("lost request", "lost answer", "slow down", "stalled", "truncated")
"""Those that a client gets over by trying again."""

_REFUSED: dict[Fault, tuple[int, str]] = {
    "slow down": (503, "SlowDown"),
    "clock skew": (403, "RequestTimeTooSkewed"),
    "no conditions": (501, "NotImplemented"),
}
_OURS = frozenset({"content-length", "transfer-encoding", "connection", "date", "server"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the client sent it."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By names in lower case."""


Choice = Callable[[Request], Fault | None]


def first(count: int, fault: Fault, method: str) -> Choice:
    """That fault for the first so many requests of a method."""
    left = [count]

    def choose(request: Request) -> Fault | None:
        hit = request.method == method and left[0] > 0
        left[0] -= hit
        return fault if hit else None

    return choose


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of a client that is gone: it was killed, or has waited long enough."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class FaultProxy:
    """Hands requests on to the server at `target`, but for those for which `choose` names a fault. Use with `with`.

    `requests` has all that came; `suffered` what was done to them.
    """

    def __init__(
        self, target: str, choose: Choice = lambda _: None, stored: Callable[[Request], None] = lambda _: None
    ) -> None:
        """`stored` is called once the server has answered, before the client hears of it."""
        self.requests: list[Request] = []
        self.suffered: list[Fault] = []
        self._target = target.removeprefix("http://")
        self._choose = choose
        self._stored = stored
        self._lock = Lock()
        self._over = Event()

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), self._handler())
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.port = self._server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _fault(self, request: Request) -> Fault | None:
        with self._lock:
            self.requests.append(request)
            fault = self._choose(request)
            if fault is not None:
                self.suffered.append(fault)
            return fault

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _hand_on(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers)
                fault = proxy._fault(request)
                body = self.rfile.read(length := int(headers.get("content-length", 0)))
                if fault == "lost request" or len(body) < length:
                    self.close_connection = True
                elif fault in _REFUSED:
                    self._refuse(*_REFUSED[fault])
                else:
                    answer = proxy._onward(self.command, self.path, self.headers.items(), body)
                    proxy._stored(request)
                    self._answer(fault, *answer)

            def _refuse(self, status: int, code: str) -> None:
                body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if self.command != "HEAD" else b"")

            def _answer(self, fault: Fault | None, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
                if fault == "lost answer" or (fault in ("stalled", "truncated") and not data):
                    if fault == "stalled":
                        proxy._over.wait(30)
                    self.close_connection = True
                    return
                length = {name.lower(): value for name, value in headers}.get("content-length", str(len(data)))
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in _OURS:
                        self.send_header(name, value)
                self.send_header("Content-Length", length if self.command == "HEAD" else str(len(data)))
                self.end_headers()
                if fault in ("stalled", "truncated"):
                    data = data[: len(data) // 2]
                    self.close_connection = True
                elif fault == "flipped bit" and data:
                    data = data[:-1] + bytes([data[-1] ^ 1])
                self.wfile.write(data)
                if fault == "stalled":
                    self.wfile.flush()
                    proxy._over.wait(30)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _hand_on

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler

    def _onward(
        self, method: str, path: str, headers: list[tuple[str, str]], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self._target, timeout=60)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            if name.lower() != "expect":
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, answer.getheaders(), data
