"""What can be said of an S3 store, in the URI or in `[archive]`: each option, seen at a real server's door."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import boto3
import pytest

from archive import ArchiveError, BucketError, InvalidKey, ObjectConflict, open_archive, open_bucket
from archive.keeping.verify import verify
from archive.s3_options import S3Options
from archive.state import state_folder
from crawler.config import ConfigError, load_config, parse_config
from tests.archive_s3_server import new_bucket
from tests.archive_samples import article, store
from tests.fault_proxy import FAULTS, Choice, Fault, FaultProxy, Request, first


@pytest.fixture
def name(s3_endpoint: str, aws: pytest.MonkeyPatch) -> str:
    """A bucket on the server. The endpoint is left to the test."""
    return new_bucket(s3_endpoint)


def put_through(endpoint: str, uri: str, choose: Choice = lambda _: None) -> list[Request]:
    """The requests of a put, a listing and a get of an object."""
    with FaultProxy(endpoint, choose) as proxy:
        bucket = open_bucket(uri + ("&" if "?" in uri else "?") + f"endpoint={proxy.endpoint}")
        bucket.put("a/b", b"one")
        assert list(bucket.list()) == [("a/b", 3)]
        assert bucket.get("a/b") == b"one"
        return proxy.requests


def head(endpoint: str, name: str, key: str) -> dict[str, Any]:
    client = boto3.client("s3", endpoint_url=endpoint)
    return dict(client.head_object(Bucket=name, Key=key))


def test_the_endpoint_in_the_uri_goes_before_the_environment(
    s3_endpoint: str, name: str, aws: pytest.MonkeyPatch
) -> None:
    aws.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert {request.method for request in put_through(s3_endpoint, f"s3://{name}/p")} == {"PUT", "GET"}


def test_path_addressing_names_the_bucket_in_the_path(s3_endpoint: str, name: str) -> None:
    for request in put_through(s3_endpoint, f"s3://{name}/p?addressing=path"):
        assert request.path.startswith(f"/{name}")


def test_virtual_host_addressing_names_it_in_the_host(
    s3_endpoint: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def local(host: str, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if host.endswith(".localhost") else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    with FaultProxy(s3_endpoint) as proxy:
        bucket = open_bucket(f"s3://{name}/p?addressing=virtual&endpoint=http://localhost:{proxy.port}")
        bucket.put("a/b", b"one")
        assert bucket.get("a/b") == b"one"
        assert list(bucket.list()) == [("a/b", 3)]
        for request in proxy.requests:
            assert request.headers["host"].startswith(f"{name}.localhost")
            assert name not in request.path


def test_a_profile_gives_keys_region_and_endpoint(
    s3_endpoint: str, name: str, aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        aws.delenv(key)
    with FaultProxy(s3_endpoint) as proxy:
        config = tmp_path / "config"
        config.write_text(
            f"[profile wire]\nregion = eu-west-3\naws_access_key_id = AKWIRE\naws_secret_access_key = test\n"
            f"endpoint_url = {proxy.endpoint}\n"
        )
        aws.setenv("AWS_CONFIG_FILE", str(config))
        open_bucket(f"s3://{name}/p?profile=wire").put("a/b", b"one")
        assert "Credential=AKWIRE/" in proxy.requests[0].headers["authorization"]
        assert "/eu-west-3/s3/" in proxy.requests[0].headers["authorization"]


def test_a_profile_with_a_role_takes_on_the_role(
    s3_endpoint: str, name: str, aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with FaultProxy(s3_endpoint) as proxy:
        config = tmp_path / "config"
        config.write_text(
            f"[profile base]\naws_access_key_id = AKBASE\naws_secret_access_key = test\n"
            f"[profile writer]\nrole_arn = arn:aws:iam::000000000000:role/writer\nsource_profile = base\n"
            f"region = us-east-1\nendpoint_url = {proxy.endpoint}\n"
        )
        aws.setenv("AWS_CONFIG_FILE", str(config))
        aws.setenv("AWS_ENDPOINT_URL_STS", proxy.endpoint)
        open_bucket(f"s3://{name}/p?profile=writer").put("a/b", b"one")
    asked, put = proxy.requests
    assert "Credential=AKBASE/" in asked.headers["authorization"]
    assert "Credential=AKBASE/" not in put.headers["authorization"]
    assert "x-amz-security-token" in put.headers


def test_a_public_archive_is_read_without_credentials(s3_endpoint: str, name: str, aws: pytest.MonkeyPatch) -> None:
    put_through(s3_endpoint, f"s3://{name}/p")
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        aws.delenv(key)
    with FaultProxy(s3_endpoint) as proxy:
        bucket = open_bucket(f"s3://{name}/p?anonymous=true&endpoint={proxy.endpoint}")
        assert list(bucket.list()) == [("a/b", 3)]
        assert bucket.get("a/b") == b"one"
    assert ["authorization" in request.headers for request in proxy.requests] == [False, False]


def test_encryption_and_storage_class_are_asked_for_with_each_put(s3_endpoint: str, name: str) -> None:
    said = "sse=aws:kms&sse_kms_key=wire-key&storage_class=STANDARD_IA"
    put = put_through(s3_endpoint, f"s3://{name}/p?{said}")[0].headers
    assert put["x-amz-server-side-encryption"] == "aws:kms"
    assert put["x-amz-server-side-encryption-aws-kms-key-id"] == "wire-key"
    assert put["x-amz-storage-class"] == "STANDARD_IA"
    kept = head(s3_endpoint, name, "p/a/b")
    assert (kept["ServerSideEncryption"], kept["StorageClass"]) == ("aws:kms", "STANDARD_IA")


def test_a_put_has_its_checksums_and_for_a_store_that_refuses_them_its_md5_only(s3_endpoint: str, name: str) -> None:
    newer = put_through(s3_endpoint, f"s3://{name}/p")[0].headers
    assert {"content-md5", "x-amz-checksum-sha256", "if-none-match"} <= newer.keys()
    older = put_through(s3_endpoint, f"s3://{name}/q?request_checksum_calculation=when_required")[0].headers
    assert "content-md5" in older
    for headers in (newer, older):
        assert not {"x-amz-trailer", "content-encoding", "transfer-encoding"} & headers.keys()
    assert not [header for header in older if header.startswith("x-amz-checksum")]


def test_a_store_that_does_not_know_conditions_is_written_without(s3_endpoint: str, name: str) -> None:
    def refuse(request: Request) -> Fault | None:
        return "no conditions" if "if-none-match" in request.headers else None

    with FaultProxy(s3_endpoint, refuse) as proxy:
        bucket = open_bucket(f"s3://{name}/p?endpoint={proxy.endpoint}")
        for _ in range(2):
            bucket.put("a/b", b"one")
        with pytest.raises(ObjectConflict):
            bucket.put("a/b", b"two")
        assert bucket.get("a/b") == b"one"
    assert proxy.suffered == ["no conditions"]


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_listing_is_whole_whatever_the_size_of_its_pages(s3_endpoint: str, name: str, size: int) -> None:
    bucket = open_bucket(f"s3://{name}/p?endpoint={s3_endpoint}")
    for number in range(8):
        bucket.put(f"a/{number}+ü {number}", b"x" * number)
    with FaultProxy(s3_endpoint) as proxy:
        listed = list(open_bucket(f"s3://{name}/p?page_size={size}&endpoint={proxy.endpoint}").list("a/"))
    assert listed == [(f"a/{number}+ü {number}", number) for number in range(8)]
    assert len(proxy.requests) >= 8 / size


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_what_passes_is_tried_again(s3_endpoint: str, name: str, fault: Fault, method: str) -> None:
    with FaultProxy(s3_endpoint, first(1, fault, method)) as proxy:
        bucket = open_bucket(f"s3://{name}/p?attempts=3&timeout=0.5&endpoint={proxy.endpoint}")
        bucket.put("a/b", b"one" * 10_000)
        assert bucket.get("a/b") == b"one" * 10_000
        assert bucket.get_range("a/b", 3, 6) == b"oneone"
        assert list(bucket.list()) == [("a/b", 30_000)]
    assert proxy.suffered == [fault]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("slow down", "too busy"),
        ("clock skew", "set this machine's clock"),
        ("lost request", "does not answer"),
    ],
)
def test_what_does_not_pass_is_told_in_one_line(s3_endpoint: str, name: str, fault: Fault, said: str) -> None:
    with FaultProxy(s3_endpoint, lambda _: fault) as proxy:
        bucket = open_bucket(f"s3://{name}/p?attempts=2&timeout=0.5&endpoint={proxy.endpoint}")
        for use in (bucket.get, lambda key: bucket.put(key, b"x"), lambda key: list(bucket.list(key))):
            with pytest.raises(BucketError, match=said) as caught:
                use("a")
            assert "\n" not in str(caught.value)


def test_a_bit_that_flips_on_the_way_is_named_and_never_taken_for_an_article(s3_endpoint: str, name: str) -> None:
    segment = store(open_bucket(f"s3://{name}/p?endpoint={s3_endpoint}"), article("a"))
    for ref in segment.commit.objects:

        def flip(request: Request, key: str = ref.key) -> Fault | None:
            return "flipped bit" if request.path.endswith(key.rpartition("/")[2]) else None

        with FaultProxy(s3_endpoint, flip) as proxy:
            uri = f"s3://{name}/p?endpoint={proxy.endpoint}"
            assert [problem.key for problem in verify(open_bucket(uri)).problems] == [ref.key]
            with pytest.raises(ArchiveError, match=ref.key):
                list(open_archive(uri))


def test_the_pool_holds_as_many_connections_as_it_is_told(s3_endpoint: str, name: str) -> None:
    from archive.s3 import S3Bucket

    bucket = open_bucket(f"s3://{name}/p?connections=3&endpoint={s3_endpoint}")
    assert isinstance(bucket, S3Bucket)
    pool = bucket._client._endpoint.http_session._manager  # type: ignore[attr-defined]  # nothing public tells
    assert pool.connection_pool_kw["maxsize"] == 3


# ---------------------------------------------------------------- where options are given


def test_keys_of_the_archive_table_are_options_of_its_bucket_and_the_uri_goes_before_them() -> None:
    tables = {"archive": {"uri": "s3://wire/p", "storage_class": "GLACIER_IR", "page_size": 50, "anonymous": True}}
    config = parse_config(tables, "breachwire.toml")
    assert config.archive_at() == "s3://wire/p?anonymous=true&storage_class=GLACIER_IR&page_size=50"
    assert config.archive_at("s3://other?page_size=9") == (
        "s3://other?page_size=9&anonymous=true&storage_class=GLACIER_IR"
    )
    assert config.archive_at("./folder") == "./folder"
    assert config.with_values(archive="s3://other").archive_at() == config.archive_at("s3://other")


def test_an_archive_named_by_the_environment_keeps_the_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "breachwire.toml"
    file.write_text('[archive]\nprofile = "wire"\n')
    monkeypatch.setenv("BREACHWIRE_ARCHIVE", "s3://wire/p")
    assert load_config(str(file)).archive_at() == "s3://wire/p?profile=wire"


@pytest.mark.parametrize(
    ("key", "value"),
    [("sse", "rot13"), ("page_size", 0), ("addressing", "x"), ("timeout", "x"), ("endpoint", "x"), ("pofile", "x")],
)
def test_an_option_that_cannot_be_is_named_with_the_mend(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=key):
        parse_config({"archive": {key: value}}, "breachwire.toml")
    with pytest.raises(BucketError, match=rf"{key}.*the options are endpoint, region"):
        open_bucket(f"s3://wire/p?{key}={value}")


def test_every_option_is_told_in_the_documentation() -> None:
    page = (Path(__file__).parents[1] / "docs/archive.md").read_text("utf-8")
    assert [option for option in S3Options.__struct_fields__ if f"`{option}`" not in page] == []


def test_local_state_is_that_of_the_bucket_whatever_the_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert state_folder("s3://wire/p?storage_class=GLACIER_IR") == state_folder("s3://wire/p/")
    here, there = (state_folder(f"s3://wire/p?endpoint=http://{store}:9000") for store in ("here", "there"))
    assert len({here, there, state_folder("s3://wire/p"), state_folder("s3://wire/p?profile=there")}) == 4
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://here:9000")
    assert state_folder("s3://wire/p") == here


@pytest.mark.parametrize(
    "key", ["a/../b", "../a", "a//b", "/a", "a\x00b", "a\nb", "a\u202eb", "a\\b", "ü" * 300, "", "."]
)
def test_no_such_key_leaves_for_the_store(key: str) -> None:
    bucket = open_bucket("s3://wire/p?endpoint=http://127.0.0.1:1&attempts=1&region=us-east-1")
    for use in (bucket.get, bucket.delete, lambda key: bucket.put(key, b""), lambda key: bucket.get_range(key, 0, 1)):
        with pytest.raises(InvalidKey):
            use(key)
