"""A whole archive decided again: what changes, how it is written, and that a second time nothing is left to change."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive, Article, Bucket, SegmentWriter, open_archive, open_bucket
from archive.keeping.verify import verify
from archive.layout import new_run_id
from archive.records import Dedup, article_id
from archive.selection import INCLUDES
from archive.standing import AMENDED
from crawler.cli import whole as command
from crawler.frontier import Frontier
from pipelines.dedup import DedupConfig, Deduplicator, Document, Store, sign
from pipelines.dedup.whole import WholePass, prepared
from pipelines.items import Link
from tests.archive_samples import NOON, article, response, store
from tests.command import Finished, breachwire
from tests.wire_texts import FOLLOW_UP, HOSPITAL, NOTICE_OF_ANOTHER, NOTICE_OF_ONE, SIDEBAR

BRIEF = "\n\n".join(HOSPITAL.split("\n\n")[:4])


def page(name: str, text: str, published: str | None = None, *, host: str | None = None) -> Article:
    """An article that nobody has decided yet; of one host, the versions of one page."""
    made = article(host or name, text=text, published=published)
    return msgspec.structs.replace(made, title=name)


def crawl(bucket: Bucket, *articles: Article, config: DedupConfig | None = None) -> list[Article]:
    """Decides and archives the articles as they come, each in a segment of its own."""
    texts = {each.id: each.text for each in articles}
    known = Deduplicator(texts.__getitem__, config)
    archived = []
    for number, each in enumerate(articles):
        document, signature = Document.of(each), sign(each.text)
        decision = known.weigh(document, signature)
        known.add(document, signature, decision.dedup)
        decided = msgspec.structs.replace(
            each,
            dedup=decision.dedup,
            extra=each.extra | decision.links(),
            signature=base64.b64encode(signature.to_bytes()).decode(),
            fetched=(NOON - timedelta(hours=1) + timedelta(seconds=number)).isoformat(),
        )
        store(bucket, decided, when=NOON + timedelta(seconds=number))
        archived.append(decided)
    return archived


def places(archive: Archive) -> dict[str, Dedup]:
    """Every article's place among the copies, without the evidence."""
    everything = archive.articles(include=INCLUDES)
    return {each.id: msgspec.structs.replace(each.dedup, evidence=None) for each in everything}


def dedup_all(folder: Path, *more: object) -> Finished:
    done = breachwire("dedup", "--all", "--archive", folder, "--format", "json", *more)
    assert done.code == 0, done.err
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def bucket(folder: Path) -> Bucket:
    return open_bucket(folder)


def test_the_earliest_published_copy_becomes_canonical_and_a_second_time_changes_nothing(
    folder: Path, bucket: Bucket
) -> None:
    late, early, alone = crawl(
        bucket,
        page("late", HOSPITAL, "2026-01-30T09:00:00Z"),
        page("early", f"(AP) - {HOSPITAL}", "2026-01-30T08:00:00Z"),
        page("alone", SIDEBAR, "2026-01-30T08:30:00Z"),
    )
    told = dedup_all(folder).report
    assert (told["articles"], told["changed"], told["written"]) == (3, 2, None)
    assert told["verdicts"] == {"unique": {"before": 2, "after": 2}, "duplicate": {"before": 1, "after": 1}}
    assert {(kind["before"], kind["after"], kind["count"]) for kind in told["changes"]} == {
        ("unique", "duplicate", 1),
        ("duplicate", "unique", 1),
    }
    assert places(open_archive(folder))[early.id].verdict == "duplicate"  # nothing is written yet

    assert dedup_all(folder, "--apply").report["written"] == 2
    found = places(open_archive(folder))
    assert found[early.id] == Dedup(verdict="unique", cluster=early.id)
    assert found[late.id] == Dedup(verdict="duplicate", duplicate_of=early.id, cluster=early.id)
    assert {each.id for each in open_archive(folder)} == {early.id, alone.id}
    commits = list(open_archive(folder).commit_keys())

    again = dedup_all(folder, "--apply").report
    assert (again["changed"], again["written"]) == (0, 0)
    assert list(open_archive(folder).commit_keys()) == commits


def test_segments_are_worked_on_by_other_processes_and_come_as_one_process_gives_them(
    folder: Path, bucket: Bucket
) -> None:
    for number in range(10):
        store(bucket, page(f"p{number}", f"{number} {HOSPITAL}"), when=NOON + timedelta(seconds=number))
    articles = open_archive(folder).articles(include=INCLUDES)
    apart, at_home = (list(articles.worked_on(length_and_process, count)) for count in (2, 1))
    assert [article.id for article, _ in apart] == [article.id for article, _ in at_home] == [a.id for a in articles]
    assert [made[0] for _, made in apart] == [made[0] for _, made in at_home] == [len(each.text) for each in articles]
    assert {made[1] for _, made in at_home} == {os.getpid()}
    assert os.getpid() not in {made[1] for _, made in apart}
    told = dedup_all(folder).report
    assert (told["articles"], told["verdicts"]["duplicate"]["after"]) == (10, 9)


def length_and_process(article: Article) -> tuple[int, int]:
    """Work that tells where it was done."""
    return len(article.text), os.getpid()


def test_an_amended_record_is_the_same_article_with_another_place(folder: Path, bucket: Bucket) -> None:
    late, _ = crawl(
        bucket, page("late", HOSPITAL, "2026-01-30T09:00:00Z"), page("early", f"(AP) - {HOSPITAL}", "2026-01-30")
    )
    with_capture = msgspec.structs.replace(late, extra={"agency": "AP", "related_to": "nothing"})
    store(bucket, with_capture, when=NOON + timedelta(hours=1))
    dedup_all(folder, "--apply")
    amended = open_archive(folder).find(late.id)
    assert amended is not None
    assert amended.dedup.verdict == "duplicate"
    assert amended.extra.pop(AMENDED)
    assert amended.extra == {"agency": "AP"}
    assert msgspec.structs.replace(amended, dedup=late.dedup, extra={}) == msgspec.structs.replace(late, extra={})
    assert verify(bucket).ok


def test_the_rules_of_today_count(folder: Path, bucket: Bucket) -> None:
    lax = DedupConfig(conflict=100)
    one, another = crawl(bucket, page("one", NOTICE_OF_ONE), page("another", NOTICE_OF_ANOTHER), config=lax)
    assert another.dedup.duplicate_of == one.id
    out = breachwire("dedup", "--all", "--apply", "--archive", folder).out
    assert "1 × duplicate → unique" in out
    assert another.id in out
    assert "1 of 2 articles change; 1 records written" in out
    assert {each.id for each in open_archive(folder)} == {one.id, another.id}


def test_what_is_archived_meanwhile_is_left_alone_with_all_it_has_to_do_with(folder: Path, bucket: Bucket) -> None:
    late, early, lone, lone_early = crawl(
        bucket,
        page("late", HOSPITAL, "2026-01-30T09:00:00Z"),
        page("early", f"(AP) - {HOSPITAL}", "2026-01-30T08:00:00Z"),
        page("b-late", SIDEBAR, "2026-01-30T09:00:00Z"),
        page("b-early", f"FELDEN (AP) - {SIDEBAR}", "2026-01-30T08:00:00Z"),
    )
    archive = open_archive(folder)
    with TemporaryDirectory() as place:
        whole = WholePass(Path(place), DedupConfig())
        snapshot = archive.articles_after(None, include=INCLUDES)
        for each in snapshot.articles:
            whole.take(each, prepared(each))
        assert len(list(whole.decide())) == 4
        meanwhile = article("c", text=f"{HOSPITAL} (AP)", verdict="duplicate", cluster=late.id, duplicate_of=late.id)
        store(bucket, meanwhile, when=NOON + timedelta(minutes=1))
        assert command._write(archive, whole, snapshot) == 2
        whole.close()
    found = places(archive)
    assert found[early.id].duplicate_of == found[meanwhile.id].duplicate_of == late.id
    assert found[lone.id].duplicate_of == lone_early.id
    assert dedup_all(folder, "--apply").report["changed"] == 3
    assert dedup_all(folder, "--apply").report["changed"] == 0


def test_an_amended_record_does_not_end_the_turn_of_a_url_that_is_due_again(folder: Path, bucket: Bucket) -> None:
    late, _ = crawl(
        bucket, page("late", HOSPITAL, "2026-01-30T09:00:00Z"), page("early", f"(AP) - {HOSPITAL}", "2026-01-30")
    )
    link = Link(url=late.url, source=late.source, discovered_by="feed", updated="2026-02-03T00:00:00Z")
    with Frontier(folder / ".state", new_run_id()) as frontier:
        frontier.catch_up(open_archive(folder))
        assert frontier.offer([link]) == [link]
        frontier.give_back(link)
        dedup_all(folder, "--apply")
        assert frontier.catch_up(open_archive(folder)) == 1
        assert [look.link for look in frontier.waiting([late.source], 5)] == [link]


def test_an_amended_record_points_at_the_capture_of_the_one_before(folder: Path, bucket: Bucket) -> None:
    writer = SegmentWriter(bucket)
    writer.add(page("late", HOSPITAL, "2026-01-30T09:00:00Z"), response("late"))
    writer.add(page("early", f"(AP) - {HOSPITAL}", "2026-01-30"), response("early"))
    writer.flush()
    assert dedup_all(folder, "--apply").report["written"] == 2  # what stands behind in its cluster, too
    assert (verify(bucket).ok, verify(bucket).captures) == (True, 4)


@pytest.mark.parametrize("wrong", [["--apply", "-"], ["--format", "json", "-"], ["--all", "-"], []])
def test_options_that_do_not_go_together_are_refused(wrong: Sequence[str]) -> None:
    done = breachwire("dedup", *wrong, input="")
    assert (done.code, done.out) == (2, "")


TEXTS = {
    "full": HOSPITAL,
    "brief": BRIEF,
    "wire": f"(AP) - {HOSPITAL}",
    "short wire": f"LONDON (Reuters) - {BRIEF}",
    "follow-up": FOLLOW_UP,
    "other": SIDEBAR,
    "other wire": f"FELDEN (AP) - {SIDEBAR}",
}
pages = st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(sorted(TEXTS)), st.integers(0, 3))


@settings(max_examples=30, deadline=None)
@given(st.lists(pages, min_size=1, max_size=9, unique_by=lambda each: each[:2]))
def test_whatever_came_in_whatever_order_readers_see_what_the_pass_decided(crawled: list[tuple[str, str, int]]) -> None:
    with TemporaryDirectory() as place:
        bucket = open_bucket(Path(place) / "archive")
        archive = Archive(bucket)
        crawl(bucket, *(page(text, TEXTS[text], f"2026-01-{20 + day}", host=host) for host, text, day in crawled))
        wanted = _decided_again(archive, Path(place) / "1")
        assert places(archive) == wanted
        assert _decided_again(archive, Path(place) / "2") == wanted
        _one_canonical_copy_each(archive)
        with Store.open(Path(place) / "index.sqlite") as index:
            index.catch_up(archive)
            for each in archive.articles(include=["related"]):
                leading = index.leading(each.dedup.cluster or each.id)
                assert leading is not None
                assert leading.id == each.id


def _decided_again(archive: Archive, folder: Path) -> dict[str, Dedup]:
    """Carries a pass out; what it decided."""
    folder.mkdir()
    whole = WholePass(folder, DedupConfig())
    snapshot = archive.articles_after(None, include=INCLUDES)
    found = places(archive)
    for each in snapshot.articles:
        whole.take(each, prepared(each))
    list(whole.decide())
    found |= {change.id: msgspec.structs.replace(change.after, evidence=None) for change in whole.changes()}
    command._write(archive, whole, snapshot)
    whole.close()
    return found


def _one_canonical_copy_each(archive: Archive) -> None:
    shown = list(archive.articles(include=["related"]))
    clusters = [each.dedup.cluster for each in shown]
    assert len(clusters) == len(set(clusters))
    assert set(clusters) == {dedup.cluster for dedup in places(archive).values()}
    assert all(each.id == article_id(each.canonical_url, each.text) for each in shown)
