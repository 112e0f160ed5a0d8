"""Every recipe of `docs/reading.md` is run, in order, as a reader would."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from archive import SegmentWriter, open_archive
from archive.records import PhraseHit, Relevance
from crawler.config import parse_config
from tests.archive_samples import NOON, article, at, response
from tests.command import environment

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reading.md"
BLOCK = re.compile(
    r"(?P<skipped><!-- not run: [^\n]*-->\n)?^```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
BLOCKS = [(m["kind"], m["code"]) for m in BLOCK.finditer(PAGE.read_text("utf-8")) if not m["skipped"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive in it and the `breachwire` command on the path."""
    place = tmp_path_factory.mktemp("reader")
    archive = open_archive(place / "breachwire-archive")
    writer = SegmentWriter(archive.bucket, clock=at(NOON + timedelta(hours=1)))
    why = Relevance(
        topic="breach", score=0.9, verdict="yes", evidence=(PhraseHit(phrase="x", zone="body", weight=1.0),)
    )
    lead = "The clinic lost patient records of 4,000 people."
    first = msgspec.structs.replace(
        article("a", text=lead, published="2026-02-01"), facts={"people_affected": {"value": 4_000, "unit": "people"}}
    )
    for each in (
        first,
        article("b", verdict="duplicate", cluster=first.id, duplicate_of=first.id, source="post"),
        article("c", text="病院で個人情報が流出した。", language="ja"),
    ):
        writer.add(msgspec.structs.replace(each, relevance=why), response(each.url.split("/")[2].split(".")[0]))
    writer.flush()
    (place / "bin").mkdir()
    for name, arguments in (("breachwire", "-m crawler "), ("python", "")):
        command = place / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        command.chmod(0o755)
    return place


def test_the_page_has_recipes() -> None:
    assert {"sh", "python", "toml"} == {kind for kind, _ in BLOCKS}
    assert len(BLOCKS) >= 12


@pytest.mark.parametrize("number", [n for n, (kind, _) in enumerate(BLOCKS) if kind == "sh"])
def test_a_recipe_for_the_shell_runs(place: Path, number: int) -> None:
    """Each line by itself, so that none hides the next; what it needs of others' tools may be missing here."""
    for line in BLOCKS[number][1].splitlines():
        env = environment(PYTHONPATH=str(ROOT), PATH=f"{place}/bin:{os.environ['PATH']}")
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line], cwd=place, env=env, capture_output=True, text=True
        )
        if done.returncode == 127 and "jq: command not found" in done.stderr:
            pytest.skip("jq is not installed")
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        written = re.search(r">+ (\S+)$|^breachwire export \w+ (\S+)", line)
        out = place / (written[1] or written[2]) if written else None
        assert done.stdout.strip() if out is None else out.exists(), line


@pytest.mark.parametrize("number", [n for n, (kind, _) in enumerate(BLOCKS) if kind == "python"])
def test_a_recipe_for_python_runs(place: Path, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    with contextlib.chdir(place):
        exec(compile(BLOCKS[number][1], str(PAGE), "exec"), names)
    assert capsys.readouterr().out or names.get("mine")


@pytest.mark.parametrize("number", [n for n, (kind, _) in enumerate(BLOCKS) if kind == "toml"])
def test_a_configuration_is_one(number: int, tmp_path: Path) -> None:
    import tomllib

    config = parse_config(tomllib.loads(BLOCKS[number][1]), str(tmp_path / "breachwire.toml"))
    assert config.export.folder == str(tmp_path / "public")
    assert (config.export.stories, config.export.full_text, config.export.archive) == (50, False, True)
