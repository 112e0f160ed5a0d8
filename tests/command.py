"""Runs `breachwire` as a user does: in a process of its own, against real sites on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.layout import new_run_id
from archive.state import state_folder
from crawler.demo import DemoSite
from crawler.demo.server import Hit
from crawler.frontier import Frontier
from tests import warm


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def report(self) -> dict[str, Any]:
        """Standard output as the JSON run report."""
        report: dict[str, Any] = json.loads(self.out)
        return report


def environment(**more: str) -> dict[str, str]:
    """This process's environment without anything of the user's that would reach the command."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("BREACHWIRE_", "AWS_"))}
    return kept | {"NO_PROXY": "*", "no_proxy": "*"} | more


def breachwire(
    *arguments: object, input: str | None = None, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Finished:
    """Runs the command to its end."""
    root = str(Path(__file__).parent.parent)
    if env is None:
        own = environment(PYTHONPATH=root)
        return Finished(*warm.run([*map(str, arguments)], input or "", cwd or Path.cwd(), own, timeout=120))
    done = subprocess.run(
        [sys.executable, "-m", "crawler", *map(str, arguments)],
        input=input,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(PYTHONPATH=root, **(env or {})),
        cwd=cwd,
        timeout=120,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def start(*arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Starts the command in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "crawler", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**(env or {})),
        start_new_session=True,
    )


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9, with everything that it started."""
    os.killpg(process.pid, signal.SIGKILL)


def write_config(path: Path, sites: Iterable[DemoSite] = (), /, *, sources: str = "", **crawl: object) -> Path:
    """A configuration for sites on loopback: no waiting between requests, and every poll is due at once."""
    values = {"delay": 0.0, "poll_every": 0.0, "per_host": 4, "allow_private": ["127.0.0.1"], "timeout": 10.0} | crawl
    lines = ["[crawl]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    for site in sites:
        lines += ["[[source]]", f'name = "{site.name}"', f'home = "{site.home}"', f'language = "{site.language}"']
        lines += [f"{key} = {json.dumps(getattr(site, key))}" for key in ("feeds", "sitemaps", "sections")]
    path.write_text("\n".join(lines) + "\n" + sources, "utf-8")
    return path


def outcome(archive: Path, url: str) -> str | None:
    """What the frontier says became of a URL."""
    with Frontier(state_folder(archive), new_run_id()) as frontier:
        return frontier.outcome(url)


class KillAt(list[Hit]):
    """A list of a server's hits that kills a process as the n-th one comes in."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.process: subprocess.Popen[str] | None = None

    def append(self, hit: Hit) -> None:
        super().append(hit)
        if len(self) == self._number and self.process is not None:
            kill(self.process)
