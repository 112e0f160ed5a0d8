"""How fast articles are judged, on one core: `python benchmarks/relevance.py --data DIR`.

DIR holds the folder `relevance` with the development set. The packaged breach topic is loaded with all its languages;
the texts are the set's own, read before the clock starts. The best of the rounds counts: others use the machine too.
Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROUNDS = 5


def main() -> None:
    """Time rules and rules with model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    path = parser.parse_args().data / "relevance" / "dev.jsonl.gz"
    if not path.is_file():
        parser.error(f"--data: no such file: {path}")
    # Run as a script, Python's path holds this folder and not the one with the packages.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.tables import Table, print_table
    from pipelines.relevance import judge, load_rules, load_topic, worth_fetching

    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [(row["title"], row["text"]) for row in map(json.loads, lines)]
    topic, rules = load_topic("breach"), load_rules("breach")
    rows = (
        ("rules and model", _speed(texts, lambda title, text: judge(topic, title, text))),
        ("rules alone", _speed(texts, lambda title, text: judge(rules, title, text))),
        (
            "pre-filter, 200 characters of summary",
            _speed(texts, lambda title, text: worth_fetching(topic, title, text[:200])),
        ),
    )
    mean = sum(len(text) for _, text in texts) // len(texts)
    title = f"Speed on one core, {len(texts):,} documents of {mean:,} characters on average"
    print_table(Table(title, ("judged by", "documents/s"), rows, f"The best of {ROUNDS} rounds, by processor time."))


def _speed(texts: list[tuple[str, str]], judged: Callable[[str, str], object]) -> str:
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for title, text in texts:
            judged(title, text)
        best = min(best, time.process_time() - start)
    return f"{len(texts) / best:.0f}"


if __name__ == "__main__":
    main()
