"""A crawl of many hours gives back the memory that it does not need any more."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_SCRIPT = """
import asyncio
from pathlib import Path
from scrapy import Spider
from scrapy.crawler import Crawler
from crawler import memory
from pipelines.stages import committed

def own():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1_000

async def main():
    crawler = Crawler(Spider)
    memory.keep_small(crawler)
    small = own()
    held = [bytearray(b"x" * 60_000) for _ in range(2_000)]
    above = bytearray(b"x" * 60_000)  # in use, so that what lies below it is not given back by itself
    del held
    free = own()
    memory._LATER = 0
    crawler.signals.send_catch_log(committed, segment=None)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(free - small, own() - small)

asyncio.run(main())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps so much")
def test_after_each_segment_memory_that_is_free_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    kept, left = map(float, done.stdout.split())
    assert kept > 100
    assert left < 10
