"""Cursors: what is new since the last call, with nothing lost of runs side by side."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, Article, Bucket, InvalidQuery, SegmentWriter, open_bucket
from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.layout import CommitKey
from archive.times import utc_now
from tests.archive_samples import NOON, article, at, days, store


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return open_bucket(tmp_path / "archive")


def names(articles: Iterable[Article]) -> list[str]:
    """The hosts' first labels, as `article(name)` made them."""
    return [each.canonical_url.split("/")[2].split(".")[0] for each in articles]


def test_a_cursor_gives_what_was_committed_since(bucket: Bucket) -> None:
    archive = Archive(bucket)
    store(bucket, article("a"))
    first = archive.articles_after(None)
    assert names(first.articles) == ["a"]
    store(bucket, article("b"))
    second = archive.articles_after(first.cursor)
    store(bucket, article("c"))
    assert names(second.articles) == ["b"]  # what comes after the cursor was made is for the next time
    assert names(archive.articles_after(second.cursor).articles) == ["c"]
    assert names(archive.articles_after(first.cursor, source="nobody").articles) == []


def test_a_cursor_loses_nothing_of_runs_side_by_side(bucket: Bucket) -> None:
    """Commits of an older run that appear behind those of a newer one, and of yesterday behind today's."""
    archive, seen, cursor = Archive(bucket), [], None
    clocks = [NOON, NOON + days(1), NOON - days(1)]
    writers = [
        SegmentWriter(bucket, f"2026020{number}T000000Z-0000000{number}", clock=at(clock))
        for number, clock in zip((3, 1, 2), clocks, strict=True)
    ]
    for turn in range(4):
        for number, writer in enumerate(writers):
            writer.add(article(f"a{number}{turn}", fetched="2026-01-31T01:00:00Z"))
            writer.flush()
            changes = archive.articles_after(cursor)
            seen += names(changes.articles)
            cursor = changes.cursor
    assert seen == [f"a{number}{turn}" for turn in range(4) for number in range(3)]


def test_a_segment_that_is_listed_late_is_not_lost(bucket: Bucket) -> None:
    """A listing may show the third segment of a run and not yet the second."""
    keys = [CommitKey(NOON.date(), "20260201T000000Z-00000000", number) for number in (1, 2, 3)]
    cursor = cursor_of([keys[0], keys[2]], NOON.date(), Cursor())
    assert [cursor.saw(key) for key in keys] == [True, False, True]


def test_a_writer_whose_clock_is_ahead_hides_nobody(bucket: Bucket) -> None:
    store(bucket, article("ahead"), when=utc_now() + days(4000))
    archive = Archive(bucket)
    cursor = archive.articles_after(None).cursor
    store(bucket, article("a"), when=utc_now())
    assert names(archive.articles_after(cursor).articles) == ["a"]


def test_a_cursor_stays_short_as_the_archive_grows() -> None:
    """A run every quarter of an hour for a year; days that are over for good take no room."""
    keys = [
        CommitKey(
            (NOON + days(n / 96)).date(),
            f"{NOON + days(n / 96):%Y%m%dT%H%M%SZ}-{n * 2654435761 % 2**32:08x}",
            1,
        )
        for n in range(365 * 96)
    ]
    cursor = cursor_of(keys, date(2030, 1, 1), Cursor())
    token = encode_cursor(cursor)
    assert len(token) < 6000
    back = decode_cursor(token)
    assert all(back.saw(key) for key in keys)


spans = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), max_size=3).map(
    lambda pairs: tuple((low, low + more) for low, more in pairs)
)
cursors = st.builds(
    Cursor,
    st.dates(),
    st.dictionaries(st.from_regex(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}", fullmatch=True), spans, max_size=5),
    st.frozensets(st.binary(min_size=8, max_size=8), max_size=3),
)


@given(cursors)
def test_a_cursor_comes_back_from_its_token(cursor: Cursor) -> None:
    token = encode_cursor(cursor)
    assert decode_cursor(token) == cursor
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.text() | st.binary().map(lambda data: data.hex()))
def test_a_malformed_cursor_is_refused(token: str) -> None:
    with pytest.raises(InvalidQuery, match="not a cursor"):
        decode_cursor(token)


@given(cursors, st.data())
def test_a_cursor_that_was_cut_or_altered_is_refused(cursor: Cursor, data: st.DataObject) -> None:
    token = encode_cursor(cursor)
    cut = data.draw(st.integers(1, len(token)))
    with pytest.raises(InvalidQuery, match="not a cursor"):
        decode_cursor(token[:-cut])
    with pytest.raises(InvalidQuery, match="not a cursor"):
        decode_cursor(token + token)
