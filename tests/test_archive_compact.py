"""Compaction: readers see the same rows before, while and after; nothing is lost, doubled or deleted too early."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive import Archive, ArchiveError, Article, Bucket, SegmentWriter, open_archive, open_bucket, read_capture
from archive.commit import MAX_COMMIT_BYTES, encode_commit, read_commit, read_object
from archive.keeping.compact import MERGED_SEGMENTS, Compacted, compact
from archive.keeping.removal import clear_temporary
from archive.keeping.verify import verify
from archive.live import commit_keys, counting
from archive.parquet import Table, table_keys
from archive.records import DedupVerdict
from archive.selection import INCLUDES
from archive.tables import as_row, from_row
from tests.archive_s3_server import new_bucket
from tests.archive_samples import NOON, article, at, days, response, store
from tests.killed_steps import kill_at_steps

pytest_plugins = ["tests.archive_s3_fixtures"]

LATER = NOON + days(30)
FILTERS: list[dict[str, Any]] = [
    {},
    {"include": INCLUDES},
    {"source": "harbour-post"},
    {"language": "ja", "include": ("duplicates",)},
    {"topic": "breach"},
    {"since": "2026-02-02", "until": "2026-02-02"},
    {"since": "2026-02-02T03:00:00Z", "source": "harbour-post"},
]


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return open_bucket(tmp_path / "archive")


def fill(bucket: Bucket, segments: int = 24, seed: int = 1) -> None:
    """Three days of small segments: records written again, revisions, copies, copies that took over, captures."""
    chance = random.Random(seed)
    known: list[Article] = []
    for number in range(segments):
        when = NOON + number * timedelta(hours=60 / segments)
        writer = SegmentWriter(bucket, clock=at(when))
        for row in range(chance.randint(1, 4)):
            made = _made(f"a{number}x{row}", chance, known, when)
            known.append(made)
            writer.add(made, response(f"a{number}x{row}") if chance.random() < 0.5 else None)
        writer.flush()


def _made(name: str, chance: random.Random, known: list[Article], when: datetime) -> Article:
    fetched = (when - timedelta(minutes=chance.randint(1, 3000))).isoformat()
    old = chance.choice(known) if known else None
    kind = chance.random()
    if old and kind < 0.15:
        return msgspec.structs.replace(old, title=f"again {name}", fetched=fetched)
    if old and kind < 0.3:
        return msgspec.structs.replace(
            old,
            id=f"{name:0<20}",
            text=f"new {name}",
            fetched=fetched,
            dedup=msgspec.structs.replace(old.dedup, verdict="revision"),
        )
    verdict: DedupVerdict = chance.choice(["unique", "unique", "duplicate", "related"])
    cluster = old.dedup.cluster or old.id if old and kind < 0.7 else None
    return article(
        name,
        text=f"text of {name}\n\n" * 9,
        fetched=fetched,
        verdict=verdict,
        cluster=cluster,
        duplicate_of=old.id if old and verdict == "duplicate" else None,
        language=chance.choice(["en", "ja", None]),
        source=chance.choice(["harbour-post", "courier"]),
    )


def seen(bucket: Bucket) -> list[list[Article]]:
    """What a reader sees with each of the filters."""
    return [list(Archive(bucket).articles(**filters)) for filters in FILTERS]


# ---------------------------------------------------------------- before and after


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_sees_the_same_before_and_after(bucket: Bucket, seed: int) -> None:
    fill(bucket, seed=seed)
    before = seen(bucket)
    tables = [Archive(bucket).articles(**filters).to_arrow() for filters in FILTERS]
    done = compact(bucket, clock=at(LATER))
    assert (done.merged, done.into, done.tables) == (24, 3, 3)
    assert seen(bucket) == before
    assert [Archive(bucket).articles(**filters).to_arrow() for filters in FILTERS] == tables
    again = compact(bucket, clock=at(LATER))
    assert again == Compacted()
    compact(bucket, clock=at(LATER + days(8)))
    assert seen(bucket) == before
    assert len(list(commit_keys(bucket))) == 3
    report = verify(bucket)
    assert (report.problems, report.orphans) == ([], [])


def test_what_comes_later_is_merged_in_and_the_tail_is_read_beside_the_tables(bucket: Bucket) -> None:
    fill(bucket)
    compact(bucket, clock=at(LATER))
    late = NOON + timedelta(minutes=30)  # a segment of the first day that was committed after the compaction
    store(bucket, article("late", fetched=late.isoformat(), language="ja"), when=late)
    store(bucket, article("tail", fetched=(NOON + days(20)).isoformat(), language="ja"), when=NOON + days(20))
    before = seen(bucket)
    assert Archive(bucket).articles(language="ja").to_arrow(["id", "title"]).num_rows == len(
        list(Archive(bucket).articles(language="ja"))
    )
    done = compact(bucket, clock=at(LATER))
    assert done.tables == 2
    assert seen(bucket) == before


def test_captures_are_found_after_their_segments_were_merged(bucket: Bucket) -> None:
    fill(bucket)
    captures = {each.id: each.capture for each in Archive(bucket) if each.capture}
    compact(bucket, clock=at(LATER))
    compact(bucket, clock=at(LATER + days(8)))
    assert {each.id: each.capture for each in Archive(bucket) if each.capture} == captures
    assert all(read_capture(bucket, capture).status == 200 for capture in captures.values())


def test_a_cursor_and_derived_state_know_merged_segments_by_their_old_names(bucket: Bucket, tmp_path: Path) -> None:
    from archive.host_lines import HostLines

    fill(bucket)
    changes = Archive(bucket).articles_after(None)
    with HostLines(tmp_path / "lines.sqlite") as lines:
        assert lines.catch_up(Archive(bucket)) == 24
        keys = list(Archive(bucket).commit_keys())
        compact(bucket, clock=at(LATER))
        compact(bucket, clock=at(LATER + days(8)))
        assert list(Archive(bucket).commit_keys()) == keys
        assert list(Archive(bucket).articles_after(changes.cursor).articles) == []
        assert lines.catch_up(Archive(bucket)) == 0


def test_records_keep_fields_that_this_version_does_not_know(bucket: Bucket) -> None:
    from archive.clean import encode_lines, read_records
    from archive.commit import encode_commit
    from archive.keeping.rewrite import object_ref
    from archive.layout import CommitKey, data_key
    from archive.live import places, read_places

    for number in range(2):
        commit = store(bucket, article(f"a{number}"), when=NOON + timedelta(hours=number)).commit
        lines = [each.line[:-1] + b',"later":7}' for each in read_records(bucket, commit)]
        for key in (commit.key, commit.clean.key):
            bucket.delete(key)
        data = encode_lines(lines)
        key = str(data_key("clean", CommitKey(commit.day, commit.run, commit.seq), data))
        bucket.put(key, data)
        bucket.put(commit.key, encode_commit(msgspec.structs.replace(commit, objects=(object_ref(key, data),))))
    assert compact(bucket, clock=at(LATER)).merged == 2
    found = read_places(bucket, places(bucket, commit_keys(bucket)))
    assert [b'"later":7' in record.line for _, records in found for record in records] == [True, True]


def test_an_article_comes_back_from_its_row() -> None:
    full = msgspec.structs.replace(
        article("a"), facts={"affected": {"value": 4, "evidence": ["x"]}}, extra={"kind": "b"}, authors=("A", "B")
    )
    for each in (full, article("b", verdict="duplicate", duplicate_of="x", language=None)):
        assert from_row(as_row(each)) == each


# ---------------------------------------------------------------- only what is asked for is read


class Watched:
    """A bucket that notes how many bytes of which objects are read."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.read: dict[str, int] = {}

    @property
    def uri(self) -> str:
        return self._bucket.uri

    def put(self, key: str, data: bytes) -> None:
        self._bucket.put(key, data)

    def get(self, key: str) -> bytes:
        data = self._bucket.get(key)
        self.read[key] = self.read.get(key, 0) + len(data)
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        data = self._bucket.get_range(key, offset, length)
        self.read[key] = self.read.get(key, 0) + len(data)
        return data

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        return self._bucket.list(prefix)

    def delete(self, key: str) -> None:
        self._bucket.delete(key)


def test_only_the_days_and_columns_wanted_are_read(bucket: Bucket) -> None:
    noise = random.Random(1)
    for number in range(8):
        when = NOON + number * timedelta(hours=6)
        rows = [
            article(f"a{number}x{row}", text=noise.randbytes(4000).hex(), fetched=when.isoformat()) for row in range(60)
        ]
        store(bucket, *rows, when=when)
    compact(bucket, clock=at(LATER))
    watched = Watched(bucket)
    found = Archive(watched).articles(since="2026-02-02", until="2026-02-02").to_arrow(["source", "title"])
    assert (found.num_rows, found.column_names) == (240, ["source", "title"])
    assert {key.split("/")[2] for key in watched.read if key.startswith("parquet/")} >= {"dt=2026-02-02"}
    assert not any(key.startswith("clean/") for key in watched.read)
    sizes = {str(key): size for key, size in table_keys(bucket)}
    day = next(key for key in sizes if "2026-02-02" in key)
    assert watched.read[day] < sizes[day] / 3
    assert Archive(bucket).articles(source="nobody").to_arrow(["id"]).num_rows == 0


def test_a_column_that_no_record_has_is_named(bucket: Bucket) -> None:
    store(bucket, article("a"))
    with pytest.raises(ArchiveError, match="'headline' is none of schema, id, url"):
        Archive(bucket).to_arrow(["headline"])


def test_a_damaged_table_is_passed_over_for_the_segments_and_made_again(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    fill(bucket)
    before = seen(bucket)
    compact(bucket, clock=at(LATER))
    (first, _), (second, _), _ = table_keys(bucket)
    data = bytearray((tmp_path / str(first)).read_bytes())
    data[40] ^= 1  # in the first column of the first row group
    (tmp_path / str(first)).write_bytes(data)
    (tmp_path / str(second)).write_bytes(b"PAR1 nothing")
    assert seen(bucket) == before
    compact(bucket, clock=at(LATER))
    assert len(list(table_keys(bucket))) == 3
    assert seen(bucket) == before


def test_a_table_with_a_flipped_bit_is_passed_over_or_read_as_it_was(tmp_path: Path) -> None:
    """Its description at the end has no checksum."""
    bucket, chance = open_bucket(tmp_path), random.Random(4)
    fill(bucket, segments=4)
    compact(bucket, clock=at(LATER))
    (key, size), *_ = table_keys(bucket)
    good = (tmp_path / str(key)).read_bytes()
    wanted = list(Archive(bucket).articles(source="harbour-post", include=INCLUDES))
    places = [good.index(b"ARROW:schema") - 40, good.index(b"duplicate_of"), good.index(b"verdict")]
    for place in [*places, *(chance.randrange(size // 2, size) for _ in range(60))]:
        data = bytearray(good)
        data[place] ^= 1 << chance.randrange(8)
        (tmp_path / str(key)).write_bytes(data)
        assert list(Archive(bucket).articles(source="harbour-post", include=INCLUDES)) == wanted
        assert [problem.key for problem in verify(bucket).problems] == [str(key)]


def test_without_pyarrow_the_mend_is_named_and_reading_goes_on(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(bucket)
    before = seen(bucket)
    compact(bucket, clock=at(LATER))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert seen(bucket) == before
    with pytest.raises(ArchiveError, match=r"pip install 'breachwire\[arrow\]'"):
        compact(bucket, clock=at(LATER))


def test_what_is_merged_stays_small_enough_to_be_read(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """In segments, of which a commit names each, and in bytes of records, however well these pack."""
    fill(bucket)
    store(bucket, article("long", text="Taken. " * 4_000), when=NOON + timedelta(minutes=1))
    before = seen(bucket)
    monkeypatch.setattr("archive.keeping.compact.MERGED_SEGMENTS", 5)
    monkeypatch.setattr("archive.keeping.compact.MERGED_UNPACKED", 20_000)
    compact(bucket, clock=at(LATER))
    assert seen(bucket) == before
    assert compact(bucket, clock=at(LATER)) == Compacted()
    merged = counting([read_commit(bucket, str(key)) for key in commit_keys(bucket)])
    assert max(len(commit.parts) for commit in merged) == 5
    unpacked = [len(gzip.decompress(read_object(bucket, commit.clean))) for commit in merged]
    assert sorted(unpacked)[-2] < 20_000 < max(unpacked)  # one segment alone is larger


def test_a_commit_of_as_many_segments_as_may_be_merged_is_small(bucket: Bucket) -> None:
    fill(bucket)
    commit = next(each for each in Archive(bucket).commits() if each.raw)
    parts = [msgspec.structs.replace(commit.parts[0], seq=number) for number in range(MERGED_SEGMENTS)]
    many = msgspec.structs.replace(commit, replaces=tuple(parts), objects=commit.objects[:1] * MERGED_SEGMENTS)
    assert len(encode_commit(many)) < MAX_COMMIT_BYTES / 16


# ---------------------------------------------------------------- what is removed, and when


def test_what_was_replaced_stays_for_the_grace(bucket: Bucket) -> None:
    fill(bucket)
    compact(bucket, clock=at(LATER))
    count = len(list(commit_keys(bucket)))
    assert compact(bucket, clock=at(LATER + days(6.9))).removed == []
    assert len(list(commit_keys(bucket))) == count == 27
    assert compact(bucket, grace=days(3), clock=at(LATER + days(6.9))).removed != []
    assert len(list(commit_keys(bucket))) == 3


def test_an_object_without_a_commit_goes_once_it_is_old_enough(bucket: Bucket) -> None:
    commit = store(bucket, article("a"), when=NOON).commit
    bucket.delete(commit.key)
    assert compact(bucket, grace=days(0), clock=at(NOON + days(2))).removed == []
    assert compact(bucket, clock=at(NOON + days(8.6))).removed == [commit.clean.key]


def test_what_a_killed_write_left_in_the_temporary_folder_is_cleared(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    store(bucket, article("a"))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / ".tmp" / f"{dead.pid}-0011").write_bytes(b"half")
    (tmp_path / ".tmp" / f"{os.getpid()}-0022").write_bytes(b"being written")
    assert clear_temporary(bucket) == [f".tmp/{dead.pid}-0011"]
    assert [path.name for path in (tmp_path / ".tmp").iterdir()] == [f"{os.getpid()}-0022"]


def test_objects_of_no_run_and_folders_that_somebody_made_are_left_alone(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    store(bucket, article("a"))
    made = [
        "clean/v1/dt=2026-02-01/20269999T999999Z-0badcafe-00001-0123456789abcdef.jsonl.gz",
        "raw/v1/dt=9999-12-31/20260201T120000Z-0badcafe-00001-0123456789abcdef.warc.gz",
    ]
    for key in made:
        bucket.put(key, b"what")
    (tmp_path / ".tmp" / "notes").mkdir()
    assert compact(bucket, grace=days(0)).removed == []
    assert sorted(verify(bucket).orphans) == made
    assert (tmp_path / ".tmp" / "notes").is_dir()


# ---------------------------------------------------------------- at the same time


class Stepping:
    """A bucket that does something before each change to it, numbered from 1."""

    def __init__(self, bucket: Bucket, before: Callable[[int], None]) -> None:
        self._bucket = bucket
        self._before = before
        self.steps = 0

    @property
    def uri(self) -> str:
        return self._bucket.uri

    def _step(self) -> None:
        self.steps += 1
        self._before(self.steps)

    def put(self, key: str, data: bytes) -> None:
        self._step()
        self._bucket.put(key, data)

    def get(self, key: str) -> bytes:
        return self._bucket.get(key)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        return self._bucket.get_range(key, offset, length)

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        return self._bucket.list(prefix)

    def delete(self, key: str) -> None:
        self._step()
        self._bucket.delete(key)


def half_read(bucket: Bucket, filters: dict[str, Any]) -> Iterator[Article]:
    """A reader that has begun."""
    return iter(Archive(bucket).articles(**filters))


def test_a_reader_beside_each_step_sees_every_row_once(bucket: Bucket) -> None:
    """Readers that begin at each step read on at the end, when all that was replaced is gone."""
    fill(bucket, segments=9)
    filters = {"include": INCLUDES}
    narrow = {"source": "harbour-post", **filters}
    wanted = {name: [each.id for each in half_read(bucket, f)] for name, f in (("all", filters), ("narrow", narrow))}
    begun: list[tuple[str, list[str], Iterator[Article]]] = []

    def look(step: int) -> None:
        for name, chosen in (("all", filters), ("narrow", narrow)):
            assert [each.id for each in half_read(bucket, chosen)] == wanted[name]
            counted = Archive(bucket).articles(**chosen).duckdb(("id",)).execute("FROM articles").fetchall()
            assert sorted(id for (id,) in counted) == sorted(wanted[name])
            reader = half_read(bucket, chosen)
            begun.append((name, [next(reader).id], reader))

    stepping = Stepping(bucket, look)
    compact(stepping, clock=at(LATER))
    compact(stepping, grace=days(0), clock=at(LATER + days(3)))
    assert stepping.steps > 20
    for name, first, reader in begun:
        assert first + [each.id for each in reader] == wanted[name]


def test_two_compactions_and_a_writer_at_once_lose_and_double_nothing(bucket: Bucket) -> None:
    """At each step of one, another does all its work, and a new segment is committed into a day under compaction."""
    fill(bucket, segments=6)
    added: list[Article] = []

    def other(step: int) -> None:
        if step in (1, 2, 3, 5, 8):
            when = NOON + timedelta(minutes=step)
            added.append(article(f"new{step}", text=f"text {step}"))
            store(bucket, added[-1], when=when)
            compact(bucket, grace=days(0), clock=at(LATER + timedelta(seconds=step)))

    before = sorted(each.id for each in Archive(bucket).articles(include=INCLUDES))
    compact(Stepping(bucket, other), grace=days(0), clock=at(LATER + timedelta(minutes=1)))
    compact(bucket, grace=days(0), clock=at(LATER + days(5)))
    after = sorted(each.id for each in Archive(bucket).articles(include=INCLUDES))
    assert after == sorted(before + [each.id for each in added])
    assert len(list(commit_keys(bucket))) == 3
    report = verify(bucket)
    assert (report.problems, report.orphans) == ([], [])


def test_a_writer_that_never_rests_does_not_hold_up_a_compaction(bucket: Bucket) -> None:
    fill(bucket, segments=6)
    added: list[str] = []

    def writes(step: int) -> None:
        late = article(f"late{step}", text=f"late {step}")
        added.append(late.id)
        store(bucket, late, when=NOON + timedelta(seconds=step))

    before = [each.id for each in Archive(bucket).articles(include=INCLUDES)]
    compact(Stepping(bucket, writes), clock=at(LATER))
    after = [each.id for each in Archive(bucket).articles(include=INCLUDES)]
    assert sorted(after) == sorted(before + added)
    assert verify(bucket).ok


def compact_twice(folder: str) -> None:
    bucket = open_bucket(folder)
    compact(bucket, grace=days(0), clock=at(LATER))
    compact(bucket, grace=days(0), clock=at(LATER + days(1)))


def test_killed_at_any_step_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Before every fourth change to the file system."""
    fill(open_bucket(tmp_path / "source"), segments=6)
    wanted = [each.id for each in open_archive(tmp_path / "source").articles(include=INCLUDES)]
    crashes = kill_at_steps(tmp_path, "tests.test_archive_compact:compact_twice", 4)
    assert len(crashes) > 5
    assert {status for _, status in crashes[:-1]} == {-signal.SIGKILL}
    for folder, _ in crashes:
        bucket = open_bucket(folder)
        assert [each.id for each in Archive(bucket).articles(include=INCLUDES)] == wanted
        compact(bucket, grace=days(0), clock=at(LATER + days(10)))
        assert [each.id for each in Archive(bucket).articles(include=INCLUDES)] == wanted
        report = verify(bucket)
        assert (report.problems, report.orphans, list((Path(folder) / ".tmp").iterdir())) == ([], [], [])
        assert len(list(commit_keys(bucket))) == 3


# ---------------------------------------------------------------- on S3


def test_on_s3_as_in_a_folder(bucket: Bucket, s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    remote = open_bucket(f"s3://{new_bucket(s3_endpoint)}/wire")
    fill(bucket, segments=4)
    for key, _size in bucket.list():
        remote.put(key, bucket.get(key))
    before = seen(remote)
    assert before == seen(bucket)
    compact(remote, clock=at(LATER))
    compact(remote, clock=at(LATER + days(8)))
    assert seen(remote) == before
    assert len(list(commit_keys(remote))) == 3
    assert Table(remote, *next(table_keys(remote))).read(0, 1, ["id"]).num_rows == 1
