"""Where the pages lie. All links are relative, so that they hold under any address, and in a bucket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from crawler.web.query import Query

ASSETS = {
    "style.css": "text/css; charset=utf-8",
    "script.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""The files that pages need besides themselves, and their types."""

_SAFE = re.compile(r"[^A-Za-z0-9.-]+")


@cache
def asset(name: str) -> bytes:
    """The bytes of one of `ASSETS`."""
    return files("crawler.web").joinpath("static", name).read_bytes()


@cache
def _version(name: str) -> str:
    return sha256(asset(name)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class ServedLinks:
    """Links of pages that a server makes; `base` leads from the page to the root."""

    base: str = ""
    static: bool = False

    def listing(self, query: Query) -> str:
        """The list that the query asks for."""
        asked = query.encoded()
        return f"{self.base}?{asked}" if asked else self.base or "./"

    def story(self, name: str) -> str:
        """The page of an article."""
        return f"{self.base}story/{name}"

    def capture(self, name: str) -> str | None:
        """The page of what the server answered, where there is one."""
        return f"{self.base}capture/{name}"

    def removed(self, name: str) -> str | None:
        """The page of what was removed from an article's page, where there is one."""
        return f"{self.base}story/{name}/removed"

    def figures(self) -> str:
        """The page of charts."""
        return f"{self.base}figures"

    def asset(self, name: str) -> str:
        """A file of `ASSETS`, at an address that changes with its bytes."""
        return f"{self.base}{name}?v={_version(name)}"


@dataclass(frozen=True, slots=True)
class SiteLinks:
    """Links between the files of a static site."""

    base: str = ""
    static: bool = True

    def listing(self, query: Query) -> str:
        """The file of a list; the site has one for each value of a single filter. No slug has a `_`."""
        parts = [part for name, value in query.filters() for part in (name, value)]
        stem = "-".join(map(slug, parts)) or "index"
        return f"{self.base}{stem}{f'_{query.page}' if query.page > 1 else ''}.html"

    def story(self, name: str) -> str:
        """The file of an article."""
        return f"{self.base}story/{slug(name)}.html"

    def capture(self, name: str) -> str | None:
        """None: a site holds no captures."""
        return None

    def removed(self, name: str) -> str | None:
        """None: it is read from a capture."""
        return None

    def figures(self) -> str:
        """The file of charts."""
        return f"{self.base}figures.html"

    def asset(self, name: str) -> str:
        """A file of `ASSETS`."""
        return f"{self.base}{name}"


Links = ServedLinks | SiteLinks


def slug(text: str) -> str:
    """A text as part of a file name: itself if it is harmless, else with a digest that keeps it apart from others.

    >>> slug("harbour-post"), slug("../etc")[:6]
    ('harbour-post', '..-etc')
    """
    safe = _SAFE.sub("-", text)[:80]
    return safe if safe == text else f"{safe}-{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
