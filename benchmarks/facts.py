"""What is told of relevant articles, and what that costs: `python -m benchmarks.facts --data DIR`.

DIR holds the folder `relevance` with the development set, which has no gold facts: `--sample 100` prints what is told$
of as many relevant articles, drawn by `--seed`, each with headline and the words that state it, to be read by a person.
Prints a Markdown table of the time an article takes, by the processor, the best of the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from archive.facts import told
from benchmarks.tables import Table, print_table
from pipelines.facts import facts_of
from pipelines.facts.stage import KINDS_WITHOUT
from pipelines.relevance import kind_of, load_topic

ROUNDS = 7


def main() -> None:
    """Prints the sample, if one is wanted, or the times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    parser.add_argument("--sample", type=int, default=0, help="print what is told of so many articles")
    parser.add_argument("--seed", type=int, default=8)
    args = parser.parse_args()
    path = args.data / "relevance" / "train.jsonl.gz"
    if not path.is_file():
        parser.error(f"--data: no such file: {path}")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        relevant = sorted((row for row in map(json.loads, lines) if row["label"]), key=lambda row: str(row["id"]))
    if args.sample:
        random.Random(args.seed).shuffle(relevant)
        _print_sample(relevant[: args.sample])
    else:
        _print_times(relevant)


def _print_sample(rows: list[dict[str, Any]]) -> None:
    topic = load_topic("breach")
    for row in rows:
        kind = kind_of(topic, row["title"], row["text"])
        print(f"## {row['id']} ({kind}) {row['title']}")
        for fact in told({} if kind in KINDS_WITHOUT else facts_of(row["title"], row["text"])):
            print(f"   {fact.name}: {fact.words}", *fact.evidence, sep="\n      ")


def _print_times(rows: list[dict[str, Any]]) -> None:
    facts_of("", "")  # the words are read once
    times = sorted(min(_time(row) for _ in range(ROUNDS)) for row in rows)
    cuts = quantiles(times, n=100)
    mean = sum(len(row["text"]) for row in rows) // len(rows)
    said = sum(bool(facts_of(row["title"], row["text"])) for row in rows)
    shown = (f"{sum(times) / len(times):.2f}", f"{cuts[49]:.2f}", f"{cuts[94]:.2f}", f"{times[-1]:.2f}")
    title = f"Facts of {len(rows):,} relevant articles of {mean:,} characters on average; {said:,} have one"
    print_table(
        Table(title, ("ms on average", "median", "95 % within", "longest"), (shown,), f"Best of {ROUNDS} rounds.")
    )


def _time(row: dict[str, Any]) -> float:
    start = time.process_time_ns()
    facts_of(row["title"], row["text"])
    return (time.process_time_ns() - start) / 1e6


if __name__ == "__main__":
    main()
