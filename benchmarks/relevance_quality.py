"""Relevance on labelled sets: the packaged breach topic, its rules alone and a plain keyword list in the same run.

`python -m benchmarks.relevance_quality --data DIR` prints the tables, as does `benchmarks/quality.py --only relevance`.
An article counts as found if its verdict is `yes`. *AP* is average precision by score. The keyword list stands for
what peers do: it calls an article relevant if any of its words is in title or text, and ranks by how many are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.tables import Table, print_table
from pipelines.relevance import Topic, judge, load_rules, load_topic, worth_fetching

KEYWORDS = re.compile(
    r"data breach|data leak|breach|leaked|hacked|stolen data|personal information|personal data|ransomware|"
    r"cyber ?attack|漏えい|漏洩|流出|不正アクセス|fuite de données|cyberattaque|filtración|robo de datos|"
    r"datenleck|cyberangriff",
    re.IGNORECASE,
)


Row = Mapping[str, Any]


class Judged(NamedTuple):
    """A document's label, and what a method says of it."""

    label: bool
    found: bool
    score: float


SETS = {
    "dev": "development set",
    "train": "training set, on which phrases and weights were chosen and the model was trained",
}


def report(data: Path) -> list[Table]:
    """The tables of both sets; `data` holds the folder `relevance`."""
    topic = load_topic("breach")
    methods = {
        "Breachwire": _by_topic(topic),
        "Breachwire, rules": _by_topic(load_rules("breach")),
        "plain keyword list": _by_keywords,
    }
    tables = []
    for name, what in SETS.items():
        with gzip.open(data / "relevance" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        tables.append(_verdicts(what, rows, methods))
        tables.append(_prefilter(what, rows, lambda title, summary: worth_fetching(topic, title, summary)))
    return tables


def _verdicts(what: str, rows: Sequence[Row], methods: Mapping[str, Callable[[Row], Judged]]) -> Table:
    groups = [f"{row['group']}, {row['lang']}" for row in rows]
    scored, speeds = [], []
    for name, method in methods.items():
        start = time.perf_counter()
        judged = [method(row) for row in rows]
        speeds.append(f"{name} {len(rows) / (time.perf_counter() - start):.0f} documents/s")
        for group in ["", *sorted(set(groups))]:
            those = [one for one, its in zip(judged, groups, strict=True) if group in ("", its)]
            scored.append((name, group or "all", *_scores(those)))
    columns = ("method", "group", "documents", "relevant", "P", "R", "F1", "AP", "false positives")
    title = f"Relevance, {len(rows):,} documents ({what})"
    return Table(title, columns, tuple(scored), note=f"Speed: {', '.join(speeds)}.")


def _by_topic(topic: Topic) -> Callable[[Row], Judged]:
    def judged(row: Row) -> Judged:
        relevance = judge(topic, row["title"], row["text"])
        return Judged(row["label"] == 1, relevance.verdict == "yes", relevance.score)

    return judged


def _by_keywords(row: Row) -> Judged:
    hits = len(KEYWORDS.findall(f"{row['title']}\n{row['text']}"))
    return Judged(row["label"] == 1, hits > 0, hits)


def _scores(judged: Sequence[Judged]) -> tuple[str, ...]:
    relevant = sum(one.label for one in judged)
    right = sum(one.label and one.found for one in judged)
    wrong = sum(one.found and not one.label for one in judged)
    size = (str(len(judged)), str(relevant))
    if not relevant:
        return (*size, "–", "–", "–", "–", str(wrong))
    precision, recall = right / ((right + wrong) or 1), right / relevant
    f1 = 2 * precision * recall / ((precision + recall) or 1)
    numbers = (precision, recall, f1, _average_precision(judged))
    return (*size, *(f"{number:.3f}" for number in numbers), str(wrong))


def _average_precision(judged: Sequence[Judged]) -> float:
    """The mean, over the relevant, of the precision down to each; among equal scores the irrelevant come first."""
    found, total = 0, 0.0
    for place, one in enumerate(sorted(judged, key=lambda one: (-one.score, one.label)), 1):
        if one.label:
            found += 1
            total += found / place
    return total / (found or 1)


def _prefilter(what: str, rows: Sequence[Row], fetch: Callable[[str, str | None], bool]) -> Table:
    """What is fetched if a feed gave the title and the first characters; general news is what should not be."""
    lines = []
    for length in (0, 200, 300):
        chosen = [fetch(row["title"] or row["text"][:100], row["text"][:length] or None) for row in rows]

        def share(of: Callable[[Row], bool], chosen: Sequence[bool] = chosen) -> str:
            those = [yes for yes, row in zip(chosen, rows, strict=True) if of(row)]
            return f"{sum(those) / len(those):.3f}"

        lines.append(
            (
                f"{length} characters of summary" if length else "title alone",
                share(lambda row: row["label"] == 1),
                share(lambda row: row["label"] == 0 and row["group"] == "general-news"),
                share(lambda row: row["label"] == 0 and row["group"].startswith("security")),
            )
        )
    columns = ("a link gives", "relevant fetched", "general news fetched", "other security news fetched")
    return Table(f"Pre-filter of links ({what})", columns, tuple(lines))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    for table in report(parser.parse_args().data):
        print_table(table)


if __name__ == "__main__":
    main()
