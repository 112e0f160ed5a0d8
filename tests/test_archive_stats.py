"""Figures of an archive, and the commands that print them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archive import ArchiveError, open_archive, open_bucket
from archive.keeping.stats import stats
from crawler.cli import main
from tests.archive_samples import article, store

JAN, FEB, APR = (datetime(2026, month, day, tzinfo=UTC) for month, day in ((1, 31), (2, 3), (4, 3)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two articles in January, four records (one of them a second time) in February, none in March, one in April."""
    bucket = open_bucket(tmp_path)
    store(bucket, article("a", fetched="2026-01-03T00:00:00Z"), article("b", fetched="2026-01-31T00:00:00Z"), when=JAN)
    first = article("c", fetched="2026-02-01T00:00:00Z", source="wire")
    copy = article("d", fetched="2026-02-02T00:00:00Z", verdict="duplicate", cluster=first.id, duplicate_of=first.id)
    store(bucket, first, copy, article("e", fetched="2026-02-02T00:00:00Z", verdict="related"), when=FEB)
    store(bucket, first, when=FEB)
    store(bucket, article("f", fetched="2026-04-01T00:00:00Z"), when=APR)
    return tmp_path


def test_months_stand_in_a_row_with_what_adds_up(folder: Path) -> None:
    found = stats(open_archive(folder))
    row = [(m.month, m.articles, m.articles_so_far, m.growth, m.duplicates, m.related, m.sources) for m in found.months]
    assert row == [
        ("2026-01", 2, 2, None, 0, 0, 1),
        ("2026-02", 3, 5, 0.5, 1, 1, 2),
        ("2026-03", 0, 5, -1.0, 0, 0, 0),
        ("2026-04", 1, 6, None, 0, 0, 1),
    ]


def test_every_byte_of_the_archive_is_counted(folder: Path) -> None:
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    found = stats(open_archive(folder))
    assert (found.objects, found.bytes) == (len(sizes), sum(sizes))
    assert sum(found.bytes_by_kind.values()) == sum(month.bytes for month in found.months) == found.bytes
    assert [month.bytes_so_far for month in found.months][-1] == found.bytes


def test_sources_are_told_with_the_largest_first(folder: Path) -> None:
    found = stats(open_archive(folder))
    assert list(found.by_source.items()) == [("harbour-post", 5), ("wire", 1)]
    assert (found.sources, found.articles, found.duplicates) == (2, 6, 1)


def test_a_time_of_long_ago_stands_in_its_month(tmp_path: Path) -> None:
    store(open_bucket(tmp_path), article("a", fetched="0900-12-31T00:00:00Z"))
    assert stats(open_archive(tmp_path)).months[0].month == "0900-12"


def test_an_empty_archive_has_no_months_and_none_is_an_error(tmp_path: Path) -> None:
    assert stats(open_archive(tmp_path)).months == []
    with pytest.raises(ArchiveError):
        stats(open_archive(tmp_path / "none"))


def test_the_command_prints_a_bar_a_month(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["archive", "stats", "--archive", str(folder)]) == 0
    told = capfdbinary.readouterr().out.decode().splitlines()
    assert told[0] == "6 articles of 2 sources: 1 duplicates, 1 related, 0 revisions"
    assert [line[:7] for line in told[-4:]] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    assert [line.count("█") for line in told[-4:]] == [20, 30, 0, 10]


def test_the_command_gives_json_and_draws_a_picture(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    picture = tmp_path_factory.mktemp("out") / "growth.svg"
    assert main(["archive", "stats", "--archive", str(folder), "--format", "json", "--plot", str(picture)]) == 0
    told = json.loads(capfdbinary.readouterr().out)
    assert [month["articles"] for month in told["months"]] == [2, 3, 0, 1]
    titles = [title.text for title in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}title")]
    assert titles[:4] == ["2026-01: 2", "2026-02: 3", "2026-03: 0", "2026-04: 1"]


@pytest.mark.parametrize(
    "wrong", [["stats", "--sample", "5%"], ["verify", "--plot", "x.svg"], ["stats", "--plot", "/none/x.svg"]]
)
def test_an_option_of_the_other_command_is_refused(
    folder: Path, wrong: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["archive", *wrong, "--archive", str(folder)]) == 2
    assert "--" in capfd.readouterr().err


# ---------------------------------------------------------------- verify


def test_verify_exits_with_1_and_names_what_is_damaged(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["archive", "verify", "--archive", str(folder)]) == 0
    assert main(["archive", "verify", "--sample", "30%", "--archive", str(folder)]) == 0
    assert b"(the bytes of 2 segments were read)" in capfdbinary.readouterr().out
    path = next(folder.glob("clean/v1/*/*"))
    path.unlink()
    assert main(["archive", "verify", "--archive", str(folder), "--format", "json"]) == 1
    told = json.loads(capfdbinary.readouterr().out)
    assert [problem["key"] for problem in told["problems"]] == [str(path.relative_to(folder))]


def test_verify_names_a_segment_that_the_local_index_has_seen(
    folder: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["archive", "rebuild", "--archive", str(folder)]) == 0
    gone = next(folder.glob("commit/v1/dt=2026-04*/*"))
    gone.unlink()
    assert main(["archive", "verify", "--archive", str(folder)]) == 1
    assert gone.name in capfdbinary.readouterr().out.decode()


def test_verify_does_without_a_local_index_that_cannot_be_opened(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / ".state" / "index.sqlite").mkdir(parents=True)
    assert main(["archive", "verify", "--archive", str(folder)]) == 0
    assert "commits that it has seen are not looked for" in capfd.readouterr().err
    assert main(["archive", "rebuild", "--archive", str(folder)]) == 3
    assert "cannot be deleted" in capfd.readouterr().err


@pytest.mark.parametrize("share", ["0", "101%", "some", "-5%"])
def test_a_share_that_is_none_is_refused(folder: Path, share: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["archive", "verify", f"--sample={share}", "--archive", str(folder)])
    assert ended.value.code == 2
    assert "--sample" in capfd.readouterr().err
