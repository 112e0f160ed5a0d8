"""Reading: an archive as one sequence of articles, newest first, each once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from archive.articles import Articles
from archive.bucket import Bucket, folder_of, open_bucket
from archive.commit import Commit
from archive.cursor import Cursor, cursor_of, decode_cursor, encode_cursor
from archive.errors import InvalidQuery, ObjectMissing
from archive.follow import Batch, follow
from archive.layout import CommitKey
from archive.live import as_commit, commit_keys, known, places, read_places
from archive.records import Article
from archive.segment import Segment
from archive.selection import INCLUDES, Filters, Selection
from archive.standing import cluster_of, page_of
from archive.tables import Columns, Tables
from archive.times import parse_time, utc_now
from archive.tombstone import Tombstones

if TYPE_CHECKING:
    from archive.search import Hit

_MIN_ID_PREFIX = 8


def open_archive(uri: str | Path) -> Archive:
    """The archive in a folder or at `s3://bucket/prefix`. Nothing is read yet."""
    return Archive(open_bucket(uri), str(uri) if folder_of(uri) is None else None)


class Archive(Tables):
    """An archive, as its committed segments show it. Iterating gives what `articles()` gives.

    Every method that reads raises `ArchiveError` when the archive is not there or an object in it is damaged;
    the message names the key.
    """

    def __init__(self, bucket: Bucket, uri: str | None = None) -> None:
        """`uri` is what it was opened by: the bucket's own has no options of a store, by which local state is named."""
        self.bucket = bucket
        self.uri = uri or bucket.uri

    def __iter__(self) -> Iterator[Article]:
        return iter(self.articles())

    def to_batches(self, columns: Columns = None) -> Iterator[Any]:
        return self.articles().to_batches(columns)

    def duckdb(self, columns: Columns = None) -> Any:
        return self.articles().duckdb(columns)

    def articles(self, **filters: Unpack[Filters]) -> Articles:
        """The articles that pass the filters, newest first (by when they were committed).

        An id comes once, its newest record. Of a page that was revised, the newest version within the range; of copies,
        the one that took over last, and `dedup` of the others says so, whatever it said when they were archived.
        Segments are read one at a time, and only those whose span of `fetched` meets the range.
        """
        return Articles(self.bucket, Selection.of(filters))

    def articles_after(self, cursor: str | None, **filters: Unpack[Filters]) -> Changes:
        """What was committed since the cursor was made (everything for None), and the cursor for the next
        time.

        Keep the new cursor only once the articles are dealt with. Raises `InvalidQuery` for a malformed
        cursor.
        """
        last = decode_cursor(cursor) if cursor else Cursor()
        keys = list(self.commit_keys())
        new = frozenset(key for key in keys if not last.saw(key))
        token = encode_cursor(cursor_of(keys, utc_now().date(), last))
        return Changes(Articles(self.bucket, Selection.of(filters), new), token)

    def follow(self, cursor: str | None = None) -> Iterator[Batch]:
        """What was committed since the cursor, segment by segment, with copies and new versions (`archive.follow`)."""
        return follow(self, cursor)

    def commit_keys(self) -> Iterator[CommitKey]:
        """The keys of all segments, in order of day, run and segment. A segment keeps its key when it is merged with
        others, though its own commit object goes."""
        return (place.key for place in places(self.bucket, commit_keys(self.bucket)))

    def commits(self, wanted: Collection[CommitKey] | None = None) -> Iterator[Commit]:
        """The commits of all segments, or of those that are wanted, in order of day, run and segment."""
        for place in places(self.bucket, commit_keys(self.bucket)):
            if wanted is None or place.key in wanted:
                there = known(self.bucket, place)
                assert there.commit is not None
                yield as_commit(there.commit, there.part)

    def segment(self, key: CommitKey) -> Segment:
        """The committed segment under `key`, with its articles."""
        found = list(self.segments(lambda other: other == key, key.day))
        if not found:
            raise ObjectMissing(f"{self.bucket.uri}: object {key} is missing; see `breachwire archive verify`")
        return found[0]

    def segments(self, wanted: Callable[[CommitKey], bool], day: date | None = None) -> Iterator[Segment]:
        """The committed segments that are wanted, of one day or all days, without the articles that were erased."""
        erased = Tombstones.of(self.bucket)
        chosen = (place for place in places(self.bucket, commit_keys(self.bucket, day)) if wanted(place.key))
        for commit, records in read_places(self.bucket, chosen):
            yield Segment(commit, tuple(each.article for each in records if not erased.hides(each.article)))

    def find(self, wanted: str) -> Article | None:
        """The newest record with this id, beginning of an id (8 characters or more), URL or canonical URL.

        Raises `InvalidQuery` when several ids begin so.
        """
        by_prefix: dict[str, Article] = {}
        for article in self._everything():
            if wanted in (article.id, article.url, article.canonical_url):
                return article
            if len(wanted) >= _MIN_ID_PREFIX and article.id.startswith(wanted):
                by_prefix.setdefault(article.id, article)
        if len(by_prefix) > 1:
            raise InvalidQuery(f"several articles' ids begin with {wanted}: {', '.join(sorted(by_prefix)[:5])}")
        return next(iter(by_prefix.values()), None)

    def revisions(self, article: Article) -> list[Article]:
        """The versions of the page that were archived, this one among them, oldest first."""
        same = [other for other in self._everything() if page_of(other) == page_of(article)]
        same.reverse()
        return sorted(same, key=lambda other: parse_time(other.fetched))

    def copies(self, article: Article) -> list[Article]:
        """Every article of the same cluster, this one among them, the earliest published first."""
        cluster = cluster_of(article)
        same = [other for other in self._everything() if cluster_of(other) == cluster]
        same.reverse()
        return sorted(same, key=_appeared)

    def search(self, question: str, **filters: Unpack[Filters]) -> Iterator[Hit]:
        """The articles that hold what is asked for, the best first (`archive.search.Search.find`).

        The index lies in the local state; what was committed since the last time is taken in first.
        """
        from archive.search import open_search  # SQLite: only for those who search

        with open_search(self) as search:
            yield from search.find(question, **filters)

    def _everything(self) -> Articles:
        return self.articles(include=INCLUDES)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is new since a cursor, and the cursor to ask with next time."""

    articles: Articles
    cursor: str


def _appeared(article: Article) -> datetime:
    """When the article was published, as far as it says so; else when it was fetched."""
    try:
        return parse_time(article.published or article.fetched)
    except ValueError:
        return parse_time(article.fetched)
