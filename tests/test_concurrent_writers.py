"""Several writers on one archive, at the same time: every acknowledged article is there once, and a story that two of
them took in without seeing each other is one story after the next run."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from archive import Archive, Article, Bucket, SegmentWriter, open_archive, open_bucket
from archive.keeping.verify import verify
from archive.layout import new_run_id
from archive.records import Dedup, DedupVerdict
from archive.standing import cluster_of
from pipelines.dedup import DedupConfig, sign
from pipelines.dedup.reconcile import RECONCILED, reconcile
from tests.archive_s3_server import new_bucket
from tests.archive_samples import NOON, article, at

TEXT = """The operator of the port of Kaltenbrunn said on Monday that intruders had copied the personal records of
40,000 passengers and crew from a booking system that an outside company runs. Names, dates of birth and the numbers
of passports were taken, the operator said, while details of payment cards had been kept elsewhere and were safe.

Investigators believe that the thieves came in through a password of an employee which had been published after an
earlier theft at another firm. The authority for data protection was told on Friday, and letters to those affected will
go out this week. A spokeswoman said that ferries sailed as planned and that no ransom had been asked for so far."""
OTHER = """A court in Marlow has ordered a chain of clinics to pay nine million to patients whose files lay open on a
server for more than a year. The judges found that the company had been warned twice by its own staff and had put off
the repair to save money. Some 12,000 files with diagnoses and bills could be read by anyone who knew the address.

The company said that it would appeal. Lawyers for the patients called the ruling the largest of its kind in the
country and expect further claims, since a second server of the same company had been found open in the spring."""


def story(name: str, text: str = TEXT, verdict: DedupVerdict = "unique", of: Article | None = None) -> Article:
    """The story as the site NAME has it; a copy of another article if one is given."""
    made = article(name, text=text, fetched=(NOON - timedelta(hours=1)).isoformat())
    place = Dedup(verdict=verdict, cluster=of.id if of else made.id, duplicate_of=of.id if of else None)
    return msgspec.structs.replace(made, dedup=place, signature=base64.b64encode(sign(text).to_bytes()).decode())


def run(bucket: Bucket, begun: datetime, *articles: Article, ended: datetime | None = None) -> None:
    """A run that began and ended then, with one segment."""
    writer = SegmentWriter(bucket, new_run_id(begun), clock=at(ended or begun + timedelta(minutes=10)))
    for each in articles:
        writer.add(each)
    assert writer.flush() is not None


def everything(archive: Archive) -> list[Article]:
    return list(archive.articles(include=("duplicates", "related", "revisions")))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


HERE, THERE = "here", "there"


def look(archive: Archive, tmp_path: Path, machine: str = HERE) -> int:
    """What a run does at its start, on one machine or another."""
    return reconcile(archive, tmp_path / machine, DedupConfig())


def test_a_story_that_two_runs_took_in_at_once_is_one_after_the_next(archive: Archive, tmp_path: Path) -> None:
    run(archive.bucket, NOON, story("a"), story("x", OTHER))
    run(archive.bucket, NOON + timedelta(minutes=3), story("b"))
    assert len(list(archive)) == 3
    assert look(archive, tmp_path) > 0
    assert len(list(archive)) == 2
    first, second = (next(e for e in everything(archive) if e.url.startswith(f"https://{n}.")) for n in ("a", "b"))
    assert cluster_of(first) == cluster_of(second)
    assert {first.dedup.verdict, second.dedup.verdict} == {"unique", "duplicate"}
    for each in (first, second):
        if each.dedup.verdict == "duplicate":
            assert each.extra[RECONCILED] == sorted((first.id, second.id))
            assert each.extra["amended"]
    assert verify(archive.bucket).ok


def test_reconciling_again_changes_nothing_here_or_elsewhere(archive: Archive, tmp_path: Path) -> None:
    run(archive.bucket, NOON, story("a"))
    run(archive.bucket, NOON, story("b"))
    assert look(archive, tmp_path) > 0
    before = everything(archive)
    assert [look(archive, tmp_path, machine) for machine in (HERE, THERE, THERE)] == [0, 0, 0]
    assert everything(archive) == before


def test_copies_that_joined_either_cluster_come_along(archive: Archive, tmp_path: Path) -> None:
    run(archive.bucket, NOON, story("a"), story("a2", of=story("a"), verdict="duplicate"))
    run(archive.bucket, NOON, story("b"), story("b2", of=story("b"), verdict="duplicate"))
    run(archive.bucket, NOON + timedelta(hours=3), story("b3", of=story("b"), verdict="duplicate"))
    assert look(archive, tmp_path) > 0
    found = everything(archive)
    assert len({cluster_of(each) for each in found}) == 1
    assert sorted(each.dedup.verdict for each in found) == ["duplicate"] * 4 + ["unique"]
    assert len(list(archive)) == 1


def test_runs_that_saw_each_other_are_left_alone(archive: Archive, tmp_path: Path) -> None:
    """What is unique beside its copy there is so by the rules of then."""
    run(archive.bucket, NOON, story("a"))
    run(archive.bucket, NOON + timedelta(hours=1), story("b"))
    assert look(archive, tmp_path) == 0
    assert len(list(archive)) == 2


def test_a_commit_that_comes_late_is_held_against_those_seen_before(archive: Archive, tmp_path: Path) -> None:
    run(archive.bucket, NOON, story("a"))
    assert look(archive, tmp_path) == 0
    run(archive.bucket, NOON + timedelta(minutes=1), story("b"), ended=NOON + timedelta(hours=5))
    assert look(archive, tmp_path) > 0
    assert len(list(archive)) == 1


def test_other_stories_of_runs_that_met_stay_as_they_are(archive: Archive, tmp_path: Path) -> None:
    run(archive.bucket, NOON, story("a"))
    run(archive.bucket, NOON, story("b", OTHER))
    before = everything(archive)
    assert look(archive, tmp_path) == 0
    assert everything(archive) == before


def test_the_same_page_taken_in_by_two_runs_is_read_once(archive: Archive, tmp_path: Path) -> None:
    for _ in range(2):
        run(archive.bucket, NOON, story("a"))
    look(archive, tmp_path)
    assert [each.id for each in everything(archive)] == [story("a").id]


# ---------------------------------------------------------------- processes

WRITING = """
import json, sys
from archive import SegmentLimits, SegmentWriter, open_bucket
from tests.archive_samples import article, response
uri, number = sys.argv[1], int(sys.argv[2])
sys.stdin.readline()
writer = SegmentWriter(open_bucket(uri), limits=SegmentLimits(articles=3))
def tell(segment):
    print(json.dumps([each.id for each in segment.articles]), flush=True)
for count in range(12):
    name = f"all{count}" if count % 2 else f"own{number}-{count}"
    fetched = "2026-02-01T11:59:30Z"
    if writer.add(article(name, fetched=fetched), response(name)):
        tell(writer.flush())
while (segment := writer.flush()) is not None:
    tell(segment)
"""


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_of_many_processes_at_once_every_acknowledged_article_is_there_once(
    place: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    uri = str(tmp_path)
    if place == "s3":
        endpoint = request.getfixturevalue("s3_endpoint")
        request.getfixturevalue("aws").setenv("AWS_ENDPOINT_URL", endpoint)
        uri = f"s3://{new_bucket(endpoint)}/p"
    root = str(Path(__file__).parents[1])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITING, uri, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for number in range(4)
    ]
    for writer in writers:  # all wait for the word, so that they write at the same time
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = [writer.communicate()[0] for writer in writers]
    acknowledged = [id for lines in told for line in lines.splitlines() for id in json.loads(line)]
    assert len(acknowledged) == 48
    found = [each.id for each in everything(open_archive(uri))]
    assert len(found) == len(set(found))
    assert set(found) == set(acknowledged)
    report = verify(open_bucket(uri))
    assert (report.problems, report.orphans, report.articles) == ([], [], 48)
