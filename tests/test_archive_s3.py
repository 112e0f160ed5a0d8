"""A bucket on S3: what it does about lost answers, other writers and refusals. Against a real server."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from archive import BucketError, ObjectConflict, open_bucket
from tests.archive_s3_server import answering, new_bucket
from tests.fault_proxy import FaultProxy, first


def test_an_object_whose_answer_was_lost_is_recognised(s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    name = new_bucket(s3_endpoint)
    aws.setenv("AWS_MAX_ATTEMPTS", "3")
    with FaultProxy(s3_endpoint, first(1, "lost answer", "PUT")) as proxy:
        aws.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
        bucket = open_bucket(f"s3://{name}/p")
        bucket.put("a/b", b"one")
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    assert list(open_bucket(f"s3://{name}/p").list()) == [("a/b", 3)]


def test_an_object_without_our_metadata_is_compared_by_its_bytes(s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    name = new_bucket(s3_endpoint)
    boto3.client("s3").put_object(Bucket=name, Key="p/a/b", Body=b"one")
    bucket = open_bucket(f"s3://{name}/p")
    bucket.put("a/b", b"one")
    with pytest.raises(ObjectConflict):
        bucket.put("a/b", b"two")


def test_a_prefix_sees_nothing_beside_it(s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    name = new_bucket(s3_endpoint)
    for place in (name, f"{name}/p", f"{name}/p2"):
        open_bucket(f"s3://{place}").put("a/b", place.encode())
    assert [key for key, _ in open_bucket(f"s3://{name}/p").list()] == ["a/b"]
    assert [key for key, _ in open_bucket(f"s3://{name}/").list()] == ["a/b", "p/a/b", "p2/a/b"]


def test_a_listing_of_many_pages_is_whole(s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    bucket = open_bucket(f"s3://{new_bucket(s3_endpoint)}")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: bucket.put(f"a/{number:05d}", b""), range(1005)))
    assert [key for key, _ in bucket.list("a/")] == [f"a/{number:05d}" for number in range(1005)]


def test_a_bucket_that_is_not_there_is_named(s3_endpoint: str, aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_ENDPOINT_URL", s3_endpoint)
    bucket = open_bucket("s3://wire-none/p")
    for use in (bucket.get, lambda key: bucket.put(key, b""), lambda key: list(bucket.list(key))):
        with pytest.raises(BucketError, match=r"^s3://wire-none/p: .*no bucket 'wire-none'; create it"):
            use("a")


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "AccessDenied", "denied; check the bucket's policy"),
        (403, "InvalidAccessKeyId", "does not accept the credentials"),
        (403, "SignatureDoesNotMatch", "does not accept the credentials"),
        (503, "SlowDown", "SlowDown"),
        (500, "InternalError", "InternalError"),
    ],
)
def test_a_refusal_says_why_in_one_line(aws: pytest.MonkeyPatch, status: int, code: str, said: str) -> None:
    with answering(status, code) as address:
        aws.setenv("AWS_ENDPOINT_URL", address)
        bucket = open_bucket("s3://wire/p")
        for use in (bucket.get, lambda key: bucket.put(key, b"x"), lambda key: list(bucket.list(key))):
            with pytest.raises(BucketError, match=said) as caught:
                use("a")
            assert "\n" not in str(caught.value)


def test_a_store_that_does_not_answer_is_named(aws: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    aws.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(BucketError, match=rf"does not answer .*:{port}.*check the network and AWS_ENDPOINT_URL"):
        open_bucket("s3://wire/p").get("a")


def test_missing_credentials_are_named(aws: pytest.MonkeyPatch) -> None:
    aws.delenv("AWS_ACCESS_KEY_ID")
    aws.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(BucketError, match="credentials"):
        open_bucket("s3://wire/p").get("a")


def test_a_profile_that_is_not_there_is_named(aws: pytest.MonkeyPatch) -> None:
    aws.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(BucketError, match=r"nobody.*check the AWS_"):
        open_bucket("s3://wire/p")
