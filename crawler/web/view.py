"""The view that the pages are served from: one row an article, its place among the copies as a reader of the archive
would find it, and the figures. Derived from the commits, in one SQLite file; the texts stay in the archive."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import msgspec

from archive import Archive, Article, Segment
from archive.asked import kind_of, told_at
from archive.database import Database
from archive.derived import COMMITS, FORGOTTEN, Forgetful
from archive.errors import ArchiveError
from archive.facts import size_of
from archive.layout import CommitKey
from archive.records import Dedup
from archive.standing import Leading, cluster_of, is_copy, page_of, today
from archive.times import unix_second
from archive.tombstone import Tombstones
from crawler.web.figures import figures_of

VERSION = 2
VIEW_FILE = "view.sqlite"
"""Its name in the folder of local state."""
SUMMARY = 280
"""Characters of the summary, or of the text's beginning, that a list shows."""

LISTED, RELATED = 1, 2
"""`listed` of what the list shows, and of what it shows only if asked: the same event told again. 0 is not listed: a
copy, or a text that a later version replaced."""

_TABLES = f"""
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, place TEXT NOT NULL, segment TEXT NOT NULL, page TEXT NOT NULL, cluster TEXT NOT NULL,
    verdict TEXT NOT NULL, duplicate_of TEXT, copy_of TEXT, related_to TEXT, listed INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL, fetched INTEGER NOT NULL, source TEXT NOT NULL, language TEXT, kind TEXT,
    title TEXT, summary TEXT NOT NULL, url TEXT NOT NULL, size TEXT, kept INTEGER NOT NULL, removed INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS latest ON articles (at DESC, id, source, language, kind, listed) WHERE listed > 0;
CREATE INDEX IF NOT EXISTS by_source ON articles (source, at DESC, id, language, kind, listed) WHERE listed > 0;
CREATE INDEX IF NOT EXISTS by_language ON articles (language, at DESC, id, kind, listed) WHERE listed > 0;
CREATE INDEX IF NOT EXISTS by_cluster ON articles (cluster);
CREATE INDEX IF NOT EXISTS by_page ON articles (page, verdict, place);
CREATE INDEX IF NOT EXISTS by_related ON articles (related_to) WHERE related_to IS NOT NULL;
CREATE TABLE IF NOT EXISTS segments (
    run TEXT NOT NULL, seq INTEGER NOT NULL, written INTEGER NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
{FORGOTTEN}
CREATE TABLE IF NOT EXISTS figures (one INTEGER PRIMARY KEY CHECK (one = 1), json TEXT NOT NULL);
{COMMITS}
"""
# `place` sorts records as a reader meets them: by day, by when their segment was closed, by their row in it.
# In `latest` every column that a list is filtered by: rows that are passed over are never looked up. `by_source` and
# `by_language` are for counting: of a country's sources 2 ms at 100,000 articles, where `latest` takes 29.


class View(Forgetful):
    """Writes the view. Every method raises `ArchiveError` as `Database` does."""

    def __init__(self, path: Path) -> None:
        super().__init__(Database(path, _TABLES, VERSION))

    def catch_up(self, archive: Archive) -> int:
        """Take in what is missing here, forget what was erased since, and make the figures again if either was so; the
        number of segments."""
        taken = super().catch_up(archive)
        if taken or self._database.one("SELECT 1 FROM figures") is None:
            with self._database.transaction():
                self._count()
        return taken

    def forget(self, erased: Tombstones) -> int:
        """Remove the articles that were erased, down to the free pages of the file; their number."""
        with self._database.transaction():
            gone = [
                (name, cluster)
                for name, page, url, cluster in self._database.all("SELECT id, page, url, cluster FROM articles")
                if erased.has("id", name) or erased.hides_url(page) or erased.hides_url(url)
            ]
            self._database.run_many("DELETE FROM articles WHERE id = ?", ((name,) for name, _ in gone))
            self._stand({cluster for _, cluster in gone})
            self._count()
        self._database.scrub()
        return len(gone)

    def _count(self) -> None:
        figures = msgspec.json.encode(figures_of(self._database)).decode()
        self._database.run("INSERT OR REPLACE INTO figures VALUES (1, ?)", (figures,))

    def take(self, segment: Segment) -> bool:
        """Take in a committed segment, all of it or nothing; False when it was taken in before."""
        commit = segment.commit
        with self._database.transaction():
            if not self._mark(commit):
                return False
            self._database.run(
                "INSERT INTO segments VALUES (?, ?, ?)", (commit.run, commit.seq, unix_second(commit.written))
            )
            place = f"{commit.day} {commit.written} {commit.run}"
            rows = [
                _row(article, f"{place} {commit.seq:05} {number:05}", commit.key)
                for number, article in enumerate(segment.articles)
            ]
            moved = self._clusters_of("id", (row["id"] for row in rows))
            self._database.run_many(_UPSERT, [tuple(row.values()) for row in rows])
            touched = self._clusters_of("page", (row["page"] for row in rows))
            self._stand(moved | touched | {str(row["cluster"]) for row in rows})
        return True

    def _clusters_of(self, column: str, values: Iterable[object]) -> set[str]:
        """The clusters of the rows that hold one of these values."""
        query = f"SELECT DISTINCT cluster FROM articles WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608  # two literals
        return {cluster for (cluster,) in self._database.all(query, (json.dumps(list(values)),))}

    def _stand(self, clusters: set[str]) -> None:
        """Every article of these clusters gets the place that `Archive.articles` would give it."""
        leading: dict[str, Leading] = {}
        changed = []
        for name, page, cluster, verdict, original, copy_of, listed, replaced in self._database.all(
            _STANDING, (json.dumps(sorted(clusters)),)
        ):
            dedup = Dedup(verdict=verdict, duplicate_of=original, cluster=cluster)
            now = today(dedup, page, leading.get(cluster))
            if not is_copy(dedup) and cluster != name:
                leading.setdefault(cluster, Leading(name, page))
            shown = 0 if replaced or is_copy(now) else RELATED if now.verdict == "related" else LISTED
            if (shown, now.duplicate_of) != (listed, copy_of):
                changed.append((shown, now.duplicate_of, name))
        self._database.run_many("UPDATE articles SET listed = ?, copy_of = ? WHERE id = ?", changed)


_COLUMNS = [
    "id",
    "place",
    "segment",
    "page",
    "cluster",
    "verdict",
    "duplicate_of",
    "related_to",
    "at",
    "fetched",
    "source",
    "language",
    "kind",
    "title",
    "summary",
    "url",
    "size",
    "kept",
    "removed",
]
_UPSERT = (
    f"INSERT INTO articles ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608  # literals
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
    " WHERE excluded.place > place"
)
_STANDING = """
SELECT id, page, cluster, verdict, duplicate_of, copy_of, listed, place < coalesce(
    (SELECT max(newer.place) FROM articles AS newer WHERE newer.page = a.page AND newer.verdict = 'revision'), '')
FROM articles AS a WHERE cluster IN (SELECT value FROM json_each(?)) ORDER BY place DESC
"""


def _row(article: Article, place: str, segment: str) -> dict[str, object]:
    related = article.extra.get("related_to")
    values = (
        article.id,
        place,
        segment,
        page_of(article),
        cluster_of(article),
        article.dedup.verdict,
        article.dedup.duplicate_of,
        related if isinstance(related, str) else None,
        told_at(article),
        unix_second(article.fetched),
        article.source,
        (article.language or "").split("-")[0].lower() or None,
        kind_of(article),
        article.title,
        _shortened(article.summary or article.text),
        article.canonical_url,
        size_of(article.facts),
        len(article.text),
        sum(block.length for block in article.removed),
    )
    return dict(zip(_COLUMNS, values, strict=True))


def _shortened(text: str) -> str:
    """The beginning, cut at a word.

    >>> _shortened("word " * 100)[-12:]
    ' word word …'
    """
    words = " ".join(text[: 4 * SUMMARY].split())
    if len(words) <= SUMMARY:
        return words
    cut = words[:SUMMARY]
    return (cut.rsplit(" ", 1)[0] if " " in cut[-40:] else cut) + " …"


def commit_key(text: str) -> CommitKey:
    """The key in the column `segment`. Raises `ArchiveError` for anything else."""
    from archive.layout import parse_key

    key = parse_key(text)
    if not isinstance(key, CommitKey):
        raise ArchiveError(f"{text[:80]!r} is not the key of a commit; run `breachwire archive rebuild`")
    return key
