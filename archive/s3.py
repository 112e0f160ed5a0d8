"""A bucket on S3, or on a store that speaks its protocol. `archive.s3_options` has what can be said of the store;
credentials come as boto3 finds them."""

from __future__ import annotations

import base64
import hashlib
import random
import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import botocore.loaders
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as StoreConnectionError

from archive.errors import BucketError, ObjectConflict, ObjectMissing
from archive.layout import validate_key, validate_prefix
from archive.s3_options import S3Options, S3Place, parse_s3

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "409", "412"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403", "Forbidden"})
_BAD_CREDENTIALS = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"})
_NO_VERSIONS = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})
_BUSY = frozenset({"SlowDown", "ServiceUnavailable", "RequestLimitExceeded", "503"})
_ATTEMPTS = 5


def open_s3(uri: str) -> S3Bucket:
    """The bucket at `s3://bucket/prefix?option=value`; prefix and options may be left out."""
    place = parse_s3(uri)
    said = place.options
    # botocore repeats what fails, with pauses that grow, of random length. A put may be repeated: it says what it
    # expects.
    retries: Any = {"mode": "standard"} | ({"total_max_attempts": said.attempts} if said.attempts else {})
    config = Config(
        retries=retries,
        connect_timeout=min(10.0, said.timeout),
        read_timeout=said.timeout,
        max_pool_connections=said.connections,
        s3={"addressing_style": said.addressing},
        request_checksum_calculation=said.request_checksum_calculation,
        # rclone gives the whole object's checksum with a part of it. Whoever reads holds the bytes against the commit.
        response_checksum_validation="when_required",
        **({"signature_version": UNSIGNED} if said.anonymous else {}),
    )
    try:
        core = botocore.session.Session(profile=said.profile)
        core.register_component("data_loader", _models())
        session = boto3.session.Session(botocore_session=core, region_name=said.region)
        return S3Bucket(session.client("s3", endpoint_url=said.endpoint, config=config), place)
    except (BotoCoreError, ValueError) as error:
        raise BucketError(f"{uri}: S3 is not set up: {error}; check the AWS_… variables and ~/.aws/config") from error


@cache
def _models() -> Any:
    """The descriptions of AWS's interfaces. Reading them is five sixths of a client's cost, and a run has several."""
    return botocore.loaders.create_loader()


class S3Bucket:
    """Objects in an S3 bucket, below a prefix."""

    def __init__(self, client: S3Client, place: S3Place) -> None:
        self._client = client
        self._name = place.bucket
        self._prefix = place.prefix + "/" if place.prefix else ""
        self._page_size = place.options.page_size
        self._attempts = place.options.attempts or _ATTEMPTS
        self._put_options = _put_options(place.options)
        self._newer_checksums = place.options.request_checksum_calculation == "when_supported"
        self._conditional = True

    @property
    def uri(self) -> str:
        return f"s3://{self._name}/{self._prefix}".rstrip("/")

    def put(self, key: str, data: bytes) -> None:
        """As `Bucket.put`: one request with checksums, which the store refuses if the key is taken.

        A repeat of a request whose answer was lost is refused, too; then the sha256 in the object's metadata
        tells. A store that ignores the condition writes the object again: a key holds its run's random bits or its
        content's digest, so these are the same bytes. Where a store does not know the condition at all, what is there
        is looked at first.
        """
        path = self._prefix + validate_key(key)
        digest = hashlib.sha256(data)
        taken = not self._conditional
        for _attempt in range(_ATTEMPTS):
            if taken:
                found = self._sha256(key)
                if found == digest.hexdigest():
                    return
                if found is not None:
                    raise ObjectConflict(
                        f"{self.uri}: object {key} is already there with other bytes; it was left as it is"
                    )
                # Nothing is there after all: another writer's request was under way and came to nothing.
            try:
                self._client.put_object(Bucket=self._name, Key=path, Body=data, **self._said_with(data, digest))
                return
            except ClientError as error:
                if self._conditional and _code(error) == "NotImplemented":
                    self._conditional = False
                elif _code(error) not in _TAKEN:
                    raise self._error(key, error) from error
                taken = True
            except BotoCoreError as error:
                raise self._error(key, error) from error
        raise BucketError(f"{self.uri}: object {key} was refused {_ATTEMPTS} times though nothing is there; run again")

    def _said_with(self, data: bytes, digest: hashlib._Hash) -> dict[str, Any]:
        """What a put says beside the bytes."""
        said: dict[str, Any] = {
            "ContentMD5": base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
            "Metadata": {"sha256": digest.hexdigest()},
        }
        if self._newer_checksums:
            said["ChecksumSHA256"] = base64.b64encode(digest.digest()).decode()
        if self._conditional:
            said["IfNoneMatch"] = "*"
        return said | self._put_options

    def _sha256(self, key: str) -> str | None:
        """The digest of the object that is there, from its metadata or else its bytes; None when there is
        none."""
        try:
            kept = self._client.head_object(Bucket=self._name, Key=self._prefix + key)["Metadata"].get("sha256")
            return kept or hashlib.sha256(self.get(key)).hexdigest()
        except ObjectMissing:
            return None
        except ClientError as error:
            if _code(error) in _MISSING:
                return None
            raise self._error(key, error) from error
        except BotoCoreError as error:
            raise self._error(key, error) from error

    def get(self, key: str) -> bytes:
        path = self._prefix + validate_key(key)
        try:
            return self._read(path)[1]
        except (BotoCoreError, ClientError) as error:
            raise self._error(key, error) from error

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        path = self._prefix + validate_key(key)
        try:
            size, data = self._read(path, length, Range=f"bytes={offset}-{offset + length - 1}")
        except ClientError as error:
            if _code(error) in ("InvalidRange", "416"):  # the object ends before the offset
                return b""
            raise self._error(key, error) from error
        except BotoCoreError as error:
            raise self._error(key, error) from error
        if size > length:
            raise self._because("the store does not give parts of objects")
        return data

    def _read(self, path: str, most: int | None = None, **span: str) -> tuple[int, bytes]:
        """The size of what the store has to give, and that, unless it is more than `most`. A body that breaks off or
        stands still is asked for again: botocore repeats only what has no answer."""
        for attempt in count(1):
            answer = self._client.get_object(Bucket=self._name, Key=path, **span)  # type: ignore[arg-type]
            size = answer["ContentLength"]
            if most is not None and size > most:
                answer["Body"].close()
                return size, b""
            try:
                return size, answer["Body"].read()
            except (HTTPClientError, IncompleteReadError):
                if attempt >= self._attempts:
                    raise
            time.sleep(random.uniform(0, min(20.0, 0.25 * 2**attempt)))  # noqa: S311  # no secret: only to spread load
        raise AssertionError("count() does not end")

    def put_at(self, key: str) -> datetime:
        """When the object was put, by the store's clock."""
        try:
            return self._client.head_object(Bucket=self._name, Key=self._prefix + validate_key(key))["LastModified"]
        except (BotoCoreError, ClientError) as error:
            raise self._error(key, error) from error

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._name,
            Prefix=self._prefix + validate_prefix(prefix),
            PaginationConfig={"PageSize": self._page_size},
        )
        try:
            for page in pages:
                for entry in page.get("Contents", ()):
                    yield entry["Key"][len(self._prefix) :], entry["Size"]
        except (BotoCoreError, ClientError) as error:
            raise self._error(prefix, error) from error

    def delete(self, key: str) -> None:
        try:
            self._client.delete_object(Bucket=self._name, Key=self._prefix + validate_key(key))
        except (BotoCoreError, ClientError) as error:
            raise self._error(key, error) from error

    def delete_versions(self, key: str) -> int:
        """Remove the object for good, with every version that a versioned bucket keeps of it; their number."""
        path = self._prefix + validate_key(key)
        count = 0
        try:
            for page in self._client.get_paginator("list_object_versions").paginate(Bucket=self._name, Prefix=path):
                for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    if each["Key"] == path:
                        self._client.delete_object(Bucket=self._name, Key=path, VersionId=each["VersionId"])
                        count += 1
        except ClientError as error:
            if _code(error) not in _NO_VERSIONS:
                raise self._error(key, error) from error
            self.delete(key)  # a store that knows no versions
        except BotoCoreError as error:
            raise self._error(key, error) from error
        return count

    def _error(self, key: str, error: BotoCoreError | ClientError) -> BucketError:
        if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
            return self._because("no credentials; set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        if isinstance(error, (StoreConnectionError, HTTPClientError)):
            return self._because(f"the store does not answer ({error}); check the network and AWS_ENDPOINT_URL")
        if not isinstance(error, ClientError):
            return self._because(f"{error}; check the AWS_… variables and ~/.aws/config")
        code = _code(error)
        if code == "NoSuchBucket":
            return self._because(
                f"there is no bucket {self._name!r}; create it, or check --archive and AWS_ENDPOINT_URL"
            )
        if code in _MISSING:
            return ObjectMissing(f"{self.uri}: object {key} is missing; see `breachwire archive verify`")
        if code in _DENIED:
            return self._because(f"access to {key or 'the list of objects'} denied; check the bucket's policy")
        if code in _BAD_CREDENTIALS:
            return self._because(f"the store does not accept the credentials ({code}); check AWS_PROFILE or the keys")
        if code == "RequestTimeTooSkewed":
            return self._because("the store's clock and this machine's differ; set this machine's clock (NTP)")
        if code in _BUSY:
            return self._because(f"the store is too busy ({code}); run again later, or with more `attempts`")
        return self._because(f"{error}; mend that and run again")

    def _because(self, why: str) -> BucketError:
        return BucketError(f"{self.uri}: the bucket cannot be used: {why}")


def _put_options(said: S3Options) -> dict[str, str]:
    """How the store is to keep an object."""
    wanted = {
        "ServerSideEncryption": said.sse,
        "SSEKMSKeyId": said.sse_kms_key,
        "StorageClass": said.storage_class,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
