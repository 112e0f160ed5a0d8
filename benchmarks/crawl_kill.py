"""The promise that no story is lost: a crawl that is killed (-9) at random ends with the archive of one that was not.

    python -m benchmarks.crawl_kill --pages 3000 --seeds 100
    python -m benchmarks.crawl_kill --pages 3000 --minutes 5

For each seed a site on loopback announces so many pages, all of them stories; a crawl is killed three times, at random
requests, then one runs to its end. Held to: every page is in the archive, once; each byte of it as committed; no page
is asked for again once its segment was committed, and none twice in one run.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from archive import Article, open_archive, open_bucket
from archive.keeping.verify import verify
from crawler.configure import user_agent
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response

KILLS = 3
PER_FEED = 500
_WORDS = [
    "harbour",
    "ledger",
    "meter",
    "clinic",
    "museum",
    "ferry",
    "orchard",
    "bakery",
    "library",
    "quarry",
    "vineyard",
    "theatre",
    "bridge",
    "nursery",
    "garage",
    "kiosk",
    "lighthouse",
    "foundry",
    "brewery",
    "academy",
    "tannery",
    "mill",
    "depot",
    "arcade",
    "chapel",
    "stadium",
    "canteen",
    "archive",
    "dairy",
    "observatory",
]


@dataclass
class Outcome:
    """What became of one seed: which promises did not hold, and the figures."""

    faults: list[str] = field(default_factory=list)
    kills: int = 0
    refetched: int = 0

    def fault(self, what: str, pages: list[str]) -> None:
        """A promise that does not hold for these pages, if there are any."""
        if pages:
            self.faults.append(f"{len(pages)} pages {what}, e.g. {pages[0]}")


class Site:
    """A site of numbered stories, which kills a process as its n-th page is asked for."""

    def __init__(self, pages: int, seed: int) -> None:
        self.pages = pages
        self._seed = seed
        self._server = SiteServer("kill", self._answer)
        self._left = 0
        self._process: subprocess.Popen[str] | None = None
        self.asked: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """How often each page was asked for, by the name that each run gives itself."""
        self.names: list[str] = []
        self._server.start()

    @property
    def base(self) -> str:
        return self._server.base

    def feeds(self) -> list[str]:
        return [f"{self.base}/feed/{first}" for first in range(0, self.pages, PER_FEED)]

    def url(self, number: int) -> str:
        return f"{self.base}/{number}"

    def kill(self, process: subprocess.Popen[str] | None, after: int) -> None:
        """Kills the process after so many pages more."""
        self._process, self._left = process, after

    def _answer(self, request: Request) -> Response:
        name = request.path[1:]
        if name.startswith("feed/"):
            return text_response(self._feed(int(name[5:])), "application/rss+xml")
        if not name.isdecimal():
            return not_found()
        self.asked[request.user_agent][self.base + request.path] += 1
        self._left -= 1
        if self._process is not None and self._left <= 0:
            process, self._process = self._process, None
            with contextlib.suppress(ProcessLookupError):  # it had just ended
                os.killpg(process.pid, signal.SIGKILL)
        return text_response(page(self._seed, int(name)))

    def _feed(self, first: int) -> str:
        numbers = range(first, min(first + PER_FEED, self.pages))
        items = "".join(f"<item><title>Data breach {n}</title><link>{self.url(n)}</link></item>" for n in numbers)
        return f'<rss version="2.0"><channel><title>Kill</title><link>{self.base}</link>{items}</channel></rss>'

    def close(self) -> None:
        self._server.close()


def page(seed: int, number: int) -> str:
    """A story about a data breach that is no copy of any other."""
    pick = random.Random(f"{seed} {number}")
    place = " ".join(pick.choices(_WORDS, k=2))
    paragraphs = "".join(f"<p>{_paragraph(pick, place)}</p>" for _ in range(4))
    title = f"Data breach at the {place} exposes {number} customers"
    return f"<!doctype html><html lang=en><title>{title}</title><article><h1>{title}</h1>{paragraphs}</article></html>"


def _paragraph(pick: random.Random, place: str) -> str:
    words = " ".join(pick.choices(_WORDS, k=30))
    return f"The data breach at the {place} exposed the personal data of its customers, hackers wrote: {words}."


def run_seed(folder: Path, pages: int, seed: int, kills: int = KILLS, segment: int = 500) -> Outcome:
    """Crawls with kills, then to the end, and holds the archive to the promises. `segment` is in articles."""
    site, pick, result = Site(pages, seed), random.Random(seed), Outcome()
    command = _command(folder, site, segment)
    try:
        for _ in range(kills):
            result.kills += _run(command, folder, site, result, pick.randint(1, max(2, pages // 2))) is None
        _whole(folder, site, _run(command, folder, site, result) or {}, result)
    finally:
        site.close()
    return result


def _run(
    command: list[str], folder: Path, site: Site, result: Outcome, kill_after: int = -1
) -> dict[str, object] | None:
    """One crawl, killed after so many pages; its report, if it came to its end. It may ask for nothing that was
    committed before it began. What a killed one had on the wire may be read by the site while the next one runs, so
    each has a name of its own."""
    committed, contact = {article.url for article in _articles(folder)}, f"run-{len(site.names)}@kill.example"
    site.names.append(user_agent(contact))
    process = _start(command, contact)
    site.kill(process if kill_after >= 0 else None, kill_after)
    said, _ = process.communicate()
    site.kill(None, 0)
    asked = site.asked[site.names[-1]]
    result.fault("asked for again after their commit", [url for url in committed if asked[url]])
    result.fault("asked for twice in one run", [url for url, count in asked.items() if count > 1])
    return None if process.returncode == -signal.SIGKILL else dict(json.loads(said))


def _whole(folder: Path, site: Site, report: dict[str, object], result: Outcome) -> None:
    counts = Counter(article.url for article in _articles(folder))
    result.fault("missing", [url for url in map(site.url, range(site.pages)) if url not in counts])
    result.fault("archived twice", [url for url, count in counts.items() if count > 1])
    result.fault(
        "asked for under an unknown name",
        [url for n, urls in site.asked.items() if n not in site.names for url in urls],
    )
    hits = sum(site.asked.values(), Counter[str]())
    result.refetched = hits.total() - len(hits)
    if report.get("given_back") != 0:
        result.faults.append(f"{report.get('given_back')} URLs given back")
    if not verify(open_bucket(folder / "archive")).ok:
        result.faults.append("the archive does not verify")


def _articles(folder: Path) -> Iterable[Article]:
    if not (folder / "archive" / "commit").exists():
        return ()
    return open_archive(folder / "archive").articles(include=("duplicates", "related", "revisions"))


def _command(folder: Path, site: Site, segment: int) -> list[str]:
    config = folder / "breachwire.toml"
    config.write_text(
        f"[archive]\nsegment = {segment}\n"
        "[crawl]\ndelay = 0.0\npoll_every = 0.0\nper_host = 8\nallow_private = ['127.0.0.1']\n"
        f"pages_per_source = {site.pages}\nmax_pages = {site.pages}\n"
        f"[[source]]\nname = 'kill'\nhome = '{site.base}/'\nprefilter = false\nfeeds = {json.dumps(site.feeds())}\n"
    )
    where = ["--archive", str(folder / "archive"), "--config", str(config), "--report", "json"]
    return [sys.executable, "-m", "crawler", "crawl", "kill", *where, "-q"]


def _start(command: list[str], contact: str) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "BREACHWIRE_CONTACT": contact}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True, env=environment)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3_000, metavar="N")
    parser.add_argument("--seeds", type=int, default=100, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first seed")
    parser.add_argument("--minutes", type=float, default=1e9, metavar="M", help="begin no further seed after so long")
    args = parser.parse_args()
    done, failed = run_all(range(args.first, args.first + args.seeds), args.pages, 60 * args.minutes, print)
    print(f"{done} seeds of {args.pages} pages, {KILLS} kills each: {failed} with faults")
    return 1 if failed else 0


def run_all(seeds: Iterable[int], pages: int, seconds: float, say: Callable[[str], None]) -> tuple[int, int]:
    """Seeds done, and those of them with faults."""
    begun, done, failed = time.monotonic(), 0, 0
    for seed in seeds:
        if time.monotonic() - begun > seconds:
            break
        with tempfile.TemporaryDirectory() as folder:
            result = run_seed(Path(folder), pages, seed)
        done, failed = done + 1, failed + bool(result.faults)
        said = f"FAULT: {'; '.join(result.faults)}" if result.faults else f"{pages} of {pages} archived, each once"
        say(f"seed {seed}: {said} ({result.kills} kills, {result.refetched} asked for again)")
    return done, failed


if __name__ == "__main__":
    raise SystemExit(main())
