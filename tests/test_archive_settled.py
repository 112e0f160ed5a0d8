"""What a compaction settles: DuckDB reads the tables of a folder archive itself, and sees what every reader sees."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from archive import Article, Bucket, open_archive, open_bucket
from archive.keeping.compact import compact
from archive.keeping.erase import Order, erase
from archive.keeping.verify import verify
from archive.layout import PARQUET, SETTLED
from archive.scan import scanned
from archive.selection import INCLUDES, Selection
from tests.archive_samples import NOON, article, at, days, store

pytest.importorskip("pyarrow")
pytest.importorskip("duckdb")

TOMORROW = NOON + days(1)


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    """An archive, in a folder whose name has what SQL would trip over."""
    return open_bucket(tmp_path / "the editors' wire")


def settled(bucket: Bucket) -> list[str]:
    return [key for key, _ in bucket.list(SETTLED)]


def is_scanned(bucket: Bucket) -> bool:
    """Whether DuckDB reads the tables itself."""
    return scanned(bucket, Selection(), None) is not None


def titles(bucket: Bucket, *include: str) -> list[str]:
    """What DuckDB has, which is what iterating gives."""
    found = open_archive(bucket.uri).articles(include=include)  # type: ignore[arg-type]
    rows = found.duckdb(("title", "dedup")).execute("SELECT title, dedup.duplicate_of FROM articles").fetchall()
    assert sorted(rows, key=repr) == sorted(((a.title, a.dedup.duplicate_of) for a in found), key=repr)
    return sorted(str(title).removeprefix("Breach at ") for title, _ in rows)


def compacted(bucket: Bucket, *articles: Article, when: datetime = NOON) -> None:
    """One segment, compacted on the day after."""
    store(bucket, *articles, when=when)
    compact(bucket, clock=at(when + days(1)))


def test_what_came_later_is_seen_beside_the_tables(bucket: Bucket) -> None:
    compacted(bucket, article("a"), article("b", text="Old."), article("first"))
    assert (titles(bucket), is_scanned(bucket)) == (["a", "b", "first"], True)
    first = article("first").id
    store(bucket, article("a"), article("b", text="New.", verdict="revision"), when=TOMORROW)
    store(bucket, article("fuller", cluster=first), when=TOMORROW + timedelta(minutes=1))
    assert titles(bucket) == ["a", "b", "fuller"]
    assert titles(bucket, *INCLUDES) == ["a", "b", "b", "first", "fuller"]
    assert is_scanned(bucket)


def test_what_a_newer_record_takes_back_does_not_stand(bucket: Bucket) -> None:
    """A copy took over; its newer record says it is none. What the tables know is of no use until they are settled."""
    first, fuller = article("first"), article("fuller", cluster=article("first").id)
    compacted(bucket, first)
    compacted(bucket, fuller, when=TOMORROW)
    assert titles(bucket) == ["fuller"]
    store(bucket, article("fuller"), when=NOON + days(2))
    assert (titles(bucket), is_scanned(bucket)) == (["first", "fuller"], False)
    compact(bucket, clock=at(NOON + days(3)))
    assert (titles(bucket), is_scanned(bucket)) == (["first", "fuller"], True)


def test_a_segment_that_comes_late_is_seen_at_once(bucket: Bucket) -> None:
    compacted(bucket, article("a"))
    compacted(bucket, article("b"), when=TOMORROW)
    store(bucket, article("late"), when=NOON + timedelta(hours=3))
    assert (titles(bucket), is_scanned(bucket)) == (["a", "b", "late"], False)
    compact(bucket, clock=at(NOON + days(2)))
    assert (titles(bucket), is_scanned(bucket)) == (["a", "b", "late"], True)


def test_the_day_under_way_is_never_settled(bucket: Bucket) -> None:
    compacted(bucket, article("a"))
    store(bucket, article("b"), when=TOMORROW)
    compact(bucket, before=TOMORROW.date() + days(1), clock=at(TOMORROW))
    store(bucket, article("c"), when=TOMORROW + timedelta(minutes=1))
    assert (titles(bucket), is_scanned(bucket)) == (["a", "b", "c"], True)


def test_it_is_written_once_and_holds_when_what_was_replaced_is_removed(bucket: Bucket) -> None:
    compacted(bucket, article("a"), article("b"))
    store(bucket, article("c"), when=NOON + timedelta(minutes=1))
    compact(bucket, clock=at(TOMORROW))
    written = settled(bucket)
    assert len(written) == 1
    compact(bucket, clock=at(NOON + days(9)))
    assert (settled(bucket), titles(bucket), is_scanned(bucket)) == (written, ["a", "b", "c"], True)


def test_erasing_removes_it(bucket: Bucket) -> None:
    compacted(bucket, article("a"), article("b"))
    gone = article("a").id
    erase(bucket, Order(wanted=lambda each: each.id == gone), {}, at(TOMORROW))
    assert (settled(bucket), titles(bucket)) == ([], ["b"])
    compact(bucket, clock=at(TOMORROW))
    assert (len(settled(bucket)), titles(bucket), is_scanned(bucket)) == (1, ["b"], True)


@pytest.mark.parametrize("prefix", [SETTLED, f"{PARQUET}dt="])
def test_what_is_damaged_or_missing_is_not_used(bucket: Bucket, prefix: str) -> None:
    compacted(bucket, article("a"))
    [key] = [key for key, _ in bucket.list(prefix)]
    path = Path(bucket.uri, key)
    path.write_bytes(path.read_bytes()[:-9])
    assert [problem.key for problem in verify(bucket).problems] == [key]
    assert (titles(bucket), is_scanned(bucket)) == (["a"], False)
    path.unlink()
    assert (titles(bucket), is_scanned(bucket)) == (["a"], False)
    compact(bucket, clock=at(TOMORROW))
    assert (titles(bucket), is_scanned(bucket), verify(bucket).problems) == (["a"], True, [])
