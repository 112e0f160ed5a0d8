"""What can be said of an S3 store: in an archive's URI, as `s3://bucket/prefix?profile=wire&storage_class=STANDARD_IA`,
or in `[archive]` of breachwire.toml, under the same names."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from msgspec import Meta

from archive.errors import BucketError, InvalidKey
from archive.layout import validate_prefix

_BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")


class S3Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a store is spoken to. What is left out is as boto3 finds it: environment, profile, role of the machine."""

    endpoint: Annotated[str, Meta(pattern=r"^https?://[^/\s]+")] | None = None
    """The store's address, in place of AWS_ENDPOINT_URL."""
    region: str | None = None
    profile: str | None = None
    """A profile of ~/.aws/config; one with `role_arn` takes on that role."""
    anonymous: bool = False
    """Requests are not signed: for reading a public archive."""
    addressing: Literal["auto", "path", "virtual"] = "auto"
    """`path`: https://store/bucket/key; `virtual`: https://bucket.store/key."""
    request_checksum_calculation: Literal["when_supported", "when_required"] = "when_supported"
    """`when_required`: for a store that refuses newer checksums. A put then has its MD5 only."""
    sse: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = None
    """Encryption by the store."""
    sse_kms_key: str | None = None
    storage_class: Annotated[str, Meta(pattern=r"^[A-Z0-9_]{1,40}$")] | None = None
    attempts: Annotated[int, Meta(ge=1, le=20)] | None = None
    """Tries of a request, the first one counted, in place of AWS_MAX_ATTEMPTS; with pauses that grow, of random
    length."""
    timeout: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    """Seconds without a byte after which a request is tried again."""
    connections: Annotated[int, Meta(ge=1, le=256)] = 16
    """Connections that are kept open."""
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 1000
    """Keys asked for in one request of a listing."""


class S3Place(NamedTuple):
    """What an archive's URI names."""

    bucket: str
    prefix: str
    options: S3Options

    @property
    def uri(self) -> str:
        """The URI without the options."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def parse_s3(uri: str) -> S3Place:
    """The place that `s3://bucket/prefix?option=value` names; prefix and options may be left out. Raises `BucketError`.

    >>> parse_s3("s3://wire/news/?page_size=50").options.page_size
    50
    """
    where, _, query = uri[len("s3://") :].partition("?")
    name, _, prefix = where.partition("/")
    if not _BUCKET_NAME.fullmatch(name):
        raise BucketError(f"archive {uri!r}: {name!r} is no bucket's name; write s3://bucket/prefix")
    prefix = prefix.rstrip("/")
    try:
        validate_prefix(prefix)
        given = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
        options = msgspec.convert(given, S3Options, strict=False)
    except InvalidKey as error:
        raise BucketError(f"archive {uri!r}: {error}") from error
    except ValueError as error:  # msgspec's is one
        known = ", ".join(S3Options.__struct_fields__)
        raise BucketError(f"archive {uri!r}: {error}; the options are {known}") from error
    return S3Place(name, prefix, options)


def with_options(uri: str, options: S3Options) -> str:
    """The URI with the options that are not the default, but for those that it gives itself; a folder's as it is.

    >>> with_options("s3://wire/news?region=eu-west-1", S3Options(region="us-east-1", anonymous=True))
    's3://wire/news?region=eu-west-1&anonymous=true'
    """
    if not uri.lower().startswith("s3://"):
        return uri
    where, _, query = uri.partition("?")
    own = dict(parse_qsl(query, keep_blank_values=True))
    given: dict[str, Any] = {
        name: _text(value)
        for name, default in zip(S3Options.__struct_fields__, S3Options.__struct_defaults__, strict=True)
        if (value := getattr(options, name)) != default
    }
    joined = own | {name: value for name, value in given.items() if name not in own}
    return f"{where}?{urlencode(joined, safe=':/', quote_via=quote)}" if joined else where


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
