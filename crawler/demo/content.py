"""The demonstration's content as values: stories, and which site carries which story in which form."""

from __future__ import annotations

import tomllib
from datetime import datetime
from importlib.resources import files
from typing import Literal

import msgspec

Day = Literal[1, 2]
Kind = Literal["breach", "hard", "unrelated"]
Style = Literal["semantic", "soup", "paragraphs", "magazine", "aggregator"]
FeedFormat = Literal["rss", "atom", "rdf"]


class _Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the values in the content files: a misspelt key is an error."""


class Edit(_Content, frozen=True, kw_only=True):
    """What stands on the page from the second day on."""

    modified: datetime
    text: str


class Story(_Content, frozen=True, kw_only=True):
    """A story as its author wrote it. `follows` names the story whose background paragraphs it quotes."""

    id: str
    kind: Kind
    title: str
    text: str
    published: datetime
    language: str = "en"
    summary: str = ""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    follows: str | None = None
    edited: Edit | None = None

    def paragraphs(self, day: Day) -> tuple[str, ...]:
        """The paragraphs that stand on the page on that day."""
        return split_paragraphs(self.edited.text if self.edited and day == 2 else self.text)

    def modified(self, day: Day) -> datetime:
        return self.edited.modified if self.edited and day == 2 else self.published


class PagePlan(_Content, frozen=True, kw_only=True):
    """One article page of a site; the fields are explained in `content/sites.toml`."""

    story: str
    path: str
    outcome: str
    title: str | None = None
    found: tuple[Literal["feed", "sitemap"], ...] = ()
    section: str | None = None
    keep: int | None = None
    lead: str = ""
    related: tuple[str, ...] = ()
    also: str | None = None
    old_path: str | None = None
    day: Day = 1
    charset: str = "utf-8"
    charset_in_header: bool = True
    access: Literal["full", "paywalled"] = "full"
    missing: bool = False
    padding: int = 0


class FeedPlan(_Content, frozen=True, kw_only=True):
    """A feed's address, format and character set."""

    path: str
    format: FeedFormat
    charset: str = "utf-8"


class SectionPlan(_Content, frozen=True, kw_only=True):
    """A page that links to a site's articles on one subject."""

    path: str
    title: str


class SitePlan(_Content, frozen=True, kw_only=True):
    """One site. In `robots`, `{base}` stands for the site's address."""

    name: str
    title: str
    language: str
    country: str
    kind: Literal["newspaper", "aggregator"]
    style: Style
    robots: str
    pages: tuple[PagePlan, ...]
    feed: FeedPlan | None = None
    sitemap: str | None = None
    sections: tuple[SectionPlan, ...] = ()


class _Stories(_Content, frozen=True, kw_only=True):
    story: tuple[Story, ...]


class _Sites(_Content, frozen=True, kw_only=True):
    site: tuple[SitePlan, ...]


def split_paragraphs(text: str) -> tuple[str, ...]:
    r"""The paragraphs of a text in which a blank line divides them.

    >>> split_paragraphs("\nOne.\n\nTwo.\n")
    ('One.', 'Two.')
    """
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


def load_stories() -> dict[str, Story]:
    """All stories by id, in the order of the files (English, Japanese, German)."""
    stories: dict[str, Story] = {}
    for name in ("stories_en.toml", "stories_ja.toml", "stories_de.toml"):
        for story in msgspec.convert(_read(name), _Stories).story:
            if story.id in stories:
                raise ValueError(f"{name}: story {story.id!r} is there twice")
            stories[story.id] = story
    return stories


def load_sites() -> tuple[SitePlan, ...]:
    """All sites in the order of the file."""
    return msgspec.convert(_read("sites.toml"), _Sites).site


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((files("crawler.demo") / "content" / name).read_text(encoding="utf-8"))
