"""Runs that are killed at random moments, hundreds of times, on a folder or an S3 server, over a network that fails.

    python -m benchmarks.archive_faults --place ministack --trials 300

Each trial: up to three runs in a row are killed with -9 at a random moment, while a proxy loses requests and answers,
refuses, stalls and cuts bodies short; then one run goes undisturbed. Nothing that a killed run had acknowledged may be
lost, nothing may be there twice, and `verify` must find nothing wrong. Exits with 1 if anything is.
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
from pathlib import Path

from tests.archive_s3_server import CREDENTIALS, new_bucket, s3_server
from tests.fault_proxy import FAULTS, Fault, FaultProxy, Request
from tests.fault_trials import Ended, Runs, faults_of, killed_after
from tests.other_servers import ceph_server, rclone_server

_FAULTY = 0.1
"""Share of the requests that something happens to."""
_SERVERS = {"ministack": s3_server, "rclone": rclone_server, "ceph": ceph_server}


def main(arguments: list[str] | None = None) -> int:
    """Prints what happened; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", choices=("folder", *_SERVERS), default="folder")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args(arguments)
    os.environ.update(CREDENTIALS)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, _place(said.place, Path(folder)) as (direct, faulty):
        return _try(said.place, direct, faulty, Path(folder) / "state", said.trials, random.Random(said.seed))


@contextlib.contextmanager
def _place(name: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The URI under which archives are made, undisturbed and over the failing network."""
    if name == "folder":
        yield str(folder / "archives"), str(folder / "archives")
        return
    data = folder / "server"
    data.mkdir()
    chance = random.Random(0)

    def choose(_: Request) -> Fault | None:
        return chance.choice(FAULTS) if chance.random() < _FAULTY else None

    with _SERVERS[name](data) as endpoint, FaultProxy(endpoint, choose) as proxy:
        more = "addressing=path&attempts=9&timeout=0.5&endpoint="
        bucket = new_bucket(endpoint)
        yield f"s3://{bucket}/{{}}?{more}{endpoint}", f"s3://{bucket}/{{}}?{more}{proxy.endpoint}"


def _try(place: str, direct: str, faulty: str, states: Path, trials: int, chance: random.Random) -> int:
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    begun = time.monotonic()
    with Runs() as runs:
        usual = min(_seconds(runs, _at(direct, name), states / name) for name in ("first", "second", "third"))
        for number in range(trials):
            name = f"t{number:05d}"
            state = states / name
            all_of_them = Ended(0)
            for _ in range(chance.randint(1, 3)):
                with killed_after(chance.uniform(0, usual)) as kill:
                    ended = runs.run(_at(faulty, name), state, kill)
                counts["killed" if ended.status < 0 else "ended first"] += 1
                counts["acknowledged by these"] += len(ended.acknowledged)
                all_of_them.acknowledged |= ended.acknowledged
            last = runs.run(_at(direct, name), state)
            wrong += [f"{name}: {fault}" for fault in faults_of(_at(direct, name), all_of_them, last)]
    print(f"{place}: {trials} trials in {time.monotonic() - begun:.0f} s; " + _told(counts))
    for line in wrong:
        print("WRONG:", line)
    print(f"lost, doubled or damaged: {len(wrong)}")
    return 1 if wrong else 0


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
