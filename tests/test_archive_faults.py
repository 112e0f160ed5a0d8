"""Killed at every numbered step of a commit to a bucket, over a network that fails: nothing that was acknowledged is
lost, nothing comes twice, and after the next run the archive is whole. `benchmarks/archive_faults.py` does it hundreds
of times."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from archive import open_bucket
from archive.keeping.verify import verify
from tests.archive_s3_server import new_bucket
from tests.fault_proxy import FAULTS, Fault, FaultProxy, Request
from tests.fault_trials import PUTS, Ended, KillAtStep, Runs, faults_of


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with Runs() as started:
        yield started


@pytest.mark.parametrize("step", range(2 * PUTS))
def test_a_run_killed_at_any_step_of_a_commit_to_a_bucket_is_made_good_by_the_next(
    step: int, runs: Runs, s3_endpoint: str, aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = f"s3://{new_bucket(s3_endpoint)}/p?endpoint="
    killer = KillAtStep(step)
    with FaultProxy(s3_endpoint, killer.choose, killer.stored) as proxy:
        killed = runs.run(place + proxy.endpoint, tmp_path, killer.begun)
    assert killed.status == -signal.SIGKILL
    between = verify(open_bucket(place + s3_endpoint))
    assert between.problems == []
    assert between.articles >= len(killed.acknowledged)
    assert faults_of(place + s3_endpoint, killed, runs.run(place + s3_endpoint, tmp_path)) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_run_over_a_failing_network_loses_and_doubles_nothing(
    seed: int, runs: Runs, s3_endpoint: str, aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chance = random.Random(seed)

    def choose(_: Request) -> Fault | None:
        return chance.choice(FAULTS) if chance.random() < 0.3 else None

    place = f"s3://{new_bucket(s3_endpoint)}/p?attempts=9&timeout=0.5&endpoint="
    with FaultProxy(s3_endpoint, choose) as proxy:
        ended = runs.run(place + proxy.endpoint, tmp_path)
    assert proxy.suffered
    assert (ended.status, ended.error) == (0, None)
    assert faults_of(place + s3_endpoint, ended, Ended(0)) == []


def test_a_run_whose_store_refuses_for_good_says_so_and_the_next_goes_on(
    runs: Runs, s3_endpoint: str, aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    puts = count()

    def choose(request: Request) -> Fault | None:
        return "slow down" if request.method == "PUT" and next(puts) >= 4 else None

    place = f"s3://{new_bucket(s3_endpoint)}/p?attempts=2&endpoint="
    with FaultProxy(s3_endpoint, choose) as proxy:
        ended = runs.run(place + proxy.endpoint, tmp_path)
    assert ended.status == 3
    assert "too busy (SlowDown); run again later" in (ended.error or "")
    assert len(ended.acknowledged) == 2
    assert faults_of(place + s3_endpoint, ended, runs.run(place + s3_endpoint, tmp_path)) == []
