"""Runs that are killed, hundreds of times, on a folder or an S3 server, over a network that fails.

    python -m benchmarks.archive_faults --place ministack --kills 200

Each trial: up to eight runs in a row are killed with -9, each at a numbered step of its commits or at a random moment,
while a proxy loses requests and answers, refuses, stalls and cuts bodies short; then one run goes undisturbed. A step
of a folder is before a change to the file system or a sync, one of a server before it has an object, or after that and
before the run hears of it. Nothing that a killed run had acknowledged may be lost, nothing may be there twice, and
`verify` must find nothing wrong. Exits with 1 if anything is. A kill is not a loss of power: with TMPDIR=/dev/shm,
where nothing waits for a disk, a kill costs a third.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.archive_s3_server import CREDENTIALS, new_bucket, s3_server
from tests.fault_proxy import FAULTS, Fault, FaultProxy, Request
from tests.fault_trials import PUTS, Ended, KillAtStep, Runs, faults_of, killed_after
from tests.other_servers import ceph_server, rclone_server

_FAULTY = 0.1
"""Share of the requests that something happens to."""
_IN_A_ROW = 8
_STEP, _MOMENT = "killed at a numbered step", "killed at a random moment"
_FOLDER_STEPS = 40
"""Changes and syncs of a run that makes an archive in an empty folder, about."""
_SERVERS = {"ministack": s3_server, "rclone": rclone_server, "ceph": ceph_server}


def main(arguments: list[str] | None = None) -> int:
    """Prints what happened; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", choices=("folder", *_SERVERS), default="folder")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--minutes", type=float, default=60.0, help="no trial begins after so long")
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args(arguments)
    os.environ.update(CREDENTIALS)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, _place(said.place, Path(folder)) as place:
        trials = _Trials(place, Path(folder) / "state", random.Random(said.seed))
        return trials.until(said.kills, 60 * said.minutes, said.place)


class _Network:
    """What happens to requests by chance, and to the run that is to be killed at one of them."""

    def __init__(self) -> None:
        self.kill: KillAtStep | None = None
        self._chance = random.Random(0)

    def choose(self, request: Request) -> Fault | None:
        if self.kill and (fault := self.kill.choose(request)):
            return fault
        return self._chance.choice(FAULTS) if self._chance.random() < _FAULTY else None

    def stored(self, request: Request) -> None:
        if self.kill:
            self.kill.stored(request)


@dataclass(frozen=True, slots=True)
class _Place:
    """The URIs under which archives are made, undisturbed and over the failing network; a folder has no network."""

    direct: str
    faulty: str
    network: _Network | None = None


@contextlib.contextmanager
def _place(name: str, folder: Path) -> Iterator[_Place]:
    if name == "folder":
        yield _Place(str(folder / "archives"), str(folder / "archives"))
        return
    data = folder / "server"
    data.mkdir()
    network = _Network()
    with _SERVERS[name](data) as endpoint, FaultProxy(endpoint, network.choose, network.stored) as proxy:
        more = "addressing=path&attempts=9&timeout=0.5&endpoint="
        at = f"s3://{new_bucket(endpoint)}/{{}}?{more}"
        yield _Place(at + endpoint, at + proxy.endpoint, network)


class _Trials:
    """Trials at one place, and what came of them."""

    def __init__(self, place: _Place, states: Path, chance: random.Random) -> None:
        self._place, self._states, self._chance = place, states, chance
        self._counts: Counter[str] = Counter()
        self._wrong: list[str] = []

    def until(self, kills: int, seconds: float, name: str) -> int:
        """Trials until so many runs were killed, or for so long; prints what happened. The exit code."""
        begun, trials = time.monotonic(), 0
        with Runs() as runs:
            usual = min(_seconds(runs, _at(self._place.direct, f"u{n}"), self._states / f"u{n}") for n in range(3))
            while self._killed() < kills and time.monotonic() - begun < seconds:
                self._try(runs, f"t{trials:05d}", usual)
                trials += 1
        print(f"{name}: {trials} trials in {time.monotonic() - begun:.0f} s; " + _told(self._counts))
        for line in self._wrong:
            print("WRONG:", line)
        print(f"lost, doubled or damaged: {len(self._wrong)}")
        return 1 if self._wrong else 0

    def _killed(self) -> int:
        return self._counts[_STEP] + self._counts[_MOMENT]

    def _try(self, runs: Runs, name: str, usual: float) -> None:
        all_of_them = Ended(0)
        for _ in range(_IN_A_ROW):
            how = self._chance.choice((_STEP, _MOMENT))
            ended = self._killed_run(runs, name, how, usual)
            self._counts[how if ended.status < 0 else "ended first"] += 1
            self._counts["acknowledged by these"] += len(ended.acknowledged)
            all_of_them.acknowledged |= ended.acknowledged
            if ended.status == 0:
                break
        uri = _at(self._place.direct, name)
        is_over = ended.status == 0 and self._place.network is None  # nothing has disturbed that run
        last = ended if is_over else runs.run(uri, self._states / name)
        self._wrong += [f"{name}: {fault}" for fault in faults_of(uri, all_of_them, last)]

    def _killed_run(self, runs: Runs, name: str, how: str, usual: float) -> Ended:
        uri, state, network = _at(self._place.faulty, name), self._states / name, self._place.network
        if how == _MOMENT:
            with killed_after(self._chance.uniform(0, usual)) as kill:
                return runs.run(uri, state, kill)
        if network is None:
            return runs.run(uri, state, steps=self._chance.randint(1, _FOLDER_STEPS))
        network.kill = KillAtStep(self._chance.randrange(2 * PUTS))
        ended = runs.run(uri, state, network.kill.begun)
        network.kill = None
        return ended


def _seconds(runs: Runs, uri: str, state: Path) -> float:
    """How long a run takes that nothing disturbs."""
    begun = time.monotonic()
    runs.run(uri, state)
    return time.monotonic() - begun


def _at(place: str, name: str) -> str:
    if "{}" in place:
        return place.format(name)
    folder = Path(place) / name
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items())


if __name__ == "__main__":
    sys.exit(main())
