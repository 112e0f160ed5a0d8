"""A site on loopback on which everything goes wrong, for tests of what a crawl does about it.

    with TroubleSite() as trouble:
        fetch(trouble.url("/429"))

`PATHS` names every address and what is wrong there; `robots=503` makes robots.txt answer with that status.
"""

from __future__ import annotations

import gzip
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from functools import cache, partial

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from crawler.demo.server import Request, Response, SiteServer, Stream, not_found, text_response

TDMREP = "/.well-known/tdmrep.json"

BOMB_SIZE = 200 * 1024 * 1024
"""Bytes that the gzip bomb inflates to."""

ARTICLE_TITLE = "Data breach at Tollgate Mutual exposes 7,200 savers"
ARTICLE_TEXT = (
    "Tollgate Mutual said on Monday that a data breach had exposed the personal data of 7,200 savers, after "
    "an attacker gained unauthorised access to a mailbox that nobody had used since the spring.",
    "The stolen data holds names, account numbers and the answers to security questions, of which the most "
    "common is the name of a first pet. The company advised customers to rename their pets.",
    "The regulator has been informed. A spokesman said that the mailbox had since been closed, and that "
    "letters would be sent to all of the savers concerned before the end of the week.",
)

_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"
)


def article(title: str = ARTICLE_TITLE, paragraphs: tuple[str, ...] = ARTICLE_TEXT) -> str:
    """A plain, healthy news page."""
    body = "\n".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>\n{body}\n</article></body></html>"
    )


def rss(*links: str, title: str = ARTICLE_TITLE) -> str:
    """An RSS feed that announces these links as they stand."""
    items = "".join(f"<item><title>{title}</title><link>{link}</link></item>\n" for link in links)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>Trouble</title>'
        f"<link>/</link><description>Trouble</description>\n{items}</channel></rss>"
    )


def _status(status: int, **headers: str) -> Response:
    named = {
        "Content-Type": "text/html",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return Response(status=status, body=f"<h1>{status}</h1>".encode(), headers=named)


def _redirect(target: str) -> Response:
    return Response(status=302, headers={"Location": target, "Content-Type": "text/html"})


def _redirect_again(times: int) -> Callable[[], Response]:
    """So many redirects to the healthy page."""
    return lambda: _redirect(f"/redirect/{times - 1}" if times > 1 else "/article")


def _binary() -> Response:
    return Response(body=_PNG * 50, headers={"Content-Type": "text/html; charset=utf-8"})


def _wrong_charset() -> Response:
    """UTF-8 in truth, by its header UTF-16."""
    paragraphs = (
        "Über Nacht sind beim Möbelhaus Kächele die Daten von 3.400 Kunden verschwunden, sagte die Firma in Göppingen.",
        "Gestohlen wurden Namen, Adressen und die Maße der bestellten Küchen; die Polizei ermittelt gegen Unbekannt.",
    )
    page = article("Café data breach — naïve façade", paragraphs)
    return Response(body=page.encode(), headers={"Content-Type": "text/html; charset=utf-16"})


@cache
def _bomb() -> bytes:
    """About 200 kB of gzip that inflate to `BOMB_SIZE` bytes of HTML; made a mebibyte at a time."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    block = b"<p> " * (256 * 1024)
    parts = [packer.compress(b"<!doctype html><title>Bomb</title>".ljust(len(block)))]
    parts += [packer.compress(block) for _ in range(BOMB_SIZE // len(block) - 1)]
    return b"".join([*parts, packer.flush()])


def _gzip_bomb() -> Response:
    return Response(body=_bomb(), headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


@cache
def _brotli_bomb() -> bytes:
    return bytes(brotli.compress(b"<p> " * (16 * 1024 * 1024), quality=1))


@cache
def _zstd_bomb() -> bytes:
    return zstd.compress(b"<p> " * (16 * 1024 * 1024), level=1)


def _packed(body: bytes, encoding: str) -> Response:
    return Response(body=body, headers={"Content-Type": "text/html", "Content-Encoding": encoding})


def _endless() -> Response:
    """A body that goes on as fast as it is read."""

    def chunks(closing: threading.Event) -> Iterator[bytes]:
        while not closing.is_set():
            yield b"<p>endless</p>\n" * 4_000

    return Response(body=Stream(chunks=chunks), headers={"Content-Type": "text/html"})


def _restricted(tag: str = "", **headers: str) -> Response:
    """The healthy page with a robots tag or headers."""
    body = article().replace("<title>", f'<meta name="robots" content="{tag}"><title>')
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body=body.encode(), headers={"Content-Type": "text/html; charset=utf-8", **named})


def _drip() -> Response:
    """A paragraph every fifth of a second until the client leaves or the server closes."""

    def chunks(closing: threading.Event) -> Iterator[bytes]:
        yield b"<!doctype html><title>Drip</title>"
        while not closing.wait(0.2):
            yield b"<p>drip</p>\n"

    return Response(body=Stream(chunks=chunks), headers={"Content-Type": "text/html"})


def _silence() -> Response:
    """Headers that promise a page which never comes."""

    def chunks(closing: threading.Event) -> Iterator[bytes]:
        closing.wait()
        yield from ()

    return Response(body=Stream(chunks=chunks, length=1000), headers={"Content-Type": "text/html"})


def _cut_short() -> Response:
    """Fewer bytes than Content-Length promises."""
    page = article().encode()

    def chunks(_closing: threading.Event) -> Iterator[bytes]:
        yield page[: len(page) // 2]
        raise ConnectionAbortedError

    return Response(body=Stream(chunks=chunks, length=len(page)), headers={"Content-Type": "text/html"})


def _reset() -> Response:
    raise ConnectionResetError


def _broken_gzip() -> Response:
    packed = gzip.compress(article().encode())
    return Response(
        body=packed[: len(packed) // 2] + b"\0" * 40,
        headers={"Content-Type": "text/html", "Content-Encoding": "gzip"},
    )


_LONG_ARTICLE = article(paragraphs=ARTICLE_TEXT * 60)
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstd.compress,
}


def _cut(encoding: str) -> Response:
    """Two thirds of a packed page, of which Content-Length tells the truth."""
    packed = _PACKERS[encoding](_LONG_ARTICLE.encode())
    return _packed(packed[: len(packed) * 2 // 3], encoding)


def _cut_chunked() -> Response:
    """A body in chunks, of which the last is missing."""

    def chunks(_closing: threading.Event) -> Iterator[bytes]:
        half = article().encode()[:-300]
        yield b"%x\r\n%b\r\n" % (len(half), half)

    return Response(body=Stream(chunks=chunks), headers={"Content-Type": "text/html", "Transfer-Encoding": "chunked"})


def _gzip_without_trailer() -> Response:
    """All of the page, without the checksum behind it: scripts that pack by hand forget it."""
    return _packed(gzip.compress(article().encode())[:-8], "gzip")


def _nested() -> Response:
    return text_response("<!doctype html><title>Deep</title>" + "<div>" * 100_000 + "text" + "</div>" * 100_000)


def _many_paragraphs() -> Response:
    """Over five megabytes."""
    line = "<p>A line of a page that has a hundred thousand of them.</p>"
    return text_response("<!doctype html><title>Long</title><article>" + line * 100_000 + "</article>")


def _slow() -> Response:
    """Nearly as many elements as are allowed, all about a data breach: extraction takes over six seconds."""
    text = "The data breach exposed the personal data of {} savers, said a spokesman, who was not asked, and went on."
    lines = "".join(f"<p>{text.format(number)}</p>" for number in range(49_900))
    return text_response(f"<!doctype html><title>{ARTICLE_TITLE}</title><article>{lines}</article>")


def _waiting_feed() -> Response:
    """Pages that all ask to be left alone for an hour."""
    return text_response(rss(*(f"/429?{number}" for number in range(11))), "application/rss+xml")


def _plain_feed() -> Response:
    """Five addresses of the healthy page."""
    return text_response(rss(*(f"/article?{number}" for number in range(5))), "application/rss+xml")


def _drawn_by_script(amp: str, more: str = "") -> Response:
    """A page without text, which names an AMP form of itself."""
    head = f'<title>{ARTICLE_TITLE}</title><link rel="amphtml" href="{amp}">{more}'
    return text_response(f"<!doctype html><html lang=en><head>{head}</head><body><div id=app></div></body></html>")


def _amp() -> Response:
    page = article().replace("<html", "<html ⚡").replace("<title>", '<link rel="canonical" href="/scripted"><title>')
    return text_response(page)


_FREE = '<meta name="tdm-reservation" content="0">'
_WALL = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'


def _scripted_feed() -> Response:
    """Pages that a script would draw: one with an AMP form, one behind a wall, one with a form on another site."""
    return text_response(rss("/scripted", "/scripted-and-walled", "/scripted-elsewhere"), "application/rss+xml")


def _empty_feed() -> Response:
    return text_response(rss(), "application/rss+xml")


def _broken_feed() -> Response:
    """Cut in the middle of the third entry."""
    whole = rss("/article", "/article?second", "/article?third")
    return text_response(whole[: whole.rindex("<link>") + 9], "application/rss+xml")


def _odd_links_feed() -> Response:
    links = (
        "javascript:alert(1)",
        "ftp://127.0.0.1/file",
        "file:///etc/passwd",
        "/article",
        "article?relative",
        "",
    )
    return text_response(rss(*links), "application/rss+xml")


def _heavy_feed() -> Response:
    """Pages that cost a careless reader its memory or its time, and a good one behind each."""
    heavy = ("/nested", "/many-paragraphs", "/gzip-bomb", "/slow")
    return text_response(
        rss(*(link for path in heavy for link in (path, f"/article?{path[1:]}"))), "application/rss+xml"
    )


def _trouble_feed() -> Response:
    """Announces every page of the site that ends by itself."""
    feeds = (
        "/feed.xml",
        "/feed/waiting",
        "/feed/plain",
        "/feed/scripted",
        "/feed/html",
        "/feed/broken",
        "/feed/empty",
        "/feed/links",
        "/feed/heavy",
        "/robots.txt",
    )
    endless = ("/drip", "/silence", "/slow", "/429")  # /429 ends the turn of the whole site
    return text_response(rss(*(path for path in PATHS if path not in feeds + endless)), "application/rss+xml")


PATHS: dict[str, Callable[[], Response]] = {
    "/article": lambda: text_response(article()),
    "/403": lambda: _status(403),
    "/404": lambda: _status(404),
    "/410": lambda: _status(410),
    "/429": lambda: _status(429, Retry_After="3600"),
    "/500": lambda: _status(500),
    "/503": lambda: _status(503),
    "/redirect/loop": lambda: _redirect("/redirect/back"),
    "/redirect/back": lambda: _redirect("/redirect/loop"),
    "/redirect/metadata": lambda: _redirect("http://169.254.169.254/latest/meta-data/"),
    "/redirect/file": lambda: _redirect("file:///etc/passwd"),
    "/redirect/mail": lambda: _redirect("mailto:desk@news.example"),
    "/redirect/port": lambda: _redirect("http://news.example:99999/"),
    "/redirect/long": lambda: _redirect("/article?" + "x" * 3_000),
    "/redirect/nowhere": lambda: Response(status=302, headers={"Content-Type": "text/html"}),
    **{f"/redirect/{number}": _redirect_again(number) for number in range(1, 7)},
    "/redirect/itself": lambda: _redirect("/redirect/itself#set-cookie"),
    "/empty": lambda: text_response(""),
    "/binary": _binary,
    "/wrong-charset": _wrong_charset,
    "/unknown-charset": lambda: text_response(article(), "text/html; charset=x-klingon"),
    "/gzip-bomb": _gzip_bomb,
    "/brotli-bomb": lambda: _packed(_brotli_bomb(), "br"),
    "/zstd-bomb": lambda: _packed(_zstd_bomb(), "zstd"),
    "/endless": _endless,
    "/noarchive": lambda: _restricted("noarchive"),
    "/noindex": lambda: _restricted(X_Robots_Tag="noindex"),
    "/tdm": lambda: _restricted(TDM_Reservation="1"),
    "/free-by-header": lambda: _restricted(TDM_Reservation="0"),
    "/free-by-meta": lambda: text_response(article().replace("<title>", f"{_FREE}<title>")),
    "/scripted-noarchive": lambda: _drawn_by_script("/amp/scripted", '<meta name="robots" content="noarchive">'),
    "/scripted-noindex": lambda: _drawn_by_script("/amp/other", '<meta name="robots" content="noindex">'),
    "/amp/other": _amp,
    "/noindex-for-another": lambda: _restricted(X_Robots_Tag="googlebot: noindex"),
    "/broken-gzip": _broken_gzip,
    "/no-gzip": lambda: _packed(article().encode(), "gzip"),
    "/no-brotli": lambda: _packed(article().encode(), "br"),
    "/no-zstd": lambda: _packed(article().encode(), "zstd"),
    **{f"/cut-{encoding}": partial(_cut, encoding) for encoding in _PACKERS},
    "/cut-chunked": _cut_chunked,
    "/gzip-without-trailer": _gzip_without_trailer,
    "/drip": _drip,
    "/silence": _silence,
    "/cut-short": _cut_short,
    "/reset": _reset,
    "/nested": _nested,
    "/many-paragraphs": _many_paragraphs,
    "/slow": _slow,
    "/feed/heavy": _heavy_feed,
    "/feed.xml": _trouble_feed,
    "/feed/waiting": _waiting_feed,
    "/feed/plain": _plain_feed,
    "/scripted": lambda: _drawn_by_script("/amp/scripted"),
    "/amp/scripted": _amp,
    "/scripted-and-walled": lambda: _drawn_by_script("/amp/walled", _WALL),
    "/scripted-elsewhere": lambda: _drawn_by_script("http://127.0.0.2/amp"),
    "/feed/scripted": _scripted_feed,
    "/feed/html": lambda: text_response(article(), "application/rss+xml"),
    "/feed/broken": _broken_feed,
    "/feed/empty": _empty_feed,
    "/feed/links": _odd_links_feed,
}


def _file(content: int | str, kind: str) -> Response:
    """A file of the site. One that is not given now may be asked for again in an hour."""
    if isinstance(content, str):
        return text_response(content, kind)
    return _status(content, **({"Retry_After": "3600"} if content == 429 else {}))


class TroubleSite(SiteServer):
    """The site on its port; `robots` and `tdmrep` are the status of robots.txt and tdmrep.json, or their text."""

    def __init__(self, *, robots: int | str = 404, tdmrep: int | str = 404) -> None:
        super().__init__("trouble", self._answer)
        self._robots, self._tdmrep = robots, tdmrep

    def _answer(self, request: Request) -> Response:
        if request.path == "/robots.txt":
            return _file(self._robots, "text/plain")
        if request.path == TDMREP:
            return _file(self._tdmrep, "application/json")
        return PATHS.get(request.path, not_found)()
