"""Killing work on a folder before each of its changes to the file system, in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import json, os, shutil, signal, sys
from pkgutil import resolve_name

folder, work, stride = sys.argv[1], resolve_name(sys.argv[2]), int(sys.argv[3])

def killed_after(steps, place):
    left = steps

    def step(event, args):
        nonlocal left
        if event in ("os.link", "os.remove"):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(step)
    work(place)

steps, status = 0, -1
while status:
    steps += stride
    place = os.path.join(folder, str(steps))
    shutil.copytree(os.path.join(folder, "source"), place)
    child = os.fork()
    if child == 0:
        killed_after(steps, place)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([place, status]), flush=True)
"""


def kill_at_steps(folder: Path, work: str, stride: int) -> list[tuple[str, int]]:
    """Copies `source` in the folder and lets `work` ("module:function", called with the copy) be killed before its
    `stride`-th change, and again with a new copy before the next but so many, until it comes to its end. Each copy, and
    how the process ended."""
    command = [sys.executable, "-c", _SCRIPT, str(folder), work, str(stride)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment).stdout
    return [(place, status) for place, status in map(json.loads, told.splitlines())]
