"""The frontier's memory of old URLs: bytes on disk and time of a check with so many of them seen.

    python -m benchmarks.frontier --urls 10000000

URLs go in as they are folded, a batch at a time; then URLs that were seen and URLs that were not are checked in
random order. Aims: 500 MB at most and 50 µs a check, with ten million.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.database import Database
from crawler.frontier import Frontier
from crawler.seen import TABLE, SeenSet
from pipelines.items import Link

BATCH = 100_000
CHECKS = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=10_000_000, metavar="N")
    parser.add_argument("--folder", type=Path, help="where the file is made (default: a temporary folder)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        file = Path(folder) / "frontier.sqlite"
        Frontier(Path(folder), "bench").close()
        database = Database(file, TABLE, 2)
        seconds = fill(database, args.urls)
        database.all("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        size = file.stat().st_size
        print(f"{args.urls:,} URLs: {size / 1e6:.0f} MB, {size / args.urls:.1f} bytes each, folded in {seconds:.0f} s")
        database = Database(file, TABLE, 2)
        seen = SeenSet(database)
        report("check of the set", lambda n: url(n) in seen, args.urls)
        database.close()
        with Frontier(Path(folder), "bench") as frontier:
            report("offer of a seen link", lambda n: frontier.offer([link(n % args.urls)]) == [], args.urls)


def fill(database: Database, urls: int) -> float:
    """Folds URLs in; the seconds that it took."""
    begun, seen = time.perf_counter(), SeenSet(database)
    for first in range(0, urls, BATCH):
        with database.transaction():
            seen.add(url(number) for number in range(first, min(first + BATCH, urls)))
    return time.perf_counter() - begun


def report(what: str, check: Callable[[int], bool], urls: int) -> None:
    """Prints the time of a check; half of the numbers are of URLs that were never seen."""
    times = sorted(_times(check, urls))
    median, most = statistics.median(times), times[int(0.99 * len(times))]
    print(f"{what}: {1e6 * median:.1f} µs in the median, {1e6 * most:.1f} µs at the 99th percentile")


def _times(check: Callable[[int], bool], urls: int) -> Iterator[float]:
    pick = random.Random(1)
    for _ in range(CHECKS):
        number = pick.randrange(2 * urls)
        begun = time.perf_counter()
        check(number)
        yield time.perf_counter() - begun


def url(number: int) -> str:
    return f"https://news-{number % 200}.example/2026/03/story-about-a-data-breach-{number}.html"


def link(number: int) -> Link:
    return Link(url=url(number), source="news", discovered_by="feed")


if __name__ == "__main__":
    main()
