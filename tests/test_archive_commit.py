"""The bytes of a segment: commit objects and clean objects, whole, damaged and hostile."""

from __future__ import annotations

import gzip
import json
from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import (
    ArchiveError,
    Article,
)
from archive import clean as clean_module
from archive.clean import decode_clean, encode_clean
from archive.commit import Commit, ObjectRef, decode_commit, encode_commit, seal
from archive.layout import CommitKey
from archive.records import Http, Removed
from tests.archive_samples import article

RUN = "20260201T093000Z-0badcafe"
KEY = f"commit/v1/dt=2026-02-01/{RUN}-00007.json"

articles = st.builds(
    Article,
    id=st.text(),
    url=st.text(),
    canonical_url=st.text(),
    source=st.text(),
    title=st.none() | st.text(),
    text=st.text(),
    authors=st.lists(st.text(), max_size=3).map(tuple),
    fetched=st.datetimes().map(datetime.isoformat),
    facts=st.dictionaries(st.text(), st.integers() | st.text(), max_size=3),
)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def commits(draw: st.DrawFn) -> tuple[CommitKey, Commit]:
    place = CommitKey(draw(st.dates()), RUN, draw(st.integers(1, 99_999)))
    refs = []
    for kind, suffix in [("raw", "warc"), ("clean", "jsonl")][draw(st.integers(0, 1)) :]:
        digest = draw(digests)
        name = f"{kind}/v1/dt={place.day}/{RUN}-{place.seq:05d}-{digest[:16]}.{suffix}.gz"
        refs.append(ObjectRef(key=name, size=draw(st.integers(1, 2**40)), sha256=digest))
    time = "2026-02-01T12:00:00.000000Z"
    rows = draw(st.integers(1, 10**9))
    return place, Commit(
        run=RUN,
        seq=place.seq,
        written=time,
        rows=rows,
        fetched_first=time,
        fetched_last=time,
        objects=tuple(refs),
    )


@given(commits())
def test_a_commit_comes_back_as_it_was(made: tuple[CommitKey, Commit]) -> None:
    place, commit = made
    assert decode_commit(str(place), encode_commit(commit)) == commit
    assert commit.key == str(place)


def good_commit() -> dict[str, object]:
    sha = "ab" * 32
    name = f"clean/v1/dt=2026-02-01/{RUN}-00007-{sha[:16]}.jsonl.gz"
    return {
        "schema": 1,
        "run": RUN,
        "seq": 7,
        "written": "2026-02-01T12:00:00Z",
        "rows": 2,
        "fetched_first": "2026-02-01T11:00:00Z",
        "fetched_last": "2026-02-01T11:30:00Z",
        "objects": [{"key": name, "size": 10, "sha256": sha}],
    }


def test_the_commit_that_the_next_test_spoils_is_a_good_one() -> None:
    assert decode_commit(KEY, seal(json.dumps(good_commit()).encode())).rows == 2


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"run": "20260201T093000Z-0badcaff"},
        {"seq": 8},
        {"rows": 0},
        {"rows": "2"},
        {"written": "at noon"},
        {"fetched_last": ""},
        {"objects": []},
        {"objects": None},
        {"more": 1},
        {"objects": [{"key": "../../etc/passwd", "size": 10, "sha256": "ab" * 32}]},
        {"objects": [dict(good_commit()["objects"][0], size=0)]},  # type: ignore[index]
        {"objects": [dict(good_commit()["objects"][0], size=-1)]},  # type: ignore[index]
        {"objects": [dict(good_commit()["objects"][0], sha256="cd" * 32)]},  # type: ignore[index]
        {"objects": [good_commit()["objects"][0]] * 2},  # type: ignore[index]
    ],
)
def test_a_commit_with_anything_wrong_is_refused_by_its_key(change: dict[str, object]) -> None:
    with pytest.raises(ArchiveError, match=KEY):
        decode_commit(KEY, seal(json.dumps(good_commit() | change).encode()))


@given(st.binary())
def test_bytes_that_are_no_commit_are_refused(data: bytes) -> None:
    for each in (data, seal(data)):
        with pytest.raises(ArchiveError, match=KEY):
            decode_commit(KEY, each)


@given(st.lists(articles, max_size=5))
def test_articles_come_back_as_they_were_and_give_the_same_bytes(given_articles: list[Article]) -> None:
    data = encode_clean(given_articles)
    assert list(decode_clean("clean/x", data)) == given_articles
    assert encode_clean(given_articles) == data


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "cut short"),
        (b"plain", "not gzip data"),
        (encode_clean([article()])[:-4], "cut short"),
        (encode_clean([article()]) + b"x", "bytes behind"),
        (gzip.compress(b"{}\n", mtime=0), "line 1: not an article"),
        (gzip.compress(b'"no end', mtime=0), "has no end"),
        (gzip.compress(b"\xff\n", mtime=0), "line 1"),
        (encode_clean([article(fetched="yesterday")]), "line 1: article .*: its `fetched` is not an RFC 3339 time"),
        (encode_clean([msgspec.structs.replace(article(), http=Http(status=2**31))]), "line 1: not an article"),
        (encode_clean([msgspec.structs.replace(article(), removed=(Removed(kind="link", length=2**63),))]), "line 1"),
        (gzip.compress(b'{"extra":' + b'{"a":' * 100_000 + b"\n", mtime=0), "line 1"),
    ],
)
def test_a_damaged_clean_object_is_refused_by_its_key(data: bytes, named: str) -> None:
    with pytest.raises(ArchiveError, match=f"clean/x: .*{named}"):
        list(decode_clean("clean/x", data))


@given(st.binary(max_size=100))
def test_bytes_that_are_no_clean_object_are_refused(data: bytes) -> None:
    for each in (data, gzip.compress(data + b"x")):
        with pytest.raises(ArchiveError):
            list(decode_clean("clean/x", each))


def test_a_clean_object_that_expands_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one_line, many_lines = gzip.compress(b"x" * 2**24), gzip.compress(b"\n" * 2**24)
    monkeypatch.setattr(clean_module, "MAX_LINE_BYTES", 2**21)
    with pytest.raises(ArchiveError, match="line of more than"):
        list(decode_clean("clean/x", one_line))
    monkeypatch.setattr(clean_module, "MAX_CLEAN_BYTES", 2**19)
    with pytest.raises(ArchiveError, match="expands to more than"):
        list(decode_clean("clean/x", many_lines))
