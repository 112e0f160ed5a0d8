"""The worker pool: a page that hangs, kills its worker or eats memory fails alone; the next one comes out."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.items import ExtractionError, Link, Page
from pipelines.workers import WorkerPool

ARTICLE = """<html><head><title>Clinic loses patient files</title></head><body><article>
<h1>Clinic loses patient files</h1>
<p>A clinic in the north said on Monday that files of nine thousand patients were copied by a stranger.</p>
<p>The clinic found the copy on a public server, where it had been for a month before anyone noticed it.</p>
</article></body></html>"""


def page(html: str) -> Page:
    link = Link(url="https://clinic.example/leak", source="clinic", discovered_by="manual")
    return Page(link=link, url=link.url, status=200, headers=(), body=html.encode(), fetched="")


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(workers=1, timeout=6.0, memory=1_500_000_000) as pool:
        yield pool


@pytest.fixture(autouse=True)
def next_page_comes_out(pool: WorkerPool) -> Iterator[None]:
    """After whatever a test did to the only worker, a good page is extracted."""
    yield
    assert pool.submit(page(ARTICLE)).result(timeout=30).text.startswith("A clinic in the north")


def test_extracts_a_page(pool: WorkerPool) -> None:
    assert pool.submit(page(ARTICLE)).result(timeout=30).title == "Clinic loses patient files"


def test_serves_asyncio(pool: WorkerPool) -> None:
    async def two() -> list[str | None]:
        futures = [asyncio.wrap_future(pool.submit(page(ARTICLE))) for _ in range(2)]
        return [extraction.title for extraction in await asyncio.gather(*futures)]

    assert asyncio.run(two()) == ["Clinic loses patient files"] * 2


def test_a_page_without_an_article_says_so(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match="empty page"):
        pool.submit(page(" ")).result(timeout=30)


def test_a_worker_that_hangs_is_killed(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match="too slow"):
        pool.call(time.sleep, 1_000).result(timeout=30)


def test_a_worker_that_is_killed_is_replaced(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match="worker died"):
        pool.call(signal.raise_signal, signal.SIGKILL).result(timeout=30)


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS holds on Linux")
def test_a_worker_cannot_take_more_memory_than_allowed(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match="out of memory"):
        pool.call(bytearray, 10_000_000_000).result(timeout=30)


def test_a_hundred_thousand_nested_elements_fail_with_the_reason(pool: WorkerPool) -> None:
    with pytest.raises(ExtractionError, match="too deep"):
        pool.submit(page("<html><body>" + "<div>" * 100_000 + "text")).result(timeout=30)


def test_a_hundred_thousand_paragraphs_fail_with_the_reason(pool: WorkerPool) -> None:
    paragraphs = (f"<p>Paragraph {number} of a page that never ends.</p>" for number in range(100_000))
    with pytest.raises(ExtractionError, match="too many elements"):
        pool.submit(page("<html><body><article>" + "".join(paragraphs))).result(timeout=30)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux")
def test_no_page_of_five_megabytes_takes_a_worker_beyond_500_megabytes() -> None:
    import resource

    whole = "<html><body><article><p>" + "word " * 1_000_000
    paragraphs = "<html><body>" + "<p>Paragraph of a page that never ends at all.</p>" * 100_000
    nested = "<html><body>" + "<div class='abcdefghij abcdefghij'>" * 120_000
    with WorkerPool(workers=1, timeout=60.0, memory=1 << 30) as pool:
        for html in (paragraphs, nested, whole):
            with suppress(ExtractionError):
                pool.submit(page(html)).result(timeout=120)
        assert pool.call(resource.getrusage, resource.RUSAGE_SELF).result(timeout=30).ru_maxrss < 500_000


def test_cancelling_ends_the_work(pool: WorkerPool) -> None:
    future = pool.call(time.sleep, 1_000)
    assert future.cancel()


def test_an_article_that_was_handed_on_is_not_held() -> None:
    gc.disable()
    try:
        with WorkerPool(workers=1, timeout=20, memory=1 << 30) as pool:
            futures = [pool.submit(page(ARTICLE)) for _ in range(3)]
            held = [weakref.ref(future) for future in futures if future.result().text]
            futures.clear()
        assert [future() for future in held] == [None] * 3
    finally:
        gc.enable()


def test_stop_fails_what_is_in_hand() -> None:
    pool = WorkerPool(workers=1, timeout=60.0, memory=1_500_000_000)
    future = pool.call(time.sleep, 1_000)
    pool.stop()
    with pytest.raises(ExtractionError, match="stopped"):
        future.result(timeout=30)


def test_works_from_a_script(tmp_path: object) -> None:
    """Worker processes import the main module anew; a guarded script, like a console script, must bear it."""
    program = (
        "from pipelines.workers import WorkerPool\n"
        "if __name__ == '__main__':\n"
        "    with WorkerPool(1, 20.0, 1_500_000_000) as pool:\n"
        "        print(pool.call(sum, [1, 2]).result())\n"
    )
    from pathlib import Path

    script = Path(str(tmp_path)) / "script.py"
    script.write_text(program)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("3\n", 0), done.stderr


LEAVES_WORK_BEHIND = """
import os, signal, time
from pipelines.workers import WorkerPool

if __name__ == "__main__":
    pool = WorkerPool(workers=1, timeout=1.0, memory=1_500_000_000)
    print(pool.call(os.getpid).result(), flush=True)
    pool.call(time.sleep, 1_000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells when a process that is no child ends")
def test_a_worker_that_hangs_ends_even_if_the_pool_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(LEAVES_WORK_BEHIND)
    root = str(Path(__file__).parent.parent)
    done = subprocess.run([sys.executable, script], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": root})
    assert done.returncode == -signal.SIGKILL
    try:
        worker = os.pidfd_open(int(done.stdout.split()[0]))
    except ProcessLookupError:
        return  # it has ended already
    ended, _, _ = select.select([worker], [], [], 30)
    assert ended
