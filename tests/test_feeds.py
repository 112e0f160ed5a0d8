"""Atom and JSON Feed: valid whatever the articles hold, and written when a crawl ends."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import feedparser
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from lxml import etree

from archive import Article, open_archive
from archive.export.feeds import Feed, atom, jsonfeed
from archive.export.stories import newest_stories, stories, story_of
from crawler.config import ExportTable
from crawler.publish import publish
from tests.archive_s3_server import CREDENTIALS, new_bucket
from tests.archive_samples import NOON, article, days, store
from tests.command import breachwire
from tests.feed_rules import JSON_FEED, wrong_with_atom

FEED = Feed(about="/srv/wire", address="https://wire.example/feed.atom")
RULES = etree.RelaxNG(etree.parse(Path(__file__).parent / "atom.rng"))
JSON_FEED_RULES = Draft202012Validator(JSON_FEED, format_checker=Draft202012Validator.FORMAT_CHECKER)


def parsed(articles: Iterable[Article], feed: Feed = FEED) -> Any:
    """The Atom feed as feedparser reads it; fails unless it is valid by RFC 4287 and by the W3C's rules."""
    data = b"".join(atom(map(story_of, articles), feed))
    tree = etree.fromstring(data)
    assert RULES.validate(tree), RULES.error_log
    assert list(wrong_with_atom(data, feed.address)) == []
    read = feedparser.parse(data)
    assert not read.bozo, read.get("bozo_exception")
    return read


def items(articles: Iterable[Article], feed: Feed = FEED) -> list[dict[str, Any]]:
    told = json.loads(b"".join(jsonfeed(map(story_of, articles), feed)))
    JSON_FEED_RULES.validate(told)
    found: list[dict[str, Any]] = told["items"]
    return found


def rich(**more: Any) -> Article:
    facts = {"people_affected": {"value": 40_000, "qualifier": "about", "unit": "patients"}}
    told = {"summary": "Records <b>&</b> more.", "facts": facts, "tags": ("leak",), "authors": ("A. Writer",)}
    return msgspec.structs.replace(article("a"), **(told | more))


def test_a_story_has_title_link_sources_and_facts_and_no_text_unless_it_is_asked_for() -> None:
    story = story_of(rich(), ["other-post"])
    (entry,) = feedparser.parse(b"".join(atom([story], FEED))).entries
    assert (entry.title, entry.link) == ("Breach at a", "https://a.example/story")
    assert [source.name for source in entry.contributors] == ["harbour-post", "other-post"]
    assert "Carried by: harbour-post, other-post" in entry.summary
    assert "People affected: about 40,000 patients" in entry.summary
    assert "content" not in entry
    (item,) = json.loads(b"".join(jsonfeed([story], FEED)))["items"]
    assert item["_breachwire"]["sources"] == ["harbour-post", "other-post"]
    assert item["_breachwire"]["facts"] == rich().facts
    assert story.article.text not in json.dumps(item)
    whole = Feed(about="x", content="text")
    assert parsed([rich()], whole).entries[0].content[0].value == rich().text
    assert items([rich()], whole)[0]["content_text"] == rich().text


def test_an_empty_feed_is_valid() -> None:
    assert parsed([]).entries == []
    assert items([]) == []


@pytest.mark.parametrize(
    "told",
    [
        {"published": "2026-02-01"},  # no time
        {"published": "soon", "modified": "later"},
        {"title": None, "summary": None},
        {"title": "control \x0b\x00\ufffe and \U0001f512 <&>"},
        {"canonical_url": 'https://a.example/流出 of "records"?q=<x>&y=%zz|\\^`{}'},
        {"tags": ("", "a\x08b"), "authors": ("",)},
        {"title": " \n", "authors": (" ", "\x0b"), "tags": (" ", "\ufffe")},
        {"published": "9999-01-01", "modified": "2199-01-01"},
        {"canonical_url": "http://[::1]/a", "image": "https://a.example/[1].png"},
        {"facts": {"odd": [None, {"value": ["x"]}, {}, 3.5], "plain": "text"}},
    ],
)
def test_what_is_odd_in_an_article_makes_no_feed_invalid(told: dict[str, Any]) -> None:
    assert len(parsed([rich(**told)]).entries) == 1
    assert len(items([rich(**told)])) == 1


def test_a_page_without_a_web_address_does_not_come() -> None:
    hostile = rich(canonical_url="javascript:alert(1)", url="data:text/html,x")
    assert parsed([hostile]).entries == items([hostile]) == []


def test_the_entry_of_a_page_keeps_its_id_when_the_page_is_revised() -> None:
    old, new = (
        rich(),
        rich(id="0" * 20, text="New.", modified="2026-02-03T01:00:00+01:00", fetched="2026-02-03T08:00:00Z"),
    )
    before, after = parsed([old]), parsed([new, old])
    assert len(after.entries) == 1
    assert before.entries[0].id == after.entries[0].id
    assert after.entries[0].updated == after.feed.updated == "2026-02-03T00:00:00Z"


texts = st.text(max_size=20) | st.none()


@given(texts, texts, texts, st.text(max_size=20))
@settings(max_examples=30)
def test_any_text_makes_a_valid_feed(title: str | None, summary: str | None, date: str | None, url: str) -> None:
    told = rich(title=title, summary=summary, published=date, canonical_url=f"https://a.example/{url}")
    told = msgspec.json.decode(msgspec.json.encode(told), type=Article)  # as it comes out of an archive
    assert len(parsed([told]).entries) == len(items([told])) == 1


def test_a_json_feed_is_written_as_it_is_read() -> None:
    """Constant memory: the first entry is there before the second article is asked for."""
    asked = []

    def source() -> Iterable[Article]:
        for name in "ab":
            asked.append(name)
            yield article(name)

    pieces = jsonfeed(map(story_of, source()), FEED)
    while b"Breach at a" not in next(pieces):
        pass
    assert asked == ["a"]


def test_the_entries_of_a_long_atom_feed_wait_in_a_file() -> None:
    whole = Feed(about="x", content="text")
    stories = (story_of(article(f"a{number}", text=f"{number} lost records. " * 1200)) for number in range(400))
    tracemalloc.start()
    try:
        size = sum(map(len, atom(stories, whole)))
        assert tracemalloc.get_traced_memory()[1] < size / 2
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ((b"</feed>", b"<rights>r</rights></feed>"), "MisplacedMetadata"),
        ((b"<updated>2026-02-01T11:59:30Z</updated>\n", b""), "MissingElement: feed updated"),
        ((b"https://a.example/story", b"a b"), "InvalidLink"),
        ((b"T11:59:30Z</updated>", b"</updated>"), "InvalidRFC3339Date"),
        ((b"T11:59:30Z", b"T25:00:00Z"), "InvalidRFC3339Date"),
        ((b"2026-02-01", b"9026-02-01"), "ImplausibleDate"),
        ((b'rel="self"', b'rel="via"'), "MissingSelf"),
        ((b"<name>harbour-post", b"<name> "), "NotBlank"),
        ((b"<summary>", b"<rights>r</rights><rights /><summary>"), "DuplicateElement: rights"),
        ((b"urn:uuid:", b"URN:uuid:"), "NonCanonicalURI"),
    ],
)
def test_the_rules_see_what_the_w3c_s_validator_would_see(broken: tuple[bytes, bytes], said: str) -> None:
    valid = b"".join(atom([story_of(article("a"))], FEED))
    assert broken[0] in valid
    found = list(wrong_with_atom(valid.replace(*broken), FEED.address))
    assert any(said in each for each in found), found


def test_the_newest_stories_come_with_the_sources_of_their_copies(tmp_path: Path) -> None:
    archive, first = open_archive(tmp_path), article("a", source="wire")
    store(archive.bucket, first, article("old"), when=NOON - days(1))
    copies = [
        article(name, source=name, verdict="duplicate", cluster=first.id, duplicate_of=first.id) for name in ("p", "q")
    ]
    store(archive.bucket, *copies, article("b"))
    assert [(s.article.title, s.sources) for s in newest_stories(archive, 3)] == [
        ("Breach at b", ("harbour-post",)),
        ("Breach at old", ("harbour-post",)),
        ("Breach at a", ("wire", "p", "q")),
    ]
    assert list(stories(archive)) == newest_stories(archive, 10)
    assert [s.article.title for s in newest_stories(archive, 1)] == ["Breach at b"]


def test_a_crawl_s_end_puts_the_feeds_into_a_folder_and_into_the_archive(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    export = ExportTable(folder=str(tmp_path / "www"), archive=True, address="https://wire.example/", stories=2)
    for name in "abc":
        store(archive.bucket, article(name), when=NOON + days(ord(name)))
        publish(archive, export)
        publish(archive, export)
    data = (tmp_path / "www" / "feed.atom").read_bytes()
    assert [e.title for e in feedparser.parse(data).entries] == ["Breach at c", "Breach at b"]
    assert b'href="https://wire.example/feed.atom"' in data
    assert str(tmp_path).encode() not in data
    assert archive.bucket.get("export/v1/feed.atom") == data
    feed = json.loads(archive.bucket.get("export/v1/feed.json"))
    assert feed["feed_url"] == "https://wire.example/feed.json"
    assert len(list(archive)) == 3


def test_nothing_is_written_unless_the_table_says_so(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    store(archive.bucket, article("a"))
    before = sorted(tmp_path.rglob("*"))
    publish(archive, ExportTable())
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_erased_goes_out_of_the_feeds_with_them(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    store(archive.bucket, article("a"), article("b"))
    export = ExportTable(folder=str(tmp_path / "www"), archive=True)
    publish(archive, export)
    config = tmp_path / "breachwire.toml"
    config.write_text('[export]\nfolder = "www"\narchive = true\n')
    erase = ["archive", "erase", article("a").url, "--archive", archive.bucket.uri, "--config", config]
    looked = breachwire(*erase, "--dry-run")
    assert (looked.code, len(list((tmp_path / "www").iterdir()))) == (0, 2), looked.err
    done = breachwire(*erase, "--yes")
    assert (done.code, list((tmp_path / "www").iterdir())) == (0, []), done.err
    assert list(archive.bucket.list("export/v1/")) == []
    publish(archive, export)
    assert b"https://a.example" not in archive.bucket.get("export/v1/feed.atom")


def test_what_is_erased_goes_out_of_feeds_that_a_crawl_was_about_to_replace(
    tmp_path: Path, s3_endpoint: str, aws: pytest.MonkeyPatch
) -> None:
    """A bucket with versions has the feed of before still."""
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    name = new_bucket(s3_endpoint)
    client = boto3.client("s3")
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    archive = open_archive(f"s3://{name}/wire")
    store(archive.bucket, article("a"))
    publish(archive, ExportTable(archive=True))
    archive.bucket.delete("export/v1/feed.atom")  # and killed
    env = CREDENTIALS | {"AWS_ENDPOINT_URL": s3_endpoint, "XDG_STATE_HOME": str(tmp_path)}
    erase = ["archive", "erase", article("a").url, "--yes", "--archive", f"s3://{name}/wire"]
    assert breachwire(*erase, env=env).code == 0
    versions = client.list_object_versions(Bucket=name, Prefix="wire/export/")
    assert (versions.get("Versions", []), versions.get("DeleteMarkers", [])) == ([], [])


def test_feeds_that_cannot_be_deleted_are_told(tmp_path: Path) -> None:
    archive = open_archive(tmp_path / "archive")
    store(archive.bucket, article("a"))
    (tmp_path / "www").write_text("a file")
    config = tmp_path / "breachwire.toml"
    config.write_text('[export]\nfolder = "www"\n')
    done = breachwire(
        "archive", "erase", article("a").url, "--yes", "--archive", archive.bucket.uri, "--config", config
    )
    assert (done.code, "[export]: the feeds could not be deleted" in done.err) == (1, True)
