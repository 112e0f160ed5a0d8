"""An archive on a file system that cannot be written: it is read, and whoever would write is told, exit code 3."""

from __future__ import annotations

import subprocess
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
