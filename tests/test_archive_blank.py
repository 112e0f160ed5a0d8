"""Records taken out of a WARC object: all others keep their places, and the object is whole for every tool."""

from __future__ import annotations

import io
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive import Archive, ArchiveError, SegmentWriter, open_bucket, read_capture
from archive.blank import filler, members
from archive.commit import decode_commit, encode_commit, read_commit
from archive.keeping.erase import Order, erase
from archive.keeping.verify import verify
from archive.keeping.warc_check import records_of
from archive.live import commit_keys
from archive.tombstone import mark
from tests.archive_samples import NOON, article, at, days, response, store


@given(st.integers(340, 400_000))
def test_what_fills_a_gap_is_a_whole_record_of_exactly_that_length(length: int) -> None:
    made = filler("x", length)
    assert len(made) == length
    (record,) = records_of(made)
    assert (record.kind, record.length) == ("metadata", length)


@given(st.integers(0, 250))
def test_a_gap_too_short_for_a_record_is_refused(length: int) -> None:
    with pytest.raises(ArchiveError, match="too short"):
        filler("x", length)


def test_a_copy_of_a_payload_goes_with_it_and_its_article_stays_without_a_capture(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    writer = SegmentWriter(bucket, clock=at(NOON))
    for name, body in (("gone", b"the same"), ("copy", b"the same"), ("kept", b"another")):
        writer.add(article(name), response(name, body))
    writer.flush()
    erase(bucket, Order(marks=frozenset({mark("url", "https://gone.example/story")})), {}, at(NOON + days(1)))
    kept, copy = Archive(bucket)
    assert copy.capture is None
    assert kept.capture
    assert read_capture(bucket, kept.capture).body == b"another"
    ((key, _),) = bucket.list("raw/")
    data = bucket.get(key)
    assert [each.offset for each in members(key, data)] == [each.offset for each in records_of(data)]
    kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(data))]
    assert kinds.count("response") == 1
    assert "revisit" not in kinds
    assert b"gone.example" not in zlib.decompress(data, 31)
    assert verify(bucket).ok


def test_what_is_erased_between_add_and_flush_is_in_no_object(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    store(bucket, article("first"))
    writer = SegmentWriter(bucket, clock=at(NOON))
    for name in ("gone", "copy", "kept"):
        writer.add(article(name), response(name, b"another" if name == "kept" else b"the same"))
    erase(bucket, Order(marks=frozenset({mark("url", "https://gone.example/story")})), {}, at(NOON))
    segment = writer.flush()
    assert segment is not None
    assert [each.capture is None for each in segment.articles] == [True, False]
    assert verify(bucket).ok
    for key, _ in bucket.list("raw/"):
        assert not any("gone" in url for each in members(key, bucket.get(key)) for url in each.names("warc-target-uri"))


# ---------------------------------------------------------------- the commit of a rewrite


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": 3}, "do not add up"),
        ({"replaces": ()}, "does not name the segments"),
        ({"replaces": msgspec.UNSET}, "does not name the segments"),
        ({"written": "today"}, "no RFC 3339 time"),
        ({"objects": ()}, "one clean object"),
    ],
)
def test_a_rewrite_that_does_not_add_up_is_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    bucket = open_bucket(tmp_path)
    store(bucket, article("a"), article("b"))
    erase(bucket, Order(wanted=lambda each: each.id == article("a").id), {}, at(NOON + days(1)))
    (key,) = commit_keys(bucket)
    commit = read_commit(bucket, str(key))
    assert (key.rewrite, key.day, commit.rows) == (True, date(2026, 2, 1), 1)
    with pytest.raises(ArchiveError, match=said):
        decode_commit(str(key), encode_commit(msgspec.structs.replace(commit, **change)))
