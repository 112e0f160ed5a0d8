"""Reading: which articles come, in which order, how often; what is new since a cursor; tables."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive import Archive, ArchiveError, Article, Bucket, open_archive, open_bucket
from archive.clean import encode_clean
from archive.commit import ObjectRef, encode_commit
from archive.layout import CommitKey, data_key
from archive.records import DedupVerdict
from tests.archive_samples import NOON, article, days, store


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
    assert [each.text for each in archive.revisions(newest)] == ["Version 2.", "Version 1.", "Version 0."][::-1]


def test_pages_that_share_an_address_without_being_revisions_all_come(bucket: Bucket) -> None:
    store(bucket, article("a", text="One."), article("a", text="Another."))
    assert len(list(Archive(bucket))) == 2


def test_duplicates_and_related_come_when_they_are_included(bucket: Bucket) -> None:
    store(bucket, article("a"), article("b", verdict="duplicate"), article("c", verdict="related"))
    archive = Archive(bucket)
    assert names(archive) == ["a"]
    assert names(archive.articles(include=["duplicates"])) == ["b", "a"]
    assert names(archive.articles(include=["related"])) == ["c", "a"]
    assert names(archive.articles(include="related")) == ["c", "a"]  # a string is a sequence, too
    assert names(archive.articles(include=("duplicates", "related"))) == ["c", "b", "a"]


def test_a_copy_that_took_over_is_shown_in_place_of_the_one_before_it(bucket: Bucket) -> None:
    brief = article("brief")
    store(bucket, brief, article("old", verdict="duplicate", cluster=brief.id, duplicate_of=brief.id))
    fuller = article("fuller", cluster=brief.id)
    store(bucket, fuller, when=NOON + timedelta(hours=1))
    store(
        bucket,
        article("later", verdict="duplicate", cluster=brief.id, duplicate_of=fuller.id),
        when=NOON + timedelta(hours=2),
    )
    archive = Archive(bucket)
    assert names(archive) == ["fuller"]
    copies = {each.source: each for each in archive.articles(include=["duplicates"])}
    assert [(each.dedup.verdict, each.dedup.duplicate_of) for each in archive.copies(brief)] == [
        ("duplicate", fuller.id),
        ("duplicate", fuller.id),
        ("unique", None),
        ("duplicate", fuller.id),
    ]
    assert len(copies) == 1
    assert (archive.find(brief.id) or brief).dedup.duplicate_of == fuller.id
    before = archive.articles(until=NOON + timedelta(minutes=30), since=NOON - days(1))
    assert names(before) == ["fuller"]  # all were fetched at one time


def test_of_several_that_took_over_the_last_one_stands(bucket: Bucket) -> None:
    brief = article("brief")
    store(bucket, brief, article("fuller", cluster=brief.id), article("fullest", cluster=brief.id))
    assert names(Archive(bucket)) == ["fullest"]


def test_a_copy_that_took_over_is_itself_replaced_by_its_new_version(bucket: Bucket) -> None:
    brief = article("brief")
    store(bucket, brief, article("full", cluster=brief.id))
    store(bucket, article("full", text="Corrected.", verdict="revision", cluster=brief.id), when=NOON + days(1))
    archive = Archive(bucket)
    assert [each.text for each in archive] == ["Corrected."]
    assert len(list(archive.articles(include=["revisions"]))) == 2
    assert len(list(archive.articles(include=["revisions", "duplicates"]))) == 3


def test_the_new_version_of_a_copy_is_a_copy(bucket: Bucket) -> None:
    first = article("a")
    copy = article("b", verdict="revision", cluster=first.id, duplicate_of=first.id)
    store(bucket, first, copy)
    assert names(Archive(bucket)) == ["a"]
    assert names(Archive(bucket).articles(include=["duplicates"])) == ["b", "a"]


def test_a_page_that_names_another_site_s_address_is_no_version_of_the_page_there(bucket: Bucket) -> None:
    original = article("origin")
    portal = msgspec.structs.replace(
        article("portal", verdict="duplicate", cluster=original.id, duplicate_of=original.id),
        canonical_url=original.canonical_url,
    )
    store(bucket, portal, original, article("origin", text="New.", verdict="revision", cluster=original.id))
    archive = Archive(bucket)
    assert len(list(archive.articles(include=["duplicates"]))) == 2
    assert [each.text for each in archive.revisions(original)] == [original.text, "New."]
    assert archive.revisions(portal) == [next(a for a in archive.copies(original) if a.url == portal.url)]


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


def test_reading_ahead_gives_the_same_articles(bucket: Bucket) -> None:
    for number in range(7):
        store(bucket, article(f"a{number}"), article(f"b{number}"), when=NOON + timedelta(minutes=number))
    articles = Archive(bucket).articles()
    assert list(articles.read_ahead(3)) == list(articles)
    assert len(list(articles)) == 14


@pytest.mark.parametrize(
    "wrong",
    [
        {"since": "last week"},
        {"until": "2026-02-30"},
        {"since": "2026-02-01T25:00"},
        {"since": 20260201},
        {"include": ["dupes"]},
        {"include": "dupes"},
        {"langauge": "en"},
    ],
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


def test_a_record_without_a_time_is_an_error_that_names_it(bucket: Bucket) -> None:
    """`SegmentWriter` lets none in; another program's archive may hold one."""
    good = store(bucket, article("a"))
    clean = encode_clean([msgspec.structs.replace(article("a"), fetched="soon")])
    place = CommitKey(good.commit.day, good.commit.run, 2)
    key = str(data_key("clean", place, clean))
    ref = ObjectRef(key=key, size=len(clean), sha256=hashlib.sha256(clean).hexdigest())
    bucket.put(key, clean)
    bucket.put(str(place), encode_commit(msgspec.structs.replace(good.commit, seq=2, objects=(ref,))))
    with pytest.raises(ArchiveError, match=f"article '{article('a').id}'.*fetched"):
        list(Archive(bucket))


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


# ---------------------------------------------------------------- the door


def test_the_package_is_light_to_import() -> None:
    code = """
import sys, archive
heavy = "boto3 warcio pyarrow pandas polars duckdb sqlite3 scrapy trafilatura datasketch numpy".split()
print([name for name in heavy if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "[]\n"
