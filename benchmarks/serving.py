"""How long the pages of `breachwire serve` take, over HTTP on loopback, with archives of made-up articles:
the median and the 95 % of the time that passed, and the median of what the machine worked.

    python -m benchmarks.serving FOLDER [--articles 10000 100000] [--limit 50]

An archive that is in the folder already is not made again. With `--limit` the exit code is 1 if the median of any page
is above so many milliseconds.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

from archive import Article, SegmentWriter, open_archive
from archive.layout import new_run_id
from archive.records import Dedup, DedupEvidence, PhraseHit, Relevance, Removed, article_id
from archive.search import open_search
from archive.segment import SegmentLimits
from benchmarks.made_up_wire import Wire
from crawler.sources import packaged_registry
from crawler.web.app import Guard
from crawler.web.pages import Pages
from crawler.web.server import serving, view_file
from crawler.web.stories import Stories, Wanted
from crawler.web.view import View

SEED = 7
SEGMENT = 500
GENERATED = 20_000
"""Texts that are made; those beyond are these again, at other addresses, as other stories."""
DAYS = 365
FIRST = datetime(2025, 11, 1, tzinfo=UTC)
COPIES, REVISIONS, RELATED = 0.15, 0.03, 0.05
LANGUAGES = ("en", "en", "en", "en", "de", "fr", "ja", "es", None)
KINDS = ("incident", "incident", "incident", "aftermath", "statistics", "advice")
ROUNDS = 40


def made(folder: Path, size: int) -> Path:
    """The archive of so many articles."""
    path = folder / f"wire-{size}"
    if (path / "done").exists():
        return path
    archive = open_archive(path)
    recent: list[Article] = []
    names = [source.name for source in packaged_registry()]
    for first in range(0, size, SEGMENT):
        moment = FIRST + timedelta(days=DAYS) * (first / size)
        limits = SegmentLimits(articles=SEGMENT + 1)
        writer = SegmentWriter(archive.bucket, new_run_id(moment), limits=limits, clock=at(moment))
        for number in range(first, min(first + SEGMENT, size)):
            article = _dressed(number, moment - timedelta(minutes=number % 400), names, recent)
            recent = [*recent[-2000:], article]
            writer.add(article)
        writer.flush()
    (path / "done").touch()
    return path


def _dressed(number: int, moment: datetime, names: list[str], recent: list[Article]) -> Article:
    """A made-up document with all that a crawl would have found out about it."""
    pick = np.random.default_rng((SEED, 9, number))
    plain = _document(number % GENERATED)
    url = f"{plain.url}/{number}"
    words = plain.text.split()
    hits = [PhraseHit(phrase=" ".join(words[at : at + 2]).lower(), zone="body", weight=1.5) for at in range(0, 60, 5)]
    article = msgspec.structs.replace(
        plain,
        id=article_id(url, plain.text),
        url=url,
        canonical_url=url,
        source=names[int(len(names) * pick.random() ** 2)],
        language=LANGUAGES[number % len(LANGUAGES)],
        fetched=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        published=f"{moment - timedelta(hours=int(pick.integers(1, 40))):%Y-%m-%dT%H:%M:%SZ}",
        relevance=Relevance(topic="breach", score=0.9, verdict="yes", evidence=tuple(hits)),
        removed=tuple(Removed(kind="box", length=90, start="Related articles") for _ in range(8)),
        facts={"people_affected": {"value": int(10 ** pick.uniform(2, 7))}} if pick.random() < 0.4 else {},
        extra={"kind": KINDS[number % len(KINDS)]},
    )
    chance, other = pick.random(), recent[int(pick.integers(len(recent)))] if recent else None
    if other is None:
        return article
    cluster = other.dedup.cluster or other.id
    if chance < COPIES:
        evidence = DedupEvidence(containment=0.9, lead=1, conflict=0, jaccard=0.8)
        original = other.dedup.duplicate_of or other.id
        dedup = Dedup(verdict="duplicate", duplicate_of=original, cluster=cluster, evidence=evidence)
        return msgspec.structs.replace(article, dedup=dedup)
    if chance < COPIES + REVISIONS and other.dedup.verdict != "duplicate":
        text = other.text.replace(" ", " newly ", 3)
        page = {"url": other.url, "canonical_url": other.canonical_url, "source": other.source}
        changed = {"id": article_id(other.canonical_url, text), "text": text, **page}
        return msgspec.structs.replace(article, **changed, dedup=Dedup(verdict="revision", cluster=cluster))
    if chance < COPIES + REVISIONS + RELATED:
        extra = article.extra | {"related_to": other.id}
        return msgspec.structs.replace(article, dedup=Dedup(verdict="related"), extra=extra)
    return article


@lru_cache(GENERATED)
def _document(number: int) -> Article:
    return Wire.of(SEED).document(number)


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


def measured(folder: Path, size: int) -> dict[str, list[tuple[float, float]]]:
    """By page: how many milliseconds each request took, and how many of them the processor worked."""
    began = time.perf_counter()
    path = made(folder, size)
    print(f"\n{size:,} articles: archive in {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    with View(view_file(str(path))) as view:
        view.catch_up(open_archive(path))
    print(f"view caught up in {time.perf_counter() - began:.1f} s, {view_file(str(path)).stat().st_size / 1e6:.0f} MB")
    began = time.perf_counter()
    with open_search(open_archive(path)) as index:
        print(f"search index in {time.perf_counter() - began:.1f} s, {index.path.stat().st_size / 1e6:.0f} MB")
    pages = Pages(packaged_registry())
    with serving(open_archive(path), str(path), pages, Guard(), "127.0.0.1", 0) as server, server.in_background():
        connection = http.client.HTTPConnection(server.host, server.port)
        times = {name: _timed(connection, make) for name, make in _pages(view_file(str(path))).items()}
        connection.close()
    return times


def _pages(view: Path) -> dict[str, Callable[[int], str]]:
    """By name: the address of the n-th request."""
    with Stories(view) as stories:
        rows = stories.listing(Wanted(), 1).rows + stories.listing(Wanted(), 200).rows
        total = stories.figures().stories
        word = stories.figures().sources[0].name
        everything = list(stories.everything())
        revised = [row for row in everything if row.verdict == "revision"][:ROUNDS]
        copied = [row for row in everything if row.copy_of][:ROUNDS]
    words = Counter(word.strip(".,").lower() for row in rows for word in set(row.summary.split()) if len(word) > 1)
    ((term, _),) = words.most_common(1)
    return {
        "latest stories": lambda _: "/",
        "tenth page": lambda _: "/?page=10",
        "last page": lambda _: f"/?page={-(-total // 30)}",
        "a source": lambda _: f"/?source={word}",
        "a language": lambda _: "/?language=ja",
        "a country": lambda _: "/?country=GB",
        "a kind and a month": lambda _: "/?kind=advice&since=2026-03-01&until=2026-03-31",
        "nothing found": lambda _: "/?source=nobody&language=xx",
        "search, a frequent word": lambda _: f"/?q={term}",
        "search, its beginning": lambda _: f"/?q={term[:2]}*",
        "search, a kind and a month": lambda _: f"/?q={term}&kind=advice&since=2026-03-01&until=2026-03-31",
        "search, two words": lambda n: f"/?q={'+'.join(word.strip('.,') for word in rows[n].summary.split()[3:5])}",
        "a story": lambda n: f"/story/{rows[n].id}",
        "a story with copies": lambda n: f"/story/{copied[n % len(copied)].id}",
        "a revised story": lambda n: f"/story/{revised[n % len(revised)].id}",
        "figures": lambda _: "/figures",
    }


def _timed(connection: http.client.HTTPConnection, address: Callable[[int], str]) -> list[tuple[float, float]]:
    spent = []
    for number in range(ROUNDS):
        began, worked = time.perf_counter(), time.process_time()
        connection.request("GET", address(number))
        answer = connection.getresponse()
        body = answer.read()
        spent.append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
        if answer.status != 200 or b"</html>" not in body:
            raise SystemExit(f"{address(number)}: HTTP {answer.status}")
    return spent


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--limit", type=float, help="milliseconds")
    args = parser.parse_args()
    worst = 0.0
    for size in args.articles:
        times = measured(args.folder, size)
        print(f"{'page':<26} {'median':>8} {'95 %':>8} {'worked':>8} ms")
        for name, spent in times.items():
            passed = [each for each, _ in spent]
            median, high = statistics.median(passed), statistics.quantiles(passed, n=20)[-1]
            worst = max(worst, median)
            print(f"{name:<26} {median:8.1f} {high:8.1f} {statistics.median(each for _, each in spent):8.1f}")
    return int(args.limit is not None and worst > args.limit)


if __name__ == "__main__":
    raise SystemExit(main())
