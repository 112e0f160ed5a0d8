"""Questions to the view: the list of stories, who carried one, the versions of a page. Read-only."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from archive.asked import Asked
from archive.errors import ArchiveError
from crawler.web.figures import Figures
from crawler.web.view import LISTED, RELATED

PER_PAGE = 30


@dataclass(frozen=True, slots=True)
class Row:
    """An article as lists show it. `at` is when it was published as far as it says so, else when it was fetched, in
    Unix seconds."""

    id: str
    cluster: str
    verdict: str
    copy_of: str | None
    related_to: str | None
    listed: int
    at: int
    fetched: int
    source: str
    language: str | None
    kind: str | None
    title: str | None
    summary: str
    url: str
    size: str | None
    kept: int
    segment: str
    page: str


_ROW = ", ".join(f"articles.{name}" for name in Row.__slots__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which stories a list holds. `since` and `until` are Unix seconds, the end not included; `sources` are those of a
    country, and `ids` those that a search found, best first."""

    source: str | None = None
    sources: Sequence[str] | None = None
    language: str | None = None
    kind: str | None = None
    since: int | None = None
    until: int | None = None
    related: bool = False
    ids: Sequence[str] | None = None

    def asked(self) -> Asked:
        """The same of the search; of a source and a country that it is not of, no article can be."""
        sources = self.sources
        if self.source is not None:
            sources = [self.source] if sources is None or self.source in sources else []
        return Asked(sources=sources, language=self.language, kind=self.kind, since=self.since, until=self.until)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: its rows, the number of rows on all pages, and who else carried each story."""

    rows: list[Row]
    total: int
    carried: Mapping[str, list[str]]


class Stories:
    """A connection to the view that only reads. Every method raises `ArchiveError` when the file cannot be read."""

    def __init__(self, path: Path) -> None:
        with _told(path):
            self._view = sqlite3.connect(f"file:{quote(os.fsencode(path))}?mode=ro", uri=True, timeout=10)
        self._path = path

    def figures(self) -> Figures:
        """The figures, as they were when the view was last caught up."""
        rows = self._all("SELECT json FROM figures")
        return msgspec.json.decode(rows[0][0], type=Figures) if rows else Figures()

    def listing(self, wanted: Wanted, page: int) -> Listing:
        """A page of stories, the newest first, or the best found first; pages count from 1."""
        where, values = _where(wanted)
        first = (page - 1) * PER_PAGE
        if wanted.ids is None:
            ((total,),) = self._all(f"SELECT count(*) FROM articles WHERE {where}", values)  # noqa: S608  # placeholders
            query = f"SELECT id FROM articles WHERE {where} ORDER BY at DESC, id LIMIT ? OFFSET ?"  # noqa: S608
            ids = [name for (name,) in self._all(query, [*values, PER_PAGE, first])] if total > first else []
            rows = self.rows(ids)
        else:
            found = "json_each(?) AS found CROSS JOIN articles ON articles.id = found.value"
            query = f"SELECT articles.id FROM {found} WHERE {where} ORDER BY found.key"  # noqa: S608
            ids = [name for (name,) in self._all(query, [_json(wanted.ids), *values])]
            total, rows = len(ids), self.rows(ids[first : first + PER_PAGE])
        return Listing(rows, total, self._carried(rows))

    def newest(self, limit: int) -> list[Row]:
        """The newest stories."""
        ids = self._all("SELECT id FROM articles WHERE listed > 0 AND listed = 1 ORDER BY at DESC, id LIMIT ?", [limit])
        return self.rows([name for (name,) in ids])

    def everything(self) -> Iterator[Row]:
        """Every article, whether it is listed or not."""
        return (Row(*values) for values in self._all(f"SELECT {_ROW} FROM articles ORDER BY at DESC, id"))  # noqa: S608

    def row(self, name: str) -> Row | None:
        """The article with this id."""
        return next(iter(self.rows([name])), None)

    def copies(self, row: Row) -> list[Row]:
        """Every article of the same cluster, this one among them, the earliest first."""
        return self._where("cluster = ?", row.cluster)

    def versions(self, row: Row) -> list[Row]:
        """The versions of the page, this one among them, the earliest fetched first."""
        return sorted(self._where("page = ?", row.page), key=lambda version: version.fetched)

    def related(self, row: Row) -> list[Row]:
        """Articles that tell the same event in words of their own."""
        return [
            other
            for other in self._where("related_to = ? OR id = ?", row.id, row.related_to or "")
            if other.listed and other.id != row.id
        ]

    def _where(self, condition: str, *values: str) -> list[Row]:
        found = self._all(f"SELECT {_ROW} FROM articles WHERE {condition} ORDER BY at, id", values)  # noqa: S608
        return [Row(*each) for each in found]

    def rows(self, ids: Sequence[str]) -> list[Row]:
        """Articles in the order of their ids, as far as they are known."""
        query = f"SELECT {_ROW} FROM json_each(?) JOIN articles ON articles.id = value ORDER BY key"  # noqa: S608
        return [Row(*values) for values in self._all(query, [json.dumps(list(ids))])]

    def _carried(self, rows: Sequence[Row]) -> dict[str, list[str]]:
        """By id: the other sources that carried the story, the first one first."""
        query = (
            "SELECT cluster, source FROM articles WHERE cluster IN (SELECT value FROM json_each(?))"
            " GROUP BY cluster, source ORDER BY min(at)"
        )
        sources: dict[str, list[str]] = {}
        for cluster, source in self._all(query, [json.dumps([row.cluster for row in rows])]):
            sources.setdefault(cluster, []).append(source)
        return {row.id: [name for name in sources.get(row.cluster, ()) if name != row.source] for row in rows}

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with _told(self._path):
            return self._view.execute(query, values).fetchall()

    def close(self) -> None:
        """Close the connection."""
        self._view.close()

    def __enter__(self) -> Stories:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _where(wanted: Wanted) -> tuple[str, list[Any]]:
    """The condition, and its values."""
    terms: list[tuple[str, Any]] = [
        ("listed <= ?", RELATED if wanted.related else LISTED),
        ("source = ?", wanted.source),
        ("source IN (SELECT value FROM json_each(?))", _json(wanted.sources)),
        ("language = ?", wanted.language),
        ("kind = ?", wanted.kind),
        ("at >= ?", wanted.since),
        ("at < ?", wanted.until),
    ]
    given = [(term, value) for term, value in terms if value is not None]
    return " AND ".join(["listed > 0", *(term for term, _ in given)]), [value for _, value in given]


def _json(names: Sequence[str] | None) -> str | None:
    return None if names is None else json.dumps(list(names))


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path}: cannot be read: {error}; run `breachwire archive rebuild`") from error
