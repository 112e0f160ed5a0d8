"""Following an archive: what was committed since a cursor, segment by segment, in the order that a copy is kept in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.records import Article
from archive.times import utc_now

if TYPE_CHECKING:
    from archive.reader import Archive


@dataclass(frozen=True, slots=True)
class Batch:
    """What one segment brought, in the order that it was taken in; when that was closed (RFC 3339, UTC); and the cursor
    that stands behind it.

    Nothing is left out or made good: copies, related articles and new versions come as such, as their `dedup` says. Of
    several records of one id the one that was written last counts.
    """

    articles: tuple[Article, ...]
    written: str
    cursor: str


def follow(archive: Archive, cursor: str | None) -> Iterator[Batch]:
    """The batches since the cursor, day by day, the oldest first; all of them for None. It ends when there is nothing
    new.

    A batch's cursor is to be kept once the batch was dealt with; whoever is stopped before that is given it again, and
    no other. Raises `InvalidQuery` for a malformed cursor.
    """
    last = decode_cursor(cursor) if cursor else Cursor()
    keys = list(archive.commit_keys())
    seen = [key for key in keys if last.saw(key)]
    today = utc_now().date()
    for key in keys:
        if not last.saw(key):
            segment = archive.segment(key)
            now = cursor_of([*seen, key], today, last)
            seen = [each for each in (*seen, key) if each.day >= now.floor]
            yield Batch(segment.articles, segment.commit.written, encode_cursor(now))
