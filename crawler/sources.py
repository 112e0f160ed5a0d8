"""The registry of sources: where breach news is announced. Packaged entries, added to and changed by the user's own."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from crawler.hours import Hours
from pipelines.items import SiteRules
from pipelines.urls import host

Medium = Literal["feed", "sitemap", "section"]


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a site's pages, as CSS selectors; without effect after the day of `valid_until`."""

    body: str | None = None
    remove: tuple[str, ...] = ()
    title: str | None = None
    date: str | None = None
    valid_until: datetime.date | None = None

    def selectors(self) -> Iterator[tuple[str, str]]:
        """Each selector with the key that it stands under."""
        given = (
            ("body", self.body),
            *(("remove", one) for one in self.remove),
            ("title", self.title),
            ("date", self.date),
        )
        return ((key, selector) for key, selector in given if selector is not None)

    def expired(self, day: datetime.date) -> bool:
        """Whether their last day has passed."""
        return self.valid_until is not None and day > self.valid_until

    def at(self, day: datetime.date) -> SiteRules | None:
        """What extraction is to follow on a day; None after their last."""
        if self.expired(day):
            return None
        return SiteRules(body=self.body, remove=self.remove, title=self.title, date=self.date)


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A site and the addresses at which it announces its articles.

    `name` is how the command line and the archive call it. `prefilter` says whether an announced title and summary
    may keep a page from being fetched; a site that reports on nothing but breaches needs no filter. `pages`, `seconds`
    and `hours` are budgets of its own in place of those of `[crawl]`.
    """

    name: str
    home: str
    title: str | None = None
    country: str | None = None
    language: str | None = None
    kind: str = "news"
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    enabled: bool = True
    prefilter: bool = True
    pages: Annotated[int, Meta(ge=1)] | None = None
    seconds: Annotated[float, Meta(gt=0)] | None = None
    hours: Hours | None = None
    rules: Rules | None = None

    def places(self) -> Iterator[Place]:
        """Where this source is polled."""
        for medium, urls in (("feed", self.feeds), ("sitemap", self.sitemaps), ("section", self.sections)):
            for url in dict.fromkeys(urls):
                yield Place(self, medium, url)  # type: ignore[arg-type]  # the literals above are the media


@dataclass(frozen=True, slots=True)
class Place:
    """One address that is polled, and what is found there."""

    source: Source
    medium: Medium
    url: str


class UnknownSource(ValueError):
    """A source name that the registry does not hold."""


class Registry:
    """Sources by name, in a fixed order."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.name: source for source in sources}

    def __iter__(self) -> Iterator[Source]:
        return iter(self._sources.values())

    def __len__(self) -> int:
        return len(self._sources)

    def changed_by(self, own: Iterable[Source]) -> Registry:
        """With the user's entries in: one of a known name takes the packaged one's place."""
        return Registry((self._sources | {source.name: source for source in own}).values())

    def of(self, url: str) -> Source | None:
        """The source whose page a URL is: of those of its host (`www.` aside) the one with the longest home address
        that it begins with, or the only one."""
        same = [source for source in self if _site(source.home) == _site(url)]
        above = [source for source in same if urlsplit(url).path.startswith(urlsplit(source.home).path)]
        return max(above or same[:1] * (len(same) == 1), key=lambda source: len(source.home), default=None)

    def select(self, names: Iterable[str]) -> tuple[Source, ...]:
        """The enabled sources, or just those named (named ones also when disabled).

        Raises `UnknownSource` with the nearest known names.
        """
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return tuple(source for source in self if source.enabled)
        unknown = [name for name in wanted if name not in self._sources]
        if unknown:
            raise UnknownSource(self._unknown(unknown[0]))
        return tuple(self._sources[name] for name in wanted)

    def _unknown(self, name: str) -> str:
        import difflib

        near = difflib.get_close_matches(name, self._sources, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "see `breachwire sources list`"
        return f"unknown source {name!r}; {hint}"


@cache
def packaged_registry() -> Registry:
    """The registry that comes with Breachwire."""
    table = tomllib.loads(files("crawler").joinpath("sources.toml").read_text("utf-8"))
    return Registry(msgspec.convert(table["source"], tuple[Source, ...]))


def _site(url: str) -> str:
    return host(url).removeprefix("www.")
