"""The shape of a host's article addresses: guessed from what is usual, then learned from what its pages turn out to be.

A shape is a path with its numbers, dates and headlines left out; a host has few of them, and one is mostly either of
articles or of something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from archive.database import Database
from archive.tombstone import Tombstones
from pipelines.urls import identity

SHAPES_FILE = "shapes.sqlite"
VERSION = 1
MAX_SHAPES = 200
"""Shapes that are kept of one host: those seen most."""
SURE = 3
"""Pages of a shape that are wanted before it is trusted against what is usual."""
FULL = 1_000
"""Pages counted of a shape at which both counts are halved, so that a site may change its ways."""

_ABOUT = re.compile(
    r"/(tags?|category|categories|kategorie|rubrique|authors?|auteurs?|topics?|page|search|login|about|contact|privacy"
    r"|terms|advertise|subscribe|newsletters?|feeds?|rss|wp-\w+|archives?|events?|jobs|careers|podcasts?|videos?"
    r"|webinars?|whitepapers?|impressum|datenschutz|static|assets|cdn-cgi)(/|$)"
    r"|\.(pdf|jpe?g|png|gif|webp|svg|mp[34]|zip|xml|json|css|js)$",
    re.IGNORECASE,
)
_MARKED = re.compile(r"/(19|20)\d\d/|/(article|articles|story|stories|news|a|p)/|\d{4,}|\.s?html?$")


def shape(url: str) -> str:
    """What the addresses of a host's pages of one kind have in common.

    >>> shape("https://news.example/security/2026/03/01/clinic-loses-4000-records/")
    '/security/Y/9/9/slug'
    >>> shape("https://www.news.example/articles/-/12345?id=7&page=2")
    '/articles/-/999?id&page'
    """
    parts = urlsplit(identity(url))
    path = parts.path.strip("/").split("/")
    segments = [_kind(segment, number == len(path)) for number, segment in enumerate(path, 1)]
    names = "&".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})[:6])
    return ("/" + "/".join(segments[:8]) + (f"?{names}" if names else ""))[:200]


def _kind(segment: str, is_last: bool) -> str:
    stem, dot, ending = segment.rpartition(".")
    is_type = dot and re.fullmatch(r"[A-Za-z]{2,5}", ending)
    stem, ending = (stem, f".{ending.lower()}") if is_type else (segment, "")
    if re.fullmatch(r"(19|20)\d\d", stem):
        return "Y" + ending
    if stem.isdecimal():
        return ("9" if len(stem) < 3 else "999") + ending
    words = 1 + len(re.findall(r"(?<![^\W\d_])[^\W\d_]{2,}[-_](?=[^\W\d_]{2})", stem))  # of an ordinary headline
    if words > 3 or (is_last and words > 1) or stem.count("%") >= 3 or len(stem) > 30:
        return "slug" + ending
    return re.sub(r"\d+", "9", stem.lower())[:40] + ending


def leads_elsewhere(url: str) -> bool:
    """Whether an address is of a list, a form or a file, by its words.

    >>> leads_elsewhere("https://a.example/tag/breaches/"), leads_elsewhere("https://a.example/clinic")
    (True, False)
    """
    return bool(_ABOUT.search(urlsplit(url).path))


def looks_usual(url: str) -> bool:
    """Whether an address has what articles' addresses mostly have: a date, a number or a headline in it.

    >>> looks_usual("https://a.example/2026/03/clinic"), looks_usual("https://a.example/category/security/")
    (True, False)
    """
    parts = urlsplit(url)
    if leads_elsewhere(url):
        return False
    slug = max(parts.path.split("/"), key=len)
    return bool(_MARKED.search(parts.path) or re.search(r"\d{4,}", parts.query)) or slug.count("-") >= 3


Sighting = tuple[str, str, bool]
"""Host, shape, and whether the page was an article."""


def sighting(url: str, is_article: bool) -> Sighting:
    """What a page that turned out to be an article, or not, tells of its host.

    >>> sighting("https://www.news.example/2026/03/clinic-loses-records", True)
    ('news.example', '/Y/9/slug', True)
    """
    return urlsplit(identity(url)).netloc, shape(url), is_article


class Shapes:
    """What was learned of hosts, beside the frontier; derived state that may be deleted.

    Every method raises `ArchiveError` when the file cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._db = Database(folder / SHAPES_FILE, _SCHEMA, VERSION)

    def learn(self, sightings: Mapping[Sighting, int]) -> None:
        """Takes in how often pages of a shape were articles, and how often not."""
        rows = [
            (host, name, count * is_article, count * (not is_article))
            for (host, name, is_article), count in sightings.items()
        ]
        with self._db.transaction():
            self._db.run_many(_COUNT, rows)
            for host in {row[0] for row in rows}:
                self._db.run(
                    "UPDATE shape SET articles = articles / 2, others = others / 2"
                    " WHERE host = ? AND articles + others > ?",
                    (host, FULL),
                )
                self._db.run(_FORGET, (host, host, MAX_SHAPES))

    def of(self, host: str) -> dict[str, bool]:
        """The shapes of a host that are known well enough, and whether they are of articles.

        `host` is that of `pipelines.urls.identity`.
        """
        rows = self._db.all(
            "SELECT shape, articles >= others FROM shape WHERE host = ? AND articles + others >= ?", (host, SURE)
        )
        return {name: bool(is_article) for name, is_article in rows}

    def forget(self, erased: Tombstones) -> int:
        """Removes the shapes of hosts that were erased, and those that are the very path of an address that was; their
        number."""
        rows = self._db.all("SELECT host, shape FROM shape")
        gone = [(host, name) for host, name in rows if erased.hides_url(f"https://{host}{name}")]
        self._db.run_many("DELETE FROM shape WHERE host = ? AND shape = ?", gone)
        self._db.scrub()
        return len(gone)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_SCHEMA = """
CREATE TABLE shape (
    host TEXT NOT NULL, shape TEXT NOT NULL, articles INTEGER NOT NULL, others INTEGER NOT NULL,
    PRIMARY KEY (host, shape)
) WITHOUT ROWID
"""
_COUNT = """
INSERT INTO shape VALUES (?, ?, ?, ?) ON CONFLICT (host, shape)
DO UPDATE SET articles = articles + excluded.articles, others = others + excluded.others
"""
_FORGET = """
DELETE FROM shape WHERE host = ? AND shape NOT IN
(SELECT shape FROM shape WHERE host = ? ORDER BY articles + others DESC LIMIT ?)
"""
