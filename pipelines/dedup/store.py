"""The known articles of an archive in one SQLite file, beside it: every run decides against all that is archived.

Derived, and never the truth. Articles are taken in a segment at a time, once its commit is in the archive; each one's
text, place and signature in one transaction. A lost or stale file is made whole from the commits (`Store.catch_up`).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from archive.database import Database
from archive.derived import COMMITS, Derived
from archive.errors import ArchiveError
from archive.records import Article
from archive.segment import Segment
from archive.tombstone import Tombstones
from pipelines.dedup import bands
from pipelines.dedup.bands import Bands, FewBands
from pipelines.dedup.decide import Document, comparable, known_article
from pipelines.dedup.index import most_shared
from pipelines.dedup.known import Candidate, InMemory, KnownArticle
from pipelines.dedup.rules import DedupConfig
from pipelines.dedup.signature import SIGNATURE_SCHEME, Signature, sign, signature_of

STORE_VERSION = 2

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
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
    text BLOB,
    written TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_exact ON articles (exact);
CREATE INDEX IF NOT EXISTS articles_cluster ON articles (cluster) WHERE leads AND cluster IS NOT NULL;
CREATE TABLE IF NOT EXISTS addresses (
    address BLOB PRIMARY KEY, article INTEGER NOT NULL, written TEXT NOT NULL
) WITHOUT ROWID;
"""
    + bands.TABLES
)

_FIELDS = "id, coalesce(cluster, id), exact, words, title, source, published, access, site, credits, leads"

_TAKE = """
INSERT INTO articles (id, cluster, exact, words, title, source, published, access, site, credits, leads, text, written)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
RETURNING number
"""

# The same id is the same page with the same text: only its place among the copies can have changed.
_PLACE = "UPDATE articles SET cluster = ?, leads = ?, written = ? WHERE number = ? AND written <= ?"

_ADDRESS = """
INSERT INTO addresses VALUES (?, ?, ?)
ON CONFLICT (address) DO UPDATE SET article = excluded.article, written = excluded.written
WHERE excluded.written >= written
"""

_LEADING = """
WHERE number = (
    SELECT number FROM (
        SELECT number, written FROM articles WHERE leads AND cluster = ?1
        UNION ALL SELECT number, written FROM articles WHERE leads AND cluster IS NULL AND id = ?1
    ) ORDER BY written DESC, number DESC LIMIT 1
)
"""


class Store(Derived):
    """`KnownArticles` that are archived: one writer at a time, any number of readers beside it.

    Every method raises `ArchiveError` when the file is damaged or out of reach; see `archive.database`.
    """

    def __init__(self, database: Database, config: DedupConfig) -> None:
        super().__init__(database)
        self._config = config
        self._bands = Bands(database)

    @classmethod
    def open(cls, path: Path, config: DedupConfig | None = None) -> Self:
        """Open the file, or make a new one.

        Raises `ArchiveError`, with the mend, for a file of another version, or of signatures of another scheme.
        """
        store = cls(Database(path, COMMITS + _TABLES, STORE_VERSION), config or DedupConfig())
        try:
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
            near = [self._take(article, signature, commit.written) for article, signature in signed]
            self._bands.add([each for each in near if each is not None])
        return True

    def forget(self, erased: Tombstones) -> int:
        """Remove the articles that were erased, down to the free pages of the file; their number."""
        with self._database.transaction():
            rows = self._database.all("SELECT number, id, site FROM articles")
            gone = [number for number, id, site in rows if erased.has("id", id) or erased.hides_site(site)]
            self._remove(gone)
        self._database.scrub()
        return len(gone)

    def _remove(self, numbers: Sequence[int]) -> None:
        """Remove articles. Where a copy with the same text stays, that is found by the text from now on."""
        query = "SELECT number, exact, access, text FROM articles WHERE number = ? AND text NOT NULL"
        found = [row for number in numbers for row in self._database.all(query, (number,))]
        signed = [
            (number, exact, access, text, sign(zlib.decompress(text).decode())) for number, exact, access, text in found
        ]
        self._database.run_many("DELETE FROM articles WHERE number = ?", ((number,) for number in numbers))
        self._database.run("DELETE FROM addresses WHERE article NOT IN (SELECT number FROM articles)")
        self._bands.remove([(number, signature) for number, _, _, _, signature in signed])
        heirs = []
        for _, exact, access, text, signature in signed:
            for (heir,) in self._database.all("SELECT min(number) FROM articles WHERE exact = ?", (exact,)):
                if heir is not None:
                    self._database.run("UPDATE articles SET text = ? WHERE number = ?", (text, heir))
                    heirs += [(heir, signature)] if comparable(signature, access, self._config) else []
        self._bands.add(heirs)

    def _take(self, article: Article, signature: Signature, written: str) -> tuple[int, Signature] | None:
        """The article's number and signature, if it is one more candidate."""
        document = Document.of(article)
        known = known_article(document, signature, article.dedup, self._config)
        cluster = known.cluster if known.cluster != known.id else None
        number = self._number(known.id)
        if number is not None:
            self._database.run(_PLACE, (cluster, known.leads, written, number, written))
            return None
        # An exact copy is found, and its text read, through the first one.
        first = self.by_text(known.exact) is None
        text = zlib.compress(article.text.encode()) if first else None
        row = self._database.one(_TAKE, (known.id, cluster, *known[2:], text, written))
        assert row is not None
        number = int(row[0])
        for address in document.addresses:
            self._database.run(_ADDRESS, (_digest(address), number, written))
        near = first and comparable(signature, article.access, self._config)
        return (number, signature) if near else None

    def _number(self, id: str) -> int | None:
        row = self._database.one("SELECT number FROM articles WHERE id = ?", (id,))
        return int(row[0]) if row else None

    def __len__(self) -> int:
        ((count,),) = self._database.all("SELECT count(*) FROM articles")
        return int(count)

    def has(self, id: str) -> bool:
        """Whether the article was taken in."""
        return self._number(id) is not None

    def text(self, id: str) -> str | None:
        """The clean text of the article, None when it is not here."""
        query = (
            "SELECT text FROM articles WHERE exact = (SELECT exact FROM articles WHERE id = ?) ORDER BY number LIMIT 1"
        )
        row = self._database.one(query, (id,))
        try:
            return zlib.decompress(row[0]).decode() if row else None
        except (ValueError, zlib.error) as error:
            raise ArchiveError(f"{self.path}: is damaged: {error}; run `breachwire archive rebuild`") from error

    def by_text(self, exact: bytes) -> KnownArticle | None:
        return self._article("WHERE exact = ? ORDER BY number LIMIT 1", exact)

    def by_address(self, address: str) -> KnownArticle | None:
        query = "WHERE number = (SELECT article FROM addresses WHERE address = ?)"
        return self._article(query, _digest(address))

    def leading(self, cluster: str) -> KnownArticle | None:
        return self._article(_LEADING, cluster)

    def candidates(self, signature: Signature, limit: int) -> list[Candidate]:
        (found,) = self.candidates_of([signature], limit)
        return found

    def candidates_of(self, signatures: Sequence[Signature], limit: int) -> list[list[Candidate]]:
        """The candidates of each, at a third of the cost of one after the other."""
        most = [most_shared(shared, limit) for shared in self._bands.shared(signatures)]
        numbers = {number for each in most for number, _ in each}
        query = f"SELECT number, {_FIELDS} FROM articles WHERE number IN (SELECT value FROM json_each(?))"  # noqa: S608
        rows = self._database.all(query, (str(sorted(numbers)),)) if numbers else []
        articles = {number: _known(fields) for number, *fields in rows}
        # An article that was erased since the bands were read is passed over.
        return [[Candidate(count, articles[number]) for number, count in each if number in articles] for each in most]

    def _article(self, where: str, value: Any) -> KnownArticle | None:
        row = self._database.one(f"SELECT {_FIELDS} FROM articles {where}", (value,))  # noqa: S608  # our own clauses
        return _known(row) if row else None


class Ahead:
    """`KnownArticles` of a store, and before them what a run has decided that is not committed yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, tuple[KnownArticle, Signature | None, Sequence[str]]] = {}
        self._ahead = InMemory(FewBands())
        self._expected: dict[Signature, list[Candidate]] = {}

    def __len__(self) -> int:
        return len(self._store) + len(self._ahead)

    def add(self, article: KnownArticle, signature: Signature | None, addresses: Iterable[str]) -> None:
        entry = (article, signature, tuple(addresses))
        self._waiting[article.id] = entry
        self._ahead.add(*entry)

    def expect(self, signatures: Sequence[Signature], limit: int) -> None:
        """Look up at once what is archived like these, which are decided next, before the next `take`. What another run
        commits in between is not seen, as if it had come later."""
        self._expected = dict(zip(signatures, self._store.candidates_of(signatures, limit), strict=True))

    def take(self, segment: Segment) -> None:
        """Move what a committed segment holds into the store."""
        self._expected = {}
        self._store.take(segment)
        for article in segment.articles:
            self._waiting.pop(article.id, None)
        self._ahead = InMemory(FewBands())
        for entry in self._waiting.values():
            self._ahead.add(*entry)

    def has(self, id: str) -> bool:
        return self._ahead.has(id) or self._store.has(id)

    def by_text(self, exact: bytes) -> KnownArticle | None:
        return self._store.by_text(exact) or self._ahead.by_text(exact)

    def by_address(self, address: str) -> KnownArticle | None:
        return self._ahead.by_address(address) or self._store.by_address(address)

    def leading(self, cluster: str) -> KnownArticle | None:
        return self._ahead.leading(cluster) or self._store.leading(cluster)

    def candidates(self, signature: Signature, limit: int) -> list[Candidate]:
        stored = self._expected.get(signature)
        if stored is None:
            stored = self._store.candidates(signature, limit)
        found = stored + self._ahead.candidates(signature, limit)
        return sorted(found, key=lambda candidate: -candidate.bands)[:limit]


def _known(row: Sequence[Any]) -> KnownArticle:
    return KnownArticle._make(row)._replace(leads=bool(row[-1]))


def _digest(address: str) -> bytes:
    """Eight bytes in place of an address. Cryptographic, so that nobody makes one that is taken for another."""
    return hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=8).digest()
