"""`breachwire read` and `show` as they are typed: what they refuse, what comes to a terminal, sheet or feed."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from archive import Article, open_archive
from crawler.cli import main
from crawler.cli.console import visible
from crawler.cli.formats import csv_rows, markdown, markdown_of
from tests.archive_samples import NOON, article, days, store
from tests.command import environment

EVIL = "a\x1b[31m\x9b2Jb\u202ec\x7f\u2028d"


def archive_of(folder: Path, *articles: Article) -> str:
    store(open_archive(folder).bucket, *articles)
    return str(folder)


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """The exit code, and what a terminal was given."""
    terminal, end = pty.openpty()
    with subprocess.Popen([sys.executable, "-m", "crawler", *arguments], stdout=end, env=environment()) as process:
        os.close(end)
        shown = b""
        while True:
            try:
                shown += os.read(terminal, 65_536)
            except OSError:  # Linux says so when the other end is closed
                break
    os.close(terminal)
    return process.returncode, shown.decode().replace("\r\n", "\n")


def test_a_query_without_a_word_is_refused_and_not_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = archive_of(tmp_path, article())
    assert main(["read", "--archive", folder, "--query", ""]) == 2
    assert main(["read", "--archive", folder, "--query", " ", "--cursor", str(tmp_path / "wire.cursor")]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("option", ["--query", "--source", "--language", "--topic"])
def test_what_is_typed_in_another_encoding_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    folder = archive_of(tmp_path, article())
    assert main(["read", "--archive", folder, "--query", "port", option, os.fsdecode(b"Z\xfcrich")]) == 2
    assert f"{option[2:]}: 'Z\\udcfcrich' is not UTF-8 text" in capsys.readouterr().err


def test_an_archive_may_lie_in_a_folder_whose_name_is_not_utf_8(tmp_path: Path) -> None:
    folder = archive_of(tmp_path / os.fsdecode(b"wire-\xff"), article())
    for asked in (["read", "--format", "atom"], ["read", "--query", "port"], ["site", "--out", str(tmp_path / "site")]):
        assert main([*asked, "--archive", folder]) == 0
    for form in ("stix", "misp", "huggingface", "csv"):
        title = os.fsdecode(b"Z\xfcrich")
        assert main(["export", form, str(tmp_path / form), "--archive", folder, "--title", title]) == 0


def test_a_range_may_end_with_the_last_day_there_is(tmp_path: Path) -> None:
    archive_of(tmp_path, article())
    assert len(list(open_archive(tmp_path).articles(until="9999-12-31"))) == 1


def test_a_place_that_cannot_keep_the_cursor_is_told_before_anything_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = archive_of(tmp_path / "archive", article())
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "wire.cursor", os.devnull):
        assert main(["read", "--archive", folder, "--cursor", str(place)]) == 2
        told = capsys.readouterr()
        assert (told.out, str(place) in told.err) == ("", True)


@pytest.mark.parametrize("form", ["jsonl", "atom", "parquet"])
def test_a_full_disk_is_told_in_one_line_and_the_cursor_stays(tmp_path: Path, form: str) -> None:
    folder, cursor = archive_of(tmp_path / "archive", article()), tmp_path / "wire.cursor"
    command = [sys.executable, "-m", "crawler", "read", "--archive", folder, "--format", form, "--cursor", str(cursor)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
    assert (done.returncode, done.stderr.decode().count("\n"), cursor.read_text()) == (1, 1, "")
    assert b"cannot be written: No space left" in done.stderr


def test_an_export_takes_no_device_s_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = archive_of(tmp_path / "archive", article())
    os.mkfifo(tmp_path / "pipe")
    assert main(["export", "csv", str(tmp_path / "pipe"), "--archive", folder]) == 2
    assert "is no file" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo()


def test_a_cursor_file_in_a_new_folder_is_made_and_a_link_to_one_stays(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    folder = archive_of(tmp_path / "archive", article())
    (tmp_path / "link.cursor").symlink_to(tmp_path / "new" / "wire.cursor")
    for given in (1, 0):
        assert main(["read", "--archive", folder, "--cursor", str(tmp_path / "link.cursor")]) == 0
        assert capfdbinary.readouterr().out.count(b"\n") == given
    assert (tmp_path / "link.cursor").is_symlink()


def test_a_cursor_file_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """One that is mounted into a container by itself."""
    folder, kept = archive_of(tmp_path / "archive", article()), tmp_path / "wire.cursor"
    kept.touch()
    if subprocess.run(["mount", "--bind", kept, kept], capture_output=True, check=False).returncode:
        pytest.skip("cannot mount here")
    try:
        for given in (1, 0):
            assert main(["read", "--archive", folder, "--cursor", str(kept)]) == 0
            assert capfdbinary.readouterr().out.count(b"\n") == given
    finally:
        subprocess.run(["umount", "-l", kept], check=True)


def test_a_feed_on_a_terminal_may_be_long_and_in_any_script(tmp_path: Path) -> None:
    """Its pieces are of a fixed number of bytes, and end within characters."""
    texts = ("x" * number + "個人情報が流出した。" * 14_000 for number in range(3))
    folder = archive_of(tmp_path, *(article(f"j{number}", text=text) for number, text in enumerate(texts)))
    code, shown = on_a_terminal("read", "--archive", folder, "--format", "atom", "--full-text")
    assert (code, shown.count("個人情報が流出した。"), shown[-8:]) == (0, 42_000, "</feed>\n")


def test_json_holds_nothing_that_a_terminal_obeys(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    evil = msgspec.structs.replace(article(text=EVIL), title=EVIL, summary=EVIL)
    folder = archive_of(tmp_path, evil)
    assert main(["show", evil.id, "--archive", folder, "--format", "json"]) == 0
    shown = capfdbinary.readouterr().out.decode()
    assert (visible(shown), json.loads(shown)["text"]) == (shown, EVIL)
    assert main(["read", "--archive", folder, "--format", "jsonfeed"]) == 0
    feed = capfdbinary.readouterr().out.decode()
    assert (visible(feed), json.loads(feed)["items"][0]["title"]) == (feed, EVIL)


@pytest.mark.parametrize("hidden", ['a\n=1+1,"b"', "a\n\n- 1", "a; =1", 'a;"=1', 'a\n"@x'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_spreadsheet_that_cuts_elsewhere_takes_nothing_for_a_formula(hidden: str, delimiter: str) -> None:
    """One that divides at semicolons sees quotes within a cell, and so the end of a row in each line of a text."""
    written = b"".join(csv_rows([article(text=hidden)])).decode()
    cells = [cell for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter) for cell in row]
    assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@")]


def test_nothing_that_an_article_says_becomes_markup_in_markdown() -> None:
    evil = "# a\n\n- b <img src=x> [c](javascript:d)"
    told = {"title": evil, "authors": (evil,), "canonical_url": "https://e.example/x_y<img>", "extra": {"search": "x"}}
    odd = msgspec.structs.replace(article(source=evil, text=f"One.\n\n{evil}"), **told)
    text = b"".join(markdown([odd])).decode()
    assert "<img" not in text.replace("\\<img", "")
    assert "[c]" not in text
    assert [line.split(":")[0] for line in text.splitlines() if line[:2] in ("# ", "- ")] == [
        "# \\# a - b \\<img src=x\\> \\[c\\](javascript",
        *("- source", "- authors", "- url", "- language", "- relevance"),
    ]
    assert "- url: https://e.example/x_y%3Cimg%3E\n" in text
    assert "- found: of **data** \\<b\\>\n" in markdown_of(odd, found="of **data** <b>")


def test_a_feed_keeps_its_id_however_its_archive_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    archive_of(tmp_path / "wire", article())
    monkeypatch.chdir(tmp_path)
    ids = set()
    for place in ("wire", "./wire/", str(tmp_path / "wire"), (tmp_path / "wire").as_uri()):
        assert main(["read", "--archive", place, "--format", "atom"]) == 0
        ids.add(next(line for line in capfdbinary.readouterr().out.splitlines() if line.startswith(b"<id>")))
    assert len(ids) == 1


@pytest.mark.parametrize("more", [(), ("--query", "records"), ("--cursor", "")])
def test_a_feed_names_the_sources_that_carried_a_story(
    tmp_path: Path, more: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    first = article("a", source="wire")
    bucket = open_archive(tmp_path).bucket
    store(bucket, first, when=NOON - days(1))
    copy = article("b", source="ledger", language="no", verdict="duplicate", cluster=first.id, duplicate_of=first.id)
    store(bucket, copy)
    asked = ["read", "--archive", str(tmp_path), "--language", "en", *more]
    assert main([*asked, "--format", "jsonfeed"]) == 0
    (item,) = json.loads(capfdbinary.readouterr().out)["items"]
    assert item["_breachwire"]["sources"] == ["wire", "ledger"]
    assert main([*asked, "--format", "atom"]) == 0
    assert b"Carried by: wire, ledger" in capfdbinary.readouterr().out
