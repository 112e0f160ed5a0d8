"""The article record, version 1: what is archived, as typed values, and its JSON form.

One JSON object a line; every field is always there, and null means "not known". The record is frozen:
what later versions add goes into `extra`. A reader ignores fields it does not know.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from archive.times import parse_time

SCHEMA = 1

Access = Literal["full", "truncated", "paywalled"]
RelevanceVerdict = Literal["yes", "maybe", "no"]
DedupVerdict = Literal["unique", "duplicate", "related", "revision"]
Small = Annotated[int, Meta(ge=-(2**31), lt=2**31)]
Large = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""The integers of the tables' columns."""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every value in a record: immutable, named fields only."""


class Http(Value, frozen=True, kw_only=True):
    """What the server said with the page."""

    status: Small | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_type: str | None = None


class PhraseHit(Value, frozen=True, kw_only=True, gc=False):
    """A phrase that counted for or against relevance: where it stood and how much it weighed."""

    phrase: str
    zone: str
    weight: float


class Relevance(Value, frozen=True, kw_only=True):
    """Whether an article is about the topic, and by which evidence."""

    topic: str
    score: float
    verdict: RelevanceVerdict
    evidence: tuple[PhraseHit, ...] = ()


class DedupEvidence(Value, frozen=True, kw_only=True):
    """The comparison that decided: shares are 0 to 1, `conflict` is swapped names or numbers per 100
    words."""

    containment: float
    lead: float
    conflict: float
    jaccard: float


class Dedup(Value, frozen=True, kw_only=True):
    """An article's place among its copies. `cluster` is the id of the first article of the cluster."""

    verdict: DedupVerdict = "unique"
    duplicate_of: str | None = None
    cluster: str | None = None
    evidence: DedupEvidence | None = None


class Capture(Value, frozen=True, kw_only=True):
    """Where the raw response lies: one gzip member of a WARC object, and the payload's digest
    (`sha256:…`)."""

    warc: str
    offset: Large
    length: Large
    digest: str


class Removed(Value, frozen=True, kw_only=True, gc=False):
    """A block that the cleaner took out: its kind, its length in characters and its first words.

    A page has a hundred; they hold nothing that the garbage collector would have to look into.
    """

    kind: str
    length: Large
    start: str = ""


class Versions(Value, frozen=True, kw_only=True):
    """What made the record, so that it can be told which articles newer rules would see differently."""

    breachwire: str
    extractor: str
    topic: str
    signature: str


class Article(Value, frozen=True, kw_only=True):
    """A news article: clean text, what is known about it, and how it came here.

    `id` is content-addressed (`article_id`). Dates are RFC 3339 strings with the zone that the page gave,
    else UTC. `text` has its paragraphs divided by one blank line. `signature` is the MinHash signature in
    base64; its scheme is named in `versions.signature`.
    """

    schema: int = SCHEMA
    id: str
    url: str
    canonical_url: str
    source: str
    title: str | None = None
    text: str = ""
    markdown: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    image: str | None = None
    tags: tuple[str, ...] = ()
    access: Access = "full"
    rights: tuple[str, ...] = ()
    fetched: str
    discovered_by: str | None = None
    http: Http = Http()
    relevance: Relevance | None = None
    dedup: Dedup = Dedup()
    story: str | None = None
    facts: dict[str, Any] = {}
    capture: Capture | None = None
    removed: tuple[Removed, ...] = ()
    versions: Versions | None = None
    signature: str | None = None
    extra: dict[str, Any] = {}


class RecordError(ValueError):
    """A line that is not an article record of a known version."""


def article_id(canonical_url: str, text: str) -> str:
    """The content address of an article: the first 20 hex digits of sha256 of canonical URL + clean text.

    >>> article_id("https://example.org/a", "Text.")
    '86e4c142fa8e67b32362'
    """
    return hashlib.sha256((canonical_url + text).encode("utf-8", "surrogatepass")).hexdigest()[:20]


_decode = msgspec.json.Decoder(Article).decode
_encode = msgspec.json.Encoder().encode


def to_json(article: Article) -> bytes:
    """The record as one line of JSON in UTF-8, without the line's end."""
    return _encode(article)


def from_json(line: bytes | str) -> Article:
    """The article of one JSON line. Raises `RecordError` with the field that is wrong."""
    try:
        article = _decode(line)
    except msgspec.MsgspecError as error:
        raise RecordError(f"not an article record: {error}") from error
    try:
        parse_time(article.fetched)
    except ValueError as error:
        raise RecordError(f"article {article.id[:40]!r}: its `fetched` is {error}") from error
    if article.schema != SCHEMA:
        raise RecordError(f"article record of schema {article.schema}; this version reads schema {SCHEMA}")
    return article
