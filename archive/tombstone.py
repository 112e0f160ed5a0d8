"""Tombstones: hashes of what was erased, so that it never comes back. No address and no id stands there in the clear.

A tombstone object holds the hashes of one act of erasing, and is named by the sha256 of its bytes. A hash is of an
article's id, of an address, of a domain, or of the number under which `archive.host_lines` knows a page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from archive.addresses import site_of
from archive.bucket import Bucket
from archive.errors import ArchiveError, NoArchive
from archive.layout import TOMBSTONES
from archive.records import Article, Value

SCHEMA = 1
HASHES = 10_000
"""The most hashes in one object."""
_MAX_BYTES = 2**20
_KEY = re.compile(rf"{TOMBSTONES}[0-9a-f]{{64}}\.json", re.ASCII)

Kind = Literal["id", "url", "domain", "page"]


class Tombstone(Value, frozen=True, kw_only=True):
    """The object: when something was erased (RFC 3339, UTC), and its hashes."""

    schema: int = SCHEMA
    written: str
    hashes: tuple[str, ...]


def mark(kind: Kind, value: str) -> str:
    """The hash of an id, address, domain or page number: the first 32 hex digits of a sha256.

    >>> mark("url", "https://www.news.example/a/#top") == mark("url", "http://news.example/a")
    True
    """
    if kind == "url":
        value = _address(value)
    return hashlib.sha256(f"{kind} {value}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Tombstones:
    """What was erased, by its hashes."""

    def __init__(self, hashes: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self.hashes = frozenset(hashes)
        self._names = frozenset(names)

    def __len__(self) -> int:
        return len(self.hashes)

    @property
    def state(self) -> str:
        """What tells these from others that were read of the archive at another time."""
        return hashlib.sha256("\n".join(sorted(self._names)).encode()).hexdigest()

    @classmethod
    def of(cls, bucket: Bucket) -> Tombstones:
        """All that the archive has. Raises `ArchiveError` when one of them is damaged."""
        return cls().refreshed(bucket)

    def refreshed(self, bucket: Bucket) -> Tombstones:
        """These, and those that were written since they were read: one request where there are none."""
        try:
            names = set(tombstone_keys(bucket))
        except NoArchive:
            return self
        new = names - self._names
        if not new:
            return self
        hashes = (found for name in sorted(new) for found in read_tombstone(bucket, name).hashes)
        return Tombstones(self.hashes.union(hashes), names | self._names)

    def has(self, kind: Kind, value: str) -> bool:
        """Whether this very id, address, domain or page was erased."""
        return bool(self.hashes) and mark(kind, value) in self.hashes

    def hides_url(self, url: str) -> bool:
        """Whether the address, or a domain that it lies under, was erased."""
        return bool(self.hashes) and (self.has("url", url) or self.hides_site(site_of(url)))

    def hides_site(self, site: str | None) -> bool:
        """Whether the host, or a domain that it lies under, was erased."""
        return bool(self.hashes) and any(self.has("domain", domain) for domain in domains(site))

    def hides(self, article: Article) -> bool:
        """Whether the article was erased: by its id, or by one of its addresses."""
        return bool(self.hashes) and (self.has("id", article.id) or any(map(self.hides_url, addresses(article))))


def put_tombstones(bucket: Bucket, hashes: Iterable[str], written: str) -> list[str]:
    """Write the hashes into the archive; the keys of the objects. `written` is RFC 3339."""
    rest, keys = sorted(set(hashes)), []
    for start in range(0, len(rest), HASHES):
        data = msgspec.json.encode(Tombstone(written=written, hashes=tuple(rest[start : start + HASHES])))
        keys.append(f"{TOMBSTONES}{hashlib.sha256(data).hexdigest()}.json")
        bucket.put(keys[-1], data)
    return keys


def tombstone_keys(bucket: Bucket) -> Iterator[str]:
    """The keys of all tombstones. What else somebody left in their folder (`.DS_Store`) is none."""
    return (key for key, _size in bucket.list(TOMBSTONES) if _KEY.fullmatch(key))


def read_tombstone(bucket: Bucket, key: str) -> Tombstone:
    """The tombstone under a key. Raises `ArchiveError` unless it is the one that was written."""
    data = bucket.get_range(key, 0, _MAX_BYTES + 1)
    if key != f"{TOMBSTONES}{hashlib.sha256(data).hexdigest()}.json":
        raise ArchiveError(f"{key}: does not have the sha256 that it is named by; see `breachwire archive verify`")
    try:
        found = msgspec.json.decode(data, type=Tombstone)
    except msgspec.MsgspecError as error:
        raise ArchiveError(f"{key}: not a tombstone: {error}") from error
    if found.schema != SCHEMA:
        raise ArchiveError(f"{key}: tombstone of schema {found.schema}; this version reads schema {SCHEMA}")
    return found


def addresses(article: Article) -> Iterator[str]:
    """The addresses that the record names its page by, some of them the same."""
    yield article.url
    yield article.canonical_url
    asked = article.extra.get("requested_url")
    if isinstance(asked, str):
        yield asked


def domains(site: str | None) -> Iterator[str]:
    """A host and all that it lies under.

    >>> list(domains("jp.reuters.com"))
    ['jp.reuters.com', 'reuters.com', 'com']
    """
    while site:
        yield site
        site = site.partition(".")[2]


def _address(url: str) -> str:
    """An address without what does not tell pages apart: scheme, `www.`, the slash at its end, the fragment."""
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{site_of(url) or ''}{port}{parts.path.rstrip('/')}{query}"
