"""Erasing: what is erased is in no byte of the archive or of what is derived from it, and does not come back."""

from __future__ import annotations

import io
import json
import signal
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import boto3
import msgspec
import pytest

from archive import Archive, Article, Bucket, SegmentWriter, open_archive, open_bucket, read_capture
from archive.commit import read_commit
from archive.errors import Erased
from archive.host_lines import HostLines
from archive.keeping.carry_out import Fate
from archive.keeping.compact import compact
from archive.keeping.erase import LocalState, Order, erase, expire, would_erase
from archive.keeping.verify import verify
from archive.layout import TOMBSTONES, new_run_id
from archive.live import commit_keys
from archive.selection import INCLUDES
from archive.standing import AMENDED
from archive.times import utc_now
from archive.tombstone import Tombstones, mark
from crawler.frontier import Frontier
from pipelines.dedup import Store
from pipelines.items import Link
from tests.archive_s3_server import new_bucket
from tests.archive_samples import NOON, article, at, days, response, store
from tests.killed_steps import kill_at_steps

pytest_plugins = ["tests.archive_s3_fixtures"]

LATER = NOON + days(30)
SECRET = "Zerbinetta Quoll"
URL = "https://gone.example/story"
NEEDLES = (b"Zerbinetta", b"gone.example", b"Quoll")
ORDER = Order(marks=frozenset({mark("url", URL)}))


def secret(version: str = "") -> Article:
    """The article that is to go."""
    text = f"The records of {SECRET} were taken{version}. " * 30
    return msgspec.structs.replace(article("gone", text=text), title=f"{SECRET} exposed{version}")


def fill(bucket: Bucket) -> None:
    """The article, a new version of it, a copy of its record that was amended, and others beside them."""
    revised = msgspec.structs.replace(
        secret(" again"), dedup=msgspec.structs.replace(secret().dedup, verdict="revision")
    )
    stays = article("b1", text="One that stays. " * 30)
    for number, rows in enumerate(
        [[article("b0"), secret(), stays], [article("b2"), revised], [article("b3")], [article("b4"), article("b5")]]
    ):
        writer = SegmentWriter(bucket, clock=at(NOON + number * timedelta(hours=9)))
        for each in rows:
            name = each.url.split("/")[2].split(".")[0]
            writer.add(each, response(name, each.text.encode()))
        writer.flush()
    for each in list(open_archive(bucket.uri).articles(include=INCLUDES)) if "://" not in bucket.uri else []:
        if each.id in (secret().id, stays.id):  # as `dedup --all --apply` does: the capture is that of then
            amended = msgspec.structs.replace(each, extra={AMENDED: "2026-02-04T12:00:00Z"})
            store(bucket, amended, when=NOON + days(3))


def objects(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every byte below a folder, as it is and decompressed; of SQLite files the rows, texts unpacked, too."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield str(path), data
            yield from ((str(path), part) for part in unpacked(path.name, data))
            if path.suffix == ".sqlite":
                with sqlite3.connect(path) as file:
                    for (table,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                        for row in file.execute(f"SELECT * FROM {table}"):
                            yield f"{path} {table}", b" ".join(map(_bytes, row))


def unpacked(name: str, data: bytes) -> Iterator[bytes]:
    """What an object holds, decompressed."""
    if name.endswith(".gz"):
        while data:
            inflate = zlib.decompressobj(31)
            yield inflate.decompress(data)
            data = inflate.unused_data
    if name.endswith(".parquet"):
        import pyarrow.parquet as pq

        yield str(pq.read_table(io.BytesIO(data)).to_pylist()).encode()


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        try:
            return zlib.decompress(value)
        except zlib.error:
            return value
    return str(value).encode()


def found_in(folder: Path) -> list[str]:
    """Where any of it is left."""
    return [name for name, data in objects(folder) if any(needle in data for needle in NEEDLES)]


def local(folder: Path, stack: ExitStack) -> dict[str, LocalState]:
    """All that is derived."""
    return {
        "index": stack.enter_context(Store.open(folder / "index.sqlite")),
        "lines": stack.enter_context(HostLines(folder / "lines.sqlite")),
        "frontier": stack.enter_context(Frontier(folder, new_run_id())),
    }


def derive(bucket: Bucket, folder: Path) -> None:
    """Makes the derived state, with a link of the frontier that is still to be fetched."""
    archive = Archive(bucket)
    with Store.open(folder / "index.sqlite") as index, HostLines(folder / "lines.sqlite") as lines:
        index.catch_up(archive)
        lines.catch_up(archive)
    with Frontier(folder, new_run_id()) as frontier:
        frontier.catch_up(archive)
        link = Link(url=f"{URL}?utm_source=feed", source="gone", discovered_by="manual", title=SECRET)
        frontier.offer([link, Link(url="https://b9.example/x", source="b9", discovered_by="manual")])


# ---------------------------------------------------------------- complete


@pytest.mark.parametrize("state", ["fresh", "compacted", "cleared"])
def test_no_byte_of_it_is_left_in_the_archive_or_in_what_is_derived(tmp_path: Path, state: str) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    derive(bucket, tmp_path / ".state")
    if state != "fresh":
        compact(bucket, clock=at(LATER))
    if state == "cleared":
        compact(bucket, clock=at(LATER + days(8)))
    before = list(Archive(bucket).articles(include=INCLUDES))
    assert len(set(found_in(tmp_path))) >= 4
    with ExitStack() as stack:
        receipt = erase(bucket, ORDER, local(tmp_path / ".state", stack), at(LATER + days(9)))
    assert found_in(tmp_path) == []
    assert {taken.title for taken in receipt.articles.values()} == {f"{SECRET} exposed", f"{SECRET} exposed again"}
    assert receipt.local == {"index": 2, "lines": 1, "frontier": 2}
    assert len(receipt.tombstones) == 1
    assert any(key.startswith("raw/") for key in receipt.removed)
    stayed = [each for each in before if "gone" not in each.url]
    assert list(Archive(bucket).articles(include=INCLUDES)) == stayed
    assert {read_capture(bucket, each.capture).status for each in stayed if each.capture} == {200}
    assert all(each.capture for each in stayed)
    report = verify(bucket)
    assert (report.problems, report.orphans) == ([], [])
    again = erase(bucket, ORDER, {}, at(LATER + days(9)))
    assert (again.articles, again.tombstones, again.written, again.removed) == ({}, [], [], [])
    with Store.open(tmp_path / ".state" / "index.sqlite") as index:
        assert index.text(article("b1", text="One that stays. " * 30).id)


def test_a_copy_with_the_same_text_is_found_by_it_when_the_first_is_gone(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    text = "Word by word the same as it was sent to all of the papers of the land. " * 20
    first, copy = article("gone", text=text), article("kept", text=text, verdict="duplicate")
    store(bucket, first, copy)
    with Store.open(tmp_path / "index.sqlite") as index:
        index.catch_up(Archive(bucket))
        erase(bucket, ORDER, {"index": index}, at(LATER))
        assert (index.by_id(first.id), index.text(copy.id)) == (None, text)
        from pipelines.dedup.signature import sign

        assert [each.article.id for each in index.candidates(sign(text), 10)] == [copy.id]


def test_on_s3_with_versions_no_version_of_any_object_holds_it(s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    name = new_bucket(s3_endpoint)
    client = boto3.client("s3")
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    bucket = open_bucket(f"s3://{name}/wire")
    fill(bucket)
    compact(bucket, clock=at(LATER))

    def left() -> list[str]:
        """Every version of every object that holds it."""
        keys = []
        for page in client.get_paginator("list_object_versions").paginate(Bucket=name):
            for each in page.get("Versions", []):
                data = client.get_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
                parts = (data, *unpacked(each["Key"], data))
                keys += [each["Key"] for part in parts if any(needle in part for needle in NEEDLES)]
        return keys

    assert len(left()) > 3
    erase(bucket, ORDER, {}, at(LATER))
    assert left() == []
    assert len(list(Archive(bucket))) == 6
    assert verify(bucket).ok


def erase_once(folder: str) -> None:
    with ExitStack() as stack:
        erase(open_bucket(folder), ORDER, local(Path(folder) / ".state", stack), at(LATER))


def test_killed_at_any_step_and_run_again_it_is_complete(tmp_path: Path) -> None:
    source = open_bucket(tmp_path / "source")
    fill(source)
    derive(source, tmp_path / "source" / ".state")
    compact(source, clock=at(LATER))
    stayed = [each for each in Archive(source).articles(include=INCLUDES) if "gone" not in each.url]
    crashes = kill_at_steps(tmp_path, "tests.test_archive_erase:erase_once", 2)
    assert len(crashes) > 8
    assert {status for _, status in crashes[:-1]} == {-signal.SIGKILL}
    for folder, _ in crashes[::2]:
        bucket = open_bucket(folder)
        visible = [each for each in Archive(bucket).articles(include=INCLUDES) if "gone" not in each.url]
        assert visible == stayed
        with ExitStack() as stack:
            erase(bucket, ORDER, local(Path(folder) / ".state", stack), at(LATER))
        assert found_in(Path(folder)) == []
        assert list(Archive(bucket).articles(include=INCLUDES)) == stayed
        assert verify(bucket).problems == []


# ---------------------------------------------------------------- it does not come back


def test_a_writer_takes_nothing_that_was_erased(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    store(bucket, secret())
    writer = SegmentWriter(bucket, clock=at(NOON))
    writer.add(secret(" once more"))
    erase(bucket, ORDER, {}, at(NOON))
    writer.add(article("b0"))
    segment = writer.flush()
    assert segment is not None
    assert [each.title for each in segment.articles] == ["Breach at b0"]
    with pytest.raises(Erased, match="was erased, and is not taken in again"):
        writer.add(secret())
    assert found_in(tmp_path) == []


def slip_in(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer of another machine that has not looked for tombstones commits what was erased."""
    with monkeypatch.context() as blind:
        blind.setattr(Tombstones, "hides", lambda *_: False)
        writer = SegmentWriter(bucket, clock=at(NOON + timedelta(hours=2)))
        writer.add(secret(), response("gone", SECRET.encode()))
        writer.flush()


def test_what_another_writer_commits_all_the_same_is_never_shown_and_goes_with_the_next_compaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    compact(bucket, clock=at(LATER))
    erase(bucket, ORDER, {}, at(LATER))
    stayed = list(Archive(bucket).articles(include=INCLUDES))
    slip_in(bucket, monkeypatch)
    assert found_in(tmp_path) != []
    assert list(Archive(bucket).articles(include=INCLUDES)) == stayed
    assert all(
        "gone" not in each.url for segment in Archive(bucket).segments(lambda _: True) for each in segment.articles
    )
    derive(bucket, tmp_path / "elsewhere")
    with Store.open(tmp_path / "elsewhere" / "index.sqlite") as index:
        assert index.by_id(secret().id) is None
    compact(bucket, clock=at(LATER))
    assert [name for name in found_in(tmp_path) if "elsewhere" not in name] == []
    assert list(Archive(bucket).articles(include=INCLUDES)) == stayed


def test_a_tombstone_says_nothing_in_the_clear(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    erase(bucket, ORDER, {}, at(LATER))
    (stone,) = [bucket.get(key) for key, _ in bucket.list(TOMBSTONES)]
    assert set(json.loads(stone)) == {"schema", "written", "hashes"}
    assert all(len(bytes.fromhex(each)) == 16 for each in json.loads(stone)["hashes"])


# ---------------------------------------------------------------- what an order takes in


@pytest.mark.parametrize(
    ("order", "gone"),
    [
        (Order(wanted=lambda a: a.id == article("b0").id), {"b0"}),
        (Order(marks=frozenset({mark("url", "http://b3.example/story/#top")})), {"b3"}),
        (Order(marks=frozenset({mark("domain", "b2.example")})), {"b2"}),
        (
            Order(marks=frozenset({mark("domain", "example")})),
            {f"b{n}" for n in range(6)} | {"gone"},
        ),
        (Order(wanted=lambda a: "stays" in a.text), {"b1"}),
        (Order(wanted=lambda a: a.id == secret().id), {"gone"}),
        (Order(marks=frozenset({mark("url", "https://b3.example/other")})), set()),
    ],
)
def test_an_order_takes_what_it_names_with_all_versions_of_the_page(
    tmp_path: Path, order: Order, gone: set[str]
) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    before = sorted(bucket.list())
    found = would_erase(bucket, order)
    assert {taken.url.split("/")[2].split(".")[0] for taken in found.taken.values()} == gone
    assert sorted(bucket.list()) == before
    erase(bucket, order, {}, at(LATER))
    left = {each.url.split("/")[2].split(".")[0] for each in Archive(bucket).articles(include=INCLUDES)}
    assert left == {"b0", "b1", "b2", "b3", "b4", "b5", "gone"} - gone


def test_pages_that_all_name_the_front_page_are_told_apart(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    front = "https://news.example/"
    pages = [
        msgspec.structs.replace(article(f"a{n}"), url=f"{front}{n}", canonical_url=front, id=f"{n:020}")
        for n in range(3)
    ]
    store(bucket, *pages)
    erase(bucket, Order(wanted=lambda a: a.id == pages[1].id), {}, at(LATER))
    assert [each.id for each in Archive(bucket)] == [pages[2].id, pages[0].id]


def test_what_a_killed_run_left_uncommitted_waits_unless_nobody_writes(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    commit = store(bucket, secret()).commit
    bucket.delete(commit.key)
    receipt = erase(bucket, ORDER, {}, at(NOON + days(1)))
    assert receipt.waiting == [commit.clean.key]
    receipt = erase(bucket, Order(marks=ORDER.marks, is_quiet=True), {}, at(NOON + days(1)))
    assert (receipt.waiting, receipt.removed) == ([], [commit.clean.key])
    assert found_in(tmp_path) == []


def test_a_damaged_object_that_no_commit_names_may_hold_it_and_stops_nothing(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    key = "clean/v1/dt=2026-02-01/20260201T120000Z-0badcafe-00001-0123456789abcdef.jsonl.gz"
    bucket.put(key, b"damaged")
    assert erase(bucket, ORDER, {}, at(NOON + days(1))).waiting == [key]
    assert key in erase(bucket, ORDER, {}, at(LATER)).removed
    assert found_in(tmp_path) == []


def test_a_receipt_names_what_was_removed_once(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    compact(bucket, clock=at(LATER))
    there = {key for key, _size in bucket.list()}
    receipt = erase(bucket, ORDER, {}, at(LATER))
    assert sorted(receipt.removed) == sorted(there - {key for key, _size in bucket.list()})


def test_a_file_among_the_tombstones_that_is_none_is_passed_over(tmp_path: Path) -> None:
    """A file manager leaves such."""
    bucket = open_bucket(tmp_path)
    fill(bucket)
    erase(bucket, ORDER, {}, at(LATER))
    bucket.put(f"{TOMBSTONES}.DS_Store", b"Mac")
    assert erase(bucket, ORDER, {}, at(LATER)).articles == {}
    assert list(open_archive(tmp_path).articles())
    assert [problem.key for problem in verify(bucket).problems] == [f"{TOMBSTONES}.DS_Store"]


# ---------------------------------------------------------------- at the same time


class Stepping:
    """A bucket that does something before each change to it, numbered from 1."""

    def __init__(self, bucket: Bucket, before: Callable[[int], None]) -> None:
        self._bucket = bucket
        self._before = before
        self._steps = 0

    @property
    def uri(self) -> str:
        return self._bucket.uri

    def put(self, key: str, data: bytes) -> None:
        self._steps += 1
        self._before(self._steps)
        self._bucket.put(key, data)

    def get(self, key: str) -> bytes:
        return self._bucket.get(key)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        return self._bucket.get_range(key, offset, length)

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        return self._bucket.list(prefix)

    def delete(self, key: str) -> None:
        self._steps += 1
        self._before(self._steps)
        self._bucket.delete(key)


def test_a_reader_beside_each_step_sees_every_other_row_once(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    compact(bucket, clock=at(LATER))
    wanted = [each.id for each in Archive(bucket).articles(include=INCLUDES) if "gone" not in each.url]
    begun: list[tuple[list[str], Iterator[Article]]] = []

    def look(step: int) -> None:
        reader = (each for each in Archive(bucket).articles(include=INCLUDES) if "gone" not in each.url)
        begun.append(([next(reader).id], reader))
        assert [e.id for e in Archive(bucket).articles(include=INCLUDES) if "gone" not in e.url] == wanted

    erase(Stepping(bucket, look), ORDER, {}, at(LATER))
    assert len(begun) > 8
    for first, reader in begun:
        assert first + [each.id for each in reader] == wanted


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6])
def test_a_compaction_that_had_begun_before_brings_nothing_back(tmp_path: Path, step: int) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    stayed = [each for each in Archive(bucket).articles(include=INCLUDES) if "gone" not in each.url]

    def meanwhile(now: int) -> None:
        if now == step:
            erase(bucket, ORDER, {}, at(LATER + timedelta(minutes=-5)))

    compact(Stepping(bucket, meanwhile), clock=at(LATER))
    assert found_in(tmp_path) == []
    assert list(Archive(bucket).articles(include=INCLUDES)) == stayed
    assert verify(bucket).problems == []


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_a_compaction_beside_each_step_deletes_no_captures_that_are_written_again(
    place: str, tmp_path: Path, s3_endpoint: str, aws: pytest.MonkeyPatch
) -> None:
    """They have the name of a run of long ago, and no commit for a moment."""
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    bucket = open_bucket(tmp_path if place == "folder" else f"s3://{new_bucket(s3_endpoint)}/wire")
    fill(bucket)
    for when in (LATER, LATER + days(9)):
        compact(bucket, grace=days(0), clock=at(when))
    stayed = [each for each in Archive(bucket).articles(include=INCLUDES) if "gone" not in each.url]

    def meanwhile(_step: int) -> None:
        compact(bucket, grace=days(0))

    erase(Stepping(bucket, meanwhile), ORDER, {})
    report = verify(bucket)
    assert (report.problems, report.orphans) == ([], [])
    assert [each.id for each in Archive(bucket).articles(include=INCLUDES)] == [each.id for each in stayed]
    assert report.captures == report.articles


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6])
def test_what_slips_in_while_a_day_is_compacted_is_not_taken_for_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)

    def meanwhile(now: int) -> None:
        if now == step:
            erase(bucket, ORDER, {}, at(LATER + timedelta(minutes=-5)))
            slip_in(bucket, monkeypatch)

    compact(Stepping(bucket, meanwhile), clock=at(LATER))
    compact(bucket, clock=at(LATER))
    assert found_in(tmp_path) == []
    assert verify(bucket).problems == []


def test_captures_that_a_killed_erasure_wrote_again_go_once_they_are_old_enough(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    for when in (LATER, LATER + days(9)):
        compact(bucket, grace=days(0), clock=at(when))

    def killed(step: int) -> None:
        if step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase(Stepping(bucket, killed), ORDER, {})
    (left,) = verify(bucket).orphans
    compact(bucket, grace=days(0), clock=at(utc_now() + days(1.9)))
    assert verify(bucket).orphans == [left]
    compact(bucket, grace=days(0), clock=at(utc_now() + days(2.1)))
    assert verify(bucket).orphans == []


# ---------------------------------------------------------------- what was kept long enough


def test_captures_or_all_go_by_age_and_may_come_again(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    for number in range(4):
        when = NOON + days(number)
        writer = SegmentWriter(bucket, clock=at(when))
        writer.add(article(f"a{number}", fetched=when.isoformat()), response(f"a{number}"))
        writer.flush()
    compact(bucket, clock=at(LATER))
    with Store.open(tmp_path / "index.sqlite") as index:
        index.catch_up(Archive(bucket))

        def old(fate: Fate) -> Callable[[Article], Fate]:
            return lambda each: fate if each.fetched < "2026-02-03" else "stays"

        receipt = expire(bucket, old("bare"), {"index": index}, at(LATER))
        assert ({t.fate for t in receipt.articles.values()}, len(receipt.articles), receipt.local) == ({"bare"}, 2, {})
        assert [each.capture is None for each in Archive(bucket)] == [False, False, True, True]
        assert len([key for key, _ in bucket.list("raw/")]) == 2
        receipt = expire(bucket, old("gone"), {"index": index}, at(LATER))
        assert (receipt.local, len(index)) == ({"index": 2}, 2)
    assert [each.source for each in Archive(bucket)] == ["harbour-post"] * 2
    assert list(bucket.list(TOMBSTONES)) == []
    assert verify(bucket).problems == []
    compact(bucket, clock=at(LATER))
    assert Archive(bucket).to_arrow(["id"]).num_rows == 2
    store(bucket, article("a0"), when=LATER)
    assert len(list(Archive(bucket))) == 3


def test_a_segment_that_holds_nothing_any_more_is_known_still(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    commit = store(bucket, secret()).commit
    erase(bucket, ORDER, {}, at(LATER))
    assert [str(key) for key in Archive(bucket).commit_keys()] == [commit.key]
    assert list(Archive(bucket)) == []
    assert [read_commit(bucket, str(key)).rows for key in commit_keys(bucket)] == [0]
