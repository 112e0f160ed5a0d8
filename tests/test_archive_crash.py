"""Killed at any point: nothing that was acknowledged is lost, nothing comes twice, nothing is half there."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive import open_archive, open_bucket
from archive.keeping.verify import verify
from pipelines.dedup import Store
from tests.archive_samples import article, store

# Process after process commits one article, then another, into a folder of its own, and says the id of each
# as it is acknowledged. The first is killed before its first change to the file system, the second before its
# second, … until one lives to the end.
CRASHING = """
import json, os, sys
sys.path.insert(0, sys.argv[2])
from tests.archive_samples import article, response
from tests.killed_steps import kill_before_change_or_sync
from archive import SegmentWriter, open_bucket
import warcio.archiveiterator, warcio.warcwriter

def commit_two(folder, steps, told):
    kill_before_change_or_sync(steps)
    writer = SegmentWriter(open_bucket(folder))
    for name in ("a", "b"):
        writer.add(article(name), response(name))
        os.write(told, writer.flush().articles[0].id.encode() + b" ")

steps, status = 0, -1
while status:
    steps += 1
    folder = os.path.join(sys.argv[1], str(steps))
    os.mkdir(folder)
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        commit_two(folder, steps, tell)
        os._exit(0)
    os.close(tell)
    with open(hear) as acknowledged:
        ids = acknowledged.read().split()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([folder, status, ids]), flush=True)
"""


@dataclass(frozen=True)
class Crash:
    """A process that was killed (the last one lived): its folder, and what it had acknowledged."""

    folder: Path
    status: int
    acknowledged: set[str]


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> list[Crash]:
    command = [
        sys.executable,
        "-c",
        CRASHING,
        str(tmp_path_factory.mktemp("crash")),
        str(Path(__file__).parent),
    ]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = [json.loads(line) for line in told.splitlines()]
    return [Crash(Path(folder), status, set(ids)) for folder, status, ids in lines]


def test_the_processes_were_killed_at_every_step_of_both_segments(crashes: list[Crash]) -> None:
    assert {crash.status for crash in crashes[:-1]} == {-signal.SIGKILL}
    assert {len(crash.acknowledged) for crash in crashes} == {0, 1, 2}
    assert len(crashes) > 40


def test_a_killed_run_leaves_all_that_it_acknowledged_and_nothing_half_or_twice(crashes: list[Crash]) -> None:
    for crash in crashes:
        found = [each.id for each in open_archive(crash.folder)]
        assert len(found) == len(set(found))
        assert crash.acknowledged <= set(found)
        assert len(found) <= len(crash.acknowledged) + 1  # the one under way may be there, and is so in full
        report = verify(open_bucket(crash.folder))
        assert (report.problems, report.articles, report.captures) == ([], len(found), len(found))


def test_after_a_crash_the_next_run_makes_the_archive_of_an_unbroken_one(crashes: list[Crash]) -> None:
    for crash in crashes[::5]:
        archive = open_archive(crash.folder)
        with Store.open(crash.folder / ".state" / "index.sqlite") as index:
            index.catch_up(archive)
            for name in ("a", "b"):
                if index.by_id(article(name).id) is None:
                    index.take(store(archive.bucket, article(name)))
            assert len(index) == 2
        assert sorted(each.id for each in archive) == sorted(article(name).id for name in ("a", "b"))
