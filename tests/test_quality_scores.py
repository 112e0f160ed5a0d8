"""The benchmarks' own arithmetic, on cases small enough to count by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import dedup_quality, dedup_thresholds, relevance_quality


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def _story(word: str) -> str:
    return " ".join(f"{word}{number}" for number in range(120))


def test_pairs_of_copies_lost_stories_and_merged_templates_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "dedup"
    texts = {
        "a": _story("x"),
        "b": _story("x") + " more",
        "c": _story("y"),
        "d": _story("z"),
        "e": _story("z"),
    }
    clusters = {"a": 1, "b": 1, "c": 2, "d": 3, "e": 4}
    rows = [
        {
            "id": id,
            "title": "",
            "text": text,
            "cluster": clusters[id],
            "kind": "template1" if id == "e" else "orig",
        }
        for id, text in texts.items()
    ]
    _write(folder / "syndication-dev.jsonl.gz", rows)
    _write(folder / "reuters-docs-dev.jsonl.gz", rows)
    labels = [("a", "b", "D"), ("a", "c", "D"), ("d", "e", "N"), ("a", "d", "U")]
    _write(folder / "reuters-pairs-dev.jsonl.gz", [{"a": a, "b": b, "label": label} for a, b, label in labels])

    syndication, traps, reuters = dedup_quality.report(tmp_path)
    # One of two found pairs is right and the one true pair is found; "e", alone in gold, was called a copy of "d".
    assert syndication.rows[0][:4] == ("Breachwire", "0.500", "1.000", "0.667")
    assert syndication.rows[0][5] == "1"
    assert traps.rows[0][traps.columns.index("template (1)")] == "1"
    assert reuters.rows[0] == ("Breachwire", "0.500", "0.500", "0.500", "1 of 2", "1 of 1")

    (moved,) = dedup_thresholds.report(tmp_path)
    assert {len(row) for row in moved.rows} == {5}
    assert moved.rows[0][:2] == ("containment 0.5", "0.4: 0.6667 / 1 / 0.500")
    assert moved.note.endswith("As chosen: 0.6667 / 1 / 0.500.")


def test_verdicts_are_counted_by_group(tmp_path: Path) -> None:
    rows = [
        {"title": "Data breach exposes records of 5,000 patients", "label": 1, "group": "g", "lang": "en"},
        {"title": "Mayor opens the new bridge", "label": 1, "group": "g", "lang": "en"},
        {"title": "Data breach at a hospital", "label": 0, "group": "general-news", "lang": "en"},
        {"title": "Late goal sends United to the final", "label": 0, "group": "security-press", "lang": "en"},
    ]
    for name in ("dev", "train"):
        _write(tmp_path / "relevance" / f"{name}.jsonl.gz", [row | {"text": ""} for row in rows])

    verdicts, prefilter, *_ = relevance_quality.report(tmp_path)
    # By score the relevant stand first and, after the irrelevant of the same score, last: AP (1/1 + 2/4) / 2.
    by_rules = [row for row in verdicts.rows if row[0] == "Breachwire, rules"]
    assert by_rules[0] == ("Breachwire, rules", "all", "4", "2", "0.500", "0.500", "0.500", "0.750", "1")
    assert by_rules[2][:4] == ("Breachwire, rules", "general-news, en", "1", "0")
    assert prefilter.rows[0] == ("title alone", "0.500", "1.000", "0.000")
