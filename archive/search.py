"""Full-text search over an archive: SQLite FTS5 in a file of local state, derived from the commits alone."""

from __future__ import annotations

import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import msgspec

from archive.asked import Asked, Condition, condition_in, condition_of, kind_of, told_at
from archive.database import Database
from archive.derived import COMMITS, FORGOTTEN, Forgetful
from archive.question import BEGIN, BEGINNING, END, TOKENIZER, match_of, pieces_of, words_apart
from archive.records import Article, from_json, to_json
from archive.segment import Segment
from archive.selection import INCLUDES, Filters, Selection
from archive.standing import Leading, cluster_of, is_copy, page_of, today
from archive.state import state_folder
from archive.times import parse_time, rfc3339
from archive.tombstone import Tombstones

if TYPE_CHECKING:
    from archive.reader import Archive

_ALL = Selection(include=frozenset(INCLUDES))
SEARCH_FILE = "search.sqlite"
VERSION = 2
RANKED = 1_000
"""Of the articles that hold what is asked for, the newest so many are ranked. It takes 7 ms; to rank all 93,000 that
hold a frequent word took a third of a second (`benchmarks/reading.py`)."""
_WEIGHTS = "8.0, 3.0, 1.0"
"""A word in the title counts as eight in the text, one in the summary as three."""
_SNIPPET = 40
"""Words of a snippet; of scripts without spaces, characters."""
_AT_ONCE = 20
"""Hits that are looked up together."""
_UNSAFE = re.compile("[\0\ue000\ue001]")

# `at` is `told_at`. `articles_asked` has every column that a search is narrowed by, so that no record is read for that.
# The record is kept compressed, and the text that FTS5 wants for snippets is made of it: `words_of` is its content.
_TABLES = f"""
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, place TEXT NOT NULL, fetched TEXT NOT NULL,
    page TEXT NOT NULL, cluster TEXT NOT NULL, revision INTEGER NOT NULL, copy INTEGER NOT NULL,
    source TEXT NOT NULL, language TEXT, at INTEGER NOT NULL, kind TEXT, record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_asked ON articles (at, fetched, source, language, kind);
CREATE INDEX IF NOT EXISTS articles_place ON articles (place);
CREATE INDEX IF NOT EXISTS articles_page ON articles (page, place);
CREATE INDEX IF NOT EXISTS articles_cluster ON articles (cluster, place);
{FORGOTTEN}
CREATE VIEW IF NOT EXISTS words_of AS
    SELECT number, words_in(record, 0) AS title, words_in(record, 1) AS summary, words_in(record, 2) AS text
    FROM articles;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    title, summary, text, content='words_of', content_rowid='number', tokenize='{TOKENIZER}',
    prefix='{BEGINNING[0]} {BEGINNING[1]}'
)
"""  # noqa: S608  # the tokenizer is a constant


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found. `score` is higher the better it fits (BM25); `snippet` is the passage that fits best,
    in pieces, and whether a piece is of what was asked for."""

    article: Article
    score: float
    snippet: tuple[tuple[str, bool], ...]


class Search(Forgetful):
    """The index in one SQLite file. Every method raises `ArchiveError` as `Database` does."""

    def __init__(self, path: Path) -> None:
        database = Database(path, COMMITS + _TABLES, VERSION)
        database.function("words_in", _words_in)
        super().__init__(database)

    def take(self, segment: Segment) -> bool:
        """Take in the articles of a committed segment, all or none; False when they were taken in before."""
        commit = segment.commit
        with self._database.transaction():
            if not self._mark(commit):
                return False
            for row, article in enumerate(segment.articles):
                self._take(article, f"{commit.written} {commit.run} {commit.seq:05d} {row:09d}")
        return True

    def forget(self, erased: Tombstones) -> int:
        """Remove the articles that were erased, down to the free pages of the file; their number."""
        with self._database.transaction():
            rows = self._database.all("SELECT number FROM articles")
            gone = [article.id for (number,) in rows if (article := self._hidden(number, erased))]
            for name in gone:
                self._forget(name)
        if gone:
            self._database.run("INSERT INTO words (words) VALUES ('optimize')")  # else their words stay in its index
        self._database.scrub()
        return len(gone)

    def _hidden(self, number: int, erased: Tombstones) -> Article | None:
        row = self._database.one("SELECT record FROM articles WHERE number = ?", (number,))
        article = from_json(zlib.decompress(row[0])) if row else None
        return article if article is not None and erased.hides(article) else None

    def find(self, question: str, **filters: Unpack[Filters]) -> Iterator[Hit]:
        """The articles that hold what is asked for (`archive.question.match_of`), the best first, of equals the newest.

        Where over `RANKED` hold it, these are the newest so many; the older ones follow, the newest first.

        They are those that `Archive.articles` gives with the same filters, but for an id with several records: here
        the newest counts, even if it was fetched outside the range. Raises `InvalidQuery`.
        """
        wanted, match = Selection.of(filters), match_of(question)
        ranked = self._ranked(match, condition_in(wanted))
        while rows := list(islice(ranked, _AT_ONCE)):
            found = {number: article for number, _ in rows if (article := self._article(number, wanted))}
            snippets = self._snippets(list(found), match)
            for number, rank in rows:
                if number in found:
                    yield Hit(found[number], -rank, snippets.get(number, ()))

    def _ranked(self, match: str, condition: Condition) -> Iterator[tuple[int, float]]:
        """Numbers of articles with how they fit; the less the better."""
        newest = self._newest(match, condition, RANKED)
        yield from sorted(newest, key=lambda row: (row[1], -row[0]))
        if len(newest) == RANKED:
            yield from self._newest(match, condition, -1, newest[-1][0])

    def _newest(
        self, match: str, condition: Condition, limit: int, before: int = sys.maxsize
    ) -> list[tuple[int, float]]:
        """As `_ranked`, the newest first."""
        told, values = condition
        first, narrow = 0, ""
        if told:
            # What is asked of mostly lies together: hits before and behind it are not looked at.
            passing = f"FROM articles WHERE {told}"
            ((first, last),) = self._database.all(f"SELECT min(number), max(number) {passing}", values)
            if first is None:
                return []
            before = min(before, last + 1)
            # Without the plus every article would be looked for among the words, not every hit among the articles.
            narrow = f" AND +rowid IN (SELECT number {passing})"
        query = (
            f"SELECT rowid, bm25(words, {_WEIGHTS}) FROM words WHERE words MATCH ? AND rowid >= ? AND rowid < ?{narrow}"  # noqa: S608
            " ORDER BY rowid DESC LIMIT ?"
        )
        return self._database.all(query, (match, first, before, *values, limit))

    def ids(self, question: str, limit: int, **asked: Unpack[Asked]) -> list[str]:
        """The ids of articles of any standing that hold what is asked for, the best of the newest `RANKED` first."""
        newest = self._newest(match_of(question), condition_of(asked), RANKED)
        best = [number for number, _ in sorted(newest, key=lambda row: (row[1], -row[0]))[:limit]]
        query = "SELECT articles.id FROM json_each(?) JOIN articles ON number = value ORDER BY key"
        return [name for (name,) in self._database.all(query, (json.dumps(best),))]

    def holding(self, question: str) -> frozenset[str]:
        """The ids of all articles, of any standing, that hold what is asked for."""
        query = "SELECT articles.id FROM words JOIN articles ON number = words.rowid WHERE words MATCH ?"
        return frozenset(name for (name,) in self._database.all(query, (match_of(question),)))

    def passages(self, question: str, ids: Iterable[str]) -> dict[str, tuple[tuple[str, bool], ...]]:
        """As `Hit.snippet`, by id: the passages of these articles that fit the question best."""
        query = "SELECT number, articles.id FROM json_each(?) JOIN articles ON articles.id = value"
        names = dict(self._database.all(query, (json.dumps(list(ids)),)))
        return {names[number]: pieces for number, pieces in self._snippets(list(names), match_of(question)).items()}

    def newest(self, **filters: Unpack[Filters]) -> Iterator[Article]:
        """What `Archive.articles` gives with the same filters, in the same order, without opening a segment."""
        wanted = Selection.of(filters)
        condition, values = condition_in(wanted)
        query = f"SELECT number FROM articles WHERE {condition or 1} ORDER BY place DESC"  # noqa: S608
        for (number,) in self._database.all(query, values):
            article = self._article(number, wanted)
            if article is not None:
                yield article

    def article(self, wanted: str) -> Article | None:
        """The article with this id, or the newest version of the page with this address."""
        query = "SELECT number FROM articles WHERE id = ? OR page = ? ORDER BY place DESC"
        row = self._database.one(query, (wanted, wanted))
        return self._article(row[0], _ALL) if row else None

    def sources(self, article: Article) -> list[str]:
        """The sources that carried the article or copies of it, its own first, then in the order of their archiving."""
        query = "SELECT source FROM articles WHERE cluster = ? GROUP BY source ORDER BY min(place)"
        found = [source for (source,) in self._database.all(query, (cluster_of(article),))]
        return list(dict.fromkeys((article.source, *found)))

    def _take(self, article: Article, place: str) -> None:
        known = self._database.one("SELECT place FROM articles WHERE id = ?", (article.id,))
        if known is not None and known[0] > place:
            return
        self._forget(article.id)
        row = (article.id, place, rfc3339(parse_time(article.fetched)), page_of(article), cluster_of(article))
        standing = (article.dedup.verdict == "revision", is_copy(article.dedup))
        told = (article.source, article.language, told_at(article), kind_of(article))
        self._database.run(
            "INSERT INTO articles (id, place, fetched, page, cluster, revision, copy, source, language, at, kind,"
            " record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, *standing, *told, zlib.compress(to_json(article), 6)),
        )
        self._database.run(
            "INSERT INTO words (rowid, title, summary, text) VALUES (last_insert_rowid(), ?, ?, ?)", _words(article)
        )

    def _forget(self, name: str) -> None:
        """Take an article out, and its words."""
        self._database.run(
            "INSERT INTO words (words, rowid, title, summary, text) SELECT 'delete', words_of.* FROM words_of"
            " WHERE number = (SELECT number FROM articles WHERE id = ?)",
            (name,),
        )
        self._database.run("DELETE FROM articles WHERE id = ?", (name,))

    def _article(self, number: int, wanted: Selection) -> Article | None:
        """The article with its place among the copies as newer records have it; None if it is not wanted."""
        row = self._database.one("SELECT place, page, cluster, copy, record FROM articles WHERE number = ?", (number,))
        if row is None:  # taken out meanwhile
            return None
        place, page, cluster, copy, record = row
        if copy and "duplicates" not in wanted.include:
            return None
        ranges = (rfc3339(wanted.since), rfc3339(wanted.until), place)
        if "revisions" not in wanted.include and self._database.one(
            "SELECT 1 FROM articles WHERE page = ? AND revision AND fetched >= ? AND fetched < ? AND place > ?",
            (page, *ranges),
        ):
            return None
        leading = self._database.one(
            "SELECT id, page FROM articles WHERE cluster = ? AND NOT copy AND cluster != id"
            " AND fetched >= ? AND fetched < ? AND place > ? ORDER BY place DESC",
            (cluster, *ranges),
        )
        article = from_json(zlib.decompress(record))
        current = _at_its_place(article, page, Leading(*leading) if leading else None)
        return current if wanted.takes(current) else None

    def _snippets(self, numbers: list[int], match: str) -> dict[int, tuple[tuple[str, bool], ...]]:
        """By number. FTS5 starts over for each query, which takes long where a word's beginning is asked for: so it is
        one, over the hits between the first and the last."""
        query = (
            "SELECT rowid, snippet(words, -1, ?, ?, '…', ?) FROM words"
            " WHERE words MATCH ? AND rowid BETWEEN ? AND ? AND +rowid IN (SELECT value FROM json_each(?))"
        )
        ends = (min(numbers, default=0), max(numbers, default=0))
        rows = self._database.all(query, (BEGIN, END, _SNIPPET, match, *ends, json.dumps(numbers)))
        return {number: pieces_of(text or "") for number, text in rows}


def open_search(archive: Archive) -> Search:
    """The search over an archive, with all that was committed taken in."""
    next(archive.commit_keys(), None)  # a folder that is not there is told, and not made for the local state in it
    search = Search(state_folder(archive.uri) / SEARCH_FILE)
    try:
        search.catch_up(archive)
    except BaseException:
        search.close()
        raise
    return search


def _at_its_place(article: Article, page: str, leading: Leading | None) -> Article:
    dedup = today(article.dedup, page, leading)
    return article if dedup is article.dedup else msgspec.structs.replace(article, dedup=dedup)


def _words_in(record: bytes, part: int) -> str:
    """Title, summary or text of a kept record, as they are indexed."""
    return _words_of(record)[part]


@lru_cache(maxsize=8)  # a record is asked for its three texts in turn
def _words_of(record: bytes) -> tuple[str, ...]:
    return _words(from_json(zlib.decompress(record)))


def _words(article: Article) -> tuple[str, ...]:
    texts = (article.title or "", article.summary or "", article.text)
    return tuple(words_apart(_UNSAFE.sub(" ", text)) for text in texts)
