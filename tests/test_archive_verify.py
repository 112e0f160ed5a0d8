"""Verifying: whatever was changed in a committed segment is named."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import io
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio import checker as warcio_check

from archive import ArchiveError, Capture, SegmentWriter, open_bucket
from archive.blank import members
from archive.clean import encode_clean
from archive.commit import Commit, ObjectRef, encode_commit
from archive.keeping.compact import compact
from archive.keeping.verify import verify
from archive.keeping.warc_check import records_of
from archive.layout import CommitKey, data_key
from archive.warc import encode_capture, payload_digest
from tests.archive_samples import NOON, article, at, days, response, store

RUN = "20260201T093000Z-0badcafe"
OTHER_RUN = "20260201T094000Z-0badcafe"


@pytest.fixture
def commit(tmp_path: Path) -> Commit:
    writer = SegmentWriter(open_bucket(tmp_path), RUN, clock=at(NOON))
    for name in ("a", "b"):
        writer.add(article(name), response(name))
    segment = writer.flush()
    assert segment is not None
    return segment.commit


def problems(folder: Path) -> dict[str, str]:
    return {problem.key: problem.what for problem in verify(open_bucket(folder)).problems}


def test_a_whole_archive_has_no_problems(tmp_path: Path, commit: Commit) -> None:
    store(open_bucket(tmp_path), article("c"))
    report = verify(open_bucket(tmp_path))
    assert report.ok
    assert (report.commits, report.articles, report.captures) == (2, 3, 2)
    assert report.size == sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())


def test_any_flipped_bit_is_named(tmp_path: Path, commit: Commit) -> None:
    chance = random.Random(1)
    for key in [ref.key for ref in commit.objects] + [commit.key]:
        good = (tmp_path / key).read_bytes()
        for _ in range(40):
            (tmp_path / key).write_bytes(flipped(good, chance))
            assert key in problems(tmp_path)
        (tmp_path / key).write_bytes(good)
    assert problems(tmp_path) == {}


def test_an_object_cut_short_anywhere_is_named(tmp_path: Path, commit: Commit) -> None:
    chance = random.Random(2)
    for key in [ref.key for ref in commit.objects] + [commit.key]:
        good = (tmp_path / key).read_bytes()
        for end in [0, len(good) - 1, *(chance.randrange(len(good)) for _ in range(10))]:
            (tmp_path / key).write_bytes(good[:end])
            assert key in problems(tmp_path)
        (tmp_path / key).write_bytes(good)


def test_damage_that_warcio_check_passes_is_named(tmp_path: Path, commit: Commit) -> None:
    """Cut at the end of a record, or flipped where no digest of WARC looks: the tool says all is well."""
    assert commit.raw is not None
    path = tmp_path / commit.raw.key
    good = path.read_bytes()
    ends = [record.offset for record in records_of(good)]
    chance = random.Random(3)
    passed = 0
    for bad in [good[:end] for end in ends] + [flipped(good, chance) for _ in range(20)]:
        path.write_bytes(bad)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
            passed += warcio_check.Checker(argparse.Namespace(inputs=[str(path)], verbose=False)).process_all() == 0
        assert commit.raw.key in problems(tmp_path)
    assert passed >= len(ends)


def flipped(data: bytes, chance: random.Random) -> bytes:
    """With one bit other than it was."""
    bad = bytearray(data)
    bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
    return bytes(bad)


def test_a_missing_or_shortened_object_is_named(tmp_path: Path, commit: Commit) -> None:
    for ref in commit.objects:
        good = (tmp_path / ref.key).read_bytes()
        (tmp_path / ref.key).write_bytes(good[:-1])
        assert "there are" in problems(tmp_path)[ref.key]
        (tmp_path / ref.key).unlink()
        assert "is missing" in problems(tmp_path)[ref.key]
        (tmp_path / ref.key).write_bytes(good)


def test_what_no_commit_names_is_an_orphan_and_no_problem(tmp_path: Path, commit: Commit) -> None:
    (tmp_path / commit.key).unlink()
    report = verify(open_bucket(tmp_path))
    assert report.ok
    assert report.orphans == [ref.key for ref in commit.objects]


def test_a_stray_object_among_the_commits_is_named(tmp_path: Path) -> None:
    open_bucket(tmp_path).put("commit/v1/notes.txt", b"hello")
    assert problems(tmp_path) == {"commit/v1/notes.txt": "not the key of a commit object"}


def commit_by_hand(folder: Path, clean: bytes, rows: int) -> ObjectRef:
    """A commit whose digests are right, of a clean object that may not be."""
    bucket, place = open_bucket(folder), CommitKey(NOON.date(), OTHER_RUN, 1)
    key = data_key("clean", place, clean)
    bucket.put(str(key), clean)
    ref = ObjectRef(key=str(key), size=len(clean), sha256=hashlib.sha256(clean).hexdigest())
    time = "2026-02-01T12:00:00Z"
    commit = Commit(
        run=OTHER_RUN, seq=1, written=time, rows=rows, fetched_first=time, fetched_last=time, objects=(ref,)
    )
    bucket.put(str(place), encode_commit(commit))
    return ref


def test_rows_that_do_not_add_up_are_named(tmp_path: Path) -> None:
    ref = commit_by_hand(tmp_path, encode_clean([article("a")]), rows=2)
    assert problems(tmp_path) == {ref.key: "its commit says 2 rows, there are 1"}


def test_a_record_that_does_not_decode_is_named(tmp_path: Path) -> None:
    broken = encode_clean([article("a"), msgspec.structs.replace(article("b"), schema=9)])
    ref = commit_by_hand(tmp_path, broken, rows=2)
    assert "line 2" in problems(tmp_path)[ref.key]


def test_a_capture_that_points_at_another_record_is_named(tmp_path: Path, commit: Commit) -> None:
    assert commit.raw is not None
    wrong = Capture(warc=commit.raw.key, offset=3, length=50, digest="sha256:A")
    lying = msgspec.structs.replace(article("liar"), capture=wrong)
    commit_by_hand(tmp_path, encode_clean([lying]), rows=1)
    assert problems(tmp_path)[commit.raw.key].startswith(f"article {lying.id!r}: ")


# ---------------------------------------------------------------- what is gone


def test_a_commit_that_is_gone_from_the_middle_of_a_run_is_named(tmp_path: Path) -> None:
    writer = SegmentWriter(open_bucket(tmp_path), RUN, clock=at(NOON))
    keys = []
    for name in ("a", "b", "c"):
        writer.add(article(name))
        segment = writer.flush()
        assert segment is not None
        keys.append(segment.commit.key)
    (tmp_path / keys[1]).unlink()
    assert problems(tmp_path) == {f"commit/v1/dt=*/{RUN}-00002.json": "the commit object is missing"}


def test_a_segment_that_was_seen_before_and_is_gone_is_named(tmp_path: Path, commit: Commit) -> None:
    seen = [(commit.run, commit.seq), (OTHER_RUN, 4)]
    gone = {problem.key for problem in verify(open_bucket(tmp_path), known=seen).problems}
    assert gone == {f"commit/v1/dt=*/{OTHER_RUN}-00004.json"}


# ---------------------------------------------------------------- a sample


@pytest.mark.parametrize("sample", [1.0, 0.01])
def test_a_commit_of_merged_segments_that_is_gone_is_told_by_the_tables(tmp_path: Path, sample: float) -> None:
    bucket = open_bucket(tmp_path)
    runs = [store(bucket, article(name)).commit.run for name in "abc"]
    for later in (30, 40):
        compact(bucket, grace=days(0), clock=at(NOON + days(later)))
    assert verify(bucket, sample=sample).ok
    (commit,) = bucket.list("commit/v1/")
    bucket.delete(commit[0])
    found = [problem.key for problem in verify(bucket, sample=sample).problems]
    assert found == [f"commit/v1/dt=*/{run}-00001.json" for run in sorted(runs)]


def test_of_a_sample_every_commit_is_read_and_the_bytes_of_that_share(tmp_path: Path) -> None:
    for number in range(20):
        store(open_bucket(tmp_path), article(f"n{number}"))
    report = verify(open_bucket(tmp_path), sample=0.05)
    assert (report.ok, report.commits, report.segments, report.articles) == (True, 20, 1, 1)
    assert verify(open_bucket(tmp_path), sample=0.051).segments == 2


def test_of_what_a_sample_leaves_out_size_and_presence_are_looked_at(tmp_path: Path) -> None:
    refs = [store(open_bucket(tmp_path), article(name)).commit.clean for name in ("a", "b", "c", "d")]
    (tmp_path / refs[0].key).unlink()
    (tmp_path / refs[1].key).write_bytes(b"short")
    report = verify(open_bucket(tmp_path), sample=0.0)
    assert {problem.key for problem in report.problems} == {refs[0].key, refs[1].key}
    assert report.segments == 0


def test_samples_come_round_to_every_segment(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    path = [tmp_path / store(bucket, article(name)).commit.clean.key for name in ("a", "b", "c")][1]
    path.write_bytes(flipped(path.read_bytes(), random.Random(4)))
    assert not all(verify(bucket, sample=0.34, chance=random.Random(seed)).ok for seed in range(12))


# ---------------------------------------------------------------- records of a raw object


def test_records_are_read_step_by_step_to_where_they_end() -> None:
    """However long they are, packed or not; zlib copies what lies behind a record as often as it is shown it."""
    chance = random.Random(5)
    bodies = [chance.randbytes(size) for size in (0, 10, 32_768, 70_000, 400_000)] + [b"\0" * 3_000_000] * 2
    raw = b"".join(encode_capture(response(f"n{n}", body)).members for n, body in enumerate(bodies * 3))
    records = list(records_of(raw))
    assert [(each.offset, each.length) for each in records] == [(e.offset, e.length) for e in members("raw/x", raw)]
    assert [each.payload for each in records[::2]] == [payload_digest(body) for body in bodies * 3]


@pytest.mark.parametrize("limit", ["MAX_RECORD_BYTES", "MAX_MEMBER_BYTES"])
def test_a_record_beyond_the_limits_is_too_large(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = encode_capture(response("a", random.Random(6).randbytes(200_000))).members
    monkeypatch.setattr(f"archive.keeping.warc_check.{limit}", 100_000)
    with pytest.raises(ArchiveError, match="byte 0 is cut short, or too large"):
        list(records_of(raw))


@given(st.binary(max_size=300))
def test_bytes_that_are_no_records_are_refused(data: bytes) -> None:
    for raw in (data or b"x", gzip.compress(data)):
        with pytest.raises(ArchiveError, match="the record at byte 0"):
            list(records_of(raw))
