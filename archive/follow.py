"""Following an archive: what was committed and what was erased since a cursor, in the order that a copy is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor, tombstone_mark
from archive.layout import CommitKey
from archive.records import Article
from archive.times import utc_now
from archive.tombstone import Tombstones, read_tombstone, tombstone_keys

if TYPE_CHECKING:
    from archive.reader import Archive


@dataclass(frozen=True, slots=True)
class Batch:
    """What one segment brought, in the order that it was taken in, or what was erased since; and the cursor that stands
    behind it.

    Of the articles nothing is left out or made good: copies, related articles and new versions come as such, as their
    `dedup` says. Of several records of one id the one that was written last counts (`written`, RFC 3339 in UTC).
    `erased.hides(article)` tells whether a record of yours is to go.
    """

    articles: tuple[Article, ...]
    written: str
    erased: Tombstones
    cursor: str


def follow(archive: Archive, cursor: str | None) -> Iterator[Batch]:
    """The batches since the cursor: what was erased, then the segments, day by day, the oldest first; all for None. It
    ends when there is nothing new.

    A batch's cursor is to be kept once the batch was dealt with; whoever is stopped before that is given it again, and
    no other. Raises `InvalidQuery` for a malformed cursor.
    """
    last = decode_cursor(cursor) if cursor else Cursor()
    seen = [key for key in archive.commit_keys() if last.saw(key)]
    keys = {tombstone_mark(key): key for key in tombstone_keys(archive.bucket)}
    if new := keys.keys() - last.erased:
        last = replace(last, erased=last.erased | new)
        found = [read_tombstone(archive.bucket, keys[mark]) for mark in sorted(new)]
        hashes = (each for tombstone in found for each in tombstone.hashes)
        yield Batch((), max(each.written for each in found), Tombstones(hashes), encode_cursor(last))
    today = utc_now().date()
    for segment in archive.segments(lambda key: not last.saw(key)):
        commit = segment.commit
        seen.append(CommitKey(commit.day, commit.run, commit.seq))
        now = cursor_of(seen, today, last)
        seen = [key for key in seen if key.day >= now.floor]
        yield Batch(segment.articles, commit.written, Tombstones(), encode_cursor(now))
