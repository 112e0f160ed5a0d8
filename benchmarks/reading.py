"""How long reading takes: the first article, all, one week, a search; beside pandas and DuckDB on the same data.

    python -m benchmarks.reading FOLDER [--articles 10000 100000] [--parts own others search]

makes archives of that many made-up articles over 90 days in the folder, where they are not there yet, and prints a
table of each: what the clock said, and the CPU time, which other programs on the machine do not lengthen. A figure is
the best of three, but for what takes over ten seconds, which is done once.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Unpack

import msgspec

from archive import Archive, Article, SegmentWriter, open_archive
from archive.records import PhraseHit, Relevance
from archive.search import SEARCH_FILE, Search, open_search
from archive.selection import Filters
from archive.tables import write_parquet
from benchmarks.made_up_wire import Wire
from benchmarks.tables import Table, print_table

BEGIN = datetime(2026, 8, 1, 6, tzinfo=UTC)
DAYS = 90
WEEK: Filters = {"since": "2026-09-01", "until": "2026-09-07"}
COLUMNS = ("id", "source", "title", "published")


@dataclass(frozen=True)
class Timed:
    """A task, how long it took by the clock and in CPU time (s), and what it gave."""

    task: str
    seconds: float
    cpu: float
    gave: str

    def row(self) -> tuple[str, ...]:
        return (self.task, _shown(self.seconds), _shown(self.cpu), self.gave)


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def main() -> None:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="only these tasks")
    args = parser.parse_args()
    for count in args.articles:
        folder = args.folder / str(count)
        archive = open_archive(folder / "archive")
        if not (folder / "wire.parquet").exists():
            fill(archive, count)
            with (folder / "wire.parquet").open("wb") as file:
                write_parquet(archive.articles(), file)
        rows = tuple(timed.row() for part in args.parts for timed in PARTS[part](archive, folder))
        print_table(Table(f"{count:,} articles", ("task", "took", "CPU", "gave"), rows))


def fill(archive: Archive, count: int) -> None:
    """A run a day."""
    wire = Wire.of(1)
    for day in range(DAYS):
        moment = BEGIN + timedelta(days=day)
        writer = SegmentWriter(archive.bucket, clock=lambda moment=moment: moment)  # type: ignore[misc]
        for number in range(count * day // DAYS, count * (day + 1) // DAYS):
            if writer.add(_with_all(wire.document(number), moment)):
                writer.flush()
        writer.flush()


def _with_all(article: Article, moment: datetime) -> Article:
    """With what a real record has beside its text: about 6 kB of JSON."""
    told = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    evidence = tuple(PhraseHit(phrase=f"phrase {n}", zone="body", weight=1.5) for n in range(8))
    signature = b"".join(hashlib.sha256(f"{article.id}{n}".encode()).digest() for n in range(32))
    return msgspec.structs.replace(
        article,
        fetched=told,
        published=told,
        summary=article.text[:200],
        markdown=article.text,
        language="en",
        relevance=Relevance(topic="breach", score=0.9, verdict="yes", evidence=evidence),
        signature=base64.b64encode(signature).decode(),
    )


def _own(archive: Archive, _: Path) -> Iterator[Timed]:
    """Through the package itself."""
    yield timed("first article", lambda: next(iter(archive)).id)
    yield timed("all articles", lambda: f"{sum(1 for _ in archive):,} articles")
    yield timed("one week", lambda: f"{sum(1 for _ in archive.articles(**WEEK)):,} articles")
    yield timed("all as Arrow, four columns", lambda: f"{archive.to_arrow(COLUMNS).num_rows:,} rows")
    yield timed("all as Arrow", lambda: f"{archive.to_arrow().num_rows:,} rows")


def _others(archive: Archive, folder: Path) -> Iterator[Timed]:
    """The same data read directly: every record, whatever newer ones say of it."""
    import duckdb
    import pandas  # type: ignore[import-untyped]

    files = sorted((folder / "archive" / "clean").rglob("*.jsonl.gz"))
    lines = f"read_json('{folder}/archive/clean/v1/*/*.jsonl.gz', format='newline_delimited')"
    parquet = f"'{folder}/wire.parquet'"
    since, until = "2026-09-01", "2026-09-08"

    def query(sql: str) -> Callable[[], str]:
        return lambda: f"{duckdb.execute(sql).fetchall()[0][0]:,}"

    def frame() -> Any:
        return pandas.concat(pandas.read_json(file, lines=True) for file in files)

    yield timed("pandas: all, the archive's JSON lines", lambda: f"{len(frame()):,} rows")
    yield timed("DuckDB: all, the archive's JSON lines", query(f"SELECT count(text) FROM {lines}"))
    week = f"WHERE fetched >= '{since}' AND fetched < '{until}'"
    yield timed("DuckDB: one week, the archive's JSON lines", query(f"SELECT count(text) FROM {lines} {week}"))
    yield timed("pandas: all, from Parquet", lambda: f"{len(pandas.read_parquet(folder / 'wire.parquet')):,} rows")
    yield timed(
        "pandas: four columns, from Parquet",
        lambda: f"{len(pandas.read_parquet(folder / 'wire.parquet', columns=list(COLUMNS))):,} rows",
    )
    yield timed("DuckDB: one week, from Parquet", query(f"SELECT count(text) FROM {parquet} {week}"))
    word = _rare(archive)
    searched = f"SELECT count(*) FROM {parquet} WHERE text ILIKE '%{word}%' OR title ILIKE '%{word}%'"
    yield timed("DuckDB: ILIKE a rare word, from Parquet", query(searched))


def _searches(archive: Archive, folder: Path) -> Iterator[Timed]:
    file = folder / "archive" / ".state" / SEARCH_FILE
    for part in file.parent.glob(file.name + "*"):
        part.unlink()

    def build() -> str:
        with open_search(archive) as search:
            search.close()
        return f"{file.stat().st_size / 2**20:,.0f} MiB"

    yield timed("search: the index from nothing", build, times=1)
    yield timed("search: nothing new to take in", build)
    with open_search(archive) as search:
        rare = _rare(archive)
        frequent = _frequent(archive)
        for name, question in (
            ("a rare word", rare),
            ("two words", f"{frequent[30]} {frequent[60]}"),
            ("a frequent word", frequent[10]),
            ("the most frequent word", frequent[0]),
            ("two letters of the most frequent word", f"{frequent[0][:2]}*"),
        ):
            yield timed(f"search: {name}, the best 20", _asked(search, question))
        yield timed("search: the most frequent word, of a week", _asked(search, frequent[0], **WEEK))


def _asked(search: Search, question: str, **filters: Unpack[Filters]) -> Callable[[], str]:
    def ask() -> str:
        hits = list(islice(search.find(question, **filters), 20))
        return f"{len(hits)} articles"

    return ask


def _rare(archive: Archive) -> str:
    """A name that one story keeps coming back to."""
    words = next(iter(archive)).text.split()
    return max((word.strip(".") for word in words if word[:1].isupper()), key=len)


def _frequent(archive: Archive) -> list[str]:
    counts: dict[str, int] = {}
    for article in islice(archive, 500):
        for word in set(article.text.lower().replace(".", "").split()):
            counts[word] = counts.get(word, 0) + 1
    return sorted(counts, key=lambda word: (-counts[word], word))


PARTS = {"own": _own, "others": _others, "search": _searches}


def timed(task: str, do: Callable[[], str], times: int = 3) -> Timed:
    """The best of so many times."""
    best, cpu, gave = float("inf"), float("inf"), ""
    for _ in range(times):
        begin, worked = time.perf_counter(), time.process_time()
        gave = do()
        best, cpu = min(best, time.perf_counter() - begin), min(cpu, time.process_time() - worked)
        if best > 10:
            break
    return Timed(task, best, cpu, gave)


if __name__ == "__main__":
    main()
