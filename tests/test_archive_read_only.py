"""An archive on a file system that cannot be written: it is read, and whoever would write is told, exit code 3."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import BucketError, open_bucket
from crawler.cli import main
from tests.archive_samples import article, store
from tests.command import breachwire, write_config


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Path]:
    """An archive of one article with its local state, on a file system that was made read-only since."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"cannot mount a file system here: {made.stderr.decode().strip()}")
    try:
        store(open_bucket(disk / "archive"), article("a"))
        assert main(["archive", "rebuild", "--archive", str(disk / "archive")]) == 0
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield disk / "archive"
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.parametrize("command", [["read"], ["archive", "verify"], ["archive", "stats"]])
def test_it_is_read(archive: Path, command: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([*command, "--archive", str(archive)]) == 0
    assert capfdbinary.readouterr().out


def test_who_writes_an_object_is_told_how_to_mend_it(archive: Path) -> None:
    with pytest.raises(BucketError, match="not mounted read-only"):
        open_bucket(archive).put("a/b", b"one")


def test_a_crawl_exits_with_3_and_leaves_all_as_it_was(archive: Path, tmp_path: Path) -> None:
    before = sorted(path for path in archive.rglob("*"))
    config = write_config(tmp_path / "breachwire.toml", sources="")
    done = breachwire("crawl", "--archive", archive, "--config", config, "--contact", "a@b.example")
    assert done.code == 3
    assert str(archive) in done.err
    assert "Traceback" not in done.err
    assert sorted(path for path in archive.rglob("*")) == before


@pytest.mark.parametrize(
    ("command", "code"),
    [(["verify"], 0), (["stats"], 0), (["rebuild"], 3), (["erase", "--matching", "port", "--yes"], 3)],
)
def test_local_state_of_somebody_else_is_told_in_a_line(tmp_path: Path, command: list[str], code: int) -> None:
    store(open_bucket(tmp_path), article("a"))
    assert main(["archive", "rebuild", "--archive", str(tmp_path)]) == 0
    (tmp_path / ".state").chmod(0)
    powers = "-dac_override,-dac_read_search"  # which let root in everywhere
    bound = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}"] if os.geteuid() == 0 else []
    try:
        done = subprocess.run(
            [*bound, sys.executable, "-m", "crawler", "archive", *command, "--archive", tmp_path],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        (tmp_path / ".state").chmod(0o755)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert (".state" in done.stderr) == (command != ["stats"])
