"""A crawl of a loopback web beside its peers: articles a second, processor seconds an article, memory, wasted requests.

    python -m benchmarks.crawl --sites 200 --pages 20000 --peer-pages 200 --news-please VENV/bin/python
    python -m benchmarks.crawl --sites 20 --pages 400 --peer-pages 60

Every page is a story of its own, so each is to be archived. Servers answer after 0.12 s in the median. Breachwire
crawls a tenth of the pages, then all of them, then runs again with nothing new. The peers get a smaller sample of the
same pages, a fifth of it and then all. Virtual cores that share one real core are slower when both are at work, as
Breachwire's crawl keeps them; so each peer, and extraction alone, runs as many processes as there are cores, each with
its share. Linux only: processor time is that of all processes that a command started, memory the most that they had
together (PSS), of their own and with the pages of files, which the system drops where it needs the room.
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
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive import open_archive
from benchmarks.tables import Table, print_table

_SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER`: what a command leaves behind becomes our child, and its processor time is counted."""


@dataclass
class Measured:
    """Commands that ran side by side to their end. Times are seconds, memory megabytes."""

    out: list[str]
    wall: float
    cpu: float
    own: float
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


def measured(*commands: list[str]) -> Measured:
    """Runs commands side by side, with all that they start."""
    before, begun, own, most = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic(), 0.0, 0.0
    with ExitStack() as files:
        outs = [files.enter_context(tempfile.TemporaryFile("w+")) for _ in commands]
        running = [
            subprocess.Popen(command, stdout=out, start_new_session=True)
            for command, out in zip(commands, outs, strict=True)
        ]
        while any(process.poll() is None for process in running):
            now = [_memory(process.pid) for process in running]
            own, most = max(own, sum(anonymous for anonymous, _ in now)), max(most, sum(total for _, total in now))
            time.sleep(0.5)
        wall = time.monotonic() - begun
        for process, command in zip(running, commands, strict=True):
            _reap(process.pid)
            if process.returncode > 1:  # 1: a page failed, as its count tells
                raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
        said = []
        for out in outs:
            out.seek(0)
            said.append(out.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(said, wall, cpu, own, most)


def _reap(session: int) -> None:
    """Waits for what a command left behind: fork servers end a little later."""
    while _processes(session):
        with suppress(ChildProcessError):
            os.waitpid(-session, os.WNOHANG)
        time.sleep(0.05)


def _processes(session: int) -> list[Path]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                found.append(stat.parent)
    return found


def _memory(session: int) -> tuple[float, float]:
    """Of all processes of a session, in megabytes: what is their own, and with what they have of files."""
    own, total = 0, 0
    for process in _processes(session):
        with suppress(OSError):
            lines = dict(line.split(":") for line in (process / "smaps_rollup").read_text().splitlines()[1:])
            own += int(lines["Pss_Anon"].split()[0])
            total += int(lines["Pss"].split()[0])
    return own / 1_000, total / 1_000


def crawl(folder: Path, web: Web) -> Measured:
    """One run of Breachwire."""
    config = folder / "breachwire.toml"
    sources = (f"[[source]]\nname = 's{n}'\nhome = '{b}/'\nfeeds = ['{b}/feed.xml']\n" for n, b in enumerate(web.bases))
    config.write_text(
        "[crawl]\ndelay = 0.0\npoll_every = 0.0\nper_host = 4\nconcurrency = 64\nmax_pages = 1000000\n"
        "pages_per_source = 1000000\nseconds_per_source = 1000000.0\n"
        "allow_private = ['127.0.0.1']\n" + "".join(sources)
    )
    names = [f"s{n}" for n in range(len(web.bases))]
    where = ["--archive", str(folder / "archive"), "--config", str(config), "--report", "json", "-q"]
    return measured([sys.executable, "-m", "crawler", "crawl", *names, *where])


def archived(folder: Path) -> int:
    return sum(1 for _ in open_archive(folder / "archive").articles(include=("duplicates", "related")))


def peer(name: str, python: str, folder: Path, urls: list[str]) -> Measured:
    """One of `benchmarks/crawl_peers.py`, in a process for each core."""
    commands, cores = [], os.cpu_count() or 1
    for core in range(cores):
        file = folder / f"{name}-{core}.json"
        file.write_text(json.dumps(urls[core::cores]))
        # -P: the folder of the script has an `archive.py` of its own.
        commands.append([python, "-P", "-W", "ignore", str(Path(__file__).parent / "crawl_peers.py"), name, str(file)])
    return measured(*commands)


def extraction(folder: Path, urls: list[str]) -> float:
    """Processor seconds of extraction and nothing else, for one of the pages."""
    said = [out.split() for out in peer("extraction", sys.executable, folder, urls).out]
    return sum(float(seconds) for _, seconds in said) / sum(int(count) for count, _ in said)


@dataclass
class Pair:
    """The same crawl of few pages and of many: what an article more costs, without the start."""

    name: str
    few: Measured
    few_articles: int
    many: Measured
    articles: int

    @property
    def cost(self) -> float:
        """Processor seconds."""
        return (self.many.cpu - self.few.cpu) / (self.articles - self.few_articles)

    def row(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{self.articles}",
            f"{self.articles / self.many.wall:.1f}",
            f"{1e3 * self.many.cpu / self.articles:.1f}",
            f"{1e3 * self.cost:.1f}",
            f"{self.few.own:.0f}, {self.few.memory:.0f} at {self.few_articles}",
            f"{self.many.own:.0f}, {self.many.memory:.0f} at {self.articles}",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=200, metavar="N")
    parser.add_argument("--pages", type=int, default=20_000, metavar="N", help="of all sites together")
    parser.add_argument("--peer-pages", type=int, default=500, metavar="N", help="pages for the peers and extraction")
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
    urls = [f"{web.bases[n % args.sites]}/{n}" for n in range(min(args.pages, args.peer_pages))]
    feeds = [f"{base}/feed.xml" for base in web.bases]
    alone = [extraction(place, urls)]
    folders = [place / "few", place / "many"]
    runs: list[Measured] = []
    for folder, pages in zip(folders, (args.pages // 10, args.pages), strict=True):
        folder.mkdir()
        web.hits(pages)
        runs.append(crawl(folder, web))
        hits = web.hits()
    again = crawl(folders[1], web)
    hits_again = web.hits()
    few, count = map(archived, folders)
    ours = Pair("breachwire", runs[0], few, runs[1], count)
    alone.append(extraction(place, urls))

    def pair(title: str, name: str, python: str) -> Pair:
        done = []
        for some in (urls[: len(urls) // 5], urls):
            web.hits(len(some))
            done.append(peer(name, python, place, feeds if name == "scrapy" else some))
        few, many = done
        return Pair(title, few, sum(map(int, few.out)), many, sum(map(int, many.out)))

    rows = [ours, pair("Scrapy + trafilatura", "scrapy", sys.executable)]
    if args.news_please:
        rows.append(pair("news-please", "news-please", args.news_please))
    columns = ("", "articles", "articles/s", "ms of CPU each", "ms of one more", "MB, with files", "MB, with files")
    note = f"Extraction alone: {1e3 * alone[0]:.1f} ms of CPU an article before the crawls, {1e3 * alone[1]:.1f} after."
    print_table(Table(f"{args.sites} sites, {args.pages} pages", columns, tuple(r.row() for r in rows), note))
    print(f"processor time of one more article: {2 * ours.cost / sum(alone):.2f} times extraction alone;")
    for other in rows[1:]:
        print(f"{other.cost / ours.cost:.2f} times as many articles a processor second as {other.name}")
    print(f"requests: {hits}; pages that were fetched and not archived: {hits['page'] - count}")
    print(f"nothing new: {hits_again} in {again.wall:.1f} s, {again.cpu:.1f} s of processor time")


if __name__ == "__main__":
    main()
