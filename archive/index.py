"""The local index of an archive: what was taken in, by URL, by id and in order. Derived, and never the truth:
a lost or stale index is made whole from the archive's commits (`Index.catch_up`)."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from archive.database import Database
from archive.errors import ArchiveError
from archive.records import Article
from archive.segment import Segment

if TYPE_CHECKING:
    from archive.reader import Archive

INDEX_SCHEMA = 1
_CHUNK = 1000

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS commits (
    run TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    source TEXT NOT NULL,
    title TEXT,
    text BLOB NOT NULL,
    published TEXT,
    fetched TEXT NOT NULL,
    access TEXT NOT NULL,
    verdict TEXT NOT NULL,
    cluster TEXT,
    signature BLOB,
    scheme TEXT,
    written TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_url ON articles (url);
CREATE INDEX IF NOT EXISTS articles_canonical_url ON articles (canonical_url);
"""

# The same id is the same page with the same text; the record that was committed last says the rest.
_TAKE = """
INSERT INTO articles (id, url, canonical_url, source, title, text, published, fetched, access, verdict,
                      cluster, signature, scheme, written)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
    url = excluded.url, source = excluded.source, title = excluded.title, published = excluded.published,
    fetched = excluded.fetched, access = excluded.access, verdict = excluded.verdict,
    cluster = excluded.cluster, signature = excluded.signature, scheme = excluded.scheme,
    written = excluded.written
WHERE excluded.written >= articles.written
"""

_ROW = """
SELECT rowid, id, url, canonical_url, source, title, published, fetched, access, verdict, cluster,
       signature, scheme
FROM articles
"""


@dataclass(frozen=True, slots=True)
class IndexRow:
    """An article in the index, but for its text (`Index.text`). `signature` is the raw signature, made by
    `scheme`.

    `rowid` grows with every article taken in and is never given twice.
    """

    rowid: int
    id: str
    url: str
    canonical_url: str
    source: str
    title: str | None
    published: str | None
    fetched: str
    access: str
    verdict: str
    cluster: str | None
    signature: bytes | None
    scheme: str | None


class Index:
    """The index in one SQLite file: one writer at a time, any number of readers beside it.

    Every method raises `ArchiveError` when the file is damaged or out of reach; see `archive.database`.
    """

    def __init__(self, database: Database) -> None:
        self.path = database.path
        self._database = database

    @classmethod
    def open(cls, path: Path, *, scheme: str | None = None) -> Self:
        """Open the index, or make a new one. `scheme` names the signatures that the caller compares.

        Raises `ArchiveError`, with the mend, for an index of another version or of signatures of another
        scheme.
        """
        index = cls(Database(path, _TABLES, INDEX_SCHEMA))
        try:
            if scheme is not None:
                index._settle("scheme", scheme)
        except BaseException:
            index.close()
            raise
        return index

    def _settle(self, name: str, value: str) -> None:
        """Store the value if none is there yet, and refuse another one."""
        query = "SELECT value FROM meta WHERE name = ?"
        found = self._database.one(query, (name,))
        if found is None:
            self._database.run("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
            found = self._database.one(query, (name,))
        if found != (value,):
            raise ArchiveError(
                f"{self.path}: the index is of {name} {found and found[0]!r}, this version uses {value!r}; "
                "run `breachwire archive rebuild`"
            )

    def take(self, segment: Segment) -> bool:
        """Take a committed segment's articles in, all or none; False when it was taken in before."""
        commit = segment.commit
        rows = [_columns(article, commit.written) for article in segment.articles]
        with self._database.transaction():
            mark = "INSERT OR IGNORE INTO commits VALUES (?, ?)"
            if not self._database.run(mark, (commit.run, commit.seq)):
                return False
            self._database.run_many(_TAKE, rows)
        return True

    def catch_up(self, archive: Archive) -> int:
        """Take in every committed segment that is missing here, and return their number.

        A run calls it first; with a new index it rebuilds the whole.
        """
        known = set(self._database.all("SELECT run, seq FROM commits"))
        missing = [key for key in archive.commit_keys() if (key.run, key.seq) not in known]
        return sum(self.take(archive.segment(key)) for key in missing)

    def since(self, rowid: int = 0) -> Iterator[IndexRow]:
        """The articles taken in after that row, in order. Those taken in meanwhile come, too."""
        query = _ROW + "WHERE rowid > ? ORDER BY rowid LIMIT ?"
        while rows := self._database.all(query, (rowid, _CHUNK)):
            yield from (IndexRow(*row) for row in rows)
            rowid = rows[-1][0]

    def by_url(self, url: str) -> IndexRow | None:
        """The newest article with this URL or canonical URL."""
        query = _ROW + "WHERE url = ?1 OR canonical_url = ?1 ORDER BY written DESC, rowid DESC LIMIT 1"
        row = self._database.one(query, (url,))
        return IndexRow(*row) if row else None

    def text(self, article_id: str) -> str | None:
        """The clean text of the article, None when it is not here."""
        row = self._database.one("SELECT text FROM articles WHERE id = ?", (article_id,))
        try:
            return zlib.decompress(row[0]).decode() if row else None
        except (ValueError, zlib.error) as error:
            raise ArchiveError(f"{self.path}: is damaged: {error}; run `breachwire archive rebuild`") from error

    def has(self, article_id: str) -> bool:
        """Whether the article was taken in."""
        return self._database.one("SELECT 1 FROM articles WHERE id = ?", (article_id,)) is not None

    def __len__(self) -> int:
        ((count,),) = self._database.all("SELECT count(*) FROM articles")
        return int(count)

    def close(self) -> None:
        """Close the file. The index is not used after that."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _columns(article: Article, written: str) -> tuple[str | bytes | None, ...]:
    scheme = article.versions.signature if article.versions and article.signature else None
    return (
        article.id,
        article.url,
        article.canonical_url,
        article.source,
        article.title,
        zlib.compress(article.text.encode()),
        article.published,
        article.fetched,
        article.access,
        article.dedup.verdict,
        article.dedup.cluster,
        _signature(article),
        scheme,
        written,
    )


def _signature(article: Article) -> bytes | None:
    try:
        return base64.b64decode(article.signature, validate=True) if article.signature else None
    except ValueError as error:
        raise ArchiveError(f"article {article.id[:40]!r}: its signature is no base64") from error
