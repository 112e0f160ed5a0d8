"""The web application (WSGI): addresses to pages. It only reads, answers only to names it was told, and a page may load
nothing from anywhere else."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import logging
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse

from archive import Archive, ArchiveError, Article, InvalidQuery
from archive.times import utc_now
from archive.warc import read_capture
from crawler.web.health import CrawlWatch
from crawler.web.links import ASSETS, ServedLinks, asset
from crawler.web.pages import POLICY, Pages
from crawler.web.query import Query
from crawler.web.removed import RemovedBlocks, Unreadable
from crawler.web.search import PASSAGES, FullText
from crawler.web.stories import Stories
from crawler.web.story import Records, read_story

_log = logging.getLogger(__name__)

HTML = "text/html; charset=utf-8"
HEADERS = (
    ("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_ID = re.compile(r"[0-9a-f]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    body: bytes
    status: str = "200 OK"
    type: str = HTML
    headers: tuple[tuple[str, str], ...] = field(default=(("Cache-Control", "private, no-cache"),))


@dataclass(frozen=True, slots=True)
class Guard:
    """Who is answered: requests for one of the names (or for a bare IP address), with the token where there is one.

    A page elsewhere that points its own name at this machine (DNS rebinding) asks for that name.
    """

    names: frozenset[str] = frozenset()
    token: str | None = None

    def refuses(self, environ: dict[str, Any]) -> Answer | None:
        """The answer to who is not let in; None for who is."""
        if not self._is_known(environ.get("HTTP_HOST", "")):
            return _plain("421 Misdirected Request", "This server does not go by that name; see --name.\n")
        if self.token is not None and not self._has_token(environ.get("HTTP_AUTHORIZATION", "")):
            answer = _plain("401 Unauthorized", "Give the token as password; any user name will do.\n")
            return Answer(
                answer.body,
                answer.status,
                answer.type,
                (("WWW-Authenticate", 'Basic realm="Breachwire", charset="UTF-8"'), ("Cache-Control", "no-store")),
            )
        return None

    def _is_known(self, host: str) -> bool:
        name = re.sub(r":\d{1,5}$", "", host, flags=re.ASCII).lower()
        if name == "localhost" or name in self.names:
            return True
        try:
            return bool(ipaddress.ip_address(name.removeprefix("[").removesuffix("]")))
        except ValueError:
            return False

    def _has_token(self, header: str) -> bool:
        scheme, _, value = header.partition(" ")
        given = value.strip()
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError, ValueError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(given.encode("utf-8", "replace"), (self.token or "").encode())


class Application:
    """The pages of one archive. `view` is the file that `View` keeps, in the folder of local state."""

    def __init__(
        self, archive: Archive, view: Path, pages: Pages, search: FullText, guard: Guard, removed: RemovedBlocks
    ) -> None:
        self._archive = archive
        self._view = view
        self._pages = pages
        self._search = search
        self._guard = guard
        self._removed = removed
        self._watch = CrawlWatch(view.parent)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = self._guard.refuses(environ) or self._answer(environ)
        length = ("Content-Length", str(len(answer.body)))
        start_response(answer.status, [("Content-Type", answer.type), length, *HEADERS, *answer.headers])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        path = environ.get("PATH_INFO", "") or "/"
        links = ServedLinks("../" * (path.count("/") - 1))
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            answer = self._problem(links, "405 Method Not Allowed", "This page can only be read.")
            return Answer(answer.body, answer.status, answer.type, (*answer.headers, ("Allow", "GET, HEAD")))
        try:
            return self._page(path, environ.get("QUERY_STRING", ""), links) or self._problem(
                links, "404 Not Found", "There is nothing at this address."
            )
        except InvalidQuery as error:
            return self._problem(links, "400 Bad Request", str(error))
        except ArchiveError as error:
            _log.warning("%s", error)
            return self._problem(links, "503 Service Unavailable", str(error))

    def _page(self, path: str, asked: str, links: ServedLinks) -> Answer | None:
        root, kind, *rest = path.split("/") if "/" in path else ("?", "")
        if root:  # `GET * HTTP/1.1`, or an address that does not begin with a slash
            return None
        if not rest and kind in ASSETS:
            return Answer(asset(kind), type=ASSETS[kind], headers=(("Cache-Control", "private, max-age=31536000"),))
        makers: dict[tuple[str, int], Callable[..., Answer | None]] = {
            ("", 0): lambda stories: self._latest(stories, links, asked),
            ("figures", 0): lambda stories: self._figures(stories, links),
            ("story", 1): lambda stories: self._story(stories, links, rest[0]),
            ("story", 2): lambda stories: self._blocks(stories, links, *rest),
            ("capture", 1): lambda stories: self._capture(stories, links, rest[0]),
        }
        maker = makers.get((kind, len(rest)))
        if maker is None:
            return None
        with Stories(self._view) as stories:
            return maker(stories)

    def _latest(self, stories: Stories, links: ServedLinks, asked: str) -> Answer:
        query = Query.parse(asked)
        began = time.perf_counter()
        wanted = query.wanted(self._pages.of_country)
        found = self._search.find(query.q, **wanted.asked()) if query.q else None
        listing = stories.listing(replace(wanted, ids=found.ids) if found else wanted, query.page)
        shown = (row.id for row in listing.rows[:PASSAGES])
        passages = self._search.passages(found.question, shown) if found else {}
        spent = time.perf_counter() - began
        question = found.question if found else ""
        answer = _html(self._pages.latest(links, query, listing, stories.figures(), passages, question))
        return Answer(answer.body, headers=(*answer.headers, ("Server-Timing", f"view;dur={spent * 1000:.1f}")))

    def _figures(self, stories: Stories, links: ServedLinks) -> Answer:
        figures = stories.figures()
        names = {*self._pages.sources, *(source.name for source in figures.sources)}
        return _html(self._pages.figures(links, figures, self._watch.told(names, utc_now())))

    def _story(self, stories: Stories, links: ServedLinks, name: str) -> Answer | None:
        story = read_story(Records(self._archive, self._search), stories, name) if _ID.fullmatch(name) else None
        return _html(self._pages.story(links, story)) if story else None

    def _capture(self, stories: Stories, links: ServedLinks, name: str) -> Answer | None:
        whole = name.endswith(".warc.gz")
        name = name.removesuffix(".warc.gz")
        article = self._article(stories, name)
        capture = article.capture if article else None
        if article is None or capture is None:
            return None
        if whole:
            read_capture(self._archive.bucket, capture)  # that it is the record that was committed
            data = self._archive.bucket.get_range(capture.warc, capture.offset, capture.length)
            name_it = ("Content-Disposition", f'attachment; filename="{name}.warc.gz"')
            return Answer(data, type="application/warc", headers=(name_it, ("Cache-Control", "private, no-cache")))
        response = read_capture(self._archive.bucket, capture)
        where = f"{capture.warc}, bytes {capture.offset} to {capture.offset + capture.length}"
        return _html(self._pages.capture(links, name, article.title, response, where))

    def _blocks(self, stories: Stories, links: ServedLinks, name: str, what: str) -> Answer | None:
        article = self._article(stories, name) if what == "removed" else None
        if article is None or article.capture is None:
            return None
        try:
            shown = self._removed.of(article, read_capture(self._archive.bucket, article.capture))
        except Unreadable as error:
            return self._problem(links, "503 Service Unavailable", f"The page cannot be read again: {error}.")
        return _html(self._pages.removed(links, name, article, shown))

    def _article(self, stories: Stories, name: str) -> Article | None:
        row = stories.row(name) if _ID.fullmatch(name) else None
        return Records(self._archive, self._search).read(row) if row else None

    def _problem(self, links: ServedLinks, status: str, said: str) -> Answer:
        return Answer(_encoded(self._pages.problem(links, status.partition(" ")[2], said)), status)


def _html(page: str) -> Answer:
    return Answer(_encoded(page))


def _encoded(page: str) -> bytes:
    return page.encode("utf-8", "replace")


def _plain(status: str, said: str) -> Answer:
    return Answer(said.encode(), status, "text/plain; charset=utf-8", (("Cache-Control", "no-store"),))
