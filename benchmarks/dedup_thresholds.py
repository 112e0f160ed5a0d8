"""How the figures of the near-duplicates move when a threshold does: where they stand still, the threshold is safe.

The texts are compared once; each setting then decides from the same comparisons, as `Deduplicator` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from archive.records import Dedup, DedupEvidence
from benchmarks.dedup_quality import Clusters, Row, cluster_scores, document, pair_scores, rows_of
from benchmarks.tables import Table
from pipelines.dedup import DedupConfig, InMemory, KnownArticle, Text, compare, sign
from pipelines.dedup.compare import containment, least_lead, opening
from pipelines.dedup.decide import comparable, known_article
from pipelines.dedup.known import Candidate
from pipelines.dedup.rules import Pair, days_apart, find, same_title

MOVED = (
    "containment", "lead", "same_lead", "cut_containment", "least_lead", "opening", "stub_opening", "stub_words",
    "conflict", "min_words", "short_containment", "window_days", "related",
)  # fmt: skip
STEPS = (-0.2, -0.1, 0.1, 0.2)
_LEAST = 0.2
"""Containment below which a pair is not compared: less than any setting asks for."""


class _Compared(NamedTuple):
    earlier: str
    evidence: DedupEvidence
    pair: Pair


def report(data: Path) -> list[Table]:
    """One row for each threshold: what 20 and 10 % less, and as much more, make of the figures."""
    syndication = rows_of(data / "dedup" / "syndication-dev.jsonl.gz")
    reuters = rows_of(data / "dedup" / "reuters-docs-dev.jsonl.gz")
    labels = rows_of(data / "dedup" / "reuters-pairs-dev.jsonl.gz")
    ours, theirs = _Comparisons(syndication), _Comparisons(reuters)

    def figures(config: DedupConfig) -> str:
        scores = cluster_scores(syndication, ours.clusters(config))
        pairs = pair_scores(labels, theirs.clusters(config))
        return f"{scores.f1:.4f} / {scores.dropped_by_kind.total()} / {pairs.f1:.3f}"

    chosen = DedupConfig()
    rows = []
    for name in MOVED:
        value = getattr(chosen, name)
        moved = [_changed(chosen, name, _step(value, step)) for step in STEPS]
        cells = [f"{getattr(config, name):g}: {figures(config)}" for config in moved]
        rows.append((f"{name} {value:g}", *cells))
    columns = ("threshold", *(f"{step:+.0%}" for step in STEPS))
    note = "Each: F1 of the syndication set / unique stories dropped / F1 of the Reuters pairs. As chosen: "
    return [Table("Thresholds moved", columns, tuple(rows), f"{note}{figures(chosen)}.")]


def _changed(config: DedupConfig, name: str, value: float) -> DedupConfig:
    return DedupConfig(**(asdict(config) | {name: value}))


def _step(value: float, step: float) -> float:
    moved = value * (1 + step)
    return round(moved) if isinstance(value, int) else round(min(moved, 1.0) if value <= 1 else moved, 4)


class _Comparisons:
    """A set's texts in order, each with the earlier ones that it may be a copy of."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._texts = {row["id"]: row["text"] for row in rows}
        self._text = lru_cache(256)(lambda id: Text.of(self._texts[id]))
        self._exact: list[bytes] = []
        self._found: list[list[_Compared]] = []
        config, known = DedupConfig(), InMemory()
        for row in rows:
            item = document(row)
            signature = sign(item.text)
            article = known_article(item, signature, Dedup(), config)
            near = comparable(signature, item.access, config)
            new = near and known.by_text(article.exact) is None
            found = list(self._compared(article, known.candidates(signature, config.candidates))) if new else []
            self._exact.append(article.exact)
            self._found.append(sorted(found, key=lambda each: -each.evidence.containment))
            known.add(article, signature if near else None, ())

    def _compared(self, article: KnownArticle, candidates: Sequence[Candidate]) -> Iterator[_Compared]:
        text = self._text(article.id)
        for _, other in candidates:
            theirs = self._text(other.id)
            if containment(text, theirs) >= _LEAST:
                pair = Pair(
                    words=min(article.words, other.words),
                    titles_agree=same_title(article.title, other.title),
                    days=days_apart(article.published, other.published),
                    opening=opening(text, theirs),
                    least_lead=least_lead(text, theirs),
                )
                yield _Compared(other.id, compare(text, theirs), pair)

    def clusters(self, config: DedupConfig) -> Clusters:
        """What these thresholds make of the comparisons."""
        found: dict[str, str] = {}
        first: dict[bytes, str] = {}
        for row, exact, compared in zip(self._rows, self._exact, self._found, strict=True):
            close = [each for each in compared if each.evidence.containment >= config.related][: config.compared]
            copies = (each for each in close if find(each.evidence, each.pair, config).verdict == "duplicate")
            copied = first.get(exact) or next((each.earlier for each in copies), None)
            found[row["id"]] = found[copied] if copied else row["id"]
            first.setdefault(exact, row["id"])
        return found
