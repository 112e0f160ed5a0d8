"""Extraction in worker processes with limits on time and memory: no page can stop or bloat a crawl."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, TimeoutError
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipelines.items import Extraction, ExtractionError, Page

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from pipelines.relevance import Topic

T = TypeVar("T")

_PAGES_PER_WORKER = 1_000
"""A worker is replaced after so many pages: the caches of trafilatura and htmldate hold on to memory."""


class WorkerPool:
    """A pool of processes that extract pages.

    `timeout` is the seconds that one page may take, `memory` the bytes of address space that a worker may
    have (Linux and other systems with `RLIMIT_AS`). A worker that hangs is killed, one that dies is replaced;
    the page in hand fails with an `ExtractionError`: `too slow`, `worker died`, `out of memory`.

    Started by `forkserver` on Linux, so that a new worker is a fork of a process that has trafilatura
    loaded; by `spawn` elsewhere. Both import the main module anew, which a script guards by its
    `if __name__ == "__main__":`.
    """

    def __init__(self, workers: int, timeout: float, memory: int) -> None:
        self._timeout = timeout
        self._open: dict[Future[Any], Future[Any]] = {}
        self._stopped = False
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=_PAGES_PER_WORKER,
            initializer=_prepare,
            initargs=(memory,),
            context=_context(),
        )

    def submit(self, page: Page) -> Future[Extraction]:
        """Extract a page. The future raises `ExtractionError` where there is no article or a limit is met."""
        return self.call(_extract_page, page)

    def submit_on(self, topics: Sequence[str], page: Page) -> Future[Extraction | None]:
        """Extract a page if it may be about one of the topics; None where a first look tells that it is not."""
        return self.call(_extract_on, tuple(topics), page)

    def call(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """Run any importable function under the same limits; cancelling the future ends the work."""
        outer: Future[T] = Future()
        inner = self._pool.schedule(_limited, args=(2 * self._timeout, function, *args), timeout=self._timeout)
        # The inner one knows the outer. If that knew the inner one too, both would hold the article until garbage is
        # looked for.
        self._open[outer] = inner
        outer.add_done_callback(self._ended)
        inner.add_done_callback(lambda done: self._settle(done, outer))
        return outer

    def _ended(self, outer: Future[Any]) -> None:
        inner = self._open.pop(outer)
        if outer.cancelled():
            inner.cancel()

    def _settle(self, done: Future[T], outer: Future[T]) -> None:
        """Pass a Pebble future's result on, its errors as `ExtractionError`."""
        if not outer.set_running_or_notify_cancel():
            return
        if done.cancelled() or (self._stopped and done.exception()):  # whatever Pebble makes of workers that it ends
            outer.set_exception(ExtractionError("stopped"))
            return
        error = done.exception()
        if error is None:
            outer.set_result(done.result())
        elif isinstance(error, TimeoutError):
            outer.set_exception(ExtractionError("too slow"))
        elif isinstance(error, ProcessExpired):
            outer.set_exception(ExtractionError("worker died"))
        elif isinstance(error, MemoryError):
            outer.set_exception(ExtractionError("out of memory"))
        else:
            outer.set_exception(error)

    def close(self) -> None:
        """Finish what was submitted, then end the workers."""
        self._pool.close()  # type: ignore[no-untyped-call]  # Pebble's own gap
        self._pool.join()

    def stop(self) -> None:
        """End the workers at once; what is in hand fails with `stopped`."""
        self._stopped = True
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble's own gap
        self._pool.join()
        for future in tuple(self._open):  # Pebble leaves the futures of what was not begun unsettled
            if future.set_running_or_notify_cancel():
                future.set_exception(ExtractionError("stopped"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.stop()


def _context() -> BaseContext:
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipelines.workers", "pipelines.extract.article", "pipelines.relevance"])
    return context


def _prepare(memory: int) -> None:
    """In the new worker: the limit on memory; Ctrl-C is the parent's to handle; libraries keep quiet."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for library in ("trafilatura", "htmldate", "courlan", "charset_normalizer"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # what fails is in the run report
    if sys.platform != "win32":
        import resource

        with suppress(ValueError):  # macOS knows the limit and refuses it; the limit on time still holds
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    gc.freeze()  # what was loaded before is not looked through for garbage again


def _limited(seconds: float, function: Callable[..., T], *args: Any) -> T:
    """In the worker. The pool kills a worker that takes too long; should the pool be killed first, the alarm does."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return function(*args)
    finally:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)


def _extract_page(page: Page) -> Extraction:
    """In the worker."""
    from pipelines.extract import extract_page, parse_page

    with _telling():
        if page.rules is not None:
            return extract_page(page)
        return _extract_tree(page, parse_page(page))


def _extract_on(topics: tuple[str, ...], page: Page) -> Extraction | None:
    """In the worker. The tree of the first look serves the extraction too."""
    from pipelines.extract import ENOUGH, first_text, parse_page
    from pipelines.relevance import hints_at, surely_not

    with _telling():
        tree, wanted = parse_page(page), [_topic(name) for name in topics]
        if page.link.title and any(hints_at(topic, page.link.title) for topic in wanted):
            return _extract_tree(page, tree)  # its feed has said enough
        title, text = first_text(tree)
        title = f"{title} {page.link.title or ''}"
        if len(text) >= ENOUGH and all(surely_not(topic, title, text, page.link) for topic in wanted):
            return None
        return _extract_tree(page, tree)


def _extract_tree(page: Page, tree: HtmlElement) -> Extraction:
    """Raises `OnlyAsAmp` where there is no text, but an address at which there may be."""
    from pipelines.extract import extract_page

    try:
        return extract_page(page, tree)
    except ExtractionError as error:
        from pipelines.amp import OnlyAsAmp, amp_address
        from pipelines.extract.access import rights
        from pipelines.extract.declared import read_declared

        if address := amp_address(tree, page.url):
            restricted = rights(read_declared(tree), page.headers, page.reserved)
            raise OnlyAsAmp(str(error), address, restricted) from None
        raise


@cache
def _topic(name: str) -> Topic:
    """A worker loads each topic once."""
    from pipelines.relevance import load_topic

    return load_topic(name)


@contextmanager
def _telling() -> Iterator[None]:
    """Only an `ExtractionError` leaves the worker: a page may be so odd that a library stumbles."""
    try:
        yield
    except (ExtractionError, MemoryError):
        raise
    except Exception as error:
        raise ExtractionError(f"extractor failed: {type(error).__name__}") from None
