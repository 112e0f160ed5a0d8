"""Full-text search: what is found, in which order, and that it is what reading gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive, Article, InvalidQuery, open_archive
from archive.errors import NoArchive
from archive.question import match_of
from archive.records import DedupVerdict
from archive.search import SEARCH_FILE, Search, open_search
from archive.state import state_folder
from archive.tombstone import mark, put_tombstones
from tests.archive_samples import NOON, article, store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


def found(archive: Archive, question: str, **filters: Any) -> list[str]:
    """The hosts' first labels of the articles that are found, the best first."""
    return [name_of(hit.article) for hit in archive.search(question, **filters)]


def name_of(each: Article) -> str:
    return each.canonical_url.split("/")[2].split(".")[0]


def say(name: str, text: str, title: str = "", **more: Any) -> Article:
    return msgspec.structs.replace(article(name, text=text, **more), title=title)


TEXTS = {
    "ja": "日本の病院で個人情報が流出した。NTTデータも調査している。",
    "zh": "一家医院的患者数据被泄露，约四万人受影响。",
    "ko": "병원에서 개인정보가 유출되었다.",
    "th": "ข้อมูลผู้ป่วยรั่วไหลจากโรงพยาบาล",
    "ru": "Из больницы утекли данные пациентов.",
    "el": "Διέρρευσαν δεδομένα ασθενών.",
    "fr": "Les données d'un hôpital ont été dérobées.",
    "en": "Hospitals lost the records of 40,000 patients.",
}


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("流出", "ja"),
        ("個人情報", "ja"),
        ("情報 病院", "ja"),
        ("ＮＴＴ", "ja"),  # full width
        ("泄露", "zh"),
        ("患者数据", "zh"),
        ("개인정보", "ko"),  # with its ending in the text
        ("โรงพยาบาล", "th"),
        ("ДАННЫЕ", "ru"),
        ("ΔΕΔΟΜΈΝΑ", "el"),
        ("hopital", "fr"),  # without its accent
        ("hospital patient", "en"),  # in another number
        ('"lost the records"', "en"),
        ("hosp* -nothing", "en"),
    ],
)
def test_words_are_found_in_every_script(archive: Archive, question: str, language: str) -> None:
    store(archive.bucket, *(say(name, text) for name, text in TEXTS.items()))
    assert found(archive, question) == [language]


@pytest.mark.parametrize("question", ["patients xyzzy", '"the lost records"', "hospitals -records", "報個", "ospital*"])
def test_what_is_not_there_is_not_found(archive: Archive, question: str) -> None:
    store(archive.bucket, *(say(name, text) for name, text in TEXTS.items()))
    assert found(archive, question) == []


def test_a_word_in_the_title_counts_more_and_the_newest_goes_first_among_equals(archive: Archive) -> None:
    filler = "Nothing of note was said about it. " * 3
    store(archive.bucket, say("body", "clinic " + filler), say("older", filler, "A clinic"), say("other", filler))
    store(archive.bucket, say("newer", filler, "A clinic"), when=NOON + timedelta(hours=1))
    assert found(archive, "clinic") == ["newer", "older", "body"]


def test_the_snippet_is_the_passage_that_fits_with_the_words_marked(archive: Archive) -> None:
    text = "Word. " * 200 + "The clinic lost 40,000 records.\n\nMore. " + "Word. " * 200
    store(archive.bucket, say("a", text), say("b", "前文。" * 60 + "個人情報が流出した。" + "後文。" * 60))
    (hit,) = archive.search("clinic records")
    assert [piece for piece, marked in hit.snippet if marked] == ["clinic", "records"]
    snippet = "".join(piece for piece, _ in hit.snippet)
    assert "The clinic lost 40,000 records. More." in snippet
    assert len(snippet) < 400
    (hit,) = archive.search("流出")
    assert "個人情報が流出した。" in "".join(piece for piece, _ in hit.snippet)
    assert [piece for piece, marked in hit.snippet if marked] == ["流出"]


def test_marks_in_a_text_are_not_taken_for_those_of_a_snippet(archive: Archive) -> None:
    store(archive.bucket, say("a", "x \ue000evil\ue001 \0 clinic \u200b y"))
    (hit,) = archive.search("clinic")
    assert [piece for piece, marked in hit.snippet if marked] == ["clinic"]


def test_what_was_archived_meanwhile_is_found(archive: Archive) -> None:
    store(archive.bucket, say("a", "One clinic."))
    with open_search(archive) as search:
        store(archive.bucket, say("b", "Another clinic."))
        assert [name_of(hit.article) for hit in search.find("clinic")] == ["a"]
        assert search.catch_up(archive) == 1
        assert search.catch_up(archive) == 0
        assert {name_of(hit.article) for hit in search.find("clinic")} == {"a", "b"}


def test_an_article_is_found_once_by_its_newest_record_in_whatever_order_they_are_taken_in(
    archive: Archive, tmp_path: Path
) -> None:
    old = store(archive.bucket, say("a", "The clinic.", "Old title"))
    new = store(archive.bucket, say("a", "The clinic.", "New headline"), when=NOON + timedelta(hours=1))
    for number, order in enumerate([(old, new), (new, old)]):
        with Search(tmp_path / f"{number}.sqlite") as search:
            for segment in order:
                assert search.take(segment)
            assert [hit.article.title for hit in search.find("clinic")] == ["New headline"]
            assert list(search.find("old")) == []


def test_an_article_and_its_sources_are_looked_up(archive: Archive) -> None:
    first = article("a", source="wire")
    store(
        archive.bucket, first, article("b", source="post", cluster=first.id, duplicate_of=first.id, verdict="duplicate")
    )
    with open_search(archive) as search:
        assert search.article(first.id) == search.article(first.canonical_url) == first
        assert search.article("nothing") is None
        copy = search.article("https://b.example/story")
        assert copy is not None
        assert search.sources(first) == ["wire", "post"]
        assert search.sources(copy) == ["post", "wire"]


def test_rebuilding_finds_the_same(archive: Archive, tmp_path: Path) -> None:
    store(archive.bucket, *(say(name, text) for name, text in TEXTS.items()))
    before = found(archive, "records")
    (tmp_path / "archive" / ".state" / SEARCH_FILE).unlink()
    assert found(archive, "records") == before == ["en"]


@pytest.mark.parametrize("question", ["", "   ", "-clinic", '"" —', "*", "x" * 1001])
def test_a_question_without_a_word_is_refused(archive: Archive, question: str) -> None:
    store(archive.bucket, article())
    with pytest.raises(InvalidQuery, match="query"):
        next(archive.search(question), None)


@given(st.text(max_size=60) | st.text(alphabet='"*-ab ^:(){}+NEARORNOT流\u200b\0', max_size=60))
@settings(max_examples=60)
def test_whatever_is_asked_is_text_and_never_a_fault(nothing: Search, question: str) -> None:
    try:
        match_of(question)
    except InvalidQuery:
        return
    assert list(nothing.find(question)) == []


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Search]:
    """The search over no archive at all."""
    with Search(tmp_path_factory.mktemp("nothing") / "search.sqlite") as search:
        yield search


names = st.sampled_from(["a", "b", "c"])
verdicts: st.SearchStrategy[DedupVerdict] = st.sampled_from(["unique", "duplicate", "related", "revision"])


@st.composite
def records(draw: st.DrawFn) -> Article:
    """An article of a few pages, clusters, versions and times, all in a muddle."""
    first = article("a").id
    verdict, day = draw(verdicts), draw(st.integers(1, 3))
    leader = draw(st.sampled_from([first, article("b").id]))
    return say(
        draw(names),
        f"The clinic lost records. {day}",  # one text, and so one id, was fetched at one time
        verdict=verdict,
        cluster=draw(st.sampled_from([None, first, "other"])),
        duplicate_of=leader if verdict == "duplicate" or (verdict == "revision" and draw(st.booleans())) else None,
        fetched=f"2026-02-0{day}T10:00:00Z",
        language=draw(st.sampled_from(["en", "en-GB", "ja", None])),
        source=draw(st.sampled_from(["wire", "post"])),
    )


filters = st.fixed_dictionaries(
    {},
    optional={
        "since": st.sampled_from(["2026-02-01", "2026-02-02T10:00:00Z"]),
        "until": st.sampled_from(["2026-02-02", "2026-02-02T10:00:00Z"]),
        "source": st.just("wire"),
        "language": st.sampled_from(["en", "EN-gb"]),
        "topic": st.sampled_from(["breach", "other"]),
        "include": st.sets(st.sampled_from(["duplicates", "related", "revisions"])).map(tuple),
    },
)


@given(st.lists(st.lists(records(), min_size=1, max_size=4), max_size=4), filters)
@settings(max_examples=30)
def test_search_gives_what_reading_gives(
    tmp_path_factory: pytest.TempPathFactory, segments: list[list[Article]], wanted: dict[str, Any]
) -> None:
    """Of any archive and with any filters: the same records, the same place among the copies, the same order."""
    archive = open_archive(tmp_path_factory.mktemp("archive"))
    for number, articles in enumerate(segments):
        store(archive.bucket, *articles, when=NOON + timedelta(days=2, hours=number))
    read = list(archive.articles(**wanted)) if segments else []
    with Search(Path(archive.bucket.uri) / "search.sqlite") as search:
        if segments:
            search.catch_up(archive)
        assert list(search.newest(**wanted)) == read
        assert {hit.article.id for hit in search.find("clinic", **wanted)} == {each.id for each in read}


def listed(articles: Iterable[Article]) -> list[str]:
    return [each.id for each in articles]


def test_ids_are_those_of_every_article_that_fits_the_best_first(archive: Archive) -> None:
    store(
        archive.bucket,
        say("a", "A clinic. More words here."),
        say("b", "x", "Clinic"),
        say("c", "x", verdict="related"),
    )
    with open_search(archive) as search:
        assert [search.ids("clinic", 9), search.ids("clinic", 1)] == [
            listed([say("b", "x"), say("a", "A clinic. More words here.")]),
            listed([say("b", "x")]),
        ]


def test_of_a_frequent_word_the_newest_are_ranked_and_the_older_follow(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.search.RANKED", 2)
    filler = "Nothing of note was said about it. " * 3
    articles = [
        say("oldest", filler, "A clinic"),
        say("old", "clinic " + filler, source="wire", published="2026-01-01"),
        say("new", filler, "Clinic", language="ja"),
        say("newest", "clinic " + filler, fetched="2026-02-01T11:59:59Z"),
    ]
    store(archive.bucket, *articles)
    assert found(archive, "clinic") == ["new", "newest", "old", "oldest"]
    assert found(archive, "clinic", until="2026-02-01T11:59:59Z") == ["new", "old", "oldest"]
    assert found(archive, "clinic", language="en") == ["newest", "old", "oldest"]
    with open_search(archive) as search:
        assert search.holding("clinic") == set(listed(articles))
        assert search.ids("clinic", 9) == listed([articles[2], articles[3]])
        assert search.ids("clinic", 9, until=1_768_000_000) == listed([articles[1]])
        assert search.ids("clinic", 9, sources=["wire", "post"], kind=None) == listed([articles[1]])
        assert search.ids("clinic", 9, sources=[]) == search.ids("clinic", 9, kind="advice") == []


def test_passages_are_found_together(archive: Archive) -> None:
    here, there = say("here", "The clinic lost records."), say("there", "Clinics lost nothing.")
    store(archive.bucket, here, say("between", "A clinic."), there)
    with open_search(archive) as search:
        found = search.passages("clin*", [there.id, here.id, "unknown"])
        assert {name: [piece for piece, marked in pieces if marked] for name, pieces in found.items()} == {
            here.id: ["clinic"],
            there.id: ["Clinics"],
        }
        assert search.passages("clinic", []) == {}


def test_one_letter_is_a_word_and_no_beginning(archive: Archive) -> None:
    store(archive.bucket, say("a", "Vitamin C."), say("b", "The clinic."))
    assert found(archive, "c*") == ["a"]
    assert found(archive, "cl*") == ["b"]


def test_what_was_erased_is_not_found_and_leaves_no_byte(archive: Archive, tmp_path: Path) -> None:
    secret = say("secret", "The clinic of Winterbourne lost records.", "Xylophonists")
    store(archive.bucket, secret, say("other", "Another clinic."))
    assert found(archive, "clinic") == ["other", "secret"]
    put_tombstones(archive.bucket, [mark("id", secret.id)], "2026-02-02T00:00:00Z")
    assert found(archive, "clinic") == ["other"]  # also where another machine erased it
    assert found(archive, "xylophonists") == found(archive, "winterbourn*") == []
    files = list((tmp_path / "archive" / ".state").glob(SEARCH_FILE + "*"))
    data = b"".join(file.read_bytes() for file in files).lower()
    assert b"winterbourn" not in data
    assert b"xylophonist" not in data
    assert b"anoth" in data


def test_an_archive_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(NoArchive):
        list(open_archive(tmp_path / "none").search("clinic"))
    assert not (tmp_path / "none").exists()


def test_the_index_of_a_bucket_lies_where_its_other_local_state_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the URI names the store: what is erased or rebuilt is looked for there."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(Archive, "commit_keys", lambda _: iter(()))  # no store answers there
    monkeypatch.setattr(Search, "catch_up", lambda *_: 0)
    uri = "s3://wire/news?endpoint=http://127.0.0.1:9&region=here"
    with open_search(open_archive(uri)) as search:
        assert search.path == state_folder(uri) / SEARCH_FILE
