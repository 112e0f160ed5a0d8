"""What a second process gains when a whole archive is decided again: `python benchmarks/dedup_whole.py`.

An archive of made-up articles (`made_up_wire.py`) is read as `breachwire dedup --all` reads it, by one process and by
two, in turns; told is the best of the rounds, by the clock. Signatures are those of the records, or made again. The
decisions after that are one process's, whatever reads. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the path holds this folder alone

SIGNATURES = ("as the records have them", "made again")
PROCESSES = (1, 2)


def main() -> None:
    """Fill, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=8000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    from benchmarks.tables import Table, print_table

    with tempfile.TemporaryDirectory(prefix="breachwire-") as folder:
        rows = tuple(rows_of(Path(folder), options.articles, options.rounds))
    print_table(
        Table(
            f"{options.articles:,} articles decided again, seconds by the clock",
            ("signatures", "read by one process", "by two", "times faster", "decided by one"),
            rows,
        )
    )


def rows_of(folder: Path, articles: int, rounds: int) -> Iterator[tuple[str, ...]]:
    """For each kind of archive the best of the rounds with one process and with two, and the deciding."""
    for kind, signatures in enumerate(SIGNATURES):
        uri = str(folder / str(kind))
        fill(uri, articles, signed=not kind)
        found = [tuple(reading(uri, processes)[0] for processes in PROCESSES) for _ in range(rounds)]
        one, two = map(min, zip(*found, strict=True))
        _, deciding = reading(uri, PROCESSES[-1], decide=True)
        yield signatures, f"{one:.1f}", f"{two:.1f}", f"{one / two:.2f}", f"{deciding:.1f}"


def fill(uri: str, count: int, *, signed: bool) -> None:
    """An archive of so many articles in segments of 500."""
    import msgspec

    from archive import SegmentLimits, SegmentWriter, open_bucket
    from benchmarks.dedup_scale_fill import SEGMENT, generated

    writer = SegmentWriter(open_bucket(uri), limits=SegmentLimits(articles=SEGMENT))
    for article in generated(range(count)):
        if writer.add(article if signed else msgspec.structs.replace(article, signature=None)):
            writer.flush()
    while writer.flush() is not None:
        pass


def reading(uri: str, processes: int, *, decide: bool = False) -> tuple[float, float]:
    """Seconds to read, and to decide, if that is asked for."""
    from archive import open_archive
    from archive.selection import INCLUDES
    from pipelines.dedup import DedupConfig
    from pipelines.dedup.whole import WholePass, prepared

    with (
        tempfile.TemporaryDirectory(prefix="breachwire-") as place,
        closing(WholePass(Path(place), DedupConfig())) as whole,
    ):
        start = time.perf_counter()
        articles = open_archive(uri).articles_after(None, include=INCLUDES).articles
        for article, ready in articles.worked_on(prepared, processes):
            whole.take(article, ready)
        read = time.perf_counter()
        for _ in whole.decide() if decide else ():
            pass
        return read - start, time.perf_counter() - read


if __name__ == "__main__":
    main()
