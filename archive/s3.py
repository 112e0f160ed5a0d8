"""A bucket on S3, or on a store that speaks its protocol (`AWS_ENDPOINT_URL`). Credentials come as boto3
finds them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import ConnectionError as StoreConnectionError

from archive.errors import BucketError, InvalidKey, ObjectConflict, ObjectMissing
from archive.layout import validate_key, validate_prefix

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "409", "412"})
_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403", "Forbidden"})
_BAD_CREDENTIALS = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"})
_NO_VERSIONS = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405"})
_ATTEMPTS = 5


def open_s3(uri: str) -> S3Bucket:
    """The bucket at `s3://bucket/prefix`; the prefix may be left out."""
    name, _, prefix = uri[len("s3://") :].partition("/")
    if not _BUCKET_NAME.fullmatch(name):
        raise BucketError(f"archive {uri!r}: {name!r} is no bucket's name; write s3://bucket/prefix")
    prefix = prefix.rstrip("/")
    try:
        validate_prefix(prefix)
        # botocore repeats what fails (AWS_MAX_ATTEMPTS), with jitter. A put may be repeated: it says what it
        # expects.
        config = Config(retries={"mode": "standard"}, connect_timeout=10)
        client = boto3.session.Session().client("s3", config=config)
    except InvalidKey as error:
        raise BucketError(f"archive {uri!r}: {error}") from error
    except (BotoCoreError, ValueError) as error:
        raise BucketError(f"{uri}: S3 is not set up: {error}; check the AWS_… variables and ~/.aws/config") from error
    return S3Bucket(client, name, prefix)


class S3Bucket:
    """Objects in an S3 bucket, below a prefix."""

    def __init__(self, client: S3Client, name: str, prefix: str) -> None:
        self._client = client
        self._name = name
        self._prefix = prefix + "/" if prefix else ""

    @property
    def uri(self) -> str:
        return f"s3://{self._name}/{self._prefix}".rstrip("/")

    def put(self, key: str, data: bytes) -> None:
        """As `Bucket.put`: one request with checksums, which the store refuses if the key is taken.

        A repeat of a request whose answer was lost is refused, too; then the sha256 in the object's metadata
        tells.
        """
        path = self._prefix + validate_key(key)
        digest = hashlib.sha256(data)
        for _attempt in range(_ATTEMPTS):
            try:
                self._client.put_object(
                    Bucket=self._name,
                    Key=path,
                    Body=data,
                    ChecksumSHA256=base64.b64encode(digest.digest()).decode(),
                    ContentMD5=base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode(),
                    IfNoneMatch="*",
                    Metadata={"sha256": digest.hexdigest()},
                )
                return
            except ClientError as error:
                if _code(error) not in _TAKEN:
                    raise self._error(key, error) from error
            except BotoCoreError as error:
                raise self._error(key, error) from error
            found = self._sha256(key)
            if found == digest.hexdigest():
                return
            if found is not None:
                raise ObjectConflict(
                    f"{self.uri}: object {key} is already there with other bytes; it was left as it is"
                )
            # Refused, but nothing is there: another writer's request was under way and came to nothing.
        raise BucketError(f"{self.uri}: object {key} was refused {_ATTEMPTS} times though nothing is there; run again")

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
            return self._client.get_object(Bucket=self._name, Key=path)["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise self._error(key, error) from error

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        path = self._prefix + validate_key(key)
        span = f"bytes={offset}-{offset + length - 1}"
        try:
            answer = self._client.get_object(Bucket=self._name, Key=path, Range=span)
            if answer["ContentLength"] > length:
                raise self._because("the store does not give parts of objects")
            return answer["Body"].read()
        except ClientError as error:
            if _code(error) in ("InvalidRange", "416"):  # the object ends before the offset
                return b""
            raise self._error(key, error) from error
        except BotoCoreError as error:
            raise self._error(key, error) from error

    def list(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        pages = self._client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self._name, Prefix=self._prefix + validate_prefix(prefix)):
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
        return self._because(f"{error}; mend that and run again")

    def _because(self, why: str) -> BucketError:
        return BucketError(f"{self.uri}: the bucket cannot be used: {why}")


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
