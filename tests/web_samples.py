"""A served archive for the tests of the pages, asked without a network."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import msgspec

from archive import Article, RawResponse, SegmentWriter, open_archive
from archive.records import PhraseHit, Relevance, Removed
from archive.search import SEARCH_FILE, Search
from crawler.sources import Source
from crawler.web.app import Application, Guard
from crawler.web.pages import Pages
from crawler.web.removed import RemovedBlocks
from crawler.web.search import FullText
from crawler.web.view import View
from tests.archive_samples import NOON, article, at, response

SOURCES = (
    Source(name="harbour-post", home="https://harbour-post.example/", title="The Harbour Post", country="NO"),
    Source(name="wire", home="https://wire.example/", country="GB"),
)

ALSO_READ = "Also read: the harbour office buys a bell, and the keeper of the lighthouse paints its lamps at last"


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

    def __init__(self, folder: Path, guard: Guard | None = None, removed: RemovedBlocks | None = None) -> None:
        self.archive = open_archive(folder)
        self._view, index = folder / ".state" / "view.sqlite", folder / ".state" / SEARCH_FILE
        with View(self._view) as view, Search(index) as search:
            view.catch_up(self.archive)
            search.catch_up(self.archive)
        self._app = Application(
            self.archive, self._view, Pages(SOURCES), FullText(index), guard or Guard(), removed or RemovedBlocks()
        )

    def ask(self, path: str, *, method: str = "GET", host: str = "127.0.0.1:8350", **headers: str) -> Reply:
        """Asks for an address."""
        place, _, query = path.partition("?")
        said: list[tuple[str, dict[str, str]]] = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": place, "QUERY_STRING": query, "wsgi.input": io.BytesIO()}
        environ |= {"HTTP_HOST": host} | {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        body = self._app(environ, lambda status, sent, *_: said.append((status, dict(sent))))  # type: ignore[arg-type]
        ((status, sent),) = said
        return Reply(int(status.split()[0]), sent, b"".join(body))


def archived(folder: str | Path, *articles: Article | tuple[Article, RawResponse]) -> None:
    """Commits the articles, with their captures where there are some."""
    writer = SegmentWriter(open_archive(folder).bucket, clock=at(NOON))
    for each in articles:
        writer.add(*(each if isinstance(each, tuple) else (each,)))
    writer.flush()


def fill_wire(folder: str | Path) -> None:
    """An archive with a story and its capture, a copy, a revision, a story in Japanese and 30 others."""
    wire = msgspec.structs.replace(
        article("a", source="wire", published="2026-02-01T11:00:00Z"),
        relevance=Relevance(
            topic="breach", score=1, verdict="yes", evidence=(PhraseHit(phrase="records", zone="lead", weight=1),)
        ),
        removed=(Removed(kind="inline", length=len(ALSO_READ), start=ALSO_READ[:60]),),
        facts={"people_affected": {"value": 40_000}},
    )
    page = f"<html><body><p>{wire.text}</p><p>{ALSO_READ}</p></body></html>"
    copy = article("b", cluster=wire.id, verdict="duplicate", duplicate_of=wire.id)
    revised = article(
        "a", text=wire.text.replace("40,000", "58,000"), verdict="revision", cluster=wire.id, source="wire"
    )
    japanese = msgspec.structs.replace(
        article("c", text="市民病院から患者の個人情報が流出した。", language="ja", published="2026-02-01T10:00:00Z"),
        title="市民病院、患者3万8千人の個人情報が流出 不正アクセスで",
    )
    more = (article(f"n{n}", text=f"Ferry number {n} lost its list.", published="2026-01-20") for n in range(30))
    archived(folder, (wire, response("a", page.encode())), copy, revised, japanese, *more)
