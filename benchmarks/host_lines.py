"""What the other pages of a host teach: `python -m benchmarks.host_lines --data DIR`.

DIR holds the folder `extraction` with the sets as JSON lines (gzip). Pages of hosts with at least two pages are cleaned
with all the other pages of their host as the memory (leave one out), over Breachwire's own text and over trafilatura's,
which no judge has cleaned. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec
import trafilatura

from archive import Article, open_archive
from archive.host_lines import HostLines, Seen
from archive.records import article_id
from archive.segment import SegmentWriter
from benchmarks.extraction_quality import SETS, GoldSet, Record, read_records
from benchmarks.tables import Table, print_table
from pipelines.extract import extract
from pipelines.extract.host_lines import OTHERS, PAGES, without_host_lines
from pipelines.items import ExtractionError
from pipelines.urls import host

LEAST = 2
VARIANTS = (("before", None), ("on 1 other page", (1, 1)), ("on 2 others", (1, 2)), ("as packaged", (PAGES, OTHERS)))
"""How each is called; other pages of the host, and other pages with the line, that it wants."""

Pair = tuple[Record, Article]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: no such folder: {options.data}")
    rows: list[tuple[str, ...]] = []
    largest = 0
    with ProcessPoolExecutor(2) as pool:
        for gold in SETS:
            hosts = _by_host(read_records(options.data / "extraction" / f"{gold.file}.jsonl.gz"))
            largest = max(largest, *map(len, hosts.values()), 0)
            records = [record for those in hosts.values() for record in those]
            for name, method in (("breachwire", ours), ("trafilatura", plain)):
                articles = pool.map(method, [r["html"] for r in records], [r["url"] for r in records], chunksize=4)
                pairs = [pair for pair in zip(records, articles, strict=True) if pair[1].text]
                rows += _rows(gold, name, pairs) if pairs else []
    columns = (
        "set",
        "hosts",
        "pages",
        "text of",
        "lines taken out",
        "precision",
        "recall",
        "F1",
        "gone",
        "pages worse",
    )
    note = (
        f"Hosts with at least {LEAST} pages, at most {largest}. *As packaged*: {PAGES} other pages, {OTHERS} with it."
    )
    print_table(Table("Lines of other pages of the host", columns, tuple(rows), note))


def ours(html: str, url: str) -> Article:
    """The page as it would come to the memory; without text where it has none."""
    try:
        found = extract(html, url=url)
    except ExtractionError:
        return _article(url, None, None, "")
    article = _article(url, found.title, found.summary, found.text)
    return msgspec.structs.replace(article, removed=found.removed)


def plain(html: str, url: str) -> Article:
    """The same by trafilatura's default, each line a paragraph."""
    text = trafilatura.extract(html, url=url, include_comments=False) or ""
    return _article(url, None, None, "\n\n".join(line for line in text.split("\n") if line.strip()))


def _article(url: str, title: str | None, summary: str | None, text: str) -> Article:
    return Article(
        id=article_id(url, text), url=url, canonical_url=url, source=host(url), title=title, summary=summary, text=text,
        fetched="2026-01-01T00:00:00Z",
    )  # fmt: skip


def _by_host(records: Iterator[Record]) -> dict[str, list[Record]]:
    hosts: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.get("url"):
            hosts[host(record["url"]).removeprefix("www.")].append(record)
    return {name: those for name, those in hosts.items() if len(those) >= LEAST}


def _rows(gold: GoldSet, method: str, pairs: Sequence[Pair]) -> Iterator[tuple[str, ...]]:
    """A row for each variant."""
    with tempfile.TemporaryDirectory() as folder, HostLines(Path(folder) / "lines.sqlite") as lines:
        writer = SegmentWriter(open_archive(Path(folder) / "archive").bucket)
        for _, article in pairs:
            if writer.add(article) and (segment := writer.flush()):
                lines.take(segment)
        if segment := writer.flush():
            lines.take(segment)
        seen = [_first(lines.seen(article, article.text.split("\n\n"))) for _, article in pairs]
    hosts = str(len({host(article.url).removeprefix("www.") for _, article in pairs}))
    before = [gold.metric(record["body"], article.text) for record, article in pairs]
    for name, least in VARIANTS:
        texts = [
            without_host_lines(article, known, pages=least[0], others=least[1]).text if least else article.text
            for (_, article), known in zip(pairs, seen, strict=True)
        ]
        scores = [gold.metric(record["body"], text) for (record, _), text in zip(pairs, texts, strict=True)]
        gone = sum(a.text.count("\n\n") - text.count("\n\n") for (_, a), text in zip(pairs, texts, strict=True))
        worse = sum(new.f1 < old.f1 for new, old in zip(scores, before, strict=True))
        means = (f"{sum(values) / len(scores):.4f}" for values in zip(*scores, strict=True))
        yield (gold.file.removesuffix("-dev"), hosts, str(len(pairs)), method, name, *means, str(gone), str(worse))


def _first(seen: Seen) -> Seen:
    """As if the page were met for the first time: a page that is known keeps its lines."""
    return Seen(pages=seen.pages, on=seen.on, announced=seen.announced)


if __name__ == "__main__":
    main()
