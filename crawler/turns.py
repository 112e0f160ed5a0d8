"""Which run asks a host: of the runs that share an archive's local state, one at a time."""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from hashlib import sha256
from pathlib import Path

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from archive.errors import ArchiveError
from archive.state import state_folder
from crawler.downloader import FairDownloader
from crawler.hosts import Hosts
from crawler.politeness import ANOTHER_RUN, INTERRUPTED, OverBudget, PutOff, asked

TURNS_FILE = "turns.lock"
_ASK_AGAIN = 0.1
"""Seconds after which a host that another run has is asked for again."""


class Turns:
    """A byte of an empty file stands for each host, and the run that asks the host holds a lock on that byte: a POSIX
    record lock, which the system lets go when the process ends, however it ends. The folder must be on a local disk.
    Raises `ArchiveError` when the file cannot be opened."""

    def __init__(self, folder: Path) -> None:
        path = folder / TURNS_FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            raise ArchiveError(f"{path}: cannot be opened: {error.strerror}; check the folder") from error

    def take(self, host: str) -> bool:
        """Whether the host is this process's to ask, now or already; if not, another one asks it."""
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(host))
        except (BlockingIOError, PermissionError):
            return False
        return True

    def give(self, host: str) -> None:
        """This process asks the host no more for now."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(host))

    def close(self) -> None:
        """Gives all hosts. Nothing is taken or given after that."""
        os.close(self._file)


def _place(host: str) -> int:
    return int.from_bytes(sha256(host.encode()).digest()[:7])


class TurnMiddleware:
    """Each run keeps its own pace with a host, so two at once would ask it twice as fast, over two connections.

    A run has a host from its first request until one delay after the last. Another one that wants something of it waits
    as long as it would for an answer; then that is put off, for the run that has the host to fetch, or a later one. A
    page that is fetched by hand waits for nobody. The delay is kept from one run to the next, too.
    """

    def __init__(self, crawler: Crawler, turns: Turns) -> None:
        self._crawler = crawler
        self._turns: Turns | None = turns
        self._hosts = Hosts.of(crawler)
        self._held: set[str] = set()
        self._patience = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._by_hand = crawler.settings.getbool("BREACHWIRE_BY_HAND")
        crawler.signals.connect(self._asked, signal=asked)
        crawler.signals.connect(self._left, signal=signals.request_left_downloader)
        crawler.signals.connect(self._close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TurnMiddleware:
        if (uri := crawler.settings["BREACHWIRE_ARCHIVE"]) is None:
            raise NotConfigured
        return cls(crawler, Turns(state_folder(uri)))

    async def process_request(self, request: Request) -> None:
        host = request.meta["download_slot"]
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        assert isinstance(downloader, FairDownloader)
        waited = await self._taken(host, downloader.elsewhere)
        if host not in self._held:
            slot = downloader._get_slot(request)[1]
            # A run that is killed does not say when it asked last.
            slot.lastseen = max(slot.lastseen, time.monotonic() - (0.0 if waited else self._hosts.idle(host)))
            self._held.add(host)

    async def _taken(self, host: str, elsewhere: set[str]) -> bool:
        """Waits until the host is this run's to ask; says whether another one had it. Raises `PutOff`."""
        begun, waited = time.monotonic(), False
        try:
            while self._turns and not self._turns.take(host) and not self._by_hand:
                if not self._crawler.crawling:
                    raise PutOff(0.0, INTERRUPTED)
                if time.monotonic() > begun + self._patience:
                    raise OverBudget(0.0, ANOTHER_RUN)
                waited = True
                elsewhere.add(host)
                await asyncio.sleep(_ASK_AGAIN)
        finally:
            elsewhere.discard(host)
        return waited

    def _asked(self, request: Request) -> None:
        self._hosts.asked(request.meta["download_slot"])

    def _left(self, request: Request) -> None:
        assert self._crawler.engine is not None
        host = request.meta["download_slot"]
        slot = self._crawler.engine.downloader.slots.get(host)
        asyncio.get_running_loop().call_later(slot.delay if slot else 0.0, self._rest, host, request)

    def _rest(self, host: str, last: Request) -> None:
        """A delay has passed since that request; when there was none after it, the host is free."""
        assert self._crawler.engine is not None
        slot = self._crawler.engine.downloader.slots.get(host)
        if self._turns and not (slot and slot.active - {last}):
            self._turns.give(host)
            self._held.discard(host)

    def _close(self) -> None:
        if self._turns:
            self._turns.close()
        self._turns = None
        self._hosts.close()
