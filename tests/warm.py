"""Runs `python -m crawler` in forks of a process that has imported it once.

A crawl spends a second and a half of processor time on imports, which the tests would pay some hundred times over. The
command is the real one in a process of its own all the same; what tests start, kill or measure begins from nothing.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

_LOADED = ("crawler.cli.engine", "pipelines.extract.article", "pipelines.relevance", "spiders.news", "spiders.trial")
_STREAMS = 3


class Ended(NamedTuple):
    """A command that has ended: its exit code, below 0 for a signal, and what it wrote."""

    code: int
    out: str
    err: str


def run(arguments: list[str], input: str, cwd: Path, environment: dict[str, str], timeout: float) -> Ended:
    """Runs the command to its end. Raises `TimeoutError`, and ends it, where that takes longer."""
    (given, giving), (reading_out, out), (reading_err, err) = os.pipe(), os.pipe(), os.pipe()
    with socket.socket(socket.AF_UNIX) as connection, ThreadPoolExecutor(3) as pool:
        connection.settimeout(timeout)
        connection.connect(_address())
        request = json.dumps([arguments, str(cwd), environment]).encode()
        socket.send_fds(connection, [len(request).to_bytes(4)], [given, out, err])
        connection.sendall(request)
        for stream in (given, out, err):
            os.close(stream)
        pool.submit(_write, giving, input)
        written = [pool.submit(_read, stream) for stream in (reading_out, reading_err)]
        pid, code = int.from_bytes(connection.recv(4)), b""
        try:
            code = connection.recv(4)
        finally:
            if not code:
                os.kill(pid, signal.SIGKILL)
        return Ended(int.from_bytes(code, signed=True), *(text.result() for text in written))


def _write(stream: int, text: str) -> None:
    with suppress(BrokenPipeError), open(stream, "w", encoding="utf-8") as file:
        file.write(text)


def _read(stream: int) -> str:
    with open(stream, encoding="utf-8") as file:
        return file.read()


@cache
def _address() -> str:
    """Where this process's server listens; it starts with the first command and ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="warm")
    path = f"{folder.name}/socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        command = [sys.executable, __file__, str(listening.fileno())]
        root = str(Path(__file__).parents[1])
        server = subprocess.Popen(command, pass_fds=[listening.fileno()], env=os.environ | {"PYTHONPATH": root})
    atexit.register(folder.cleanup)
    atexit.register(server.kill)
    return path


def _serve(listening: socket.socket) -> None:
    """Forks for each request; returns in the process that is to be the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    while True:
        connection, _ = listening.accept()
        if os.fork():
            connection.close()
            continue
        listening.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        head, streams, _, _ = socket.recv_fds(connection, 4, _STREAMS)
        with connection.makefile("rb") as reader:
            arguments, cwd, environment = json.loads(reader.read(int.from_bytes(head)))
        if pid := os.fork():
            connection.sendall(pid.to_bytes(4))
            for stream in streams:
                os.close(stream)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            connection.sendall(code.to_bytes(4, signed=True))
            os._exit(0)
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(cwd)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[1:] = arguments
        return


if __name__ == "__main__":
    for module in _LOADED:
        import_module(module)
    gc.freeze()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    runpy.run_module("crawler", run_name="__main__", alter_sys=True)
