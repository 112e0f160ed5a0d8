"""Which lines stand on the pages of each host, so that one that stands on many can be told as boilerplate. Derived from
the archive's commits alone, and bounded: the newest pages of the hosts that were seen last."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.addresses import parts_of
from archive.database import Database
from archive.derived import COMMITS, Derived
from archive.records import Article, Removed
from archive.segment import Segment
from archive.tombstone import Tombstones

LINES_FILE = "lines.sqlite"
VERSION = 1
HOSTS = 1_000
PAGES = 100
"""Pages of a host that are remembered: the newest by the time they were fetched."""
LINES = 100
"""Lines of a page that are remembered. A line takes about 45 bytes: a host 0.45 MB at most, and 0.1 MB with pages of
twenty lines; all hosts 450 MB at most."""
_START = 60
"""Characters by which, with its length, a line is known: as many as a record of what was removed holds."""
_KEPT, _REMOVED, _ANNOUNCED = range(3)

_TABLES = """
CREATE TABLE IF NOT EXISTS pages (
    host INTEGER NOT NULL, page INTEGER NOT NULL, fetched TEXT NOT NULL, PRIMARY KEY (host, page)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lines (
    host INTEGER NOT NULL, line INTEGER NOT NULL, page INTEGER NOT NULL, role INTEGER NOT NULL,
    PRIMARY KEY (host, line, page)
) WITHOUT ROWID
"""

# The number of the host's other pages; and in the rows after it where the lines stand.
_SEEN = """
SELECT count(*), NULL, NULL FROM pages WHERE host = ?1 AND page != ?2
UNION ALL
SELECT line, page, role FROM lines WHERE host = ?1 AND line IN (SELECT value FROM json_each(?3))
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a page's lines from the other pages of its host."""

    pages: int = 0
    """Other pages of the host that are known."""
    on: Mapping[str, frozenset[int]] | None = None
    """The other pages, by a number, on which each line stood, whether it was kept there or taken out."""
    announced: frozenset[str] = frozenset()
    """Lines that are headline or summary of another page."""
    kept: frozenset[str] = frozenset()
    """Lines that an earlier version of this very page has in its text."""

    def where(self, line: str) -> frozenset[int]:
        """The other pages on which the line stood."""
        return (self.on or {}).get(line, frozenset())


class HostLines(Derived):
    """The memory in one SQLite file. Every method raises `ArchiveError` as `Database` does."""

    def __init__(self, path: Path) -> None:
        super().__init__(Database(path, COMMITS + _TABLES, VERSION))

    def take(self, segment: Segment) -> bool:
        """Take in the lines of a committed segment, all or none; False when they were taken in before."""
        with self._database.transaction():
            if not self._mark(segment.commit):
                return False
            for article in segment.articles:
                self._take(article)
            for host in {_host(article) for article in segment.articles}:
                self._forget_oldest(host)
            self._forget_hosts()
        return True

    def seen(self, article: Article, lines: Sequence[str]) -> Seen:
        """What the other pages of the article's host tell of these lines."""
        host, page = _host(article), page_number(article)
        by_key = {_line(line, len(line)): line for line in lines}
        (pages, _, _), *found = self._database.all(_SEEN, (host, page, str(list(by_key))))
        on: dict[str, set[int]] = defaultdict(set)
        for key, other, _ in found:
            if other != page:
                on[by_key[key]].add(other)
        return Seen(
            pages=pages,
            on={line: frozenset(others) for line, others in on.items()},
            announced=frozenset(by_key[key] for key, other, role in found if role == _ANNOUNCED and other != page),
            kept=frozenset(by_key[key] for key, other, role in found if role == _KEPT and other == page),
        )

    def forget(self, erased: Tombstones) -> int:
        """Remove the pages that were erased, down to the free pages of the file; their number."""
        pages = self._database.all("SELECT host, page FROM pages")
        gone = [(host, page) for host, page in pages if erased.has("page", str(page))]
        with self._database.transaction():
            for host, page in gone:
                self._forget(host, [page])
        self._database.scrub()
        return len(gone)

    def _take(self, article: Article) -> None:
        host, page = _host(article), page_number(article)
        known = self._database.one("SELECT fetched FROM pages WHERE host = ? AND page = ?", (host, page))
        if known is not None:
            if known[0] > article.fetched:
                return
            self._forget(host, [page])
        self._database.run("INSERT INTO pages VALUES (?, ?, ?)", (host, page, article.fetched))
        rows = ((host, line, page, role) for line, role in _lines_of(article))
        self._database.run_many("INSERT OR IGNORE INTO lines VALUES (?, ?, ?, ?)", rows)

    def _forget_oldest(self, host: int) -> None:
        oldest = "SELECT page FROM pages WHERE host = ? ORDER BY fetched DESC, page LIMIT -1 OFFSET ?"
        if old := [page for (page,) in self._database.all(oldest, (host, PAGES))]:
            self._forget(host, old)

    def _forget(self, host: int, pages: Sequence[int]) -> None:
        """Of all pages at once, for each time all lines of the host are read."""
        for table in ("pages", "lines"):
            statement = f"DELETE FROM {table} WHERE host = ? AND page IN (SELECT value FROM json_each(?))"  # noqa: S608
            self._database.run(statement, (host, str(pages)))

    def _forget_hosts(self) -> None:
        oldest = "SELECT host FROM pages GROUP BY host ORDER BY max(fetched) DESC, host LIMIT -1 OFFSET ?"
        for (host,) in self._database.all(oldest, (HOSTS,)):
            self._database.run("DELETE FROM pages WHERE host = ?", (host,))
            self._database.run("DELETE FROM lines WHERE host = ?", (host,))


def page_number(article: Article) -> int:
    """The number under which the article's page is known here."""
    return _number(article.canonical_url)


def _lines_of(article: Article) -> Iterator[tuple[int, int]]:
    """The page's lines with what became of them; its headline and summary first."""
    announced = [text for text in (article.title, article.summary) if text]
    kept = article.text.split("\n\n") if article.text else []
    left = LINES - len(announced)
    # Half of what there is room for is for each, and more where the other leaves it.
    removed = [record for record in article.removed if record.start][: max(left // 2, left - len(kept))]
    yield from ((_line(text, len(text)), _ANNOUNCED) for text in announced)
    yield from ((_line(text, len(text)), _KEPT) for text in kept[: left - len(removed)])
    yield from (_removed(record) for record in removed)


def _removed(record: Removed) -> tuple[int, int]:
    return _line(record.start, record.length), _REMOVED


def _line(text: str, length: int) -> int:
    return _number(f"{length} {text[:_START].casefold()}")


def _host(article: Article) -> int:
    return _number(parts_of(article.url).netloc.lower().removeprefix("www."))


def _number(text: str) -> int:
    """A digest that is an SQLite integer."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
