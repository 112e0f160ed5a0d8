"""Near-duplicates on labelled sets: Breachwire's decision and plain MinHash LSH in the same run.

Each method decides the texts in the order of the file, as `breachwire dedup` does. What is scored is the
clusters that come out:

- a *pair* is two texts of one cluster; precision and recall are over pairs, against the gold clusters;
- *ARI* is the adjusted Rand index of the clusters (Hubert and Arabie 1985);
- *dropped* is a text that is alone in its gold cluster and was called a copy: a story lost.

The Reuters set has labels for pairs only: a copy is found if both texts are in one cluster.
"""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import comb
from pathlib import Path
from typing import Any

from datasketch import MinHash, MinHashLSH

from benchmarks.tables import Table
from pipelines.dedup import Deduplicator, Document, sign

Row = Mapping[str, Any]
Clusters = Mapping[str, str]
"""The cluster of each text, both by id."""

TRAPS = ("followup", "embedded", "sharednoise", "template", "bg")


def report(data: Path) -> list[Table]:
    """The tables of the syndication set and the Reuters pairs; `data` holds the folder `dedup`."""
    syndication = rows_of(data / "dedup" / "syndication-dev.jsonl.gz")
    reuters = rows_of(data / "dedup" / "reuters-docs-dev.jsonl.gz")
    labels = rows_of(data / "dedup" / "reuters-pairs-dev.jsonl.gz")
    methods: dict[str, Callable[[Sequence[Row]], Clusters]] = {
        "Breachwire": _ours,
        "MinHash LSH, Jaccard .8": lambda rows: _plain_lsh(rows, 0.8),
        "MinHash LSH, Jaccard .5": lambda rows: _plain_lsh(rows, 0.5),
    }
    first, second, traps = [], [], []
    for name, method in methods.items():
        start = time.perf_counter()
        clusters = method(syndication)
        rate = len(syndication) / (time.perf_counter() - start)
        scores = cluster_scores(syndication, clusters)
        first.append((name, *scores.cells(), f"{rate:.0f}"))
        traps.append((name, *(str(scores.dropped_by_kind[kind]) for kind in TRAPS)))
        second.append((name, *pair_scores(labels, method(reuters)).cells()))
    alone = Counter(row["cluster"] for row in syndication)
    single = Counter(_kind(row) for row in syndication if alone[row["cluster"]] == 1)
    return [
        Table(
            f"Syndication with traps, {len(syndication):,} texts",
            ("method", "P", "R", "F1", "ARI", f"stories dropped, of {sum(single.values()):,}", "texts/s"),
            tuple(first),
        ),
        Table(
            "Unique stories dropped, by trap",
            ("method", *(f"{kind} ({single[kind]})" for kind in TRAPS)),
            tuple(traps),
        ),
        Table(
            f"Reuters-21578, hand-labelled pairs among {len(reuters):,} texts",
            ("method", "P", "R", "F1", "copies found", "template stories merged"),
            tuple(second),
        ),
    ]


def rows_of(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _ours(rows: Sequence[Row]) -> Clusters:
    texts = {row["id"]: row["text"] for row in rows}
    known = Deduplicator(texts.__getitem__)
    clusters = {}
    for row in rows:
        item = document(row)
        signature = sign(item.text)
        dedup = known.decide(item, signature)
        known.add(item, signature, dedup)
        clusters[item.id] = dedup.cluster or item.id
    return clusters


def document(row: Row) -> Document:
    """A line of a set, as `breachwire dedup` would read it."""
    return Document(
        id=row["id"], text=row["text"], title=row["title"] or None, published=_rfc3339(row.get("date", "").strip())
    )


def _rfc3339(date: str) -> str | None:
    """Reuters writes 26-FEB-1987 15:01:01.79, and has times that are none.

    >>> _rfc3339("26-FEB-1987 15:01:01.79"), _rfc3339("2020-01-31"), _rfc3339("31-MAR-1987 605:12:19")
    ('1987-02-26T15:01:01', '2020-01-31', None)
    """
    if date[:4].isdecimal():
        return date
    try:
        return datetime.strptime(date.split(".")[0], "%d-%b-%Y %H:%M:%S").isoformat()  # UTC
    except ValueError:
        return None


def _plain_lsh(rows: Sequence[Row], threshold: float) -> Clusters:
    """The usual recipe: word 5-grams, datasketch's defaults; any candidate is a copy, transitively."""
    lsh = MinHashLSH(threshold=threshold)
    permutations = MinHash().permutations
    cluster_of: dict[str, str] = {}
    merged: dict[str, str] = {}

    def root(cluster: str) -> str:
        while merged.get(cluster, cluster) != cluster:
            cluster = merged[cluster]
        return cluster

    for row in rows:
        words = re.findall(r"\w+", row["text"].lower())
        shingles = {" ".join(words[i : i + 5]).encode() for i in range(max(1, len(words) - 4))}
        minhash = MinHash(scheme="affine32", permutations=permutations)
        minhash.update_batch(list(shingles))
        cluster_of[row["id"]] = row["id"]
        for candidate in lsh.query(minhash):
            merged[root(row["id"])] = root(cluster_of[candidate])
        lsh.insert(row["id"], minhash)
    return {key: root(cluster) for key, cluster in cluster_of.items()}


@dataclass(frozen=True)
class ClusterScores:
    """The figures of clusters against the gold ones."""

    precision: float
    recall: float
    ari: float
    dropped_by_kind: Counter[str]

    @property
    def f1(self) -> float:
        """Of the pairs."""
        return _f1(self.precision, self.recall)

    def cells(self) -> tuple[str, ...]:
        numbers = (self.precision, self.recall, self.f1, self.ari)
        return (*(f"{number:.3f}" for number in numbers), str(self.dropped_by_kind.total()))


def cluster_scores(rows: Sequence[Row], clusters: Clusters) -> ClusterScores:
    gold = Counter(row["cluster"] for row in rows)
    shared = _pairs(Counter((row["cluster"], clusters[row["id"]]) for row in rows).values())
    of_gold, of_found = _pairs(gold.values()), _pairs(Counter(clusters.values()).values())
    by_chance = of_gold * of_found / comb(len(rows), 2)
    taken: set[str] = set()
    dropped: Counter[str] = Counter()
    for row in rows:
        if clusters[row["id"]] in taken and gold[row["cluster"]] == 1:
            dropped[_kind(row)] += 1
        taken.add(clusters[row["id"]])
    return ClusterScores(
        precision=shared / (of_found or 1),
        recall=shared / of_gold,
        ari=(shared - by_chance) / ((of_gold + of_found) / 2 - by_chance),
        dropped_by_kind=dropped,
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(comb(size, 2) for size in sizes)


def _kind(row: Row) -> str:
    return "template" if row["kind"].startswith("template") else str(row["kind"])


@dataclass(frozen=True)
class PairScores:
    """The figures of hand-labelled pairs: copies (D) against template stories (N); the grey ones count for nothing."""

    copies: int
    others: int
    copies_found: int
    others_merged: int

    @property
    def f1(self) -> float:
        """Of the copies."""
        return _f1(*self._shares())

    def _shares(self) -> tuple[float, float]:
        return self.copies_found / ((self.copies_found + self.others_merged) or 1), self.copies_found / self.copies

    def cells(self) -> tuple[str, ...]:
        numbers = (f"{number:.3f}" for number in (*self._shares(), self.f1))
        return (*numbers, f"{self.copies_found} of {self.copies}", f"{self.others_merged} of {self.others}")


def pair_scores(labels: Sequence[Row], clusters: Clusters) -> PairScores:
    together = Counter(row["label"] for row in labels if clusters[row["a"]] == clusters[row["b"]])
    every = Counter(row["label"] for row in labels)
    return PairScores(every["D"], every["N"], together["D"], together["N"])


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / ((precision + recall) or 1)
