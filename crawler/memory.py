"""What keeps a crawl of many hours in the memory that it had in its first minutes."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from functools import cache
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler

from pipelines.stages import committed

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""`M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of glibc's `mallopt`."""
_MAPPED = 2**20
"""Bytes from which memory is mapped for itself alone, and so given back when it is free. Left to itself, glibc would
raise this to the largest piece that it ever freed: a segment, or a run of the near-duplicate index."""
_SPARE = 2**22
"""Free bytes at the heap's end that stay: a page's body comes and goes there, and its memory would be mapped anew for
each page."""
_LOOKED_FOR = 10_000
"""Objects more than at the last look for garbage from which it is looked for again: a hundred pages' or more."""
_LATER = 1.0
"""Seconds after a segment is written: until then its articles are held."""


def keep_small(crawler: Crawler) -> None:
    """For the whole of this crawl. Before it begins, as threads that run have their memory already."""
    if (libc := _glibc()) is not None:
        libc.mallopt(_MMAP_THRESHOLD, _MAPPED)
        libc.mallopt(_TRIM_THRESHOLD, _SPARE)
        libc.mallopt(_ARENA_MAX, 1)
    crawler.signals.connect(_freeze, signal=signals.spider_opened)
    crawler.signals.connect(_give_back, signal=committed)


def _freeze() -> None:
    """What is loaded by now stays to the end: it is not looked through for garbage again and again. Pages leave next
    to none (one object in cycles each), so what comes is looked through less often, too."""
    gc.freeze()
    gc.set_threshold(_LOOKED_FOR)


def _give_back(**_: Any) -> None:
    """Free memory between what is in use goes back to the system, which glibc would keep."""
    if (libc := _glibc()) is not None:
        asyncio.get_running_loop().call_later(_LATER, libc.malloc_trim, 0)


@cache
def _glibc() -> Any:
    """None where the C library is another one."""
    try:
        libc = ctypes.CDLL(None)
        return libc if hasattr(libc, "malloc_trim") else None  # musl and macOS have none
    except (OSError, TypeError):  # Windows
        return None
