"""What a page showed beside its article is shown whole, read again from the capture, and can do no harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import msgspec
import pytest

from archive.records import Removed
from crawler.web.removed import CHARACTERS, LINES, RemovedBlocks, Unreadable, blocks_of
from tests.archive_samples import article, response
from tests.web_samples import Site, archived

LONG = "Bakers win a prize for a loaf without flour, and the jury praises its crust at such length " * 2
PAGE = f"""<html><body><nav><a href="/">Home</a></nav><h1>Breach at a</h1>
<p>The operator of the port said that 40,000 records were taken.</p><aside><p>Also read</p><p>{LONG}</p></aside>"""


@pytest.fixture(scope="module")
def removed() -> Iterator[RemovedBlocks]:
    """The process that reads pages, for all the tests of this file."""
    with RemovedBlocks() as each:
        yield each


def site_of(folder: Path, removed: RemovedBlocks, body: bytes) -> tuple[Site, str]:
    """A site with one story whose page was answered so, and the address of what was removed from it."""
    noted = (Removed(kind="box", length=len("Also read"), start="Also read"),)
    story = msgspec.structs.replace(article("a"), removed=noted)
    archived(folder, (story, response("a", body)))
    return Site(folder, removed=removed), f"/story/{story.id}/removed"


def test_the_blocks_are_shown_whole_in_their_places(tmp_path: Path, removed: RemovedBlocks) -> None:
    site, address = site_of(tmp_path, removed, PAGE.encode())
    folded = site.ask(address.removesuffix("/removed")).text
    assert f'data-blocks="..{address}"' in folded
    page = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", site.ask(address).text)))
    told = ["outside the article, 4 characters Home", "2 paragraphs of the article", "box, 9 characters Also read"]
    places = [page.find(re.sub(r"\s+", " ", each).strip()) for each in (*told, LONG)]
    assert -1 not in places
    assert places == sorted(places)
    assert "40,000 records" not in page
    assert site.ask(address).text == site.ask(address).text


def test_a_page_that_is_none_is_told_and_what_is_not_there_is_not_found(tmp_path: Path, removed: RemovedBlocks) -> None:
    site, address = site_of(tmp_path, removed, b"%PDF-1.7 no page")
    reply = site.ask(address)
    assert (reply.status, "not HTML" in reply.text) == (503, True)
    archived(tmp_path / "other", article("b"))
    other = Site(tmp_path / "other", removed=removed)
    assert other.ask(f"/story/{article('b').id}/removed").status == 404  # no capture
    assert {site.ask(path).status for path in (address + "x", "/story/0123/removed", "/story/../removed")} == {404}


def test_nothing_of_a_page_becomes_markup(tmp_path: Path, removed: RemovedBlocks) -> None:
    evil = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x&gt;\x1b[31m\u202e"
    site, address = site_of(tmp_path, removed, f"<p>{evil}</p><script>alert(2)</script>".encode())
    page = site.ask(address).text
    assert "alert(1)" in page
    assert not re.search(r"<script(?! src=)|<img|\x1b|\u202e|alert\(2\)", page)


def test_a_page_is_shown_within_limits() -> None:
    short = blocks_of(b"<p>a</p>" * (LINES + 5), "text/html", "", ())
    assert (sum(len(block.lines) for block in short.blocks), short.is_whole) == (LINES, False)
    long = blocks_of(b"<p>" + b"a" * (CHARACTERS - 1) + b"</p><p>bc</p>", "text/html", "", ())
    assert (sum(block.length for block in long.blocks), long.is_whole) == (CHARACTERS - 1, False)
    assert blocks_of(b"<p></p>", "text/html", "", ()).is_whole


def test_a_page_that_takes_too_long_or_breaks_the_reader_is_given_up(
    removed: RemovedBlocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.web.removed.WAIT", 0.0)
    with pytest.raises(Unreadable, match="try again"):
        removed.of(article("waits"), response("waits"))
    monkeypatch.undo()
    odd = msgspec.structs.replace(article("odd"), removed=(None,))
    with pytest.raises(Unreadable, match="AttributeError"):
        removed.of(odd, response("odd"))
