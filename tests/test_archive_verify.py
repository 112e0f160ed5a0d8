"""Verifying: whatever was changed in a committed segment is named."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import msgspec
import pytest

from archive import Capture, SegmentWriter, open_bucket
from archive.clean import encode_clean
from archive.commit import Commit, ObjectRef, encode_commit
from archive.layout import CommitKey, data_key
from archive.verify import verify
from tests.archive_samples import NOON, article, at, response, store

RUN = "20260201T093000Z-0badcafe"


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
        for _ in range(25):
            bad = bytearray(good)
            bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
            (tmp_path / key).write_bytes(bad)
            named = problems(tmp_path)
            assert key in named
        (tmp_path / key).write_bytes(good)
    assert problems(tmp_path) == {}


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
    bucket, place = open_bucket(folder), CommitKey(NOON.date(), RUN, 9)
    key = data_key("clean", place, clean)
    bucket.put(str(key), clean)
    ref = ObjectRef(key=str(key), size=len(clean), sha256=hashlib.sha256(clean).hexdigest())
    time = "2026-02-01T12:00:00Z"
    commit = Commit(run=RUN, seq=9, written=time, rows=rows, fetched_first=time, fetched_last=time, objects=(ref,))
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
