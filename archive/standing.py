"""What newer records say of older ones: which is the newest version of a page, and which of its copies is canonical."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from archive.addresses import page_address
from archive.id_set import IdSet
from archive.records import Article, Dedup

AMENDED = "amended"
"""The key in the `extra` of a record that was written again with another place among the copies: it holds when. It says
nothing new of the page."""


class Leading(NamedTuple):
    """The canonical copy of a cluster: its id and its page."""

    id: str
    page: str


class Newer:
    """The records read so far, of an archive that is read from the newest to the oldest."""

    def __init__(self) -> None:
        self._ids = IdSet()
        self.revised: set[str] = set()
        """Pages of which there is a newer version."""
        self.leading: dict[str, Leading] = {}
        """The canonical copy of each cluster in which a later copy took over."""

    def has(self, article: Article) -> bool:
        """Whether there is a newer record of the article."""
        return article.id in self._ids

    def replaces(self, article: Article) -> bool:
        """Whether there is a newer version of the page."""
        return bool(self.revised) and page_of(article) in self.revised

    def today(self, article: Article) -> Article:
        """The article with its place among the copies as newer records have it."""
        leading = self.leading.get(cluster_of(article))
        if leading is None:
            return article
        dedup = today(article.dedup, page_of(article), leading)
        return article if dedup is article.dedup else msgspec.structs.replace(article, dedup=dedup)

    def take_ids(self, ids: Sequence[str]) -> list[bool]:
        """Reads that there are records of these articles, one after the other; of each, whether it is the first."""
        return self._ids.add_all(ids)

    def hear(self, article: Article) -> None:
        """Reads what a record, as it was archived, says of older ones."""
        cluster = cluster_of(article)
        if article.dedup.verdict == "revision":
            self.revised.add(page_of(article))
        # The first of a cluster leads as long as nobody says so: nothing older is of its cluster.
        if not is_copy(article.dedup) and cluster != article.id:
            self.leading.setdefault(cluster, Leading(article.id, page_of(article)))


def today(dedup: Dedup, page: str, leading: Leading | None) -> Dedup:
    """An article's place among the copies once `leading` is their canonical one: it is a copy of that, unless it is
    an earlier version of that very page."""
    if leading is None or leading.id == dedup.duplicate_of or leading.page == page:
        return dedup
    verdict = dedup.verdict if dedup.verdict == "revision" else "duplicate"
    return msgspec.structs.replace(dedup, verdict=verdict, duplicate_of=leading.id)


def is_copy(dedup: Dedup) -> bool:
    """Whether the article is a copy of another one, or a new version of such a copy."""
    return dedup.verdict == "duplicate" or dedup.duplicate_of is not None


def cluster_of(article: Article) -> str:
    """The cluster of the article's copies: the id of the first."""
    return article.dedup.cluster or article.id


def page_of(article: Article) -> str:
    """What names the article's page."""
    return page_address(article.url, article.canonical_url)
