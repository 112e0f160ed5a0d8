"""Serving an archive: the application behind waitress, and a thread that keeps what it reads abreast of it."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import Archive, ArchiveError
from archive.search import SEARCH_FILE, Search
from archive.state import state_folder
from crawler.web.app import Application, Guard
from crawler.web.pages import Pages
from crawler.web.removed import RemovedBlocks
from crawler.web.search import FullText
from crawler.web.view import VIEW_FILE, View

_log = logging.getLogger(__name__)

EVERY = 20.0
"""Seconds between two looks for what was committed since."""
THREADS = 4
MAX_CONNECTIONS = 100
IDLE = 30
"""Seconds after which a connection that says nothing is closed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that listens: where, and the loop of waitress that answers."""

    host: str
    port: int
    _loop: Any
    _sockets: dict[int, Any]

    @property
    def address(self) -> str:
        """What to open in a browser."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/"

    def run(self) -> None:
        """Answers until interrupted."""
        self._loop.run()

    @contextlib.contextmanager
    def in_background(self) -> Iterator[None]:
        """Answers in a thread of its own meanwhile."""
        from waitress.wasyncore import close_all

        thread = threading.Thread(target=self._loop.run, name="server", daemon=True)
        thread.start()
        try:
            yield
        finally:  # sockets are closed by the thread that waits for them
            self._loop.trigger.pull_trigger(lambda: close_all(self._sockets, ignore_all=True))
            thread.join(timeout=10)
            self._loop.task_dispatcher.shutdown()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that is bound to this name or address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def view_file(uri: str) -> Path:
    """Where the view of an archive lies."""
    return state_folder(uri) / VIEW_FILE


@contextlib.contextmanager
def serving(archive: Archive, uri: str, pages: Pages, guard: Guard, host: str, port: int) -> Iterator[Server]:
    """Listens; the view follows the archive meanwhile.

    Raises OSError when it cannot listen there, `ArchiveError` when the view cannot be written.
    """
    from waitress.server import create_server

    path = view_file(uri)
    View(path).close()  # the file is there before anybody asks
    removed = RemovedBlocks()
    app = Application(archive, path, pages, FullText(path.with_name(SEARCH_FILE)), guard, removed)
    listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    sockets: dict[int, Any] = {}
    loop = create_server(
        app,
        sockets,
        sockets=[listening],
        threads=THREADS,
        ident=None,
        connection_limit=MAX_CONNECTIONS,
        channel_timeout=IDLE,
        max_request_header_size=16_384,
        max_request_body_size=1,
        clear_untrusted_proxy_headers=True,
    )
    with removed, following(archive, path):
        try:
            yield Server(host, listening.getsockname()[1], loop, sockets)
        finally:
            loop.close()


@contextlib.contextmanager
def following(archive: Archive, path: Path, every: float = EVERY) -> Iterator[None]:
    """Keeps the view and the search index abreast of the archive in a thread of its own."""
    over = threading.Event()
    thread = threading.Thread(target=_follow, args=(archive, path, every, over.wait), name="view", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)


def _follow(archive: Archive, path: Path, every: float, wait: Callable[[float], bool]) -> None:
    """An archive that cannot be reached for a while is asked again: the pages show what is known."""
    while True:
        try:
            next(archive.commit_keys(), None)  # a folder that is away for a while is not made anew, for the view in it
            with View(path) as view:
                view.catch_up(archive)
            with Search(path.with_name(SEARCH_FILE)) as index:
                index.catch_up(archive)
        except ArchiveError as error:
            _log.warning("%s", error)
        if wait(every):
            return
