"""A first fill: `crawl --since` reads sites back to a day, whatever way they keep what is older, and no further."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from archive.layout import new_run_id
from archive.state import state_folder
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from crawler.discovery import Found, Walk, read
from crawler.discovery.shapes import Shapes
from crawler.discovery.walk import MAX_DOCUMENTS, NESTED
from crawler.frontier import Frontier
from crawler.health import Health, ailments
from pipelines.items import Link
from tests.blog_site import POSTS, BlogSite, path, posted
from tests.command import Finished, breachwire, write_config

SINCE = 46
"""The post of the day back to which the sites are read: 55 are asked for."""

WAYS = {
    "wordpress": ("feeds", "/feed/", ()),
    "paged": ("feeds", "/feed/", ("/wp-json/wp/v2/posts",)),
    "rest": ("feeds", "/wp-json/wp/v2/posts", ()),
    "archived": ("feeds", "/atom.xml", ()),
    "json": ("feeds", "/feed.json", ()),
    "sitemap": ("sitemaps", "/sitemap_index.xml", ()),
    "section": ("sections", "/security/", ()),
}


@pytest.fixture(scope="module")
def fill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, BlogSite], Finished, Path]]:
    """One run over a site for each way; it fetches the documents and leaves the pages for the next run."""
    folder = tmp_path_factory.mktemp("fill")
    with ExitStack() as stack:
        sites = {name: stack.enter_context(BlogSite(closed=closed)) for name, (_, _, closed) in WAYS.items()}
        entries = [
            f'[[source]]\nname = "{name}"\nhome = "{sites[name].url("/")}"\n{key} = {json.dumps([sites[name].url(at)])}'
            for name, (key, at, _) in WAYS.items()
        ]
        config = write_config(folder / "breachwire.toml", sources="\n".join(entries), max_pages=1)
        where = ("--config", config, "--archive", folder / "archive", "--report", "json")
        yield sites, breachwire("crawl", *WAYS, "--since", f"{posted(SINCE):%Y-%m-%d}", *where), folder / "archive"


Fill = tuple[dict[str, BlogSite], Finished, Path]


@pytest.mark.parametrize("way", WAYS)
def test_all_articles_since_the_day_are_found_and_none_from_before(fill: Fill, way: str) -> None:
    sites, run, archive = fill
    (source,) = [source for source in run.report["sources"] if source["name"] == way]
    assert source["poll_errors"] == []
    with Frontier(state_folder(archive), new_run_id()) as frontier:
        waiting = {look.link.url for look in frontier.waiting([way], 1000)}
    fetched = {sites[way].url(asked) for asked in sites[way].asked if "data-breach-at" in asked}
    assert waiting | fetched == {sites[way].url(path(number)) for number in range(SINCE, POSTS + 1)}


@pytest.mark.parametrize("way", WAYS)
def test_no_document_is_asked_for_twice_and_few_behind_the_day(fill: Fill, way: str) -> None:
    documents = [asked for asked in fill[0][way].asked if "data-breach-at" not in asked]
    assert len(documents) == len(set(documents))
    assert len(documents) <= 8


def test_wordpress_is_asked_for_a_hundred_posts_at_a_time_and_for_the_pages_of_its_feed_where_that_is_closed(
    fill: Fill,
) -> None:
    sites, _, _ = fill
    assert not any("paged" in asked for asked in sites["wordpress"].asked)
    assert sum("paged" in asked for asked in sites["paged"].asked) == 5


def document(*, older: str, dates: list[str] | None = None, first: int = 0) -> Found:
    dates = dates or [""] * 10
    links = [
        Link(url=f"https://a.example/{first + n}", source="a", discovered_by="", published=date or None)
        for n, date in enumerate(dates)
    ]
    return Found(links, older=(older,))


def steps(walk: Walk, documents: Iterator[Found]) -> int:
    """How many documents are read."""
    for number, found in enumerate(documents, 1):
        if not walk.further(found, walk.take(found.links)):
            return number
    raise AssertionError("no end")


HOME = "https://a.example/"


def test_a_site_whose_pages_have_no_dates_is_read_for_a_bounded_time() -> None:
    walk = Walk("2026-01-01T00:00:00+00:00", [HOME])
    assert steps(walk, (document(older=f"{HOME}?p={n}", first=10 * n) for n in range(10_000))) == 20


def test_a_site_without_end_is_read_for_a_bounded_time() -> None:
    walk = Walk("2026-01-01T00:00:00+00:00", [HOME])
    dated = (document(older=f"{HOME}?p={n}", first=n, dates=["2026-03-01T00:00:00+00:00"]) for n in range(10_000))
    assert steps(walk, dated) == 200


def test_a_site_that_gives_the_same_page_again_is_left() -> None:
    walk = Walk("2026-01-01T00:00:00+00:00", [HOME])
    assert steps(walk, (document(older=f"{HOME}?p={n}") for n in range(10))) == 2


def test_no_other_site_is_asked_whatever_a_document_names() -> None:
    walk = Walk("2026-01-01T00:00:00+00:00", [HOME])
    found = document(older="https://victim.example/")
    assert walk.further(found, walk.take(found.links)) == []


def test_one_old_entry_among_new_ones_does_not_end_the_way() -> None:
    walk = Walk("2026-01-01T00:00:00+00:00", [HOME])
    found = document(older=f"{HOME}?p=2", dates=["2026-03-02", "2026-03-01", "2019-01-01"])
    assert walk.further(found, walk.take(found.links)) == [f"{HOME}?p=2"]


def test_a_day_that_is_none_is_told() -> None:
    run = breachwire("crawl", "--since", "last spring")
    assert run.code == 2
    assert "--since: is no date: 'last spring'; write it as 2026-01-01" in run.err


@pytest.mark.parametrize("pages", ["0", "-5"])
def test_a_number_of_pages_that_allows_none_is_refused_as_in_the_configuration(pages: str) -> None:
    run = breachwire("crawl", "--max-pages", pages)
    assert (run.code, run.err) == (2, f"breachwire: --max-pages: {pages}: is to be 1 or more\n")


def test_what_the_run_saw_of_each_source_and_host_is_kept(fill: Fill) -> None:
    sites, _, archive = fill
    with Health(state_folder(archive)) as health, Shapes(state_folder(archive)) as shapes:
        for name in WAYS:
            (seen,) = health.runs(name)
            assert (seen.polls, seen.poll_errors, seen.future) == (1, 0, 0)
            assert (seen.newest, seen.pause) == (posted(POSTS).isoformat(), 86_400.0)
            assert ailments([seen], posted(POSTS)) == []
        assert shapes.of(urlsplit(sites["archived"].url("/")).netloc) == {"/Y/9/slug": True}


def test_of_a_feed_that_has_filled_up_since_the_last_poll_nothing_is_missed(tmp_path: Path) -> None:
    with BlogSite() as blog:
        entry = f'[[source]]\nname = "blog"\nhome = "{blog.url("/")}"\nfeeds = ["{blog.url("/atom.xml")}"]\n'
        config = write_config(tmp_path / "breachwire.toml", sources=entry, max_pages=1)
        for blog.count in (60, POSTS):
            run = breachwire("crawl", "blog", "--config", config, "--archive", tmp_path / "wire", "--report", "json")
            assert run.code == 0, run.err
        documents = [asked for asked in blog.asked if "data-breach-at" not in asked]
    assert run.report["totals"]["announced"] == POSTS - 60 + 1  # the newest of the last poll comes again
    assert documents == ["/atom.xml", "/atom.xml", "/archive/9", "/archive/8", "/archive/7", "/archive/6"]


def endless_index(request: Request) -> Response:
    """Two sitemap indexes that name each other, and one that leads on and on."""
    after = {"/one.xml": ("two.xml", "1.xml"), "/two.xml": ("one.xml", "one.xml?again")}
    if request.path == "/robots.txt":
        return not_found()
    names = after.get(request.path) or (f"{int(request.path.strip('/.xml')) + 1}.xml",)
    files = "".join(f"<sitemap><loc>/{name}</loc></sitemap>" for name in names)
    return text_response(f"<sitemapindex>{files}</sitemapindex>", "application/xml")


def entries(number: int, day: str) -> str:
    dated = f"<lastmod>{day}</lastmod>" if day else ""
    return "".join(f"<url><loc>/news/{day}breach-{n}</loc>{dated}</url>" for n in range(number))


def test_of_a_month_s_sitemap_a_fill_takes_all_since_the_day_however_many_they_are(tmp_path: Path) -> None:
    sitemap = text_response(
        f"<urlset>{entries(1_100, '2026-01-02')}{entries(1_100, '2025-12-31')}</urlset>", "text/xml"
    )
    with SiteServer("month", lambda asked: sitemap if asked.path == "/s.xml" else not_found()) as site:
        entry = f'[[source]]\nname = "month"\nhome = "{site.url("/")}"\nsitemaps = ["{site.url("/s.xml")}"]\n'
        config = write_config(tmp_path / "breachwire.toml", sources=entry, max_pages=1)
        where = ("--config", config, "--archive", tmp_path / "archive", "--report", "json")
        report = breachwire("crawl", "month", "--since", "2026-01-01", *where).report
    assert report["totals"]["announced"] == 1_100


def test_of_a_long_sitemap_without_dates_the_newest_are_found_at_either_end() -> None:
    body = f"<urlset>{entries(2_500, '')}</urlset>".encode()
    found = read("sitemap", body, url="https://a.example/s.xml", source="a", newest=1_000).links
    assert [link.url.removeprefix("https://a.example/news/breach-") for link in found] == [
        str(number) for number in (*range(500), *range(2_000, 2_500))
    ]


@pytest.mark.parametrize("since", [(), ("--since", "2026-01-01")])
def test_sitemap_indexes_that_lead_on_without_end_are_each_read_once_and_not_for_ever(
    tmp_path: Path, since: tuple[str, ...]
) -> None:
    with SiteServer("endless", endless_index) as site:
        source = f'[[source]]\nname = "endless"\nhome = "{site.base}/"\nsitemaps = ["{site.url("/one.xml")}"]\n'
        config = write_config(tmp_path / "breachwire.toml", sources=source)
        run = breachwire("crawl", "endless", "--archive", tmp_path / "archive", "--config", config, *since)
        asked = [hit.path for hit in site.hits]
    assert run.code == 0
    assert {"/one.xml", "/two.xml", "/1.xml", "/2.xml"} <= set(asked)
    assert len(asked) == len(set(asked)) <= 2 + (MAX_DOCUMENTS if since else NESTED)
