"""What every command does with standard input, output and error, whatever these are."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive import open_bucket
from tests.archive_samples import article, store
from tests.command import Finished, breachwire, environment

LINE = '{"id": 1, "text": "Hackers copied the records of 9,000 patients in a data breach, the clinic said."}\n'
PAGE = "<p>" + "The clinic said that records were copied. " * 9


def shell(command: str, cwd: Path) -> Finished:
    """A command line as a shell runs it; `breachwire` in it is this one."""
    env = environment(PYTHONPATH=str(Path(__file__).parent.parent))
    own = f'breachwire() {{ "{sys.executable}" -m crawler "$@"; }}\n'
    done = subprocess.run(["bash", "-c", own + command], capture_output=True, text=True, env=env, cwd=cwd, timeout=120)
    return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lines.jsonl").write_text(LINE)
    return tmp_path


def test_with_json_as_the_log_format_every_line_of_standard_error_is_json(folder: Path) -> None:
    done = shell("breachwire classify missing.jsonl --log-format json; breachwire read -v --log-format json", folder)
    logged = [json.loads(line) for line in done.err.splitlines()]
    assert [(entry["level"], entry["logger"]) for entry in logged] == [("error", "breachwire")] * 2
    assert logged[0]["message"] == "missing.jsonl: cannot be read: No such file or directory"


def test_quiet_leaves_what_went_wrong_and_nothing_else(folder: Path) -> None:
    store(open_bucket(folder / "wire"), article("a"), article("b"))
    export = "breachwire export csv wire.csv --archive wire"
    assert shell(export, folder).err == "breachwire: wire.csv: 2 articles\n"
    assert shell(f"{export} -q", folder).err == ""
    assert "cannot be read" in shell("breachwire classify missing.jsonl -q", folder).err


@pytest.mark.parametrize(("more", "is_shown"), [((), True), (("-q",), False)])
def test_how_far_a_command_has_come_is_shown_on_a_terminal(more: tuple[str, ...], is_shown: bool, folder: Path) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "crawler", "classify", str(folder / "lines.jsonl"), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, check=True, text=True, env=environment())
    os.close(end)
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen, contextlib.suppress(OSError):  # Linux says so at its end
        shown = screen.read(10_000)
    assert (b"judging" in shown) is is_shown
    assert json.loads(done.stdout)["id"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_standard_output_is_told_in_a_line(folder: Path) -> None:
    done = shell("breachwire classify lines.jsonl > /dev/full", folder)
    assert (done.code, done.err) == (1, "breachwire: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_caller_has_closed_is_no_error(closed: str, folder: Path) -> None:
    done = shell(f"breachwire classify lines.jsonl {closed}", folder)
    assert (done.code, done.err) == (0, "")
    assert [line["id"] for line in done.lines] == ([] if ">&-" in closed.replace("2>&-", "") else [1])


def test_what_goes_wrong_never_reaches_standard_output(folder: Path) -> None:
    assert shell("breachwire classify missing.jsonl 2>&-", folder) == Finished(2, "", "")


@pytest.mark.parametrize("command", ["classify", "dedup"])
def test_nothing_of_a_json_line_is_obeyed_by_a_terminal(command: str) -> None:
    done = breachwire(command, "-", input='{"id": "a\u009bb\u202ec\u2028d", "text": "x"}\n')
    assert "a\\u009bb\\u202ec\\u2028d" in done.out
    assert done.lines[0]["id"] == "a\u009bb\u202ec\u2028d"


def test_what_is_no_number_comes_out_as_null() -> None:
    done = breachwire("classify", "-", input='{"id": 1, "text": "x", "rank": NaN, "far": -Infinity}\n')
    assert (done.lines[0]["rank"], done.lines[0]["far"]) == (None, None)


def test_json_lines_behind_a_byte_order_mark_are_json_lines() -> None:
    page = json.dumps({"id": 7, "url": None, "html": PAGE})
    assert breachwire("extract", "-", input="\ufeff" + page + "\n").lines[0]["id"] == 7


def test_a_path_that_cannot_be_read_keeps_no_other_from_being_cleaned(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    done = breachwire("extract", tmp_path, tmp_path / "missing.html", tmp_path / "page.html", "--format", "text")
    assert (done.code, done.out.startswith("The clinic said")) == (1, True)
    assert [line.rpartition(": ")[2] for line in done.err.splitlines()] == [
        "Is a directory",
        "No such file or directory",
    ]


def test_what_stands_before_the_place_where_a_file_breaks_off_is_cleaned(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"id": id, "url": None, "html": PAGE}) + "\n" for id in (1, 2))
    packed = gzip.compress(lines.encode() + os.urandom(3_000))
    (tmp_path / "pages.JSONL.GZ").write_bytes(packed[:-1_000])
    done = breachwire("extract", tmp_path / "pages.JSONL.GZ")
    assert ([line["id"] for line in done.lines], done.code) == ([1, 2], 2)
    assert "ended before the end-of-stream marker" in done.err


def test_half_a_character_in_a_line_s_address_costs_no_worker() -> None:
    done = breachwire(
        "extract", "-", input=json.dumps({"id": 1, "url": "https://a.example/\ud83d", "html": PAGE}) + "\n"
    )
    assert (done.code, done.err, done.lines[0]["error"]) == (0, "", None)


def test_a_long_document_that_is_not_json_lines_is_refused_in_the_time_of_reading_it(tmp_path: Path) -> None:
    entry = json.dumps({"id": 1, "text": "x" * 500}) + ",\n"
    (tmp_path / "array.json").write_text('{"articles": [\n' + entry * 20_000 + "{}]}\n")
    (tmp_path / "cut.jsonl").write_text('{"id": 1, "text": "cut\n' + ("no end, " * 60 + "\n") * 20_000 + LINE)
    begun = time.monotonic()
    assert "line 1: has no 'id'" in breachwire("classify", tmp_path / "array.json").err
    assert [line["id"] for line in breachwire("classify", tmp_path / "cut.jsonl").lines] == [1]
    assert time.monotonic() - begun < 60


def test_lines_of_one_id_are_decided_each_by_its_own_text(tmp_path: Path) -> None:
    one, other = (
        "The county library said that a backup server was open. ",
        "Boats landed the largest catch in years. ",
    )
    entries = [(1, one), (1, other), (2, other), ("1", one), (None, "A third text, of which nobody has a copy.")]
    lines = "".join(json.dumps({"id": id, "text": text * 12}) + "\n" for id, text in entries)
    done = breachwire("dedup", "-", input=lines)
    assert [(line["id"], line["verdict"], line["duplicate_of"]) for line in done.lines] == [
        (1, "unique", None),
        (1, "unique", None),
        (2, "duplicate", 1),
        ("1", "duplicate", 1),
        (None, "unique", None),
    ]
