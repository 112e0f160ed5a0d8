"""Reading: which articles come, in which order, how often; what is new since a cursor; tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from archive_samples import NOON, article, at, days, store
from hypothesis import given
from hypothesis import strategies as st

from archive import Archive, ArchiveError, Article, Bucket, SegmentWriter, open_archive, open_bucket
from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.layout import CommitKey
from archive.records import DedupVerdict
from archive.times import utc_now


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return open_bucket(tmp_path / "archive")


def names(articles: object) -> list[str]:
    """The hosts' first labels, as `article(name)` made them."""
    assert hasattr(articles, "__iter__")
    return [each.canonical_url.split("/")[2].split(".")[0] for each in articles]


def marked(original: Article, title: str) -> Article:
    """A newer record of the same article."""
    return msgspec.structs.replace(original, title=title)


# ---------------------------------------------------------------- what comes


def test_articles_come_newest_first_across_runs_and_days(bucket: Bucket) -> None:
    store(bucket, article("b"), article("c"), when=NOON)
    store(bucket, article("e"), when=NOON + days(1), run="20260202T120000Z-00000000")
    store(bucket, article("d"), when=NOON + timedelta(hours=1), run="20260101T000000Z-00000000")
    store(bucket, article("a", fetched="2026-01-31T10:00:00Z"), when=NOON - days(1))
    assert names(Archive(bucket)) == ["e", "d", "c", "b", "a"]


def test_an_object_without_its_commit_is_not_seen(bucket: Bucket) -> None:
    commit = store(bucket, article("a")).commit
    bucket.delete(commit.key)
    assert names(Archive(bucket)) == []
    assert bucket.get(commit.clean.key)


def test_an_article_comes_once_in_its_newest_record(bucket: Bucket) -> None:
    store(bucket, marked(article("a"), "old"), when=NOON)
    store(bucket, marked(article("a"), "middle"), marked(article("a"), "new"), when=NOON + timedelta(hours=1))
    store(bucket, marked(article("a"), "older"), when=NOON - timedelta(hours=1))
    assert [each.title for each in Archive(bucket).articles()] == ["new"]


def test_a_revision_takes_the_place_of_the_versions_before_it(bucket: Bucket) -> None:
    verdicts: list[DedupVerdict] = ["unique", "revision", "revision"]
    for number, verdict in enumerate(verdicts):
        version = article("a", text=f"Version {number}.", verdict=verdict)
        store(bucket, version, when=NOON + timedelta(hours=number))
    archive = Archive(bucket)
    assert [each.text for each in archive] == ["Version 2."]
    assert len(list(archive.articles(include=["revisions"]))) == 3
    newest = next(iter(archive))
    assert [each.text for each in archive.revisions(newest)] == ["Version 2.", "Version 1.", "Version 0."][
        ::-1
    ]


def test_pages_that_share_an_address_without_being_revisions_all_come(bucket: Bucket) -> None:
    store(bucket, article("a", text="One."), article("a", text="Another."))
    assert len(list(Archive(bucket))) == 2


def test_duplicates_and_related_come_when_they_are_included(bucket: Bucket) -> None:
    store(bucket, article("a"), article("b", verdict="duplicate"), article("c", verdict="related"))
    archive = Archive(bucket)
    assert names(archive) == ["a"]
    assert names(archive.articles(include=["duplicates"])) == ["b", "a"]
    assert names(archive.articles(include=["related"])) == ["c", "a"]
    assert names(archive.articles(include=("duplicates", "related"))) == ["c", "b", "a"]


def test_articles_are_told_apart_by_source_language_and_topic(bucket: Bucket) -> None:
    doubtful = msgspec.structs.replace(article("d"), relevance=None)
    store(
        bucket,
        article("a", source="x"),
        article("b", language="en-GB"),
        article("c", language=None),
        doubtful,
    )
    archive = Archive(bucket)
    assert names(archive.articles(source="x")) == ["a"]
    assert names(archive.articles(language="en")) == ["d", "b", "a"]
    assert names(archive.articles(language="EN-gb")) == ["b"]
    assert names(archive.articles(topic="breach")) == ["c", "b", "a"]
    assert names(archive.articles(topic="other")) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since": "2026-02-02"}, "dcb"),
        ({"since": "2026-02-02T09:00:00Z"}, "dc"),
        ({"since": "2026-02-02T10:00:00+01:00"}, "dc"),
        ({"until": "2026-02-02"}, "cba"),
        ({"until": "2026-02-02T09:00:00Z"}, "ba"),
        ({"since": date(2026, 2, 2), "until": date(2026, 2, 2)}, "cb"),
        ({"since": NOON, "until": NOON + days(1)}, "cb"),
        ({"since": None, "until": None}, "dcba"),
        ({"since": "2027-01-01"}, ""),
    ],
)
def test_since_and_until_go_by_when_an_article_was_fetched(
    bucket: Bucket, filters: dict[str, Any], expected: str
) -> None:
    fetched = ["2026-02-01T11:00:00Z", "2026-02-02T00:00:00Z", "2026-02-02T09:00:00Z", "2026-02-03T09:00:00Z"]
    for number, (name, moment) in enumerate(zip("abcd", fetched, strict=True)):
        store(bucket, article(name, fetched=moment), when=NOON + days(max(number, 1) + number / 100))
    assert "".join(names(Archive(bucket).articles(**filters))) == expected


def test_days_outside_the_range_are_not_opened(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    for number in range(-5, 5):
        moment = NOON + days(number)
        store(bucket, article(f"a{number + 5}", fetched=moment.isoformat()), when=moment)
    watched = Watched(bucket)
    assert names(Archive(watched).articles(since="2026-02-03", until="2026-02-04")) == ["a8", "a7"]
    assert {key.split("/")[2] for key in watched.read if key.startswith("clean/")} == {
        "dt=2026-02-03",
        "dt=2026-02-04",
    }
    assert min(key.split("/")[2] for key in watched.read) == "dt=2026-02-02"


def test_an_article_that_was_stored_long_after_it_was_fetched_is_in_its_range(bucket: Bucket) -> None:
    store(bucket, article("late", fetched="2019-05-01T10:00:00Z"), when=NOON)
    assert names(Archive(bucket).articles(since="2019-05-01", until="2019-05-01")) == ["late"]


def test_reading_is_lazy(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    for number in range(5):
        store(bucket, article(f"a{number}"), when=NOON + timedelta(minutes=number))
    watched = Watched(bucket)
    assert next(iter(Archive(watched))).url == article("a4").url
    assert len([key for key in watched.read if key.startswith("clean/")]) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"since": "last week"}, {"until": "2026-02-30"}, {"since": "2026-02-01T25:00"}, {"include": ["dupes"]}],
)
def test_a_filter_that_is_wrong_is_named(bucket: Bucket, wrong: dict[str, Any]) -> None:
    name = next(iter(wrong))
    with pytest.raises(ArchiveError, match=name):
        Archive(bucket).articles(**wrong)


def test_a_damaged_segment_is_an_error_that_names_it(tmp_path: Path) -> None:
    ref = store(open_bucket(tmp_path), article("a")).commit.clean
    (tmp_path / ref.key).write_bytes(b"x" * ref.size)
    with pytest.raises(ArchiveError, match=f"{ref.key}: .*sha256"):
        list(open_archive(tmp_path))


def test_an_archive_that_is_not_there_is_an_error_when_it_is_read(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "none")
    for read in (lambda: list(archive), lambda: archive.find("x"), lambda: archive.articles_after(None)):
        with pytest.raises(ArchiveError, match="no archive here"):
            read()


class Watched:
    """A bucket that remembers what was read."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.read: list[str] = []

    @property
    def uri(self) -> str:
        return self._bucket.uri

    def put(self, key: str, data: bytes) -> None:
        self._bucket.put(key, data)

    def get(self, key: str) -> bytes:
        self.read.append(key)
        return self._bucket.get(key)

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        self.read.append(key)
        return self._bucket.get_range(key, offset, length)

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        return self._bucket.list(prefix)

    def delete(self, key: str) -> None:
        self._bucket.delete(key)


# ---------------------------------------------------------------- one article


def test_an_article_is_found_by_id_its_beginning_and_its_addresses(bucket: Bucket) -> None:
    archive, wanted = Archive(bucket), article("b", verdict="duplicate")
    store(bucket, article("a"), wanted)
    for by in (wanted.id, wanted.id[:8], wanted.url, wanted.canonical_url):
        assert archive.find(by) == wanted
    for nothing in (wanted.id[:7], "https://c.example/", "", "zzzzzzzz"):
        assert archive.find(nothing) is None


def test_a_beginning_of_several_ids_is_an_error_that_names_them(bucket: Bucket) -> None:
    one, other = (msgspec.structs.replace(article(name), id="0123456789" + name * 10) for name in ("a", "b"))
    store(bucket, one, other)
    with pytest.raises(ArchiveError, match=f"{one.id}, {other.id}"):
        Archive(bucket).find("01234567")
    assert Archive(bucket).find(one.id) == one


def test_copies_are_told_by_who_published_first(bucket: Bucket) -> None:
    first = article("a", published="2026-02-01T08:00:00+09:00")
    copy = article("b", published="2026-02-01T00:30:00Z", verdict="duplicate", cluster=first.id)
    undated = article("c", published="soon", verdict="duplicate", cluster=first.id)
    store(bucket, undated, copy, first, article("other"))
    archive = Archive(bucket)
    assert names(archive.copies(first)) == names(archive.copies(copy)) == ["a", "b", "c"]


# ---------------------------------------------------------------- cursors


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
)


@given(cursors)
def test_a_cursor_comes_back_from_its_token(cursor: Cursor) -> None:
    token = encode_cursor(cursor)
    assert decode_cursor(token) == cursor
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.text() | st.binary().map(lambda data: data.hex()))
def test_a_malformed_cursor_is_refused(token: str) -> None:
    with pytest.raises(ArchiveError, match="not a cursor"):
        decode_cursor(token)


@given(cursors, st.data())
def test_a_cursor_that_was_cut_or_altered_is_refused(cursor: Cursor, data: st.DataObject) -> None:
    token = encode_cursor(cursor)
    cut = data.draw(st.integers(1, len(token)))
    with pytest.raises(ArchiveError, match="not a cursor"):
        decode_cursor(token[:-cut])
    with pytest.raises(ArchiveError, match="not a cursor"):
        decode_cursor(token + token)


# ---------------------------------------------------------------- tables


@pytest.fixture
def archive(bucket: Bucket) -> Archive:
    rich = msgspec.structs.replace(
        article("a"), facts={"affected": {"value": 40_000}}, authors=("A. Nonymous",)
    )
    store(bucket, rich, article("b", language="ja"), article("c", verdict="duplicate"))
    return Archive(bucket)


def test_articles_are_a_table_in_each_library(archive: Archive) -> None:
    table = archive.to_arrow()
    assert table.column_names == [field.name for field in msgspec.structs.fields(Article)]
    assert table["id"].to_pylist() == [article("b", language="ja").id, article("a").id]
    assert json.loads(table["facts"][1].as_py()) == {"affected": {"value": 40_000}}
    assert archive.to_pandas()["authors"][1].tolist() == ["A. Nonymous"]
    assert archive.to_polars()["relevance"].struct.field("score").to_list() == [2.5, 2.5]
    query = "SELECT language, count(*) FROM articles GROUP BY language ORDER BY language"
    assert archive.duckdb().execute(query).fetchall() == [("en", 1), ("ja", 1)]


def test_a_selection_is_a_table_too_and_may_be_empty(archive: Archive) -> None:
    assert archive.articles(language="ja").to_arrow().num_rows == 1
    assert archive.articles(language="fr").to_pandas().shape == (0, 29)


def test_a_library_that_is_not_installed_is_named_with_the_command(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("pyarrow", "pandas", "polars", "duckdb"):
        monkeypatch.setitem(sys.modules, library, None)
    for name, method in [
        ("pandas", archive.to_pandas),
        ("duckdb", archive.duckdb),
        ("arrow", archive.to_arrow),
    ]:
        with pytest.raises(ArchiveError, match=rf"pip install 'breachwire\[{name}\]'"):
            method()


# ---------------------------------------------------------------- the door


def test_the_package_is_light_to_import() -> None:
    code = """
import sys, archive
heavy = "boto3 warcio pyarrow pandas polars duckdb sqlite3 scrapy trafilatura datasketch numpy".split()
print([name for name in heavy if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "[]\n"
