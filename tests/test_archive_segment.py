"""Segments: what a flush writes, in which order, and what a failed one leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from archive import (
    ArchiveError,
    Article,
    Bucket,
    BucketError,
    SegmentLimits,
    SegmentWriter,
    open_archive,
    open_bucket,
    read_capture,
)
from archive.clean import read_articles
from archive.commit import read_commit, read_object
from archive.keeping.verify import verify
from tests.archive_samples import NOON, article, at, days, response, store

RUN = "20260201T093000Z-0badcafe"


def test_a_flush_writes_captures_records_and_the_commit_object_last(tmp_path: Path) -> None:
    bucket = Failing(open_bucket(tmp_path))
    writer = SegmentWriter(bucket, RUN, clock=at(NOON))
    writer.add(article("a"), response("a"))
    writer.add(article("b"))
    segment = writer.flush()
    assert segment is not None
    assert [key.partition("/")[0] for key in bucket.puts] == ["raw", "clean", "commit"]
    assert {key.split("/")[2] for key in bucket.puts} == {"dt=2026-02-01"}
    assert read_commit(bucket, segment.commit.key) == segment.commit
    assert tuple(read_articles(bucket, segment.commit)) == segment.articles
    first, second = segment.articles
    assert first.capture is not None
    assert read_capture(bucket, first.capture).body == response("a").body
    assert second == article("b")


def test_segments_of_a_run_are_numbered_and_nothing_writes_nothing(tmp_path: Path) -> None:
    writer = SegmentWriter(open_bucket(tmp_path), RUN)
    assert writer.flush() is None
    assert not list(tmp_path.iterdir())
    for number in (1, 2):
        writer.add(article("a"))
        segment = writer.flush()
        assert segment is not None
        assert segment.commit.seq == number
    assert (writer.flush(), len(writer)) == (None, 0)


def test_a_segment_is_due_by_count_by_bytes_and_by_age(tmp_path: Path) -> None:
    now = [NOON]
    limits = SegmentLimits(articles=3, size=100_000, age=timedelta(seconds=60))
    writer = SegmentWriter(open_bucket(tmp_path), limits=limits, clock=lambda: now[0])
    assert [writer.add(article(name)) for name in "abc"] == [False, False, True]
    writer.flush()
    assert writer.add(article("large", text="x" * 100_000))
    writer.flush()
    assert not writer.add(article("a"))
    now[0] += timedelta(seconds=59)
    assert not writer.due()
    now[0] += timedelta(seconds=1)
    assert writer.due()
    writer.flush()
    assert not writer.due()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (article(text="\ud800"), "cannot be stored"),
        (article(fetched="yesterday"), "RFC 3339"),
        (article(fetched="2026-02-03T00:00:00Z"), "in the future"),
    ],
)
def test_an_article_that_cannot_be_stored_is_refused_at_once(tmp_path: Path, wrong: Article, named: str) -> None:
    writer = SegmentWriter(open_bucket(tmp_path), clock=at(NOON))
    writer.add(article("a"))
    with pytest.raises(ArchiveError, match=named):
        writer.add(wrong)
    with pytest.raises(ArchiveError, match="http"):
        writer.add(article("b"), replace(response(), url="ftp://b.example/"))
    segment = writer.flush()
    assert segment is not None
    assert segment.articles == (article("a"),)


# ---------------------------------------------------------------- failing


class Failing:
    """A bucket whose puts fail, before or after they are done, when they are told to."""

    def __init__(self, bucket: Bucket, fail_at: int = 0, *, after: int = 0) -> None:
        self._bucket = bucket
        self.fail_before, self.fail_after = fail_at, after
        self.puts: list[str] = []

    @property
    def uri(self) -> str:
        return self._bucket.uri

    def put(self, key: str, data: bytes) -> None:
        self.puts.append(key)
        if len(self.puts) == self.fail_before:
            raise BucketError("refused")
        self._bucket.put(key, data)
        if len(self.puts) == self.fail_after:
            raise BucketError("the answer was lost")

    def get(self, key: str) -> bytes:
        return self._bucket.get(key)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        return self._bucket.get_range(key, offset, length)

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        return self._bucket.list(prefix)

    def delete(self, key: str) -> None:
        self._bucket.delete(key)


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("lost", ["request", "answer"])
def test_a_flush_that_failed_can_be_repeated_with_the_same_result(tmp_path: Path, step: int, lost: str) -> None:
    """Even past midnight, and when articles were added since: those come in the next segment."""
    now = [NOON + timedelta(hours=11, minutes=59)]
    bucket = Failing(open_bucket(tmp_path), *([step] if lost == "request" else []), after=step * (lost == "answer"))
    writer = SegmentWriter(bucket, RUN, clock=lambda: now[0])
    writer.add(article("a"), response("a"))
    with pytest.raises(BucketError):
        writer.flush()
    assert (len(writer), writer.due()) == (1, True)
    now[0] += timedelta(minutes=2)
    writer.add(article("b"))
    first, second, third = writer.flush(), writer.flush(), writer.flush()
    assert first is not None
    assert second is not None
    assert third is None
    assert [each.url for each in (*first.articles, *second.articles)] == [article("a").url, article("b").url]
    assert [(s.commit.seq, s.commit.day) for s in (first, second)] == [
        (1, date(2026, 2, 1)),
        (2, date(2026, 2, 2)),
    ]
    report = verify(bucket)
    assert (report.ok, report.commits, report.articles, report.orphans) == (True, 2, 2, [])


def _file(folder: Path) -> Path:
    """A place that takes nothing, not even from root: a file where the archive's folder should be."""
    file = folder / "archive"
    file.write_bytes(b"")
    return file


def test_memory_is_bounded_while_nothing_can_be_written(tmp_path: Path) -> None:
    writer = SegmentWriter(open_bucket(_file(tmp_path)), limits=SegmentLimits(articles=2), clock=at(NOON))
    held = 0
    for number in range(10):
        try:
            if writer.add(article(f"a{number}")):
                writer.flush()
        except ArchiveError:
            held = len(writer)
    assert held == 4
    with pytest.raises(ArchiveError, match="flush it first"):
        writer.add(article("more"))


def test_a_segment_is_not_written_days_after_it_was_closed(tmp_path: Path) -> None:
    """Readers that ask for what is new hold days for over that are two days back."""
    now = [NOON]
    writer = SegmentWriter(Failing(open_bucket(tmp_path), 1), clock=lambda: now[0])
    writer.add(article("a"))
    with pytest.raises(BucketError):
        writer.flush()
    now[0] += days(1.01)
    with pytest.raises(ArchiveError, match="start a new run"):
        writer.flush()
    assert list(open_archive(tmp_path).commits()) == []


def test_an_object_that_was_changed_is_refused(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    ref = store(bucket, article("a")).commit.clean
    file = tmp_path / ref.key
    good = file.read_bytes()
    for bad, named in [
        (good[:-1], "there are"),
        (good + b"x", "there are more"),
        (bytes([good[0] ^ 1]) + good[1:], "sha256"),
    ]:
        file.write_bytes(bad)
        with pytest.raises(ArchiveError, match=f"{ref.key}.*{named}"):
            read_object(bucket, ref)
    with pytest.raises(ArchiveError, match="more than this version reads"):
        read_object(bucket, msgspec.structs.replace(ref, size=2**40))


def test_the_day_of_a_segment_is_that_of_utc(tmp_path: Path) -> None:
    tokyo = datetime.fromisoformat("2026-02-01T08:00:00+09:00")
    commit = store(open_bucket(tmp_path), article("a", fetched="2026-01-31T22:00:00Z"), when=tokyo).commit
    assert commit.day == date(2026, 1, 31)
    assert datetime.fromisoformat(commit.written) == tokyo.astimezone(UTC)
