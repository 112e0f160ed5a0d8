"""The commands that keep an archive: `archive compact`, `archive erase`, and `archive rebuild` after both."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from archive import Bucket, SegmentWriter, open_archive, open_bucket
from archive.layout import new_run_id
from archive.selection import INCLUDES
from archive.times import utc_now
from crawler.cli import main
from crawler.demo import DemoWeb
from crawler.discovery.shapes import Shapes
from crawler.frontier import Frontier
from crawler.health import Health, SourceRun
from crawler.hosts import Hosts
from tests.archive_samples import NOON, article, at, days, response, store
from tests.command import breachwire, write_config
from tests.test_archive_erase import SECRET, URL, derive, fill, found_in


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An archive with the derived state of a machine that has crawled it."""
    bucket = open_bucket(tmp_path / "archive")
    fill(bucket)
    derive(bucket, tmp_path / "archive" / ".state")
    return tmp_path / "archive"


def archive(*arguments: object) -> int:
    """Runs `breachwire archive …`."""
    return main(["archive", *map(str, arguments)])


def rows(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """All that is derived, without what tells only when and in which order it was taken in."""
    queries = {
        "index.sqlite": (
            "SELECT id, cluster, exact, words, title, source, published, access, site, credits, leads, text, written,"
            " addresses FROM articles ORDER BY id",
            "SELECT run, seq FROM commits ORDER BY run, seq",
        ),
        "lines.sqlite": ("SELECT * FROM pages ORDER BY host, page", "SELECT * FROM lines ORDER BY host, line, page"),
        "frontier.sqlite": (
            "SELECT key, source, state, outcome FROM url WHERE state = 'done' ORDER BY key",
            "SELECT run, seq FROM commits ORDER BY run, seq",
        ),
    }
    found = {}
    for name, statements in queries.items():
        with closing(sqlite3.connect(folder / ".state" / name)) as file:
            for statement in statements:
                found[statement] = file.execute(statement).fetchall()
    return found


# ---------------------------------------------------------------- rebuild


def test_what_is_rebuilt_is_what_was_lost(folder: Path) -> None:
    before = rows(folder)
    assert archive("rebuild", "--archive", folder) == 0
    assert rows(folder) == before


def test_what_is_rebuilt_after_compaction_is_what_was_lost(folder: Path) -> None:
    before = rows(folder)
    assert archive("compact", "--grace", "0d", "--archive", folder) == 0
    assert len(list(open_bucket(folder).list("commit/v1/"))) == 3
    assert archive("rebuild", "--archive", folder) == 0
    assert rows(folder) == before


def test_what_is_rebuilt_after_erasing_is_what_erasing_left(folder: Path) -> None:
    assert archive("erase", URL, "--yes", "--archive", folder) == 0
    before = rows(folder)
    assert archive("rebuild", "--archive", folder) == 0
    assert rows(folder) == before
    assert archive("compact", "--grace", "0d", "--archive", folder) == 0
    assert archive("rebuild", "--archive", folder) == 0
    assert rows(folder) == before
    assert found_in(folder) == []


# ---------------------------------------------------------------- compact


def test_compaction_tells_what_it_did_and_leaves_today_alone_unless_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        writer = SegmentWriter(open_bucket(tmp_path))
        writer.add(article(name))
        writer.flush()
    assert archive("compact", "--archive", tmp_path) == 0
    assert "0 days changed" in capsys.readouterr().out
    assert archive("compact", "--today", "--format", "json", "--archive", tmp_path) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["days"], told["merged"], told["into"], told["tables"], told["removed"]) == (1, 2, 1, 1, [])


# ---------------------------------------------------------------- erase


def test_a_dry_run_names_the_articles_and_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(open_bucket(folder).list())
    assert archive("erase", URL, "--dry-run", "--archive", folder) == 0
    said = capsys.readouterr().out
    assert f"{SECRET} exposed again" in said
    assert "2 articles and their captures" in said
    assert sorted(open_bucket(folder).list()) == before


def test_the_receipt_says_what_was_removed_where(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert archive("erase", "--domain", "gone.example", "--yes", "--format", "json", "--archive", folder) == 0
    receipt = json.loads(capsys.readouterr().out)
    assert [each["url"] for each in receipt["articles"]] == [URL + "?from=feed"] * 2
    assert {key.split("/")[0] for key in receipt["removed"]} >= {"raw", "clean", "commit"}
    assert {key.split("/")[0] for key in receipt["tombstones"]} == {"tombstone"}
    assert receipt["local"] == {"index.sqlite": 2, "lines.sqlite": 1, "frontier.sqlite": 2}
    assert receipt["waiting"] == []
    assert found_in(folder) == []


@pytest.mark.parametrize("target", [["ID"], ["--matching", "zerbinetta q.+l"], [URL], ["https://gone.example/story/"]])
def test_articles_are_named_by_id_address_or_what_they_hold(folder: Path, target: list[str]) -> None:
    id = next(each.id for each in open_archive(folder).articles(include=INCLUDES) if "gone" in each.url)
    assert archive("erase", *(id[:12] if part == "ID" else part for part in target), "--yes", "--archive", folder) == 0
    assert found_in(folder) == []


class Terminal(io.StringIO):
    """Standard input with somebody before it."""

    def isatty(self) -> bool:
        return True


def test_a_domain_is_found_however_it_is_written(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    stays = article("news")
    url = "https://xn--bcher-kva.example/story"
    store(bucket, msgspec.structs.replace(stays, id=f"{1:020}", url=url, canonical_url=url), stays)
    assert archive("erase", "--domain", "www.Bücher.example.", "--yes", "--archive", tmp_path) == 0
    assert [each.id for each in open_archive(tmp_path).articles()] == [stays.id]


@pytest.mark.parametrize(("answer", "code"), [("yes\n", 0), ("no\n", 2), ("", 2)])
def test_a_person_is_asked_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, code: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert archive("erase", URL, "--archive", folder) == code
    assert "Erase this for good? Type yes:" in capsys.readouterr().err
    assert (found_in(folder) == []) == (code == 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["erase"], "erase what?"),
        (["erase", URL, "--matching", "x", "--yes"], "erase what?"),
        (["erase", URL], "add --yes"),
        (["erase", URL, "--raw-only", "--yes"], "go with --older-than"),
        *(
            (["erase", "--domain", name, "--yes"], "not a domain")
            for name in ("localhost", ".news.example", "*.news.example")
        ),
        (["erase", "--matching", "(", "--yes"], "not a regular expression"),
        (["erase", "--matching", "", "--yes"], "every article would match"),
        (["compact", URL], "takes no"),
        (["compact", "--older-than", "30d", "--yes"], "it goes with `archive erase`"),
        (["rebuild", "--dry-run"], "it goes with `archive compact` and `archive erase`"),
    ],
)
def test_a_command_that_makes_no_sense_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    before = sorted(open_bucket(folder).list())
    assert archive(*arguments, "--archive", folder) == 2
    assert said in capsys.readouterr().err
    assert sorted(open_bucket(folder).list()) == before


def test_nothing_is_erased_while_a_run_is_under_way(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Frontier(folder / ".state", new_run_id()):
        assert archive("erase", URL, "--yes", "--archive", folder) == 2
    assert "a run is under way" in capsys.readouterr().err
    assert found_in(folder) != []


def test_what_was_kept_long_enough_goes_by_age_and_topic(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    for number, topic in enumerate(("breach", "ransomware", "breach")):
        writer = SegmentWriter(bucket, clock=at(NOON + days(number)))
        made = article(f"a{number}")
        assert made.relevance is not None
        made = msgspec.structs.replace(made, relevance=msgspec.structs.replace(made.relevance, topic=topic))
        writer.add(made, response(f"a{number}"))
        writer.flush()
    old = ("--older-than", "1d", "--yes", "--archive", tmp_path)
    assert archive("erase", "--raw-only", "--topic", "breach", *old) == 0
    assert [each.capture is None for each in open_archive(tmp_path)] == [True, False, True]
    assert archive("erase", "--topic", "breach", *old) == 0
    assert [each.source for each in open_archive(tmp_path)] == ["harbour-post"]
    assert archive("verify", "--archive", tmp_path) == 0


RETENTION = """
[archive.retention]
captures = "30 days"
[archive.retention.topic.ransomware]
articles = "1 year"
"""


def aged(bucket: Bucket, topic: str, days_ago: int) -> None:
    """An article of the topic with a capture, fetched so long ago."""
    name = f"{topic}{days_ago}"
    when = utc_now() - days(days_ago)
    made = article(name, fetched=when.isoformat(), source=name)
    assert made.relevance is not None
    made = msgspec.structs.replace(made, relevance=msgspec.structs.replace(made.relevance, topic=topic))
    writer = SegmentWriter(bucket, clock=at(when))
    writer.add(made, response(name))
    writer.flush()


def test_compaction_takes_out_what_was_kept_long_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bucket = open_bucket(tmp_path / "archive")
    for topic, days_ago in (("breach", 400), ("breach", 20), ("ransomware", 400), ("ransomware", 60)):
        aged(bucket, topic, days_ago)
    config = tmp_path / "wire.toml"
    config.write_text(RETENTION)
    place = ("--archive", tmp_path / "archive", "--config", config)
    before = list(bucket.list())
    assert archive("compact", "--dry-run", *place) == 0
    assert list(bucket.list()) == before
    told = capsys.readouterr().out
    assert "1 articles and their captures" in told
    assert "the captures of 2 articles" in told
    assert archive("compact", *place) == 0
    assert "kept long enough: 1 articles, the captures of 2 more, are gone" in capsys.readouterr().out
    left = {each.source: each.capture is not None for each in open_archive(tmp_path / "archive")}
    assert left == {"breach400": False, "breach20": True, "ransomware60": False}
    assert archive("compact", "--format", "json", *place) == 0
    assert json.loads(capsys.readouterr().out)["expired"] == {"articles": 0, "captures": 0}
    assert archive("verify", *place) == 0


def test_retention_waits_for_the_end_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bucket = open_bucket(tmp_path / "archive")
    aged(bucket, "breach", 60)
    (tmp_path / "wire.toml").write_text(RETENTION)
    place = ("--archive", tmp_path / "archive", "--config", tmp_path / "wire.toml")
    with Frontier(tmp_path / "archive" / ".state", new_run_id()):
        assert archive("compact", *place) == 0
    assert "[archive.retention] is applied the next time" in capsys.readouterr().err
    assert [each.capture is not None for each in open_archive(tmp_path / "archive")] == [True]


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('articles = "5 yrs"', """[archive.retention] articles: '5 yrs' is no span of time; write "90 days", """),
        ("keep = 3", "[archive.retention] unknown key `keep`; known are articles, captures"),
        ('topic.breach.captures = "0 days"', "[archive.retention.topic.breach] captures: '0 days' is no span of time"),
        ("topic = 3", "[archive.retention] topic: expected tables; write [archive.retention.topic.NAME]"),
    ],
)
def test_a_retention_that_is_not_understood_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, fault: str
) -> None:
    config = tmp_path / "wire.toml"
    config.write_text(f"[archive.retention]\n{table}\n")
    assert archive("compact", "--archive", tmp_path, "--config", config) == 2
    assert f"{config}: {fault}" in capsys.readouterr().err


# ---------------------------------------------------------------- what is not there, what is told


def test_an_id_that_is_not_there_is_told_and_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def everything() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = everything()
    assert archive("erase", "0" * 20, "--yes", "--archive", folder) == 1
    assert "0" * 20 + ": no article has this id" in capsys.readouterr().err
    assert everything() == before
    gone = next(iter(open_archive(folder))).id
    assert archive("erase", gone, "0" * 20, "--yes", "--archive", folder) == 1
    assert open_archive(folder).find(gone) is None
    assert archive("erase", gone, "--yes", "--archive", folder) == 0  # again, as on another machine


def test_nothing_that_a_crawl_noted_of_an_erased_domain_is_left(folder: Path) -> None:
    state = folder / ".state"
    with Hosts(state) as hosts, Health(state) as health, Shapes(state) as shapes:
        for host in ("gone.example", "b9.example"):
            hosts.keep(f"https://{host}/robots.txt", f"Sitemap: https://{host}/map.xml".encode())
            hosts.pause(f"www.{host}:8443", utc_now().timestamp() + 3600)
            hosts.asked(f"www.{host}")
            health.record("r1", [(host, SourceRun(at=NOON.isoformat()))])
            failed = SourceRun(at=NOON.isoformat(), last_error=f"no address of www.{host} was found")
            health.record("r1", [(f"wire-{host[0]}", failed)])
            shapes.learn({(host, "/story", True): 3, (host, "/Y/slug", True): 3})
    assert len({name.rpartition("/")[2] for name in found_in(state)}) > 6
    assert archive("erase", "--domain", "gone.example", "--yes", "--archive", folder) == 0
    assert found_in(folder) == []
    with Hosts(state) as hosts, Health(state) as health, Shapes(state) as shapes:
        assert hosts.paused("www.b9.example:8443")
        assert (len(health.runs("b9.example")), len(health.runs("wire-b"))) == (1, 1)
        assert shapes.of("b9.example") == {"/story": True, "/Y/slug": True}


@pytest.mark.parametrize(("more", "is_shown"), [((), True), (("-q",), False)])
def test_how_far_it_has_come_is_shown_on_a_terminal(folder: Path, more: tuple[str, ...], is_shown: bool) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "crawler", "archive", "verify", *more, "--archive", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=end, check=True, text=True)
    os.close(end)
    shown = b""
    with contextlib.suppress(OSError):  # Linux says so when the other end is closed
        shown = b"" if not select.select([terminal], [], [], 0)[0] else os.read(terminal, 100_000)
    os.close(terminal)
    assert "all as committed" in done.stdout
    assert (b"verifying segments" in shown) is is_shown


# ---------------------------------------------------------------- it does not come back


def test_a_crawl_does_not_take_it_in_again(tmp_path: Path) -> None:
    with DemoWeb() as web:
        config = write_config(tmp_path / "breachwire.toml", web.sites)
        place = ("--archive", tmp_path / "archive", "--config", config)
        source = web.sites[0].name
        assert breachwire("crawl", source, *place).code in (0, 1)
        gone = next(iter(open_archive(tmp_path / "archive")))
        assert archive("erase", gone.url, "--yes", *place) == 0
        web.next_day()  # the feeds have changed, and name it still
        assert breachwire("crawl", source, *place).code in (0, 1)
    left = [each.id for each in open_archive(tmp_path / "archive").articles(include=INCLUDES)]
    assert left
    assert gone.id not in left
    held = [path for path in (tmp_path / "archive" / ".state").rglob("*") if path.is_file()]
    assert [path for path in held if gone.url.encode() in path.read_bytes()] == []
