"""A bucket, in a folder and on a real S3 server alike; and what each says when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive import (
    Archive,
    Bucket,
    BucketError,
    InvalidKey,
    ObjectConflict,
    ObjectMissing,
    SegmentWriter,
    open_bucket,
    read_capture,
)
from archive.bucket import folder_of
from archive.keeping.verify import verify
from archive.state import state_folder
from tests.archive_s3_server import new_bucket
from tests.archive_samples import article, response, store

KEYS = ["raw/v1/dt=2026-01-31/x", "raw/v1/dt=2026-01-31.old/x", "raw/v1/dt=2026-02-01/a/b", "raw/v1/x", "z"]


@pytest.fixture(params=["folder", "s3"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    if request.param == "folder":
        return open_bucket(tmp_path / "new" / "archive")
    request.getfixturevalue("aws").setenv("AWS_ENDPOINT_URL", request.getfixturevalue("s3_endpoint"))
    return open_bucket(f"s3://{new_bucket(request.getfixturevalue('s3_endpoint'))}/some/prefix")


def test_what_is_put_is_got_whole_and_in_part(bucket: Bucket) -> None:
    data = bytes(range(256)) * 4000
    bucket.put("raw/v1/x", data)
    assert bucket.get("raw/v1/x") == data
    assert bucket.get_range("raw/v1/x", 1000, 10) == data[1000:1010]
    assert bucket.get_range("raw/v1/x", len(data) - 3, 10) == data[-3:]
    assert bucket.get_range("raw/v1/x", len(data), 10) == b""


def test_a_put_again_is_success_and_other_bytes_are_a_conflict(bucket: Bucket) -> None:
    bucket.put("a/b", b"one")
    bucket.put("a/b", b"one")
    with pytest.raises(ObjectConflict, match="a/b"):
        bucket.put("a/b", b"two")
    assert bucket.get("a/b") == b"one"


def test_of_many_writers_at_once_one_wins_and_the_others_are_told(bucket: Bucket) -> None:
    def put(number: int) -> bool:
        try:
            bucket.put("a/b", b"%d" % number * 1000)
        except ObjectConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = [number for number, success in enumerate(pool.map(put, range(8))) if success]
    assert [bucket.get("a/b")] == [b"%d" % number * 1000 for number in won]


def test_a_listing_is_in_the_order_of_keys_and_by_prefix(bucket: Bucket) -> None:
    for number, key in enumerate(KEYS):
        bucket.put(key, b"x" * number)
    assert list(bucket.list()) == sorted((key, number) for number, key in enumerate(KEYS))
    assert [key for key, _ in bucket.list("raw/v1/dt=2026-01-31/")] == KEYS[:1]
    assert [key for key, _ in bucket.list("raw/v1/dt=2026-01")] == sorted(KEYS[:2])
    assert list(bucket.list("nothing/")) == []


def test_a_deleted_object_is_missing_and_its_key_free(bucket: Bucket) -> None:
    bucket.put("a/b", b"one")
    bucket.delete("a/b")
    bucket.delete("a/b")
    for read in (bucket.get, lambda key: bucket.get_range(key, 0, 1)):
        with pytest.raises(ObjectMissing, match="a/b"):
            read("a/b")
    assert list(bucket.list()) == []
    bucket.put("a/b", b"two")
    assert bucket.get("a/b") == b"two"


def test_no_method_takes_a_key_that_leaves_the_archive(bucket: Bucket) -> None:
    for use in (
        bucket.get,
        bucket.delete,
        lambda key: bucket.put(key, b""),
        lambda key: list(bucket.list(key)),
    ):
        with pytest.raises(InvalidKey):
            use("../outside")


def test_an_archive_is_written_and_read_alike(bucket: Bucket) -> None:
    writer = SegmentWriter(bucket)
    writer.add(article("a"), response("a"))
    segment = writer.flush()
    assert segment is not None
    store(bucket, article("b", fetched="2026-01-31T09:00:00Z"))
    archive = Archive(bucket)
    assert list(archive.articles(since="2026-02-01")) == list(segment.articles)
    capture = segment.articles[0].capture
    assert capture is not None
    assert read_capture(bucket, capture).body == response("a").body
    report = verify(bucket)
    assert (report.problems, report.commits, report.captures) == ([], 2, 1)


# ---------------------------------------------------------------- folders


def test_a_listing_leaves_out_local_state_and_what_is_being_written(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    bucket.put("raw/v1/x", b"1")
    for hidden in (".state", ".tmp"):
        (tmp_path / hidden).mkdir(exist_ok=True)
        (tmp_path / hidden / "file").write_bytes(b"1")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list(bucket.list()) == [("raw/v1/x", 1)]


def test_nothing_is_left_behind_by_a_put(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path)
    bucket.put("a/b", b"1")
    bucket.put("a/b", b"1")
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_reading_an_archive_that_is_not_there_says_so(tmp_path: Path) -> None:
    bucket = open_bucket(tmp_path / "none")
    for read in (bucket.get, lambda key: list(bucket.list(key))):
        with pytest.raises(BucketError, match=r"none: there is no archive here; check --archive"):
            read("raw")
    assert not (tmp_path / "none").exists()


def test_an_empty_folder_is_an_empty_archive(tmp_path: Path) -> None:
    assert list(open_bucket(tmp_path).list()) == []


def test_a_file_where_the_archive_should_be_is_named(tmp_path: Path) -> None:
    file = tmp_path / "archive"
    file.write_text("not a folder")
    for use in (lambda: open_bucket(file).put("a/b", b""), lambda: list(open_bucket(file).list())):
        with pytest.raises(BucketError, match=r"archive is not a folder; name another --archive$"):
            use()


def test_a_folder_without_room_says_so_and_holds_nothing_half_written(tmp_path: Path) -> None:
    """A limit on the size of files gives a process the very error of a full quota."""
    script = f"""
        import resource
        from archive import BucketError, open_bucket
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        bucket = open_bucket({str(tmp_path)!r})
        bucket.put("a/small", b"1")
        try:
            bucket.put("a/large", b"1" * 5000)
        except BucketError as error:
            print(error)
    """
    code = textwrap.dedent(script)
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "no space left; free some" in told
    assert len(told.splitlines()) == 1
    assert list(open_bucket(tmp_path).list()) == [("a/small", 1)]
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system here")
    try:
        bucket = open_bucket(tmp_path)
        bucket.put("a/small", b"1")
        with pytest.raises(BucketError, match="no space left"):
            bucket.put("a/large", os.urandom(2**17))
        assert list(bucket.list()) == [("a/small", 1)]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_file_system_without_hard_links_serves_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    bucket = open_bucket(tmp_path)
    bucket.put("a/b", b"one")
    bucket.put("a/b", b"one")
    with pytest.raises(ObjectConflict):
        bucket.put("a/b", b"two")
    assert bucket.get("a/b") == b"one"


def test_a_folder_needs_no_boto3() -> None:
    code = "import sys; from archive import open_bucket; open_bucket('.'); print('boto3' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "False\n"


# ---------------------------------------------------------------- URIs


@pytest.mark.parametrize("uri", ["", "gs://wire/p", "s3://", "s3:///p", "s3://wire/../p", "file://host/p", "a\0b"])
def test_a_uri_that_names_no_place_is_refused_with_the_mend(uri: str) -> None:
    with pytest.raises(BucketError, match=r"s3://bucket/prefix|file:///|is not allowed"):
        open_bucket(uri)


def test_a_folder_may_be_named_in_three_ways(tmp_path: Path) -> None:
    assert folder_of(tmp_path) == folder_of(str(tmp_path)) == folder_of(tmp_path.as_uri()) == tmp_path


def test_local_state_lies_in_a_folder_archive_and_beside_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_folder(tmp_path) == tmp_path / ".state"
    one, same, other = (state_folder(uri) for uri in ("s3://wire/p", "s3://wire/p/", "s3://wire/q"))
    assert one == same != other
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000")
    assert state_folder("s3://wire/p") != one
    assert "breachwire" in one.parts
