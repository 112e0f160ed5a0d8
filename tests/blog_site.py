"""A site on loopback with a hundred posts, announced in every way that a real one has: WordPress's feed, its pages and
its REST interface, Atom archives, JSON Feed, a sitemap index with packed files, section pages with a next page.

    with BlogSite() as blog:
        read(blog.url("/feed/"))

One post a day, number 1 on 2026-01-01. What a site of its kind might not have is in `closed`, path by path.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs

from crawler.demo.server import Request, Response, SiteServer, not_found, text_response

POSTS = 100
FIRST = datetime(2026, 1, 1, 8, tzinfo=UTC)
A_PAGE = 10


def posted(number: int) -> datetime:
    return FIRST + timedelta(days=number - 1)


LAST = posted(POSTS)


def path(number: int) -> str:
    return f"/{posted(number):%Y/%m}/data-breach-at-company-{number}-exposes-customers/"


def title(number: int) -> str:
    return f"Data breach at company {number} exposes {number * 100} customers"


class BlogSite(SiteServer):
    """The site on its port."""

    def __init__(
        self, *, closed: Collection[str] = (), moved: dict[str, str] | None = None, newest: datetime = LAST
    ) -> None:
        """`closed` answers 404; `moved` answers 301 to another path; the newest post has the date `newest`."""
        super().__init__("blog", self._answer)
        self._closed = set(closed)
        self._moved = moved or {}
        self._ahead = newest - LAST
        self.count = POSTS
        """Posts that there are by now."""

    @property
    def asked(self) -> list[str]:
        """Every path that was asked for, but what says how a site is to be crawled."""
        manners = ("/robots.txt", "/.well-known/tdmrep.json")
        return [hit.path for hit in list(self.hits) if hit.path not in manners]

    def _answer(self, request: Request) -> Response:
        if request.path in self._moved:
            return Response(status=301, headers={"Location": self.url(self._moved[request.path])})
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        if request.path in self._closed:
            return not_found()
        pages: dict[str, Callable[[], Response]] = {
            "/": self._home,
            "/robots.txt": lambda: text_response(f"Sitemap: {self.url('/sitemap_index.xml')}\n", "text/plain"),
            "/feed/": lambda: self._rss(int(query.get("paged", 1))),
            "/wp-json/wp/v2/posts": lambda: self._posts(int(query.get("page", 1)), int(query.get("per_page", 10))),
            "/atom.xml": lambda: self._atom(self.count // A_PAGE),
            "/feed.json": lambda: self._json_feed(int(query.get("page", 1))),
            "/sitemap_index.xml": self._sitemap_index,
            "/security/": lambda: self._section(1),
        }
        if request.path in pages:
            return pages[request.path]()
        parts = request.path.strip("/").split("/")
        if parts[0] == "archive":
            return self._atom(int(parts[1]))
        if parts[0] == "sitemaps":
            return self._sitemap(int(parts[1].removesuffix(".xml.gz")))
        if parts[:2] == ["security", "page"]:
            return self._section(int(parts[2]))
        return self._article(request.path)

    def _page(self, number: int, size: int = A_PAGE) -> list[int]:
        """The posts of a page, newest first."""
        newest = self.count - (number - 1) * size
        return list(range(newest, max(0, newest - size), -1))

    def _date(self, number: int) -> datetime:
        return posted(number) + self._ahead

    def _rss(self, page: int) -> Response:
        posts = self._page(page)
        if not posts:
            return not_found()
        items = "".join(
            f"<item><title>{title(n)}</title><link>{self.url(path(n))}</link>"
            f"<pubDate>{format_datetime(self._date(n))}</pubDate></item>"
            for n in posts
        )
        head = f"<title>Blog</title><link>{self.url('/')}</link><generator>https://wordpress.org/?v=6.9</generator>"
        return text_response(f"<rss version='2.0'><channel>{head}{items}</channel></rss>", "application/rss+xml")

    def _posts(self, page: int, size: int) -> Response:
        posts = self._page(page, size)
        if not posts:
            error = {"code": "rest_post_invalid_page_number", "data": {"status": 400}}
            return text_response(json.dumps(error), "application/json", status=400)
        table = [
            {
                "link": self.url(path(n)),
                "title": {"rendered": title(n)},
                "date_gmt": f"{self._date(n):%Y-%m-%dT%H:%M:%S}",
            }
            for n in posts
        ]
        return text_response(json.dumps(table), "application/json")

    def _atom(self, archive: int) -> Response:
        posts = range(archive * A_PAGE, (archive - 1) * A_PAGE, -1)
        older = f'<link rel="prev-archive" href="/archive/{archive - 1}"/>' if archive > 1 else ""
        entries = "".join(
            f'<entry><title>{title(n)}</title><link href="{self.url(path(n))}"/>'
            f"<published>{self._date(n).isoformat()}</published></entry>"
            for n in posts
        )
        xml = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Blog</title>{older}{entries}</feed>'
        return text_response(xml, "application/atom+xml")

    def _json_feed(self, page: int) -> Response:
        items = [
            {"id": str(n), "url": self.url(path(n)), "title": title(n), "date_published": self._date(n).isoformat()}
            for n in self._page(page)
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": items}
        more = {"next_url": self.url(f"/feed.json?page={page + 1}")} if page < self.count // A_PAGE else {}
        return text_response(json.dumps(feed | more), "application/feed+json")

    def _sitemap_index(self) -> Response:
        files = "".join(
            f"<sitemap><loc>{self.url(f'/sitemaps/{n}.xml.gz')}</loc>"
            f"<lastmod>{self._date(n * A_PAGE).isoformat()}</lastmod></sitemap>"
            for n in range(1, self.count // A_PAGE + 1)
        )
        return text_response(f"<sitemapindex>{files}</sitemapindex>", "application/xml")

    def _sitemap(self, number: int) -> Response:
        urls = "".join(
            f"<url><loc>{self.url(path(n))}</loc><lastmod>{self._date(n).isoformat()}</lastmod></url>"
            for n in range((number - 1) * A_PAGE + 1, number * A_PAGE + 1)
        )
        body = gzip.compress(f"<urlset>{urls}</urlset>".encode())
        return Response(body=body, headers={"Content-Type": "application/x-gzip"})

    def _section(self, page: int) -> Response:
        posts = self._page(page)
        entries = "".join(
            f'<li><h2><a href="{path(n)}">{title(n)}</a></h2>'
            f'<time datetime="{self._date(n).isoformat()}">{n}</time></li>'
            for n in posts
        )
        more = f'<a rel="next" href="/security/page/{page + 1}/">Older posts</a>' if page < self.count // A_PAGE else ""
        return text_response(f"<html lang='en'><title>Security</title><ul>{entries}</ul>{more}</html>")

    def _home(self) -> Response:
        feed = '<link rel="alternate" type="application/rss+xml" title="Posts" href="/feed/">'
        comments = '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">'
        links = "".join(f'<h2><a href="{path(n)}">{title(n)}</a></h2>' for n in self._page(1))
        head = f"<head><title>The Blog</title>{comments}{feed}</head>"
        return text_response(f"<html lang='en-GB'>{head}<body>{links}</body></html>")

    def _article(self, asked: str) -> Response:
        number = next((n for n in range(1, POSTS + 1) if path(n) == asked), None)
        if number is None:
            return not_found()
        text = (
            f"Company {number} said that a data breach had exposed the personal data of {number * 100} customers.",
            f"An intruder gained unauthorised access to the database of company {number} and stole names, addresses "
            f"and passwords; the regulator was told on day {number} of the year, and letters are on their way.",
            f"Nobody at company {number} would say how long the stolen records had been for sale.",
        )
        body = "".join(f"<p>{paragraph}</p>" for paragraph in text)
        date = f'<meta property="article:published_time" content="{self._date(number).isoformat()}">'
        return text_response(
            f"<html lang='en'><head><title>{title(number)}</title>{date}</head>"
            f"<body><article><h1>{title(number)}</h1>{body}</article></body></html>"
        )
