"""Rows of tables are chosen all at once, and those of segments one by one: both ways end in the same articles."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import Archive, Article, Bucket, columns, id_set, open_bucket, parquet
from archive.id_set import IdSet
from archive.keeping.compact import compact
from archive.records import Dedup
from archive.selection import INCLUDES
from archive.standing import AMENDED
from archive.tombstone import mark, put_tombstones
from tests.archive_samples import NOON, article, at, days, store

pytest.importorskip("pyarrow")

FILTERS: list[dict[str, Any]] = [
    {},
    {"include": INCLUDES},
    {"include": ("duplicates",)},
    {"include": ("revisions", "related"), "source": "courier"},
    {"include": INCLUDES, "language": "ja"},
    {"since": "2026-02-02T03:00:00Z", "until": "2026-02-03"},
    {"topic": "breach", "until": "2026-02-02"},
]
COLUMNS: list[tuple[str, ...] | None] = [None, ("source",), ("dedup", "id")]


def seen(bucket: Bucket) -> list[Any]:
    """What a reader sees, by filters and columns, row by row and as tables."""
    selections = [Archive(bucket).articles(**filters) for filters in FILTERS]
    return [list(each) for each in selections] + [
        each.to_arrow(wanted).to_pylist() for each in selections for wanted in COLUMNS
    ]


def counted(bucket: Bucket) -> list[Any]:
    """The same as DuckDB has it, in no order."""
    asked = [*zip(FILTERS, cycle([("dedup", "id")]), strict=False), ({}, None)]
    found = [Archive(bucket).articles(**filters).duckdb(wanted) for filters, wanted in asked]
    return [sorted(map(repr, each.execute("FROM articles").fetchall())) for each in found]


def made(name: str, chance: random.Random, known: list[Article]) -> Article:
    """A new story, or one that has to do with another: a copy, one that took over, a new version, the same record
    again, amended, or another page that names the same address."""
    fetched = (NOON + timedelta(minutes=chance.randint(-2000, 1400))).isoformat()
    new = article(
        name, fetched=fetched, language=chance.choice(["en", "ja"]), source=chance.choice(["courier", "post"])
    )
    if not known:
        return new
    old, other = chance.choice(known), chance.choice(known)
    cluster = old.dedup.cluster or old.id
    copy = Dedup(verdict="duplicate", duplicate_of=old.id, cluster=cluster)
    replace = msgspec.structs.replace
    match chance.randint(0, 7):
        case 0:
            return replace(new, dedup=copy)
        case 1:
            return replace(new, dedup=Dedup(verdict=chance.choice(["unique", "related"]), cluster=cluster))
        case 2:
            dedup = replace(old.dedup, verdict="revision", cluster=chance.choice([cluster, None]))
            return replace(old, id=new.id, text=name, fetched=fetched, dedup=dedup)
        case 3:
            return replace(old, title=name, fetched=fetched)
        case 4:
            leads = chance.choice([other.dedup.cluster or other.id, old.id])
            return replace(old, dedup=Dedup(cluster=leads), extra={AMENDED: fetched})
        case 5:
            return replace(other, dedup=copy, extra={AMENDED: fetched})
        case 6:
            return replace(new, dedup=copy, canonical_url=old.canonical_url)
        case _:
            return replace(new, dedup=Dedup(cluster=chance.choice([None, new.id])))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.sampled_from([1, 3, 1000]), st.sampled_from([0, 32]))
def test_a_table_is_chosen_from_as_row_by_row(chance: random.Random, group: int, many: int) -> None:
    known: list[Article] = []
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "GROUP", group)
        patch.setattr(columns, "GROUP", group)
        patch.setattr(id_set, "_MANY", many)
        plain, compacted = open_bucket(Path(name, "plain")), open_bucket(Path(name, "compacted"))
        for number in range(chance.randint(1, 7)):
            segment = []
            for row in range(chance.randint(1, 6)):
                segment.append(made(f"a{number}x{row}", chance, known))
                known.append(segment[-1])
            # In any order of days, so that a late segment may lie before what is in a table.
            when = NOON + timedelta(hours=chance.randint(0, 60), seconds=number)
            run = f"{when:%Y%m%dT%H%M%SZ}-{number:08x}"
            for bucket in (plain, compacted):
                store(bucket, *segment, when=when, run=run)
            if chance.random() < 0.3:
                compact(compacted, clock=at(NOON + days(chance.choice([1, 2, 9]))))
        if chance.random() < 0.3:
            erased = chance.choice(known)
            marks = [mark("id", erased.id), mark("url", chance.choice(known).url)]
            for bucket in (plain, compacted):
                put_tombstones(bucket, marks, NOON.isoformat())
        assert seen(compacted) == seen(plain)
        assert counted(compacted) == counted(plain)


def test_versions_and_copies_of_one_row_group_are_told_apart(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    brief = article("brief")
    store(bucket, article("a", text="Old."), article("a", text="New.", verdict="revision"), article("b"))
    store(bucket, brief, article("fuller", cluster=brief.id), when=NOON + timedelta(hours=1))
    before = seen(bucket)
    compact(bucket, clock=at(NOON + days(9)))
    assert seen(bucket) == before
    assert Archive(bucket).to_arrow(["title"])["title"].to_pylist() == [
        "Breach at fuller",
        "Breach at b",
        "Breach at a",
    ]


IDS = st.text("0123456789abcdef", min_size=20, max_size=20) | st.text(max_size=21) | st.just("0" * 20)


@given(st.lists(st.lists(st.integers(0, 300).map("{:020x}".format) | IDS, max_size=120)), st.sampled_from([0, 32]))
def test_ids_that_are_added_together_are_added_one_after_the_other(batches: list[list[str]], many: int) -> None:
    ids, plain = IdSet(), set[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_set, "_MANY", many)
        for batch in batches:
            new = [name not in plain and name not in batch[:number] for number, name in enumerate(batch)]
            assert ids.add_all(batch) == new
            plain.update(batch)
            assert len(ids) == len(plain)
            assert all(name in ids for name in plain)


def test_thousands_of_ids_that_are_added_together_are_there() -> None:
    ids = IdSet()
    for start in range(0, 20_000, 1000):
        assert all(ids.add_all([f"{number:020x}" for number in range(start, start + 1000)]))
    assert not any(ids.add_all([f"{number:020x}" for number in range(20_000)]))
    assert (f"{20_000:020x}" in ids, len(ids)) == (False, 20_000)
