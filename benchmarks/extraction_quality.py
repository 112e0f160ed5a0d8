"""Extraction against gold texts, beside trafilatura's default and its `favor_precision` in the same run."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trafilatura
from rich.console import Console
from rich.progress import track

from benchmarks.extraction_metadata import metadata_table
from benchmarks.seed_pages import SeedPage, seed_pages
from benchmarks.tables import Table
from benchmarks.text_scores import (
    Score,
    SnippetCounts,
    line_score,
    shingle_score,
    snippet_counts,
    squeezed,
    token_score,
)
from pipelines.extract import extract
from pipelines.items import Extraction, ExtractionError

METHODS = ("trafilatura", "trafilatura precision", "breachwire")
_WORKERS = 2

Record = dict[str, Any]
Metric = Callable[[str, str], Score]


@dataclass(frozen=True, slots=True)
class GoldSet:
    """A labelled set: the file's name without its end, and the metric of its origin."""

    file: str
    metric: Metric
    measure: str


SETS = (
    GoldSet("zyte-dev", shingle_score, "4-gram"),
    GoldSet("publishers-dev", token_score, "token"),
    GoldSet("wcxb-articles-dev", token_score, "token"),
)
SNIPPETS = "snippets-dev"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the methods make of one page: their texts in the order of `METHODS`, and our extraction."""

    texts: tuple[str, ...]
    extraction: Extraction | None


def report(data: Path, seeds: Path | None = None) -> list[Table]:
    """The tables of all sets in `data/extraction`, and of the seed pages where their folder is given."""
    tables: list[Table] = []
    with ProcessPoolExecutor(_WORKERS) as pool:
        if seeds is not None:
            tables.append(_seed_table(seed_pages(seeds), pool))
        rows: list[tuple[str, ...]] = []
        metadata: list[tuple[Record, Extraction | None]] = []
        for gold in SETS:
            records = list(read_records(data / "extraction" / f"{gold.file}.jsonl.gz"))
            answers = _answers(records, gold.file, pool)
            rows += _gold_rows(gold, records, answers)
            metadata += [(record, answer.extraction) for record, answer in zip(records, answers, strict=True)]
        records = list(read_records(data / "extraction" / f"{SNIPPETS}.jsonl.gz"))
        snippets = _snippet_table(records, _answers(records, SNIPPETS, pool))
    columns = ("set", "pages", "measure", "method", "precision", "recall", "F1", "empty", "F1 < .3")
    note = "Means over pages. *empty*: no text came out; *F1 < .3*: next to nothing of the article, or another's."
    return [
        *tables,
        Table("Text against gold text", columns, tuple(rows), note),
        snippets,
        metadata_table(metadata),
    ]


def read_records(path: Path) -> Iterator[Record]:
    """The JSON objects of a gzip file, one a line; one that was broken over several lines is joined again."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        pending = ""
        for line in lines:
            pending += line
            try:
                record: Record = json.loads(pending, strict=False)
            except ValueError:
                continue
            pending = ""
            yield record | {name: _seen(record[name]) for name in _GOLD if record.get(name)}


_GOLD = ("body", "with", "without")


def _seen(gold: Any) -> Any:
    """A text, or a list of texts, as a reader sees it: some of the gold has the page's soft hyphens."""
    return gold.replace("\xad", "") if isinstance(gold, str) else [*map(_seen, gold)]


def answer(html: str, url: str) -> Answer:
    """One page through every method."""
    plain = trafilatura.extract(html, url=url, include_comments=False) or ""
    precise = trafilatura.extract(html, url=url, include_comments=False, favor_precision=True) or ""
    try:
        ours: Extraction | None = extract(html, url=url)
    except ExtractionError:
        ours = None
    return Answer((_seen(plain), _seen(precise), ours.text if ours else ""), ours)


def _answers(records: Sequence[Record], name: str, pool: ProcessPoolExecutor) -> list[Answer]:
    pages = [record["html"] for record in records]
    urls = [record.get("url") or "https://example.org/" for record in records]
    found = pool.map(answer, pages, urls, chunksize=4)
    return list(track(found, name, len(records), console=Console(stderr=True), transient=True))


def _gold_rows(gold: GoldSet, records: Sequence[Record], answers: Sequence[Answer]) -> Iterator[tuple[str, ...]]:
    for place, method in enumerate(METHODS):
        texts = [answer.texts[place] for answer in answers]
        scores = [gold.metric(record["body"], text) for record, text in zip(records, texts, strict=True)]
        empty, lost = sum(not text for text in texts), sum(score.f1 < 0.3 for score in scores)
        name = gold.file.removesuffix("-dev")
        yield (name, str(len(records)), gold.measure, method, *_mean(scores), str(empty), str(lost))


def _snippet_table(records: Sequence[Record], answers: Sequence[Answer]) -> Table:
    rows = []
    for place, method in enumerate(METHODS):
        counts = [
            snippet_counts(record["with"], record["without"], answer.texts[place])
            for record, answer in zip(records, answers, strict=True)
        ]
        total = SnippetCounts(*map(sum, zip(*counts, strict=True)))
        rows.append((method, *map(str, total), *(f"{value:.4f}" for value in total.score())))
    columns = (
        "method",
        "wanted, there",
        "unwanted, there",
        "wanted, lost",
        "unwanted, gone",
        "precision",
        "recall",
        "F1",
    )
    title = f"Snippets that must and must not be in the text ({len(records)} pages)"
    return Table(title, columns, tuple(rows), "trafilatura's own evaluation, over the sums of all pages.")


def _seed_table(pages: Sequence[SeedPage], pool: ProcessPoolExecutor) -> Table:
    answers = list(pool.map(answer, [page.html for page in pages], ["https://example.org/story"] * len(pages)))
    rows = []
    for place, method in enumerate(METHODS):
        scores, noise, lost = [], 0, 0
        for page, found in zip(pages, answers, strict=True):
            lines = [squeezed(line) for line in found.texts[place].split("\n") if line.strip()]
            scores.append(line_score(page.body, lines))
            noise += sum(line not in page.body for line in lines)
            lost += sum(line not in lines for line in page.body)
        rows.append((method, *_mean(scores), str(noise), str(lost)))
    columns = ("method", "precision", "recall", "F1 over lines", "lines of noise left", "body lines lost")
    bodies, noises = sum(len(page.body) for page in pages), sum(len(page.noise) for page in pages)
    note = (
        f"{len(pages)} pages: three texts in four styles, {bodies} lines of body, {noises} of noise. "
        "A repeated headline counts as noise."
    )
    return Table("Seed pages", columns, tuple(rows), note)


def _mean(scores: Sequence[Score]) -> tuple[str, ...]:
    return tuple(f"{sum(values) / len(scores):.4f}" for values in zip(*scores, strict=True))
