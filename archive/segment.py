"""Writing: articles and their captures are gathered into a segment, which counts once its commit object is
there."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from archive.blank import blanked
from archive.bucket import Bucket
from archive.clean import MAX_LINE_BYTES, encode_clean
from archive.commit import Commit, ObjectRef, encode_commit
from archive.errors import ArchiveError, Erased
from archive.layout import MAX_SEQ, CommitKey, check_run_id, data_key, new_run_id
from archive.records import Article, Capture, to_json
from archive.times import parse_time, rfc3339, utc_now
from archive.tombstone import Tombstones
from archive.warc import EncodedCapture, Original, RawResponse, encode_capture

LATEST_WRITE = timedelta(days=1)
"""How long after it was closed a segment may still be written. Readers that ask for what is new rely on
it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLimits:
    """When a segment is due: at so many articles, so many bytes held in memory, or at this age."""

    articles: int = 500
    size: int = 16 * 2**20
    age: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Segment:
    """A committed segment: its commit and its articles as they are stored, `capture` filled in."""

    commit: Commit
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    article: Article
    capture: EncodedCapture | None
    offset: int
    """Of the capture in the raw object."""
    fetched: datetime
    size: int


@dataclass(frozen=True, slots=True)
class _Closed:
    """A segment whose bytes are settled: from here on only the very same objects may be written."""

    segment: Segment
    objects: tuple[tuple[str, bytes], ...]
    when: datetime


class SegmentWriter:
    """Gathers one run's articles and commits them, segment by segment.

    Memory is bounded by twice the limits and one article. Not for several threads at once.
    """

    def __init__(
        self,
        bucket: Bucket,
        run_id: str | None = None,
        *,
        limits: SegmentLimits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.run_id = check_run_id(run_id or new_run_id(clock()))
        self._bucket = bucket
        self._limits = limits or SegmentLimits()
        self._clock = clock
        self._seq = 1
        self._entries: list[_Entry] = []
        self._size = 0
        self._raw_size = 0
        self._payloads: dict[str, Original] = {}
        self._opened: datetime | None = None
        self._closed: _Closed | None = None
        self._erased = Tombstones()

    def __len__(self) -> int:
        """How many articles are held and not committed yet."""
        return len(self._entries) + (len(self._closed.segment.articles) if self._closed else 0)

    def add(self, article: Article, response: RawResponse | None = None) -> bool:
        """Take an article in, and the response that it was extracted from; says whether a flush is due.

        Raises `ArchiveError`, and takes nothing in, when the article cannot be stored (text that is no
        Unicode, a `fetched` that is no time or in the future), was erased (`Erased`), or when the limits are reached
        and a flush has not succeeded.
        """
        now = self._clock()
        if self._erased.hides(article):
            raise Erased(f"article {article.id[:40]}: was erased, and is not taken in again")
        if self._over_limits():
            raise ArchiveError(f"{self._bucket.uri}: the segment is full and could not be written; flush it first")
        entry = _entry(article, response, now, self._raw_size, self._payloads)
        if self._opened is None:
            self._opened = now
        self._entries.append(entry)
        self._size += entry.size
        if entry.capture:
            self._payloads.setdefault(entry.capture.digest, entry.capture.at(self._raw_size))
            self._raw_size += len(entry.capture.members)
        return self.due()

    def due(self) -> bool:
        """Whether a flush should come now: a limit is reached, or the last flush failed."""
        aged = self._opened is not None and self._clock() - self._opened >= self._limits.age
        return self._closed is not None or aged or self._over_limits()

    def flush(self) -> Segment | None:
        """Write what is held: captures, then records, then the commit object. None when nothing is held.

        On return the articles are durable. When it raises `ArchiveError` nothing is lost: call it again, and
        it writes the same objects again, before anything that was added since (so at the end, flush until
        None).
        """
        if self._closed is None:
            self._closed = self._close() if self._entries else None
            self._entries, self._payloads = [], {}
            self._size, self._raw_size, self._opened = 0, 0, None
            if self._closed is None:
                return None
        closed = self._closed
        if self._clock() - closed.when > LATEST_WRITE:
            raise ArchiveError(f"{self._bucket.uri}: a segment could not be written for a day; start a new run")
        for key, data in closed.objects:
            self._bucket.put(key, data)
        self._closed = None
        self._seq += 1
        return closed.segment

    def _over_limits(self) -> bool:
        return len(self._entries) >= self._limits.articles or self._size >= self._limits.size

    def _close(self) -> _Closed | None:
        """The segment, without what was erased since it was added; None when nothing is left."""
        if self._seq > MAX_SEQ:
            raise ArchiveError(f"{self._bucket.uri}: run {self.run_id} has {MAX_SEQ} segments; start a new run")
        now = self._clock()
        place = CommitKey(now.astimezone(UTC).date(), self.run_id, self._seq)
        # Where tombstones cannot be read now, nothing is held up: no reader shows what they hide, and the next
        # compaction takes it out.
        with contextlib.suppress(ArchiveError):
            self._erased = self._erased.refreshed(self._bucket)
        raw: bytes | None = b"".join(e.capture.members for e in self._entries if e.capture)
        entries = [e for e in self._entries if not self._erased.hides(e.article)]
        gone = {e.offset for e in self._entries if e.capture and self._erased.hides(e.article)}
        if gone and raw:
            raw, gone = blanked(str(place), raw, gone, self._erased.hides_url)
        if not entries:
            return None
        objects: list[tuple[str, bytes]] = []
        if raw:
            objects.append((str(data_key("raw", place, raw)), raw))
        articles = _with_captures(entries, objects[0][0] if raw else "", gone)
        clean = encode_clean(articles)
        objects.append((str(data_key("clean", place, clean)), clean))
        commit = Commit(
            run=self.run_id,
            seq=self._seq,
            written=rfc3339(now),
            rows=len(articles),
            fetched_first=rfc3339(min(e.fetched for e in entries)),
            fetched_last=rfc3339(max(e.fetched for e in entries)),
            objects=tuple(
                ObjectRef(key=key, size=len(data), sha256=hashlib.sha256(data).hexdigest()) for key, data in objects
            ),
        )
        objects.append((str(place), encode_commit(commit)))
        return _Closed(Segment(commit, articles), tuple(objects), now)


def _entry(
    article: Article, response: RawResponse | None, now: datetime, offset: int, payloads: Mapping[str, Original]
) -> _Entry:
    try:
        size = len(to_json(article))
        fetched = parse_time(article.fetched)
    except ValueError as error:  # UnicodeEncodeError is one: a lone surrogate
        raise ArchiveError(f"article {article.id[:40]}: cannot be stored: {error}") from error
    if size > MAX_LINE_BYTES:
        raise ArchiveError(f"article {article.id[:40]}: cannot be stored: {size} bytes, {MAX_LINE_BYTES} at most")
    if fetched - now > timedelta(days=1):
        raise ArchiveError(f"article {article.id[:40]}: fetched {article.fetched} lies in the future; check the clock")
    capture = encode_capture(response, payloads) if response else None
    return _Entry(article, capture, offset, fetched, size + (len(capture.members) if capture else 0))


def _with_captures(entries: Sequence[_Entry], raw_key: str, gone: set[int]) -> tuple[Article, ...]:
    """The articles, each pointing at its response record in the raw object, unless that is gone."""
    articles = []
    for entry in entries:
        article = entry.article
        if (made := entry.capture) and entry.offset not in gone:
            place = Capture(warc=raw_key, offset=entry.offset, length=len(made.response), digest=made.digest)
            article = msgspec.structs.replace(article, capture=place)
        articles.append(article)
    return tuple(articles)
