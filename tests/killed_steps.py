"""Killing work on a folder before each of its changes to the file system, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_SCRIPT = """
import json, os, shutil, sys
from pkgutil import resolve_name
from tests.killed_steps import kill_before_step

folder, work, stride = sys.argv[1], resolve_name(sys.argv[2]), int(sys.argv[3])

steps, status = 0, -1
while status:
    steps += stride
    place = os.path.join(folder, str(steps))
    shutil.copytree(os.path.join(folder, "source"), place)
    child = os.fork()
    if child == 0:
        kill_before_step(steps, ("os.link", "os.remove"))
        work(place)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([place, status]), flush=True)
"""

CHANGES = ("os.link", "os.remove", "os.mkdir", "os.rename")
"""The audit events of changes to the file system."""


def kill_before_step(steps: int, changes: tuple[str, ...]) -> Callable[[], None]:
    """This process is killed (-9) before that many such changes were made; what is given counts as one, too."""
    left = steps

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(lambda event, _: step() if event in changes else None)
    return step


def kill_before_change_or_sync(steps: int) -> None:
    """As `kill_before_step`, each sync of a file or folder being a step, too."""
    step, fsync = kill_before_step(steps, CHANGES), os.fsync

    def counted(descriptor: int) -> None:
        step()
        fsync(descriptor)

    os.fsync = counted  # type: ignore[assignment]


def kill_at_steps(folder: Path, work: str, stride: int) -> list[tuple[str, int]]:
    """Copies `source` in the folder and lets `work` ("module:function", called with the copy) be killed before its
    `stride`-th change, and again with a new copy before the next but so many, until it comes to its end. Each copy, and
    how the process ended."""
    command = [sys.executable, "-c", _SCRIPT, str(folder), work, str(stride)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment).stdout
    return [(place, status) for place, status in map(json.loads, told.splitlines())]
