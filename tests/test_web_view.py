"""The view that the pages are served from says of every article what a reader of the archive would find."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Article, open_archive
from archive.errors import ArchiveError
from archive.keeping.erase import Order, erase
from archive.records import Dedup, DedupVerdict, Removed
from crawler.web.figures import Figures
from crawler.web.stories import Listing, Stories, Wanted
from crawler.web.view import LISTED, RELATED, View
from tests.archive_samples import NOON, article, store


def listed(path: Path, wanted: Wanted | None = None, page: int = 1) -> Listing:
    """A list out of the view in this folder, caught up."""
    with View(path / "view.sqlite") as view:
        view.catch_up(open_archive(path))
    with Stories(path / "view.sqlite") as stories:
        return stories.listing(wanted or Wanted(), page)


def figures(path: Path) -> Figures:
    listed(path)
    with Stories(path / "view.sqlite") as stories:
        return stories.figures()


def names(listing: Listing) -> list[str | None]:
    return [row.title for row in listing.rows]


VERDICTS: tuple[DedupVerdict, ...] = ("unique", "duplicate", "related", "revision")


@st.composite
def records(draw: st.DrawFn, made: list[Article], fetched: str) -> Article:
    """A record of one of a few pages, perhaps of the cluster of an earlier one."""
    follows = draw(st.booleans())
    other = draw(st.sampled_from(made)) if made and follows else None
    page, verdict = draw(st.sampled_from("abc")), draw(st.sampled_from(VERDICTS))
    return article(
        page,
        text=f"Text {draw(st.integers(0, 3))} of {page}.",
        verdict=verdict,
        cluster=(other.dedup.cluster or other.id) if other else None,
        duplicate_of=other.id if other and (verdict == "duplicate" or draw(st.booleans())) else None,
        fetched=fetched,
    )


@st.composite
def wires(draw: st.DrawFn) -> list[list[Article]]:
    """Segments of articles of few pages and clusters: copies, revisions, related ones, take-overs, records written
    again."""
    made: list[Article] = []
    segments = []
    for number in range(draw(st.integers(1, 5))):
        segment = [draw(records(made, f"2026-02-01T{number:02}:0{row}:00Z")) for row in range(draw(st.integers(1, 4)))]
        made += segment
        segments.append(segment)
    return segments


@settings(max_examples=30)
@given(wires(), st.randoms(use_true_random=False))
def test_the_list_is_what_the_archive_s_reader_gives_in_whatever_order_commits_come(
    tmp_path_factory: pytest.TempPathFactory, segments: list[list[Article]], random: object
) -> None:
    folder = tmp_path_factory.mktemp("wire")
    archive = open_archive(folder)
    for number, segment in enumerate(segments):
        store(archive.bucket, *segment, when=NOON + timedelta(minutes=number))
    keys = list(archive.commit_keys())
    random.shuffle(keys)  # type: ignore[attr-defined]
    with View(folder / "view.sqlite") as view:
        for key in keys:
            assert view.take(archive.segment(key))
    with Stories(folder / "view.sqlite") as stories:
        rows = list(stories.everything())
    assert {row.id for row in rows if row.listed == LISTED} == {a.id for a in archive.articles()}
    related = {a.id for a in archive.articles(include=("related",))}
    assert {row.id for row in rows if row.listed in (LISTED, RELATED)} == related
    standing = {a.id: a.dedup.duplicate_of for a in archive.articles(include=("duplicates", "related", "revisions"))}
    assert {row.id: row.copy_of for row in rows} == standing


def test_a_commit_is_taken_in_once(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    segment = store(archive.bucket, article("a"))
    with View(tmp_path / "view.sqlite") as view:
        assert view.take(segment)
        assert not view.take(segment)
        assert view.catch_up(archive) == 0


def test_a_story_comes_once_with_those_who_carried_it_too(tmp_path: Path) -> None:
    first = article("a", source="wire")
    copies = [article(n, source=n, cluster=first.id, verdict="duplicate", duplicate_of=first.id) for n in ("b", "c")]
    store(open_archive(tmp_path).bucket, first, *copies)
    listing = listed(tmp_path)
    assert names(listing) == ["Breach at a"]
    assert listing.carried == {first.id: ["b", "c"]}


def test_stories_are_in_the_order_in_which_they_were_published_but_none_in_the_future(tmp_path: Path) -> None:
    early = article("early", published="2026-01-30T08:00:00+09:00")
    undated = article("undated")  # counts as of when it was fetched, at 11:59:30
    ahead = article("ahead", published="2031-01-01", fetched="2026-02-01T11:00:00Z")
    wrong = article("wrong", published="yesterday", fetched="2026-02-01T10:00:00Z")
    store(open_archive(tmp_path).bucket, early, ahead, undated, wrong)
    assert names(listed(tmp_path)) == [f"Breach at {name}" for name in ("undated", "ahead", "wrong", "early")]


def test_a_list_is_narrowed(tmp_path: Path) -> None:
    german = msgspec.structs.replace(article("a", language="de-AT", source="x"), extra={"kind": "advice"})
    english = article("b", source="y", published="2026-01-15T23:59:59Z")
    store(open_archive(tmp_path).bucket, german, english)
    assert names(listed(tmp_path, Wanted(language="de"))) == ["Breach at a"]
    assert names(listed(tmp_path, Wanted(kind="advice"))) == ["Breach at a"]
    assert names(listed(tmp_path, Wanted(source="y"))) == ["Breach at b"]
    assert names(listed(tmp_path, Wanted(sources=["x", "z"]))) == ["Breach at a"]
    assert names(listed(tmp_path, Wanted(sources=[]))) == []
    midnight = 1_768_521_600  # 2026-01-16
    assert names(listed(tmp_path, Wanted(until=midnight))) == ["Breach at b"]
    assert names(listed(tmp_path, Wanted(since=midnight))) == ["Breach at a"]
    assert names(listed(tmp_path, Wanted(ids=[english.id, german.id]))) == ["Breach at b", "Breach at a"]


def test_pages_of_a_list_hold_every_story_once(tmp_path: Path) -> None:
    store(open_archive(tmp_path).bucket, *(article(f"n{number}") for number in range(65)))
    pages = [listed(tmp_path, page=page) for page in (1, 2, 3, 4)]
    assert [len(page.rows) for page in pages] == [30, 30, 5, 0]
    assert len({row.id for page in pages for row in page.rows}) == 65
    assert {page.total for page in pages} == {65}


def test_the_figures_tell_what_came_and_what_was_taken_out(tmp_path: Path) -> None:
    first = msgspec.structs.replace(
        article("a", text="x" * 60, source="wire"),
        removed=(Removed(kind="box", length=40),),
        extra={"kind": "incident"},
    )
    copy = article("b", text="y" * 100, cluster=first.id, verdict="duplicate", duplicate_of=first.id)
    old = article("c", text="z" * 100, published="2026-01-30", fetched="2026-02-01T10:00:00Z")
    store(open_archive(tmp_path).bucket, first, copy, old)
    told = figures(tmp_path)
    assert (told.articles, told.stories, told.copies, told.runs) == (3, 2, 1, 1)
    assert told.noise == 40 / 300
    assert [(day.day, day.stories, day.copies, day.fetched) for day in told.days] == [
        ("2026-01-30", 1, 0, 0),
        ("2026-01-31", 0, 0, 0),
        ("2026-02-01", 1, 1, 3),
    ]
    assert {source.name: (source.stories, source.copies, source.recent) for source in told.sources} == {
        "harbour-post": (1, 1, 2),
        "wire": (1, 0, 1),
    }
    assert told.languages == (("en", 2),)
    assert told.kinds == (("incident", 1),)
    assert told.months == (("2026-02", 1), ("2026-01", 1))
    assert told.sources[0].noise == 0


def test_an_empty_archive_has_figures_too(tmp_path: Path) -> None:
    assert figures(tmp_path) == Figures()


def test_a_record_written_again_moves_to_its_new_cluster(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    one, other = article("a"), article("b")
    store(archive.bucket, one, other)
    assert len(listed(tmp_path).rows) == 2
    amended = msgspec.structs.replace(other, dedup=Dedup(verdict="duplicate", duplicate_of=one.id, cluster=one.id))
    store(archive.bucket, amended, when=NOON + timedelta(minutes=5))
    assert names(listed(tmp_path)) == ["Breach at a"]


def test_what_was_erased_is_forgotten_to_the_last_byte(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    gone = article("a", text="The secret of the lighthouse keeper.", source="wire")
    copy = article("b", cluster=gone.id, verdict="duplicate", duplicate_of=gone.id, text="Another telling.")
    store(archive.bucket, gone, copy, article("c"))
    assert set(names(listed(tmp_path))) == {"Breach at a", "Breach at c"}
    order = Order(wanted=lambda each: each.id == gone.id, marks=frozenset(), forms=lambda url: [url], is_quiet=True)
    erase(archive.bucket, order, {})
    assert names(listed(tmp_path)) == ["Breach at c"]
    assert {source.name for source in figures(tmp_path).sources} == {"harbour-post"}
    for path in tmp_path.glob("view.sqlite*"):
        assert b"lighthouse" not in path.read_bytes()


def test_a_file_that_is_no_view_is_told(tmp_path: Path) -> None:
    (tmp_path / "view.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(ArchiveError, match="rebuild"), Stories(tmp_path / "view.sqlite") as stories:
        stories.figures()
