"""A crawl of a loopback web beside its peers: articles a second, processor seconds an article, memory, wasted requests.

    python -m benchmarks.crawl --sites 200 --pages 20000 --news-please VENV/bin/python
    python -m benchmarks.crawl --sites 20 --pages 400 --peer-pages 60

Every page is a story of its own, so each is to be archived. Servers answer after 0.12 s in the median. Breachwire
crawls a tenth of the pages, then all of them, then runs again with nothing new. Linux only: processor time is that of
all processes that a command started, memory the most that they had together (PSS).
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import open_archive
from benchmarks.tables import Table, print_table

_SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER`: what a command leaves behind becomes our child, and its processor time is counted."""


@dataclass
class Measured:
    """A command that ran to its end. Times are seconds, memory megabytes."""

    out: str
    wall: float
    cpu: float
    memory: float


class Web:
    """The sites, in a process of their own."""

    def __init__(self, sites: int, pages: int) -> None:
        command = [sys.executable, "-m", "benchmarks.crawl_web", "--sites", str(sites), "--pages", str(pages)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.bases: list[str] = self._line()

    def hits(self, pages: int | None = None) -> dict[str, int]:
        """What was asked for since the last call; from now on the web has so many pages."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{pages or ''}\n")
        self._process.stdin.flush()
        hits: dict[str, int] = self._line()
        return hits

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def measured(command: list[str]) -> Measured:
    """Runs a command with all that it starts."""
    before, begun, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0.0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, start_new_session=True)
        while process.poll() is None:
            most = max(most, _memory(process.pid))
            time.sleep(0.5)
        wall = time.monotonic() - begun
        while _processes(process.pid):  # fork servers end a little later
            with suppress(ChildProcessError):
                os.waitpid(-process.pid, os.WNOHANG)
            time.sleep(0.05)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
        out.seek(0)
        said = out.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(said, wall, cpu, most)


def _processes(session: int) -> list[Path]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                found.append(stat.parent)
    return found


def _memory(session: int) -> float:
    total = 0
    for process in _processes(session):
        with suppress(OSError):
            lines = (process / "smaps_rollup").read_text().splitlines()
            total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return total / 1_000


def crawl(folder: Path, web: Web) -> Measured:
    """One run of Breachwire."""
    config = folder / "breachwire.toml"
    sources = (f"[[source]]\nname = 's{n}'\nhome = '{b}/'\nfeeds = ['{b}/feed.xml']\n" for n, b in enumerate(web.bases))
    config.write_text(
        "[crawl]\ndelay = 0.0\npoll_every = 0.0\nper_host = 4\nconcurrency = 64\nmax_pages = 1000000\n"
        "allow_private = ['127.0.0.1']\n" + "".join(sources)
    )
    names = [f"s{n}" for n in range(len(web.bases))]
    where = ["--archive", str(folder / "archive"), "--config", str(config), "--report", "json", "-q"]
    return measured([sys.executable, "-m", "crawler", "crawl", *names, *where])


def archived(folder: Path) -> int:
    return sum(1 for _ in open_archive(folder / "archive").articles(include=("duplicates", "related")))


def peer(name: str, python: str, folder: Path, urls: list[str]) -> Measured:
    """One of `benchmarks/crawl_peers.py`."""
    file = folder / f"{name}.json"
    file.write_text(json.dumps(urls))
    return measured([python, str(Path(__file__).parent / "crawl_peers.py"), name, str(file)])


def row(name: str, run: Measured, articles: int) -> tuple[str, ...]:
    return (
        name,
        f"{articles}",
        f"{articles / run.wall:.1f}",
        f"{1e3 * run.cpu / articles:.1f}",
        f"{articles / run.cpu:.1f}",
        f"{run.memory:.0f}",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=200, metavar="N")
    parser.add_argument("--pages", type=int, default=20_000, metavar="N", help="of all sites together")
    parser.add_argument("--peer-pages", type=int, default=500, metavar="N", help="pages for news-please and extraction")
    parser.add_argument("--news-please", metavar="PYTHON", help="a Python that has news-please")
    args = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)
    web = Web(args.sites, args.pages // 10)
    with tempfile.TemporaryDirectory() as place:
        try:
            run_all(Path(place), web, args)
        finally:
            web.close()


def run_all(place: Path, web: Web, args: argparse.Namespace) -> None:
    """All runs, and what they come to."""
    few, many = place / "few", place / "many"
    few.mkdir()
    many.mkdir()
    small = crawl(few, web)
    web.hits(args.pages)
    whole = crawl(many, web)
    hits = web.hits()
    again = crawl(many, web)
    hits_again = web.hits()
    count = archived(many)
    rows = [row(f"breachwire, {args.pages // 10} pages", small, archived(few)), row("breachwire", whole, count)]
    plain = peer("scrapy", sys.executable, place, [f"{base}/feed.xml" for base in web.bases])
    rows.append(row("Scrapy + trafilatura", plain, int(plain.out)))
    urls = [f"{web.bases[n % args.sites]}/{n}" for n in range(min(args.pages, args.peer_pages))]
    alone = peer("extraction", sys.executable, place, urls)
    rows.append(row("extraction alone", alone, int(alone.out)))
    per_article = whole.cpu / count
    print(f"to extraction alone: {per_article / (alone.cpu / int(alone.out)):.2f} times its processor time an article")
    if args.news_please:
        theirs = peer("news-please", args.news_please, place, urls)
        rows.append(row("news-please", theirs, int(theirs.out)))
        print(f"to news-please: {theirs.cpu / int(theirs.out) / per_article:.1f} times its articles a processor second")
    ratio = plain.cpu / int(plain.out) / per_article
    print(f"to Scrapy + trafilatura: {ratio:.2f} times its articles a processor second")
    print(f"memory at ten times the pages: {whole.memory / small.memory:.2f} times")
    wasted = sum(hits.values()) - count - args.sites
    print(f"requests: {hits}; {wasted} beyond one a feed and one an article ({wasted / sum(hits.values()):.1%})")
    print(f"nothing new: {hits_again} in {again.wall:.1f} s, {again.cpu:.1f} s of processor time\n")
    columns = ("", "articles", "articles/s", "ms of CPU an article", "articles/CPU s", "MB")
    print_table(Table(f"Crawl of {args.sites} sites, {args.pages} pages", columns, tuple(rows)))


if __name__ == "__main__":
    main()
