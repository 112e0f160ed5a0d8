"""What the page of one article shows: its text with the evidence in it, its copies, its versions, where it is from."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive import Archive, Article
from archive.errors import ArchiveError, ObjectMissing
from crawler.changes import Part as Changed
from crawler.changes import changes
from crawler.web.highlight import Part, marked
from crawler.web.search import FullText
from crawler.web.stories import Row, Stories
from crawler.web.view import commit_key

ZONES = ("title", "lead", "body", "url", "category", "model")
TEXT_ZONES = frozenset({"lead", "body"})
MAX_VERSIONS = 12
"""Newest versions of a page that are compared."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One who published the story; `role` says what the article is among the copies."""

    row: Row
    role: str


@dataclass(frozen=True, slots=True)
class Revision:
    """What one version changed: both ends, the headline's change if any, the text's, paragraph by paragraph."""

    before: Row
    after: Row
    title: tuple[str | None, str | None] | None
    paragraphs: list[list[Changed]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one zone gave: its name, and its phrases with their points."""

    zone: str
    phrases: list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Story:
    """All of it."""

    row: Row
    article: Article
    title: list[Part]
    paragraphs: list[list[Part]]
    evidence: list[Evidence]
    strongest: float
    copies: list[Copy]
    revisions: list[Revision]
    related: list[Row]


@dataclass(frozen=True, slots=True)
class Records:
    """Records by their rows: from the search index, which keeps them, else from the archive."""

    archive: Archive
    index: FullText | None = None

    def read(self, row: Row) -> Article | None:
        """The record behind a row; None where it is in the archive no longer. Raises `ArchiveError`."""
        if self.index is not None:
            with contextlib.suppress(ArchiveError):  # it is being made
                if article := self.index.article(row.id):
                    return article
        try:
            articles: Sequence[Article] = self.archive.segment(commit_key(row.segment)).articles
        except ObjectMissing:
            return self.archive.find(row.id)
        return next((article for article in reversed(articles) if article.id == row.id), None)


def read_story(records: Records, stories: Stories, name: str) -> Story | None:
    """The story with this id, None where the archive has none. Raises `ArchiveError`."""
    row = stories.row(name)
    article = records.read(row) if row else None
    return story_of(records, stories, row, article) if row and article else None


def story_of(records: Records, stories: Stories, row: Row, article: Article) -> Story:
    """The story of an article that was read already."""
    hits = article.relevance.evidence if article.relevance else ()
    in_text = [hit for hit in hits if hit.zone in TEXT_ZONES]
    evidence = [Evidence(zone, [(h.phrase, h.weight) for h in hits if h.zone == zone]) for zone in ZONES]
    return Story(
        row=row,
        article=article,
        title=marked(article.title or "Without a title", [hit for hit in hits if hit.zone == "title"]),
        paragraphs=[marked(paragraph, in_text) for paragraph in article.text.split("\n\n") if paragraph.strip()],
        evidence=[each for each in evidence if each.phrases],
        strongest=max((abs(hit.weight) for hit in hits), default=0.0),
        copies=_copies(stories.copies(row)),
        revisions=list(_revisions(records, stories.versions(row)[-MAX_VERSIONS:], article)),
        related=stories.related(row),
    )


def _copies(rows: Sequence[Row]) -> list[Copy]:
    """The earliest first; of the versions of the canonical one the newest is canonical."""
    if len(rows) < 2:
        return []
    leading = [row for row in rows if not row.copy_of]
    newest = max(leading, key=lambda row: row.fetched, default=None)
    return [Copy(row, _role(row, newest)) for row in rows]


def _role(row: Row, newest: Row | None) -> str:
    if row.copy_of:
        return "copy" if row.verdict == "duplicate" else "copy, new version"
    return "kept as the story" if newest and row.id == newest.id else "earlier version"


def _revisions(records: Records, rows: Sequence[Row], shown: Article) -> Iterator[Revision]:
    """The newest change first."""
    if len(rows) < 2:
        return
    read = [(row, shown if row.id == shown.id else records.read(row)) for row in rows]
    versions = [(row, article) for row, article in read if article]
    for (before, old), (after, new) in reversed(list(itertools.pairwise(versions))):
        title = (old.title, new.title) if old.title != new.title else None
        yield Revision(before, after, title, _in_paragraphs(changes(old.text, new.text)))


def _in_paragraphs(parts: Iterator[Changed]) -> list[list[Changed]]:
    paragraphs: list[list[Changed]] = [[]]
    for text, mark in parts:
        if text == "\n":
            paragraphs.append([])
        else:
            paragraphs[-1].append((text, mark))
    return [paragraph for paragraph in paragraphs if paragraph]
