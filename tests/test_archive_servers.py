"""An archive on S3 servers of other makes: Ceph's gateway, and rclone's, which ignores conditional writes, so that
nothing may depend on them. Each is left out where it is not installed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive import ObjectConflict, ObjectMissing, SegmentWriter, open_archive, open_bucket, read_capture
from archive.keeping.compact import compact
from archive.keeping.erase import erase
from archive.keeping.verify import verify
from tests.archive_s3_server import new_bucket
from tests.archive_samples import article, at, days, response
from tests.fault_proxy import FAULTS, Fault, FaultProxy, Request
from tests.fault_trials import PUTS, Ended, KillAtStep, Runs, faults_of
from tests.other_servers import ceph_server, rclone_server
from tests.test_archive_erase import LATER, NEEDLES, ORDER, fill, unpacked

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module", params=["rclone", "ceph"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server's endpoint."""
    start = rclone_server if request.param == "rclone" else ceph_server
    with start(tmp_path_factory.mktemp(request.param)) as endpoint:
        yield endpoint


@pytest.fixture
def name(server: str, aws: pytest.MonkeyPatch) -> str:
    """A bucket on it."""
    return new_bucket(server)


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with Runs() as started:
        yield started


def place(name: str, endpoint: str, more: str = "") -> str:
    return f"s3://{name}/p?addressing=path{more}&endpoint={endpoint}"


def test_objects_are_put_read_in_part_listed_by_pages_and_deleted(server: str, name: str) -> None:
    bucket = open_bucket(place(name, server, "&page_size=3"))
    for number in range(7):
        bucket.put(f"a/{number}", b"x" * number)
    bucket.put("a/6", b"x" * 6)
    assert list(bucket.list()) == [(f"a/{number}", number) for number in range(7)]
    assert bucket.get_range("a/6", 4, 10) == b"xx"
    assert bucket.get_range("a/6", 6, 10) == b""
    bucket.delete("a/6")
    bucket.delete("a/6")
    with pytest.raises(ObjectMissing):
        bucket.get("a/6")


def test_a_store_with_conditions_tells_of_a_conflict(server: str, name: str, request: pytest.FixtureRequest) -> None:
    bucket = open_bucket(place(name, server))
    bucket.put("a", b"one")
    if "rclone" in request.node.name:
        bucket.put("a", b"two")  # it ignores the condition: no key of the archive is ever written with other bytes
        assert bucket.get("a") == b"two"
    else:
        with pytest.raises(ObjectConflict):
            bucket.put("a", b"two")


def test_what_is_erased_is_in_no_object_after_compactions_and_erasing(server: str, name: str) -> None:
    bucket = open_bucket(place(name, server))
    fill(bucket)
    compact(bucket, clock=at(LATER))
    compact(bucket, grace=days(0))
    receipt = erase(bucket, ORDER, {})
    keys = {key for key, _size in bucket.list()}
    assert len(receipt.removed) > 3
    assert keys.isdisjoint(receipt.removed)
    for key in keys:
        data = bucket.get(key)
        assert not any(needle in part for part in (data, *unpacked(key, data)) for needle in NEEDLES)
    report = verify(bucket)
    assert (report.problems, report.orphans) == ([], [])


def test_an_archive_is_written_by_several_at_once_and_read(server: str, name: str) -> None:
    # rclone may answer "Internal Error" where two make one folder: asked again, as a user's client does, it stores.
    uri = place(name, server, "&attempts=3")

    def write(number: int) -> list[str]:
        writer = SegmentWriter(open_bucket(uri))
        for count in range(3):
            writer.add(article(f"s{number}-{count}"), response(f"s{number}-{count}"))
        segment = writer.flush()
        assert segment is not None
        return [each.id for each in segment.articles]

    with ThreadPoolExecutor(4) as threads:
        acknowledged = [id for ids in threads.map(write, range(4)) for id in ids]
    found = list(open_archive(uri))
    assert sorted(each.id for each in found) == sorted(acknowledged)
    assert found[0].capture is not None
    assert read_capture(open_bucket(uri), found[0].capture).body == response().body
    report = verify(open_bucket(uri))
    assert (report.problems, report.orphans, report.captures) == ([], [], 12)


@pytest.mark.parametrize("step", range(0, 2 * PUTS, 5))
def test_a_killed_run_is_made_good_by_the_next(step: int, runs: Runs, server: str, name: str, tmp_path: Path) -> None:
    killer = KillAtStep(step)
    with FaultProxy(server, killer.choose, killer.stored) as proxy:
        killed = runs.run(place(name, proxy.endpoint), tmp_path, killer.begun)
    uri = place(name, server)
    assert faults_of(uri, killed, runs.run(uri, tmp_path)) == []


def test_lost_answers_and_busy_times_lose_and_double_nothing(
    runs: Runs, server: str, name: str, tmp_path: Path
) -> None:
    chance = random.Random(1)

    def choose(_: Request) -> Fault | None:
        return chance.choice(FAULTS) if chance.random() < 0.3 else None

    with FaultProxy(server, choose) as proxy:
        ended = runs.run(place(name, proxy.endpoint, "&attempts=9&timeout=0.5"), tmp_path)
    assert (ended.status, ended.error) == (0, None)
    assert faults_of(place(name, server), ended, Ended(0)) == []
