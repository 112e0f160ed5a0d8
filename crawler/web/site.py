"""The same pages as files: a static site that any web server, or the bucket itself, can offer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import Archive, Article
from crawler.web.figures import day_name
from crawler.web.links import ASSETS, SiteLinks, asset
from crawler.web.pages import Pages
from crawler.web.query import Query
from crawler.web.stories import PER_PAGE, Row, Stories
from crawler.web.story import Records, story_of

MANIFEST = "breachwire-site.json"
"""The names of the files that were written, so that those of articles that are gone are taken away next time."""
UNFINISHED = "breachwire-site.unfinished"
"""New files, until the manifest names them: so those of a call that was stopped are known next time."""
SEARCHED = 1_000
"""Newest stories that the page's own search knows."""


class SiteError(ValueError):
    """The folder cannot take the site: what is wrong, and the mend."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a call did."""

    files: int
    changed: int
    removed: int


def write_site(archive: Archive, stories: Stories, pages: Pages, out: Path) -> Written:
    """Writes the site into a folder that is new, empty, or has an earlier one; a file that is as it should be is left.

    Raises `SiteError` for another folder, `ArchiveError` when the archive cannot be read.
    """
    try:
        before = _before(out)
        names: set[str] = set()
        changed = 0
        out.mkdir(parents=True, exist_ok=True)
        with (out / UNFINISHED).open("a", encoding="utf-8", buffering=1) as unfinished:
            for name, data in _files(archive, stories, pages):
                if name not in before:
                    unfinished.write(f"{name}\n")
                names.add(name)
                changed += _put(out / name, data)
        gone = before - names
        for name in gone:
            (out / name).unlink(missing_ok=True)
        _put(out / MANIFEST, json.dumps(sorted(names), indent=0).encode())
        (out / UNFINISHED).unlink(missing_ok=True)
    except OSError as error:
        raise SiteError(f"{out}: cannot be written: {error.strerror or error}") from error
    return Written(len(names), changed, len(gone))


def _files(archive: Archive, stories: Stories, pages: Pages) -> Iterator[tuple[str, bytes]]:
    """Each file of the site: its name and its bytes."""
    for name in ASSETS:
        yield name, asset(name)
    links, figures = SiteLinks(), stories.figures()
    yield "figures.html", _encoded(pages.figures(links, figures))
    narrowed = [Query().narrowed_to(key, each.value) for key, some in pages.choices(figures).items() for each in some]
    months = [Query().in_month(month) for month, _ in figures.months]
    for query in [Query(), *narrowed, *months]:
        yield from _lists(stories, pages, links, query)
    yield "search.json", _searched(stories, pages, links)
    deeper = SiteLinks("../")
    records = Records(archive)
    for row, article in _articles(archive, stories):
        page = pages.story(deeper, story_of(records, stories, row, article))
        yield links.story(row.id), _encoded(page)


def _lists(stories: Stories, pages: Pages, links: SiteLinks, query: Query) -> Iterator[tuple[str, bytes]]:
    figures, number = stories.figures(), 1
    while True:
        asked = query.with_page(number)
        listing = stories.listing(asked.wanted(pages.of_country), number)
        yield links.listing(asked), _encoded(pages.latest(links, asked, listing, figures, {}))
        if number * PER_PAGE >= listing.total:
            return
        number += 1


def _searched(stories: Stories, pages: Pages, links: SiteLinks) -> bytes:
    entries = [
        {
            "title": row.title or "Without a title",
            "day": day_name(row.at)[5:],
            "source": pages.source_name(row.source),
            "href": links.story(row.id),
            "text": f"{row.title or ''} {row.summary} {pages.source_name(row.source)}",
        }
        for row in stories.newest(SEARCHED)
    ]
    return json.dumps(entries, ensure_ascii=False).encode("utf-8", "replace")


def _articles(archive: Archive, stories: Stories) -> Iterator[tuple[Row, Article]]:
    """Every article with its row, segment by segment."""
    for segment in archive.segments(lambda _: True):
        articles = {article.id: article for article in segment.articles}
        for row in stories.rows(list(articles)):
            if row.segment == segment.commit.key:  # else there is a newer record of it
                yield row, articles[row.id]


def _before(out: Path) -> set[str]:
    """The files of the site that is there."""
    if not out.exists() or not any(out.iterdir()):
        return set()
    try:
        stopped = (out / UNFINISHED).exists()
        also = (out / UNFINISHED).read_text("utf-8").splitlines() if stopped else []
        names = [] if stopped and not (out / MANIFEST).exists() else json.loads((out / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise SiteError(f"{out}: holds something else than a site; give --out a folder that is new or empty") from error
    if not isinstance(names, list):
        raise SiteError(f"{out / MANIFEST}: is no list of files; give --out a folder that is new or empty")
    return {name for name in [*names, *also] if isinstance(name, str) and _is_ours(name)}


def _is_ours(name: str) -> bool:
    """Whether a name is one that a site may have: a file beside the manifest or in `story/`."""
    parts = name.removeprefix("story/")
    return not set("/\\\0") & set(parts) and parts not in ("", ".", "..", MANIFEST, UNFINISHED)


def _put(path: Path, data: bytes) -> bool:
    """Whether the file had to be written."""
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True


def _encoded(page: str) -> bytes:
    return page.encode("utf-8", "replace")
