"""A crawl that is killed at random and run again ends with the archive of one that was not. The whole proof, three
thousand pages and a hundred seeds, is `python -m benchmarks.crawl_kill`."""

from __future__ import annotations

from pathlib import Path

from benchmarks.crawl_kill import run_seed


def test_a_crawl_killed_twice_at_random_loses_nothing_and_asks_for_nothing_that_was_committed(tmp_path: Path) -> None:
    result = run_seed(tmp_path, pages=90, seed=7, kills=2, segment=10)
    assert result.faults == []
    assert result.kills == 2
    assert result.refetched < 90
