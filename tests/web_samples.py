"""A served archive for the tests of the pages, asked without a network."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from archive import Article, RawResponse, SegmentWriter, open_archive
from archive.search import SEARCH_FILE, Search
from crawler.sources import Source
from crawler.web.app import Application, Guard
from crawler.web.pages import Pages
from crawler.web.search import FullText
from crawler.web.view import View
from tests.archive_samples import NOON, at

SOURCES = (
    Source(name="harbour-post", home="https://harbour-post.example/", title="The Harbour Post", country="NO"),
    Source(name="wire", home="https://wire.example/", country="GB"),
)


@dataclass(frozen=True)
class Reply:
    """What the application answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Site:
    """The pages of an archive in a folder."""

    def __init__(self, folder: Path, guard: Guard | None = None) -> None:
        self.archive = open_archive(folder)
        self._view, index = folder / ".state" / "view.sqlite", folder / ".state" / SEARCH_FILE
        with View(self._view) as view, Search(index) as search:
            view.catch_up(self.archive)
            search.catch_up(self.archive)
        self._app = Application(self.archive, self._view, Pages(SOURCES), FullText(index), guard or Guard())

    def ask(self, path: str, *, method: str = "GET", host: str = "127.0.0.1:8350", **headers: str) -> Reply:
        """Asks for an address."""
        place, _, query = path.partition("?")
        said: list[tuple[str, dict[str, str]]] = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": place, "QUERY_STRING": query, "wsgi.input": io.BytesIO()}
        environ |= {"HTTP_HOST": host} | {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        body = self._app(environ, lambda status, sent, *_: said.append((status, dict(sent))))  # type: ignore[arg-type]
        ((status, sent),) = said
        return Reply(int(status.split()[0]), sent, b"".join(body))


def archived(folder: Path, *articles: Article | tuple[Article, RawResponse]) -> None:
    """Commits the articles, with their captures where there are some."""
    writer = SegmentWriter(open_archive(folder).bucket, clock=at(NOON))
    for each in articles:
        writer.add(*(each if isinstance(each, tuple) else (each,)))
    writer.flush()
