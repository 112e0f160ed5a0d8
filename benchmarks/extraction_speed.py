"""Pages a second and core, beside other extractors: `python benchmarks/extraction_speed.py --data DIR [--pages N]`.

DIR holds the folder `extraction` with the sets as JSON lines (gzip). Each page goes through every extractor in turn, in
one process and by processor time, so that other work on the machine touches all alike. The peers are the extra `bench`;
those that are not installed are named as such. Then the pages go through the pool of a crawl, with one worker and more,
by the clock, beside trafilatura and a loop in the same pool. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import wait
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.tables import Table
    from pipelines.workers import WorkerPool

SETS = ("zyte-dev", "publishers-dev")
WARM_UP = 5
"""Pages that go through every extractor before the clock is read: libraries load their tables at first use."""

ROUNDS = 2

Extractor = Callable[[str, str], object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    parser.add_argument("--pages", type=int, default=120, metavar="N", help="over all sets alike (default: 120)")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: no such folder: {options.data}")
    # Run as a script, Python's path holds this folder and not the one with the packages.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.tables import print_table

    pages = sample(options.data, options.pages)
    print_table(speed_table(pages))
    print_table(core_table(pages, os.cpu_count() or 1))


def sample(data: Path, count: int) -> list[tuple[str, str]]:
    """Address and HTML of `count` pages, spread evenly over each set."""
    from benchmarks.extraction_quality import read_records

    pages: list[tuple[str, str]] = []
    for name in SETS:
        records = list(read_records(data / "extraction" / f"{name}.jsonl.gz"))
        step = max(1, len(records) * len(SETS) // count)
        pages += [(record.get("url") or "https://example.org/", record["html"]) for record in records[::step]]
    return pages[:count]


def speed_table(pages: Sequence[tuple[str, str]]) -> Table:
    """Pages a second of each extractor, and its share of trafilatura's default."""
    from benchmarks.tables import Table

    extractors = dict(_extractors())
    spent = dict.fromkeys(extractors, 0.0)
    for place, (url, html) in enumerate((*pages[:WARM_UP], *pages)):
        for name, extract in extractors.items():
            begun = time.process_time()
            with suppress(Exception):  # a page that a peer cannot read costs the time it took to say so
                extract(html, url)
            spent[name] += time.process_time() - begun if place >= WARM_UP else 0.0
    base = spent["trafilatura"]
    rows = [(name, f"{len(pages) / took:.1f}", f"{base / took:.2f}") for name, took in spent.items()]
    missing = [(name, "not installed", "–") for name, module, _ in _PEERS if name not in spent]
    mean = sum(len(html) for _, html in pages) / len(pages) / 1000
    note = (
        f"{len(pages)} news pages of {mean:.0f} thousand characters on average, by processor time of one process. "
        "Breachwire gives text, Markdown and metadata; the others what is named."
    )
    columns = ("extractor", "pages/s and core", "of trafilatura's default")
    return Table("Speed", columns, (*rows, *missing), note)


def core_table(pages: Sequence[tuple[str, str]], cores: int) -> Table:
    """Pages a second by the clock through the crawl's own pool of worker processes, by the number of workers: ours,
    trafilatura's default, and as many turns of a loop that touches no memory.

    What the machine itself loses when more of its cores work shows in the loop and in trafilatura too, and in the
    processor time of a page: cores that share a unit or the memory's bandwidth are slower for each other. Each number
    of workers is timed `ROUNDS` times, one kind of work after the other, and the best counts. Workers do `WARM_UP`
    pages before.
    """
    from benchmarks.tables import Table
    from pipelines.workers import WorkerPool

    names = ("breachwire", "trafilatura", LOOP)
    best: dict[tuple[str, int], tuple[float, float]] = {}
    for workers in [number for number in (1, 2, 4, 8, 16) if number <= cores]:
        with WorkerPool(workers, timeout=60, memory=4_000_000_000) as pool:
            for name in names:
                _through(pool, name, [*pages[:WARM_UP]] * workers)
            for name in [*names] * ROUNDS:
                best[name, workers] = min(best.get((name, workers), (math.inf, math.inf)), _through(pool, name, pages))
    rows = []
    for (name, workers), (clock, spent) in sorted(best.items(), key=lambda item: names.index(item[0][0])):
        one_clock, one_spent = best[name, 1]
        figures = (f"{len(pages) / clock:.1f}", f"{one_clock / clock:.2f}", f"{spent / one_spent:.2f}")
        rows.append((name, str(workers), *figures))
    note = (
        f"{len(pages)} pages through the pool of a crawl, by the clock, on a machine of {cores} cores. *Processor "
        "time*: of the same pages, beside one worker's; above 1, the cores slow each other down."
    )
    columns = ("work", "workers", "pages/s", "of one worker", "processor time")
    return Table("Over cores", columns, tuple(rows), note)


def _through(pool: WorkerPool, name: str, pages: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Seconds by the clock, and of the workers' processor time."""
    begun = time.perf_counter()
    spent = [pool.call(work, name, html, url) for url, html in pages]
    wait(spent)
    return time.perf_counter() - begun, sum(future.result() for future in spent)


def work(name: str, html: str, url: str) -> float:
    """In a worker: the processor time, in seconds, that a page takes."""
    begun = time.process_time()
    with suppress(Exception):  # as in `speed_table`
        _WORK[name]()(html, url)
    return time.process_time() - begun


def _extractors() -> Iterator[tuple[str, Extractor]]:
    yield "breachwire", _breachwire()
    for name, module, make in _PEERS:
        if find_spec(module):
            yield name, make()


def _breachwire() -> Extractor:
    from pipelines.extract import extract

    return lambda html, url: extract(html, url=url)


def _trafilatura() -> Extractor:
    from trafilatura import extract

    return lambda html, url: extract(html, url=url, include_comments=False)


def _trafilatura_with_metadata() -> Extractor:
    from trafilatura import bare_extraction

    return lambda html, url: bare_extraction(html, url=url, include_comments=False, with_metadata=True)


def _newspaper() -> Extractor:
    newspaper: Any = import_module("newspaper")

    def run(html: str, url: str) -> object:
        article = newspaper.Article(url, fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return article.text

    return run


def _readability() -> Extractor:
    readability: Any = import_module("readability")
    fromstring: Any = import_module("lxml.html").fromstring
    return lambda html, url: fromstring(readability.Document(html, url=url).summary(html_partial=True)).text_content()


def _resiliparse() -> Extractor:
    parse: Any = import_module("resiliparse.parse.html").HTMLTree.parse
    extract: Any = import_module("resiliparse.extract.html2text").extract_plain_text
    return lambda html, _: extract(parse(html), main_content=True)


def _loop() -> Extractor:
    return lambda *_: sum(number & 7 for number in range(_TURNS))


_TURNS = 600_000
"""About as long as a page."""
LOOP = "a loop"
_WORK: dict[str, Callable[[], Extractor]] = {"breachwire": _breachwire, "trafilatura": _trafilatura, LOOP: _loop}

_PEERS: tuple[tuple[str, str, Callable[[], Extractor]], ...] = (
    ("trafilatura", "trafilatura", _trafilatura),
    ("trafilatura with metadata", "trafilatura", _trafilatura_with_metadata),
    ("newspaper4k (with metadata)", "newspaper", _newspaper),
    ("readability-lxml", "readability", _readability),
    ("Resiliparse", "resiliparse", _resiliparse),
)

if __name__ == "__main__":
    main()
