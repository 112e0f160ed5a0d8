"""The index of the known articles: takes in what is committed, once; finds what memory would find; and is made whole
from the archive."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import Archive, ArchiveError, Article, Segment, SegmentWriter, open_archive
from pipelines.dedup import Ahead, DedupConfig, Deduplicator, Document, InMemory, Signature, Store, sign
from pipelines.dedup import buckets as buckets_module
from pipelines.dedup.bands import FewBands, keys_of
from pipelines.dedup.index import MAX_BUCKET
from pipelines.dedup.presence import Presence
from tests.archive_samples import NOON, article, at, store
from tests.test_dedup_decide import story


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive" / ".state" / "index.sqlite"


@pytest.fixture
def known(path: Path) -> Iterator[Store]:
    with Store.open(path) as opened:
        yield opened


def rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    """A table of the file, read past the store."""
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    connection.close()
    return found


TABLES = ("commits", "articles", "runs", "pages", "folded", "presence")


KEYS = 74 + 4
"""Of an article that is the first with its text: its bands, its id, its text, two addresses."""


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All that the file holds."""
    return {table: rows(path, table) for table in TABLES}


def entries(path: Path) -> int:
    """How many keys of articles the file holds."""
    return sum(len(row[1]) for table in ("runs", "pages") for row in rows(path, table)) // 8


def decided(archive: Archive, known: Store, *texts: str) -> list[Article]:
    """Articles with these texts, decided and archived one by one, as a run does."""
    ahead, on_the_way = Ahead(known), dict[str, str]()

    def text(id: str) -> str:
        found = on_the_way.get(id) or known.text(id)
        if found is None:
            raise KeyError(id)
        return found

    decisions, taken = Deduplicator(text, known=ahead), []
    writer = SegmentWriter(archive.bucket, clock=at(NOON))
    for body in texts:
        bare = article(f"a{len(known)}", text=body)
        document, signature = Document.of(bare), sign(body)
        place = decisions.weigh(document, signature).dedup
        decisions.add(document, signature, place)
        on_the_way[bare.id] = body
        taken.append(msgspec.structs.replace(bare, dedup=place))
        writer.add(taken[-1])
        segment = writer.flush()
        assert segment is not None
        ahead.take(segment)
        on_the_way.clear()
    return taken


def asked(*articles: Article) -> list[tuple[Document, Signature]]:
    return [(Document.of(each), sign(each.text)) for each in articles]


def test_what_is_expected_is_found_as_if_it_were_looked_up_one_by_one(archive: Archive, known: Store) -> None:
    decided(archive, known, *[story(number, 150) for number in range(8)])
    texts = (story(3, 150), story(5, 120), story(90), story(3, 150), "Short.")
    articles = [article(f"a{number + 5}", text=text) for number, text in enumerate(texts)]
    exact = [sign(text).digest for text in texts]
    addresses = [Document.of(each).addresses[0] for each in articles]

    def found(ahead: Ahead) -> tuple[list[Any], ...]:
        return (
            [ahead.candidates(sign(text), 24) for text in texts],
            [ahead.by_text(each) for each in exact],
            [ahead.by_address(each) for each in addresses],
        )

    one_by_one = found(Ahead(known))
    assert [len(each) for each in one_by_one[0]] == [1, 1, 0, 1, 0]
    assert [each is not None for each in one_by_one[1]] == [True, False, False, True, False]
    assert [each is not None for each in one_by_one[2]] == [True, True, True, False, False]
    ahead = Ahead(known)
    ahead.expect(asked(*articles), 24)
    assert found(ahead) == one_by_one
    ahead.take(store(archive.bucket, articles[2]))
    (candidate,) = ahead.candidates(sign(story(90)), 24)
    newest = ahead.by_address(addresses[2])
    assert newest is not None
    assert candidate.article.id == newest.id == articles[2].id


def test_a_segment_is_taken_in_once(archive: Archive, known: Store, path: Path) -> None:
    segment = store(archive.bucket, article("a", text=story(1)), article("b", text=story(2), verdict="duplicate"))
    assert known.take(segment)
    before = contents(path)
    assert not known.take(segment)
    assert contents(path) == before
    assert len(known) == 2
    first = article("a", text=story(1))
    assert known.by_id(first.id) is not None
    assert known.by_id("0" * 20) is None
    assert (known.text(first.id), known.text("0" * 20)) == (first.text, None)


def test_an_article_comes_back_as_it_was_decided(archive: Archive, known: Store) -> None:
    copy = msgspec.structs.replace(
        article("a", text=story(1), published="2026-02-01T10:00:00Z"), access="truncated", extra={"agency": "AP"}
    )
    known.take(store(archive.bucket, copy))
    memory = InMemory()
    Deduplicator(known.text, known=memory).add(Document.of(copy), sign(copy.text), copy.dedup)  # type: ignore[arg-type]
    found = known.by_address(copy.canonical_url)
    assert found is not None
    assert found == memory.by_address(copy.canonical_url)
    assert (known.by_text(found.exact), known.leading(copy.id)) == (found, found)


def test_an_article_is_found_by_either_address_the_newest_first(archive: Archive, known: Store) -> None:
    old, new = article("a", text="Old."), article("a", text="New.", verdict="revision")
    known.take(store(archive.bucket, new, when=NOON + timedelta(hours=1)))
    known.take(store(archive.bucket, old, when=NOON))
    for address in Document.of(old).addresses:
        found = known.by_address(address)
        assert found is not None
        assert found.id == new.id
    assert known.by_address("https://b.example/") is None


def test_a_newer_record_of_an_article_replaces_the_older_whichever_comes_first(archive: Archive, known: Store) -> None:
    older = store(archive.bucket, article("a"), when=NOON)
    newer = store(archive.bucket, article("a", cluster="c1"), when=NOON + timedelta(hours=1))
    for segment in (newer, older):
        known.take(segment)
    leading = known.leading("c1")
    assert leading is not None
    assert leading.id == article("a").id
    assert known.leading(leading.id) is None


def test_the_last_copy_that_leads_its_cluster_is_the_canonical_one(archive: Archive, known: Store) -> None:
    first = article("a", text=story(1))
    fuller = article("b", text=story(2), cluster=first.id)
    copy = article("c", text=story(3), cluster=first.id)
    place = msgspec.structs.replace(copy.dedup, verdict="duplicate", duplicate_of=fuller.id)
    for each in (first, fuller, msgspec.structs.replace(copy, dedup=place)):
        known.take(store(archive.bucket, each))
    leading = known.leading(first.id)
    assert leading is not None
    assert leading.id == fuller.id


def test_catching_up_takes_in_what_is_missing_and_nothing_else(archive: Archive, known: Store) -> None:
    segments = [store(archive.bucket, article(name)) for name in "abc"]
    known.take(segments[1])
    assert (known.catch_up(archive), known.catch_up(archive)) == (2, 0)
    assert len(known) == 3


def test_a_lost_index_is_made_again_as_it_was(archive: Archive, path: Path) -> None:
    texts = [story(number % 7, 90 + number) for number in range(20)]
    with Store.open(path) as known:
        decided(archive, known, *texts)
    before = contents(path)
    for file in path.parent.iterdir():
        file.unlink()
    with Store.open(path) as known:
        assert known.catch_up(archive) == 20
    assert contents(path) == before


def test_a_record_whose_signature_is_missing_damaged_or_of_another_scheme_is_signed_again(
    archive: Archive, known: Store
) -> None:
    for name, signature in (("a", None), ("b", "not base64!"), ("c", "AAECAw==")):
        text = story(ord(name))
        known.take(store(archive.bucket, msgspec.structs.replace(article(name, text=text), signature=signature)))
        (best, *_) = known.candidates(sign(text), 5)
        assert (best.article.id, best.bands) == (article(name, text=text).id, 74)


def test_signatures_of_another_scheme_are_refused_with_the_mend(path: Path) -> None:
    Store.open(path).close()
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = 'tokens0' WHERE name = 'signatures'")
    connection.close()
    with pytest.raises(ArchiveError, match=r"signatures are of 'tokens0'.*; run `breachwire archive rebuild`"):
        Store.open(path)


def test_another_rule_for_short_texts_is_refused_with_the_mend(path: Path) -> None:
    Store.open(path, DedupConfig(min_words=90)).close()
    with pytest.raises(ArchiveError, match=r"short texts are of 'min_words 90.*; run `breachwire archive rebuild`"):
        Store.open(path)


def test_a_file_of_another_version_is_refused_with_the_mend(path: Path) -> None:
    Store.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(ArchiveError, match=r"version 1.*run `breachwire archive rebuild`"):
        Store.open(path)


def test_a_file_that_is_no_index_is_refused_with_the_mend(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(ArchiveError, match=r"damaged.*run `breachwire archive rebuild`"):
        Store.open(path)


def test_a_place_where_no_index_can_lie_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ArchiveError, match="no folder for local state"):
        Store.open(tmp_path / "file" / "index.sqlite")


def test_more_articles_than_there_are_numbers_are_refused_and_none_is_taken_in(
    archive: Archive, known: Store, path: Path
) -> None:
    known.take(store(archive.bucket, article("a", text=story(1))))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'articles'", (2**24 - 1,))
    connection.close()
    with pytest.raises(ArchiveError, match="no room for more"):
        known.take(store(archive.bucket, article("b", text=story(2))))
    assert len(known) == 1


def test_others_see_what_one_writes(archive: Archive, path: Path, known: Store) -> None:
    with Store.open(path) as other:
        for number in range(3):
            text = story(number)
            known.take(store(archive.bucket, article(f"a{number}", text=text)))
            assert [found.article.id for found in other.candidates(sign(text), 5)] == [
                article(f"a{number}", text=text).id
            ]


def test_others_read_the_state_before_while_one_is_writing(archive: Archive, path: Path, known: Store) -> None:
    text = story(1)
    known.take(store(archive.bucket, article("a", text=text)))
    with sqlite3.connect(path, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM articles")
        writer.execute("DELETE FROM runs")
        assert [found.article.id for found in known.candidates(sign(text), 5)] == [article("a", text=text).id]
        writer.execute("ROLLBACK")
    writer.close()


def test_several_processes_make_and_fill_one_index_at_once(archive: Archive, path: Path) -> None:
    for number in range(30):
        store(archive.bucket, article(f"a{number}", text=story(number)))
    code = f"""
from pathlib import Path
from archive import open_archive
from pipelines.dedup import Store
with Store.open(Path({str(path)!r})) as known:
    print(known.catch_up(open_archive({archive.bucket.uri!r})))
"""

    def catch_up(_: int) -> int:
        return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(catch_up, range(4)))
    assert sum(taken) == 30
    assert entries(path) == 30 * KEYS


@pytest.fixture
def folds_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs go into the pages after every few articles, not after thousands."""
    monkeypatch.setattr(buckets_module, "_FEWEST", 5 * KEYS)


@pytest.mark.usefixtures("folds_often")
def test_what_was_folded_and_what_was_not_give_the_candidates_of_datasketch_in_memory(
    archive: Archive, known: Store, path: Path
) -> None:
    memory, ahead = InMemory(), InMemory(FewBands())
    texts = [" ".join(story(number % 9, 120).split()[: 60 + number]) for number in range(61)]
    remembered = [Deduplicator(str, known=each) for each in (memory, ahead)]
    with Store.open(path) as other:
        for number, text in enumerate(texts):
            each = article(f"a{number}", text=text)
            for reader in (known, other, ahead):
                found = reader.candidates(sign(text), 50)
                assert [(c.bands, c.article.id) for c in found] == [
                    (c.bands, c.article.id) for c in memory.candidates(sign(text), 50)
                ]
            for decisions in remembered:
                decisions.add(Document.of(each), sign(text), each.dedup)
            known.take(store(archive.bucket, each))
    assert rows(path, "runs")
    assert len(rows(path, "pages")) > 1000
    assert entries(path) == 61 * KEYS


@given(st.lists(st.integers(0, 2**64 - 1), max_size=200), st.integers(0, 300))
def test_what_was_marked_present_is_never_taken_for_absent(entries: list[int], room: int) -> None:
    marked = np.array(sorted(entries), np.uint64)
    presence = Presence.of_size(room)
    presence.add(marked[::2])
    presence.add(marked[1::2])
    assert Presence(presence.rows()).may_hold(marked).all()


def test_most_of_what_is_absent_is_known_to_be() -> None:
    pick = np.random.default_rng(1)
    presence = Presence.of_size(10_000)
    presence.add(np.sort(pick.integers(0, 2**64, 10_000, np.uint64)))
    assert presence.may_hold(pick.integers(0, 2**64, 10_000, np.uint64)).mean() < 0.13


@pytest.mark.usefixtures("folds_often")
def test_a_hot_bucket_holds_no_more_than_tells_that_it_is_hot(archive: Archive, known: Store, path: Path) -> None:
    hot = story(1, 130)  # the lead of all of them, and most of the body
    like = [f"{hot} {story(number + 10, 12)}" for number in range(5 * MAX_BUCKET)]
    segment = store(archive.bucket, article("first", text=story(2)))
    for start in range(0, len(like), 50):
        articles = [article(f"a{start + n}", text=text) for n, text in enumerate(like[start : start + 50])]
        known.take(Segment(msgspec.structs.replace(segment.commit, seq=start + 2), tuple(articles)))
    in_bucket = Counter(
        int(entry) >> 24
        for table in ("pages", "runs")
        for row in rows(path, table)
        for entry in np.frombuffer(row[1], "<u8")
    )
    buckets = sorted((in_bucket[int(key) >> 24] for key in keys_of([sign(hot)])[0]), reverse=True)
    assert buckets[:32] == [MAX_BUCKET + 1] * 32  # all bands of the lead
    copy = known.candidates(sign(like[150] + " more"), 5)
    assert copy[0].article.id == article("a150", text=like[150]).id
    assert copy[0].bands < 74 - 32  # found by its own words


@settings(max_examples=25, deadline=None)
@given(order=st.permutations(range(9)), cuts=st.sets(st.integers(1, 8)), twice=st.integers(0, 8))
def test_the_order_of_arrival_and_of_commits_changes_never_which_articles_belong_together(
    tmp_path_factory: pytest.TempPathFactory, order: Sequence[int], cuts: set[int], twice: int
) -> None:
    """Copies of two stories, two that stand alone, and a follow-up that quotes one, in any order and in segments of any
    length. Of the follow-up and the story the one that comes later is linked to the other."""
    texts = [
        story(1), f"(Reuters) - {story(1)}", " ".join(story(1).split()[:210]), story(1).upper(),
        story(2), f"{story(2)} Read more.", story(3), story(4),
        f"{story(5, 105)} {' '.join(story(1).split()[90:240])}",
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("order")
    archive = open_archive(folder)
    with Store.open(folder / ".state" / "index.sqlite") as known:
        cluster: dict[int, str | None] = {}
        related: list[int] = []
        ahead = Ahead(known)
        bodies: dict[str, str] = {}
        decisions = Deduplicator(bodies.__getitem__, known=ahead)
        waiting: list[Article] = []
        for place, number in enumerate(order):
            each = article(f"a{number}", text=texts[number])
            bodies[each.id] = each.text
            document, signature = Document.of(each), sign(each.text)
            dedup = decisions.weigh(document, signature).dedup
            for _ in range(2 if place == twice else 1):
                decisions.add(document, signature, dedup)
            cluster[number] = dedup.cluster
            related += [number] if dedup.verdict == "related" else []
            waiting.append(msgspec.structs.replace(each, dedup=dedup))
            if place in cuts:
                ahead.take(store(archive.bucket, *waiting))
                waiting = []
    assert cluster[0] == cluster[1] == cluster[2] == cluster[3]
    assert cluster[4] == cluster[5]
    assert len({cluster[0], cluster[4], cluster[6], cluster[7], cluster[8]}) == 5
    of_both = [number for number in order if number in (0, 1, 2, 3, 8)]
    later = next(number for number in of_both if (number == 8) != (of_both[0] == 8))
    assert related[:1] == [later]
    assert set(related) <= ({8} if later == 8 else {0, 1, 2, 3})


def everything(archive: Archive) -> list[Article]:
    return list(archive.articles(include=("duplicates", "related")))


# Process after process decides three articles, archives each and takes it in. The first is killed at its first
# statement or change to the file system, the second at its second, … until one lives to the end. A statement carried
# out for many rows is one step.
CRASHING = """
import json, os, signal, sqlite3, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import archive.database
from archive import open_archive, open_bucket
from pipelines.dedup import Store, buckets
from tests.test_dedup_store import decided, story
import datasketch, warcio.warcwriter

buckets._FEWEST = 74
CHANGES = ("os.link", "os.remove", "os.mkdir", "os.rename")

def run(folder, steps):
    left, before = steps, ""

    def step(what):
        nonlocal left, before
        if what[:20] != before:
            left, before = left - 1, what[:20]
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*args, **kwargs):
        connection = real(*args, **kwargs)
        connection.set_trace_callback(lambda statement: step(statement) if "SELECT" not in statement[:8] else None)
        return connection

    real, sqlite3.connect = sqlite3.connect, connect
    sys.addaudithook(lambda event, args: step(str(args)) if event in CHANGES else None)
    with Store.open(Path(folder) / ".state" / "index.sqlite") as known:
        decided(open_archive(folder), known, story(1), story(1) + " Read more.", story(2))

steps, status = 0, -1
while status:
    steps += 1
    folder = os.path.join(sys.argv[1], str(steps))
    os.mkdir(folder)
    child = os.fork()
    if child == 0:
        run(folder, steps)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([folder, status]), flush=True)
"""


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, int]]:
    command = [sys.executable, "-c", CRASHING, str(tmp_path_factory.mktemp("crash")), str(Path(__file__).parent.parent)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [(Path(folder), status) for folder, status in map(json.loads, told.splitlines())]


def test_killed_at_any_step_nothing_is_lost_or_doubled(crashes: list[tuple[Path, int]]) -> None:
    """What a killed process left is caught up, and what was not archived yet is decided as in an unbroken run."""
    assert len(crashes) > 40
    assert {status for _, status in crashes} == {-signal.SIGKILL, 0}
    whole, _ = crashes[-1]
    want = {each.id: each.dedup for each in everything(open_archive(whole))}
    for folder, _ in crashes:
        archive = open_archive(folder)
        path = folder / ".state" / "index.sqlite"
        with Store.open(path) as known:
            known.catch_up(archive)
            done = len(everything(archive))
            assert len(known) == done
            decided(archive, known, *[story(1), story(1) + " Read more.", story(2)][done:])
        assert sorted(each.id for each in everything(archive)) == sorted(row[1] for row in rows(path, "articles"))
        assert {each.id: each.dedup for each in everything(archive)} == want
        assert entries(path) == 3 * KEYS
