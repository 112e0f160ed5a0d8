"""The health of sources: what runs have seen of one, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.health import KEPT_RUNS, Health, SourceRun, ailments, dates_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def day(ago: float) -> str:
    return (NOW - timedelta(days=ago)).isoformat()


def good(ago: float = 0.0, **values: object) -> SourceRun:
    told: dict[str, object] = {"at": day(ago), "polls": 1, "announced": 10, "pages": 5, "newest": day(ago + 0.5)}
    return SourceRun(**(told | values))  # type: ignore[arg-type]


def bad(ago: float = 0.0) -> SourceRun:
    return SourceRun(at=day(ago), polls=1, poll_errors=1, last_error="feed https://a.example/: HTTP 404")


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        ([], []),
        ([good(n) for n in (3, 2, 1, 0)], []),
        ([good(2), good(1, polls=0, announced=0, newest=None)], []),
        ([bad(0)], ["no answer in the last 1 runs (feed https://a.example/: HTTP 404)"]),
        (
            [good(9), *(bad(n) for n in (5, 4, 3, 2, 1))],
            ["no answer in the last 5 runs (feed https://a.example/: HTTP 404), answered last 2026-11-13"],
        ),
        (
            [*(good(n) for n in range(20, 5, -1)), *(good(n, failed=4) for n in (5, 4, 3, 2, 1))],
            ["rising errors: 80% of pages failed in the last 5 runs, 0% before"],
        ),
        (
            [*(bad(n) for n in (9, 8)), *(good(n, polls=0, announced=0, newest=None) for n in (5, 4, 3, 2, 1))],
            ["no answer in the last 2 runs (feed https://a.example/: HTTP 404)"],
        ),
        ([good(n, failed=2) for n in range(20, 0, -1)], []),
        ([good(0, newest=day(30))], ["silent: nothing new for 30 days"]),
        ([good(0, newest=day(30), pause=10 * 86_400.0)], []),
        ([good(0, newest=day(90), pause=10 * 86_400.0)], ["silent: nothing new for 90 days"]),
        ([good(0, newest=None, last_new=day(20))], ["silent: nothing new for 20 days"]),
        ([good(0, empty=3)], ["empty extractions: no article text in 60% of its pages"]),
        ([good(0, pages=2, empty=2)], []),
        ([good(1, future=2), good(0, announced=0)], ["dates in the future: 2 entries"]),
        ([good(1, future=2), good(0)], []),
    ],
)
def test_what_is_wrong_with_a_source(runs: list[SourceRun], said: list[str]) -> None:
    assert ailments(runs, NOW) == said


def test_a_run_in_which_nothing_has_changed_keeps_what_was_known_before(tmp_path: Path) -> None:
    with Health(tmp_path) as health:
        health.record("1", [("a", good(20, new=3, pause=3600.0))])
        for number in range(2, KEPT_RUNS + 10):
            health.record(f"{number:03}", [("a", SourceRun(at=day(20 - number / 10), polls=1))])
        runs = health.runs("a")
    assert len(runs) == KEPT_RUNS
    assert (runs[-1].newest, runs[-1].pause, runs[-1].last_new) == (day(20.5), 3600.0, day(20))
    assert ailments(runs, NOW) == ["silent: nothing new for 20 days"]


def test_runs_that_only_looked_at_pages_again_do_not_crowd_out_those_that_polled(tmp_path: Path) -> None:
    with Health(tmp_path) as health:
        health.record("000", [("a", bad(9))])
        for number in range(1, KEPT_RUNS + 10):
            health.record(f"{number:03}", [("a", SourceRun(at=day(5 - number / 100), pages=1))])
        runs = health.runs("a")
    assert len(runs) == KEPT_RUNS + 1
    assert ailments(runs, NOW) == ["no answer in the last 1 runs (feed https://a.example/: HTTP 404)"]


def test_a_run_that_is_told_twice_counts_once(tmp_path: Path) -> None:
    with Health(tmp_path) as health:
        for _ in range(2):
            health.record("1", [("a", good()), ("b", bad())])
        assert (len(health.runs("a")), len(health.runs("b")), health.runs("c")) == (1, 1, [])


def test_of_the_dates_of_entries_those_ahead_are_counted_apart() -> None:
    told = Counter([day(0), day(1), day(1), day(4), day(-0.5), day(-2), day(-2)])
    dates = dates_of(told, NOW)
    assert (dates.future, dates.newest, dates.pause) == (2, day(-0.5), 86_400.0)
