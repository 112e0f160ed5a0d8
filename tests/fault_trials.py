"""Runs that are killed: each takes in what the archive lacks, is killed at a step or a moment of one's choosing, and
the next run makes the archive whole. Used by the tests and, hundreds of times, by `benchmarks/archive_faults.py`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any, Self

from archive import open_archive, open_bucket
from archive.keeping.verify import verify
from tests.archive_s3_server import CREDENTIALS
from tests.archive_samples import article
from tests.fault_proxy import Fault, Request

STORIES = tuple(f"story{number}" for number in range(4))
"""What each run is to take in: two segments of two."""
PUTS = 6
"""Objects that these make: captures, records and commit of each segment."""

_RUNS = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import boto3, warcio.archiveiterator, archive.s3
from archive import ArchiveError, SegmentLimits, SegmentWriter, open_archive, open_bucket
from pipelines.dedup import Store
from tests.archive_samples import article, response
from tests.killed_steps import kill_before_change_or_sync

archive.s3.open_s3("s3://warm/up")

def say(**what):
    os.write(1, json.dumps(what).encode() + b"\\n")

def take_in(uri, state, stories):
    archive = open_archive(uri)
    with Store.open(Path(state) / "index.sqlite") as index:
        index.catch_up(archive)
        writer = SegmentWriter(archive.bucket, limits=SegmentLimits(articles=2))
        def flush():
            while (segment := writer.flush()) is not None:
                say(acknowledged=[each.id for each in segment.articles])
                index.take(segment)
        for name in stories:
            if index.by_id(article(name).id) is None and writer.add(article(name), response(name, name.encode() * 300)):
                flush()
        flush()

for line in sys.stdin:
    job = json.loads(line)
    steps = job.pop("steps")
    pid = os.fork()
    if pid == 0:
        code = 0
        if steps:
            kill_before_change_or_sync(steps)
        try:
            take_in(**job)
        except ArchiveError as error:
            say(error=str(error))
            code = 3
        os._exit(code)
    say(pid=pid)
    say(ended=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@dataclass(slots=True)
class Ended:
    """How a run ended, and what it had acknowledged."""

    status: int
    acknowledged: set[str] = field(default_factory=set)
    error: str | None = None


class Runs:
    """Starts runs quickly: they are forks of one process that has imported everything. Use with `with`."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RUNS, str(Path(__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | CREDENTIALS,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, uri: str, state: Path, begun: Callable[[int], None] = lambda _: None, steps: int = 0) -> Ended:
        """One run to its end; `begun` gets its process id. It is killed before its change to the file system with the
        number `steps`, if that is not 0."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {"uri": uri, "state": str(state), "stories": STORIES, "steps": steps}
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        ended = Ended(0)
        for line in self._process.stdout:
            said: dict[str, Any] = json.loads(line)
            ended.acknowledged.update(said.get("acknowledged", ()))
            ended.error = said.get("error", ended.error)
            if "pid" in said:
                begun(said["pid"])
            if "ended" in said:
                ended.status = said["ended"]
                return ended
        raise AssertionError("the process that forks runs has ended")


def kill(pid: int) -> None:
    """kill -9."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def killed_after(seconds: float) -> Iterator[Callable[[int], None]]:
    """A `begun` that kills the run after so long."""
    timers: list[Timer] = []

    def begun(pid: int) -> None:
        timers.append(Timer(seconds, kill, (pid,)))
        timers[-1].start()

    yield begun
    for timer in timers:
        timer.cancel()
        timer.join()


class KillAtStep:
    """Kills a run at a step of its puts: an even one is before the store has the object, an odd one after that, before
    the run hears of it."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._arrived, self._stored = count(), count()
        self.pid = 0

    def choose(self, request: Request) -> Fault | None:
        if request.method == "PUT" and next(self._arrived) * 2 == self._step:
            kill(self.pid)
            return "lost request"
        return None

    def stored(self, request: Request) -> None:
        if request.method == "PUT" and next(self._stored) * 2 + 1 == self._step:
            kill(self.pid)

    def begun(self, pid: int) -> None:
        self.pid = pid


def faults_of(uri: str, killed: Ended, last: Ended) -> list[str]:
    """What is wrong with an archive after a killed run and the next one, which was not killed."""
    found = [each.id for each in open_archive(uri)]
    report = verify(open_bucket(uri))
    wanted = {article(name).id for name in STORIES}
    wrong = [f"verify: {problem.key}: {problem.what}" for problem in report.problems]
    if last.status:
        wrong.append(f"the next run ended with {last.status}: {last.error}")
    if lost := killed.acknowledged - set(found):
        wrong.append(f"lost: {sorted(lost)}")
    if len(found) != len(set(found)) or report.articles != len(found):
        wrong.append(f"doubled: {len(found)} articles, {report.articles} records")
    if set(found) != wanted:
        wrong.append(f"not whole: {len(found)} of {len(wanted)}")
    return wrong
