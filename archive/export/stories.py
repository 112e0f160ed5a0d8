"""Stories: unique articles, each with the sources that carried it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from archive.records import Article
from archive.selection import Filters
from archive.standing import cluster_of, is_copy

if TYPE_CHECKING:
    from archive.reader import Archive


@dataclass(frozen=True, slots=True)
class Story:
    """A unique article, and the sources that are known to carry it, its own first."""

    article: Article
    sources: tuple[str, ...]


def story_of(article: Article, sources: Iterable[str] = ()) -> Story:
    """The article as a story that these sources carry, too."""
    return Story(article, tuple(dict.fromkeys((article.source, *sources))))


def stories(archive: Archive, **filters: Unpack[Filters]) -> Iterator[Story]:
    """The articles that pass the filters, as stories. Reads the range twice: first for the copies of any source."""
    return stories_among(archive.articles(**filters), archive.articles(**copies_in(filters)))


def stories_among(articles: Iterable[Article], copies: Iterable[Article]) -> Iterator[Story]:
    """The articles as stories that the sources of their copies carry, too; the copies, among others, are read first."""
    sources = _by_cluster(copies)
    for article in articles:
        yield story_of(article, reversed(sources.get(cluster_of(article), ())))


def copies_in(filters: Filters) -> Filters:
    """Filters that let the copies in of what passes these: of the same days, whatever their source and language."""
    return {"since": filters.get("since"), "until": filters.get("until"), "include": ("duplicates",)}


def _by_cluster(copies: Iterable[Article]) -> dict[str, list[str]]:
    sources: dict[str, list[str]] = {}
    for article in copies:
        if is_copy(article.dedup):
            sources.setdefault(cluster_of(article), []).append(article.source)
    return sources


def newest_stories(archive: Archive, count: int) -> list[Story]:
    """The stories archived last, the newest first. Each comes with the sources of the copies that were archived after
    it; no more of the archive is read than it takes."""
    copies: dict[str, list[str]] = {}
    unique: list[Article] = []
    for article in archive.articles(include=("duplicates",)).read_ahead(4):
        if is_copy(article.dedup):
            copies.setdefault(cluster_of(article), []).append(article.source)
        else:
            unique.append(article)
            if len(unique) == count:
                break
    return [story_of(article, reversed(copies.get(cluster_of(article), ()))) for article in unique]
