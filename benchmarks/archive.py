"""What the archive costs beside other ways to keep articles: `python -m benchmarks.archive [--place folder|s3]`.

Made-up articles of a year, in many runs, are written and read as Breachwire's archive, as plain Parquet files, as a
Delta Lake table and as a JSON object each, in the same run of this program; Breachwire's is then verified and, where
the command is there, compacted. No captures are written: the others have none. Wants the extra `bench-archive`. Prints
Markdown tables; the numbers in brackets are times plain Parquet's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import msgspec

from archive import Article, open_bucket
from archive.keeping.verify import verify
from archive.records import from_json, to_json
from benchmarks.archive_peers import PEERS, Breachwire, Peer, PlainParquet, days_of, new_place
from benchmarks.made_up_wire import Wire
from benchmarks.tables import Table, print_table
from tests.archive_s3_server import CREDENTIALS, s3_server

T = TypeVar("T")
YEAR = 2025
SOURCES = 80
_LATE = 500
"""Articles of a run that is not compacted."""
OPERATIONS = ("write", "write, processor", "list", "one day", "count by source", "full scan")
_COLD = "import sys; from archive import open_archive; print(next(iter(open_archive(sys.argv[1]))).id)"
_NOTHING = "import sys; from archive import open_archive"


def main(arguments: list[str] | None = None) -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--place", choices=("folder", "s3"), default="folder", help="s3: MiniStack on this machine")
    parser.add_argument("--folder", help="where to put it (default: the folder of temporary files)")
    parser.add_argument("--without", action="append", default=[], metavar="NAME", help="leave a way out: 'Delta Lake'")
    said = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="archive-", dir=said.folder) as name, ExitStack() as stack:
        folder = Path(name)
        endpoint = None
        if said.place == "s3":
            os.environ.update(CREDENTIALS)
            (folder / "server").mkdir()
            endpoint = stack.enter_context(s3_server(folder / "server"))
            os.environ["AWS_ENDPOINT_URL"] = endpoint
        runs = list(_made(folder / "made", said.articles, said.runs))
        kinds = [kind for kind in PEERS if kind.name not in said.without]
        peers: list[Peer] = [kind(new_place(folder, endpoint, f"peer{number}")) for number, kind in enumerate(kinds)]
        title = f"{said.articles:,} articles in {said.runs:,} runs, {said.place}"
        day = runs[len(runs) // 2][1].date()
        print_table(_beside(title, peers, runs, day, said.articles))
        print_table(_kept(peers[0], title, day, said.articles))


def _made(folder: Path, articles: int, runs: int) -> Iterator[tuple[Path, datetime]]:
    """The articles of each run as a file, made before anything is measured, and when the run ended."""
    folder.mkdir()
    wire = Wire.of(1)
    for number, when in enumerate(days_of(YEAR, runs)):
        path = folder / f"{number:06}.jsonl"
        with path.open("wb") as file:
            for at in range(number * articles // runs, (number + 1) * articles // runs):
                made = msgspec.structs.replace(wire.document(at), fetched=when.isoformat(), source=f"s{at % SOURCES}")
                file.write(to_json(made) + b"\n")
        yield path, when


def _read(path: Path) -> list[Article]:
    return [from_json(line) for line in path.read_bytes().splitlines()]


def _beside(title: str, peers: list[Peer], runs: list[tuple[Path, datetime]], day: date, articles: int) -> Table:
    of_the_day = sum(len(_read(path)) for path, when in runs if when.date() == day)
    written = _written(peers, runs)
    seconds = {peer.name: [*written[peer.name], *_found(peer, day, of_the_day, articles)] for peer in peers}
    plain = seconds[PlainParquet.name]
    rows = [
        (operation, *(f"{its[place]:.3f} ({its[place] / plain[place]:.2f}×)" for its in seconds.values()))
        for place, operation in enumerate(OPERATIONS)
    ]
    return Table(title, ("seconds", *seconds), tuple(rows), f"One day is {day}. In brackets: times plain Parquet's.")


def _written(peers: list[Peer], runs: list[tuple[Path, datetime]]) -> dict[str, list[float]]:
    """Seconds by the clock and of the processor in which each wrote all. Run by run in turn, so that whatever else the
    machine does is the same for all."""
    spent = {peer.name: [0.0, 0.0] for peer in peers}
    for path, when in runs:
        articles = _read(path)
        for peer in peers:
            clock, processor = time.perf_counter(), time.process_time()
            peer.append(articles, when)
            spent[peer.name][0] += time.perf_counter() - clock
            spent[peer.name][1] += time.process_time() - processor
    return spent


def _found(peer: Peer, day: date, of_the_day: int, articles: int) -> Iterator[float]:
    """Seconds of each way to read."""
    for work, expected in (
        (peer.count, articles),
        (lambda: peer.day(day), of_the_day),
        (peer.aggregate, articles),
        (peer.scan, articles),
    ):
        seconds, found = _timed(work)
        if found != expected:
            raise AssertionError(f"{peer.name}: found {found} articles, not {expected}")
        yield seconds


def _kept(peer: Peer, title: str, day: date, articles: int) -> Table:
    """What is done with Breachwire's archive alone."""
    assert isinstance(peer, Breachwire)
    rows = [("verify", _timed(lambda: _verified(peer.uri))[0])]
    rows += [("cold start to the first article, less the import", _cold(peer.uri))]
    command = [sys.executable, "-m", "crawler", "archive", "compact", "--archive", peer.uri]
    seconds, done = _timed(lambda: subprocess.run(command, capture_output=True, text=True, check=False))
    if done.returncode == 2:
        print("`breachwire archive compact` is not there: what needs it is left out\n")
        return _table(title, rows)
    if done.returncode:
        raise AssertionError(done.stderr)
    rows += [("compact", seconds)]
    rows += [("one day, compacted", _timed(lambda: peer.day(day))[0])]
    rows += [("full scan, compacted", _timed(peer.scan)[0])]
    rows += [("cold start, compacted", _cold(peer.uri))]
    return _table(title, [*rows, *_counted(peer, articles)])


def _counted(peer: Breachwire, articles: int) -> Iterator[tuple[str, float]]:
    """A count by source of what was compacted, each the least of three; then beside a run that was not."""
    ours, found = _least(peer.aggregate)
    if peer.uri.startswith("s3://"):
        yield "count by source through the archive, compacted", ours
        return
    bare, plain = _least(lambda: _counted_by_duckdb(f"{peer.uri}/parquet/v1/*/*.parquet"))
    yield f"count by source through the archive, compacted ({ours / bare:.2f}×)", ours
    yield "the same by DuckDB on the same Parquet", bare
    unique, _ = _least(peer.aggregate_shown)
    yield f"the same without copies, related and replaced articles ({unique / bare:.2f}×)", unique
    wire = Wire.of(2)
    when = datetime(YEAR + 1, 1, 1, 12, tzinfo=UTC)
    late = [msgspec.structs.replace(wire.document(at), fetched=when.isoformat()) for at in range(_LATE)]
    peer.append(late, when)
    again, more = _least(peer.aggregate)
    yield f"the same as the first, with {_LATE} articles that are not compacted ({again / bare:.2f}×)", again
    if (found, plain, more) != (articles, articles, articles + _LATE):
        raise AssertionError(f"counted {found} through the archive, {plain} by DuckDB, not {articles}; then {more}")


def _table(title: str, rows: list[tuple[str, float]]) -> Table:
    return Table(f"Breachwire's archive of {title}", ("work", "seconds"), tuple((n, f"{s:.3f}") for n, s in rows))


def _verified(uri: str) -> None:
    report = verify(open_bucket(uri))
    if not report.ok or report.orphans:
        raise AssertionError(report)


def _cold(uri: str) -> float:
    """A new process to the first article, less one that only imports."""
    seconds = [
        _timed(lambda code=code: subprocess.run([sys.executable, "-c", code, uri], check=True, capture_output=True))[0]  # type: ignore[misc]
        for code in (_NOTHING, _COLD, _NOTHING, _COLD)
    ]
    return min(seconds[1], seconds[3]) - min(seconds[0], seconds[2])


def _counted_by_duckdb(files: str) -> int:
    rows = duckdb.connect().execute(f"SELECT source, count(*) FROM '{files}' GROUP BY source").fetchall()
    return sum(int(count) for _, count in rows)


def _least(work: Callable[[], T]) -> tuple[float, T]:
    """The least of three, for what takes a moment."""
    found = [_timed(work) for _ in range(3)]
    return min(seconds for seconds, _ in found), found[0][1]


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


if __name__ == "__main__":
    main()
