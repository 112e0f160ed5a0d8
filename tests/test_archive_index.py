"""The local index: takes in what is committed, once; and is made whole from the archive."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from archive import Archive, ArchiveError, Segment, open_archive
from archive.index import Index
from tests.archive_samples import NOON, article, store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive" / ".state" / "index.sqlite"


@pytest.fixture
def index(path: Path) -> Iterator[Index]:
    with Index.open(path, scheme="s1") as opened:
        yield opened


def contents(index: Index) -> list[tuple[object, ...]]:
    """Every row and text, whatever the order in which they were taken in."""
    return sorted((row.id, row.url, row.title, row.fetched, index.text(row.id)) for row in index.since())


def test_a_segment_is_taken_in_once(archive: Archive, index: Index) -> None:
    segment = store(archive.bucket, article("a"), article("b", verdict="duplicate", cluster="c1"))
    assert (index.take(segment), index.take(segment)) == (True, False)
    first, second = index.since()
    assert (first.url, first.canonical_url) == (article("a").url, article("a").canonical_url)
    assert (first.title, first.source, first.access) == ("Breach at a", "harbour-post", "full")
    assert (first.signature, first.scheme) == (b"\0\1\2\3", "s1")
    assert (second.verdict, second.cluster) == ("duplicate", "c1")
    assert index.text(first.id) == article("a").text
    assert (index.has(first.id), index.has("0" * 20), index.text("0" * 20)) == (True, False, None)
    assert len(index) == 2


def test_rows_come_in_the_order_they_were_taken_in_from_any_row_on(archive: Archive, index: Index) -> None:
    index.take(store(archive.bucket, article("a"), article("b")))
    seen = [row.rowid for row in index.since()]
    index.take(store(archive.bucket, article("c")))
    later = list(index.since(seen[-1]))
    assert [row.url for row in later] == [article("c").url]
    assert list(index.since(later[-1].rowid)) == []


def test_many_rows_come_all(archive: Archive, index: Index) -> None:
    rows = [article(f"a{number}") for number in range(2500)]
    index.take(Segment(store(archive.bucket, rows[0]).commit, tuple(rows)))
    assert [row.id for row in index.since()] == [each.id for each in rows]


def test_an_article_is_found_by_either_address_the_newest_first(archive: Archive, index: Index) -> None:
    old, new = article("a", text="Old."), article("a", text="New.", verdict="revision")
    index.take(store(archive.bucket, new, when=NOON + timedelta(hours=1)))
    index.take(store(archive.bucket, old, when=NOON))
    for url in (old.url, old.canonical_url):
        row = index.by_url(url)
        assert row is not None
        assert row.id == new.id
    assert index.by_url("https://b.example/") is None


def test_a_newer_record_of_an_article_replaces_the_older_whichever_comes_first(archive: Archive, index: Index) -> None:
    older = store(archive.bucket, article("a"), when=NOON)
    newer = store(archive.bucket, article("a", verdict="duplicate"), when=NOON + timedelta(hours=1))
    for segment in (newer, older):
        index.take(segment)
    assert [row.verdict for row in index.since()] == ["duplicate"]


def test_catching_up_takes_in_what_is_missing_and_nothing_else(archive: Archive, index: Index) -> None:
    segments = [store(archive.bucket, article(name)) for name in "abc"]
    index.take(segments[1])
    assert (index.catch_up(archive), index.catch_up(archive)) == (2, 0)
    assert len(index) == 3


def test_a_lost_index_is_made_again_as_it_was(archive: Archive, path: Path) -> None:
    with Index.open(path) as index:
        for hour, name in enumerate("abcab"):
            title = f"Version {hour}"
            record = msgspec.structs.replace(article(name), title=title)
            index.take(store(archive.bucket, record, when=NOON + timedelta(hours=hour)))
        before = contents(index)
    for file in path.parent.iterdir():
        file.unlink()
    with Index.open(path) as index:
        assert index.catch_up(archive) == 5
        assert contents(index) == before


def test_a_segment_is_taken_in_whole_or_not_at_all(archive: Archive, index: Index) -> None:
    bad = msgspec.structs.replace(article("b"), signature="not base64!")
    segment = store(archive.bucket, article("a"), bad)
    with pytest.raises(ArchiveError, match=r"signature is no base64"):
        index.take(segment)
    assert len(index) == 0
    assert index.take(Segment(segment.commit, (article("a"), article("b"))))


def test_signatures_of_another_scheme_are_refused_with_the_mend(path: Path) -> None:
    Index.open(path, scheme="s1").close()
    Index.open(path).close()
    Index.open(path, scheme="s1").close()
    with pytest.raises(ArchiveError, match=r"scheme 's1'.*'s2'; run `breachwire archive rebuild`"):
        Index.open(path, scheme="s2")


def test_an_index_of_another_version_is_refused_with_the_mend(path: Path) -> None:
    Index.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ArchiveError, match=r"version 99.*run `breachwire archive rebuild`"):
        Index.open(path)


def test_a_file_that_is_no_index_is_refused_with_the_mend(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(ArchiveError, match=r"damaged.*run `breachwire archive rebuild`"):
        Index.open(path)


def test_a_place_where_no_index_can_lie_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError, match="no folder for local state"):
        Index.open(tmp_path / "file" / "index.sqlite")


def test_others_read_while_one_writes(archive: Archive, path: Path, index: Index) -> None:
    index.take(store(archive.bucket, article("a")))
    with Index.open(path) as other:
        rows = other.since()
        assert next(rows).id == article("a").id
        index.take(store(archive.bucket, article("b")))
        assert [row.id for row in rows] == [article("b").id]
        assert len(other) == 2


def test_several_processes_make_and_fill_one_index_at_once(archive: Archive, path: Path) -> None:
    for number in range(30):
        store(archive.bucket, article(f"a{number}"))
    code = f"""
from pathlib import Path
from archive import open_archive
from archive.index import Index
with Index.open(Path({str(path)!r}), scheme="s1") as index:
    print(index.catch_up(open_archive({archive.bucket.uri!r})))
"""

    def catch_up(_: int) -> int:
        return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(catch_up, range(4)))
    assert sum(taken) == 30
    with Index.open(path) as index:
        assert len(index) == 30
