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
    syndication = _rows(data / "dedup" / "syndication-dev.jsonl.gz")
    reuters = _rows(data / "dedup" / "reuters-docs-dev.jsonl.gz")
    labels = _rows(data / "dedup" / "reuters-pairs-dev.jsonl.gz")
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
        scores = _cluster_scores(syndication, clusters)
        first.append((name, *scores.cells(), f"{rate:.0f}"))
        traps.append((name, *(str(scores.dropped_by_kind[kind]) for kind in TRAPS)))
        second.append((name, *_pair_scores(labels, method(reuters))))
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


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _ours(rows: Sequence[Row]) -> Clusters:
    texts = {row["id"]: row["text"] for row in rows}
    known = Deduplicator(texts.__getitem__)
    clusters = {}
    for row in rows:
        document = Document(id=row["id"], text=row["text"], title=row["title"] or None)
        signature = sign(document.text)
        dedup = known.decide(document, signature)
        known.add(document, signature, dedup)
        clusters[document.id] = dedup.cluster or document.id
    return clusters


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
class _Scores:
    precision: float
    recall: float
    ari: float
    dropped_by_kind: Counter[str]

    def cells(self) -> tuple[str, ...]:
        f1 = 2 * self.precision * self.recall / ((self.precision + self.recall) or 1)
        numbers = (self.precision, self.recall, f1, self.ari)
        return (*(f"{number:.3f}" for number in numbers), str(self.dropped_by_kind.total()))


def _cluster_scores(rows: Sequence[Row], clusters: Clusters) -> _Scores:
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
    return _Scores(
        precision=shared / (of_found or 1),
        recall=shared / of_gold,
        ari=(shared - by_chance) / ((of_gold + of_found) / 2 - by_chance),
        dropped_by_kind=dropped,
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(comb(size, 2) for size in sizes)


def _kind(row: Row) -> str:
    return "template" if row["kind"].startswith("template") else str(row["kind"])


def _pair_scores(labels: Sequence[Row], clusters: Clusters) -> tuple[str, ...]:
    """Copies (D) against template stories (N); the grey pairs (U, X) count for nothing."""
    together = Counter(row["label"] for row in labels if clusters[row["a"]] == clusters[row["b"]])
    copies, others = (sum(row["label"] == label for row in labels) for label in "DN")
    precision, recall = together["D"] / ((together["D"] + together["N"]) or 1), together["D"] / copies
    f1 = 2 * precision * recall / ((precision + recall) or 1)
    scores = (f"{number:.3f}" for number in (precision, recall, f1))
    return (*scores, f"{together['D']} of {copies}", f"{together['N']} of {others}")
