"""What a page showed beside its article: its lines read again from the capture, in a process that can be killed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import TimeoutError as NoTime
from dataclasses import dataclass
from itertools import accumulate, groupby, takewhile
from operator import itemgetter
from types import TracebackType
from typing import Self

from archive import Article, RawResponse
from archive.records import Removed
from pipelines.extract.decode import parse
from pipelines.extract.explain import NOT_CHOSEN, explain_lines
from pipelines.extract.segments import read_segments
from pipelines.items import ExtractionError
from pipelines.workers import WorkerPool

SECONDS = 5.0
"""That a page may take: a hundred times what a page of 300 kB takes."""
WAIT = 15.0
"""Seconds that a request waits for its turn and its page together; one page is read at a time."""
MEMORY = 1 << 30
"""Bytes of address space that the process may have, as in a crawl."""
LINES = 2_000
CHARACTERS = 200_000
"""Of the page that are shown."""
REMEMBERED = 32
"""Pages whose blocks are kept at hand."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stand together on the page. `kind` says what they were taken out as; "" for lines of the article."""

    kind: str
    lines: tuple[str, ...]

    @property
    def length(self) -> int:
        """Characters."""
        return sum(map(len, self.lines))


@dataclass(frozen=True, slots=True)
class Shown:
    """The blocks of a page in its order, and whether they are all."""

    blocks: tuple[Block, ...]
    is_whole: bool


class Unreadable(Exception):
    """The page cannot be read again; the message says why."""


class RemovedBlocks:
    """Reads pages again, and remembers the last. The process starts with the first page; `close` ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: WorkerPool | None = None
        self._known: OrderedDict[tuple[str, str], Shown] = OrderedDict()

    def of(self, article: Article, response: RawResponse) -> Shown:
        """The blocks of the article's page, which the server answered so. Raises `Unreadable`."""
        name = article.id, article.capture.digest if article.capture else ""
        with self._lock:
            pool = self._pool = self._pool or WorkerPool(1, SECONDS, MEMORY)
            known = self._known.get(name)
        if known is None:
            known = _read(pool, article, response)
            with self._lock:
                self._known[name] = known
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return known

    def close(self) -> None:
        """Ends the process; what it has in hand fails."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def _read(pool: WorkerPool, article: Article, response: RawResponse) -> Shown:
    type_told = next((value for name, value in response.headers if name.lower() == "content-type"), None)
    kept = f"{article.title or ''}\n\n{article.text}"
    waiting = pool.call(blocks_of, response.body, type_told, kept, article.removed)
    try:
        return waiting.result(WAIT)
    except NoTime as error:
        waiting.cancel()
        raise Unreadable("other pages are being read; try again soon") from error
    except ExtractionError as error:
        raise Unreadable(str(error)) from error
    except Exception as error:  # a page may be so odd that a library stumbles
        raise Unreadable(f"the reader failed: {type(error).__name__}") from error


def blocks_of(body: bytes, content_type: str | None, kept: str, removed: Sequence[Removed]) -> Shown:
    """The blocks of a page of which `kept` is the article and `removed` what its record says was taken out.

    Raises `ExtractionError` for what is no page.

    >>> page = b"<body><p>Home</p><p>News</p><p>A bank lost its data.</p><p>Also read</p></body>"
    >>> noted = [Removed(kind="inline", length=9, start="Also read")]
    >>> for block in blocks_of(page, "text/html", "A bank lost its data.", noted).blocks:
    ...     print(block)
    Block(kind='outside the article', lines=('Home', 'News'))
    Block(kind='', lines=('A bank lost its data.',))
    Block(kind='inline', lines=('Also read',))
    """
    lines = [segment.text for segment in read_segments(parse(body, content_type))]
    ends = takewhile(lambda end: end <= CHARACTERS, accumulate(map(len, lines)))
    fitting = lines[: min(LINES, sum(1 for _ in ends))]
    kinds = [_shown_as(line.kind) for line in explain_lines(fitting, kept, removed)]
    grouped = groupby(zip(kinds, fitting, strict=True), key=itemgetter(0))
    blocks = tuple(Block(kind, tuple(line for _, line in each)) for kind, each in grouped)
    return Shown(blocks, len(fitting) == len(lines))


def _shown_as(kind: str | None) -> str:
    return "outside the article" if kind == NOT_CHOSEN else kind or ""
