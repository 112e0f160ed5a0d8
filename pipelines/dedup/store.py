"""The known articles of an archive in one SQLite file, beside it: every run decides against all that is archived.

Derived, and never the truth. Articles are taken in a segment at a time, once its commit is in the archive; each one's
text, place and keys in one transaction. A lost or stale file is made whole from the commits (`Store.catch_up`), and so
are transactions that a loss of power undoes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any, NamedTuple, Self

from archive.database import Database
from archive.derived import COMMITS, Derived
from archive.errors import ArchiveError
from archive.records import Article
from archive.segment import Segment
from archive.tombstone import Tombstones
from pipelines.dedup import bands, buckets
from pipelines.dedup.decide import Document, comparable, exact_key, known_article
from pipelines.dedup.known import Candidate, KnownArticle
from pipelines.dedup.lookup import COLUMNS, Lookup, Row
from pipelines.dedup.names import address_name, id_name, packed, text_name, unpacked
from pipelines.dedup.rules import DedupConfig
from pipelines.dedup.signature import SIGNATURE_SCHEME, Signature, sign, signature_of

STORE_VERSION = 4
_LEVEL = 1
"""Of a text's compression: a third less time than with zlib's own level, for 6 % more bytes of news."""
_MAPPED = 2**40
"""Bytes of the file that are read where the system holds them; SQLite itself takes 2 GB at most. What is not mapped,
and what is written, goes through `_CACHE_KB` of memory."""
_CACHE_KB = 4_096
_TABLES = (
    """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    cluster TEXT,
    exact BLOB NOT NULL,
    words INTEGER NOT NULL,
    title TEXT,
    source TEXT,
    published TEXT,
    access TEXT NOT NULL,
    site TEXT,
    credits TEXT NOT NULL,
    leads INTEGER NOT NULL,
    related INTEGER NOT NULL,
    addresses BLOB NOT NULL,
    written TEXT NOT NULL,
    text BLOB
);
CREATE INDEX IF NOT EXISTS articles_cluster ON articles (cluster) WHERE leads AND cluster IS NOT NULL;
"""
    + buckets.TABLES
)

_TAKE = """
INSERT INTO articles (
    number, id, cluster, exact, words, title, source, published, access, site, credits, leads, related, addresses,
    written, text
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

# The same id is the same page with the same text: only its place among the copies can have changed.
_PLACE = "UPDATE articles SET cluster = ?, leads = ?, related = ?, written = ? WHERE number = ? AND written <= ?"

# Of each cluster the newest that leads it, but for the cluster's first article, whose row holds no cluster.
_LEADING = f"""
SELECT {COLUMNS} FROM (SELECT value FROM json_each(?)) CROSS JOIN articles ON number = (
    SELECT number FROM articles WHERE leads AND cluster = value ORDER BY written DESC, number DESC LIMIT 1
)
"""  # noqa: S608  # our own columns

_HEIRS = """
SELECT min(number), exact FROM articles WHERE exact IN (
    SELECT exact FROM articles WHERE text NOT NULL AND number IN (SELECT value FROM json_each(?1))
) AND number NOT IN (SELECT value FROM json_each(?1)) GROUP BY exact
"""
_GONE = """
SELECT number, id, exact, access, addresses, text FROM articles WHERE number IN (SELECT value FROM json_each(?))
"""


class Looked(NamedTuple):
    """What is archived like the articles that were asked for, None where there is none."""

    candidates: Mapping[Signature, list[Candidate]] = {}
    texts: Mapping[bytes, KnownArticle | None] = {}
    addresses: Mapping[str, KnownArticle | None] = {}
    leading: Mapping[str, KnownArticle | None] = {}
    """Of the clusters of all these."""


class Store(Derived):
    """`KnownArticles` that are archived: one writer at a time, any number of readers beside it.

    An article is found by its number alone; its bands, and its names (the id, each address, the text of which it is the
    first copy), lie in `Buckets`. Of articles with one address the last in its bucket is the newest.

    Every method raises `ArchiveError` when the file is damaged or out of reach; see `archive.database`.
    """

    def __init__(self, database: Database, config: DedupConfig) -> None:
        super().__init__(database)
        self._config = config
        self._lookup = Lookup(database)
        self._ready: dict[str, bytes] = {}

    @classmethod
    def open(cls, path: Path, config: DedupConfig | None = None) -> Self:
        """Open the file, or make a new one.

        Raises `ArchiveError`, with the mend, for a file of another version, or of signatures of another scheme.
        """
        store = cls(Database(path, COMMITS + _TABLES, STORE_VERSION), config or DedupConfig())
        try:
            store._database.all(f"PRAGMA mmap_size = {_MAPPED}")
            store._database.run(f"PRAGMA cache_size = -{_CACHE_KB}")
            store._settle("signatures", f"{SIGNATURE_SCHEME}/{bands.KEY}")
            # What decides, when an article is taken in, how it is found later.
            store._settle(
                "short texts", f"min_words {store._config.min_words}, short_words {store._config.short_words}"
            )
        except BaseException:
            store.close()
            raise
        return store

    def _settle(self, name: str, value: str) -> None:
        """Store the value if none is there yet, and refuse another one."""
        query = "SELECT value FROM meta WHERE name = ?"
        found = self._database.one(query, (name,))
        if found is None:
            self._database.run("INSERT OR IGNORE INTO meta VALUES (?, ?)", (name, value))
            found = self._database.one(query, (name,))
        if found != (value,):
            raise ArchiveError(
                f"{self.path}: {name} are of {found and found[0]!r}, this version uses {value!r}; "
                "run `breachwire archive rebuild`"
            )

    def take(self, segment: Segment) -> bool:
        """Take a committed segment's articles in, all or none; False when it was taken in before."""
        commit = segment.commit
        signed = [(article, signature_of(article)) for article in segment.articles]
        with self._database.transaction():
            if not self._mark(commit):
                return False
            self._take(signed, commit.written)
        return True

    def _take(self, signed: Sequence[tuple[Article, Signature]], written: str) -> None:
        """The rows of a table are written together: one by one they cost twice the time."""
        documents = [Document.of(article) for article, _ in signed]
        known = [
            known_article(document, signature, article.dedup, self._config)
            for document, (article, signature) in zip(documents, signed, strict=True)
        ]
        names = [_names(each, document) for each, document in zip(known, documents, strict=True)]
        found = self._lookup.named([name for each in names for name in each])
        numbers = {row.article.id: row.number for rows in found.values() for row in rows}
        ((last,),) = self._database.all("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'articles'")
        rows: list[tuple[Any, ...]] = []
        places, entries, near = [], [], []
        for place, (id, text, *addresses), (article, signature) in zip(known, names, signed, strict=True):
            cluster = place.cluster if place.cluster != place.id else None
            if place.id in numbers:
                places.append((cluster, place.leads, place.related, written, numbers[place.id], written))
                continue
            number = numbers[place.id] = last + len(rows) + 1
            entries += [(number, name) for name in (id, *addresses) if not _is_older(written, found.get(name, []))]
            body = None
            if text not in found:  # an exact copy is found, and its text read, through the first one
                found[text] = []
                body = zlib.compress(article.text.encode(), _LEVEL)
                entries.append((number, text))
                near += [(number, signature)] if comparable(signature, article.access, self._config) else []
            rows.append((number, place.id, cluster, *place[2:-1], packed(addresses), written, body))
        self._database.run_many(_TAKE, rows)
        self._database.run_many(_PLACE, places)
        self._lookup.add(entries, near)

    def forget(self, erased: Tombstones) -> int:
        """Remove the articles that were erased, down to the free pages of the file; their number."""
        with self._database.transaction():
            rows = self._database.all("SELECT number, id, site FROM articles")
            gone = [number for number, id, site in rows if erased.has("id", id) or erased.hides_site(site)]
            if gone:
                self._remove(str(gone))
        self._database.scrub()
        return len(gone)

    def _remove(self, numbers: str) -> None:
        """Remove articles, named by a JSON list. Where a copy with the same text stays, that is found by the text from
        now on."""
        heirs = {exact: heir for heir, exact in self._database.all(_HEIRS, (numbers,))}
        lost, left, near, moved = [], [], [], []
        for number, id, exact, access, addresses, text in self._database.all(_GONE, (numbers,)):
            lost += [(number, name) for name in (id_name(id), *unpacked(addresses))]
            if text is None:
                continue
            lost.append((number, text_name(exact)))
            signature = sign(zlib.decompress(text).decode())
            near.append((number, signature))
            if exact in heirs:
                left.append((heirs[exact], text_name(exact)))
                moved += [(heirs[exact], signature)] if comparable(signature, access, self._config) else []
                self._database.run("UPDATE articles SET text = ? WHERE number = ?", (text, heirs[exact]))
        self._database.run("DELETE FROM articles WHERE number IN (SELECT value FROM json_each(?))", (numbers,))
        self._lookup.remove(lost, near)
        self._lookup.add(left, moved)

    def __len__(self) -> int:
        ((count,),) = self._database.all("SELECT count(*) FROM articles")
        return int(count)

    def by_id(self, id: str) -> KnownArticle | None:
        rows = self._named(id_name(id))
        return rows[0].article if rows else None

    def text(self, id: str) -> str | None:
        """The clean text of the article, None when it is not here."""
        packed = self._ready.get(id)
        if packed is None:
            rows = self._named(id_name(id))
            rows = rows and self._named(text_name(rows[0].article.exact))
            found = rows and self._database.one("SELECT text FROM articles WHERE number = ?", (rows[0].number,))
            if not found:
                return None
            (packed,) = found
        try:
            return zlib.decompress(packed).decode()
        except (ValueError, zlib.error) as error:
            raise ArchiveError(f"{self.path}: is damaged: {error}; run `breachwire archive rebuild`") from error

    def by_text(self, exact: bytes) -> KnownArticle | None:
        rows = self._named(text_name(exact))
        return rows[0].article if rows else None

    def by_address(self, address: str) -> KnownArticle | None:
        rows = self._named(address_name(address))
        return rows[-1].article if rows else None

    def leading(self, cluster: str) -> KnownArticle | None:
        with self._database.reading():
            row = self._leading({cluster}, ()).get(cluster)
        return row.article if row else None

    def candidates(self, signature: Signature, limit: int) -> list[Candidate]:
        with self._database.reading():
            found = self._lookup.find([signature], [], limit)
        self._keep_ready(found.rows)
        return found.candidates[0]

    def look(self, articles: Sequence[tuple[Document, Signature]], limit: int) -> Looked:
        """What is archived like each, at a third of the cost of one after the other."""
        exact = [exact_key(signature, each.title, each.access, self._config) for each, signature in articles]
        addresses = list({address for each, _ in articles for address in each.addresses})
        signatures = [signature for _, signature in articles]
        names = [*map(text_name, exact), *map(address_name, addresses)]
        with self._database.reading():  # of one moment
            found = self._lookup.find(signatures, names, limit)
            clusters = {row.article.cluster for row in found.rows}
            leading = self._leading(clusters, found.rows) if clusters else {}
        self._keep_ready([*found.rows, *leading.values()])
        first = {name: rows[0].article for name, rows in found.named.items()}
        newest = {name: rows[-1].article for name, rows in found.named.items()}
        return Looked(
            candidates=dict(zip(signatures, found.candidates, strict=True)),
            texts={each: first.get(text_name(each)) for each in exact},
            addresses={each: newest.get(address_name(each)) for each in addresses},
            leading={each: leading[each].article if each in leading else None for each in clusters},
        )

    def _leading(self, clusters: Set[str], read: Sequence[Row]) -> dict[str, Row]:
        """The canonical copy of each cluster that has one; `read` are rows that need not be looked up again."""
        firsts = {row.article.id: row for row in read if row.article.id in clusters}
        unread = [id_name(cluster) for cluster in clusters if cluster not in firsts]
        firsts |= {row.article.id: row for rows in self._lookup.named(unread).values() for row in rows}
        later = map(Row.of, self._database.all(_LEADING, (json.dumps(list(clusters)),)))
        leading = {id: row for id, row in firsts.items() if row.article.leads and row.article.cluster == id}
        for row in later:
            before = leading.setdefault(row.article.cluster, row)
            leading[row.article.cluster] = max(before, row, key=lambda each: (each.written, each.number))
        return leading

    def _keep_ready(self, rows: Iterable[Row]) -> None:
        """The texts of these, which may be asked for next."""
        self._ready = {row.article.id: row.text for row in rows if row.text}

    def _named(self, name: bytes) -> list[Row]:
        with self._database.reading():
            return self._lookup.named([name]).get(name, [])


def _names(article: KnownArticle, document: Document) -> list[bytes]:
    return [id_name(article.id), text_name(article.exact), *map(address_name, document.addresses)]


def _is_older(written: str, rows: Sequence[Row]) -> bool:
    """Whether what was written then is older than the newest article of a name."""
    return bool(rows) and written < rows[-1].written
