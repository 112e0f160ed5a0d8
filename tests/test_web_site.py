"""`breachwire site`: a static site whose links all lead somewhere, brought up to date file by file."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from archive import open_archive
from crawler.cli import main
from crawler.web.links import Links, SiteLinks, slug
from crawler.web.pages import Pages
from crawler.web.query import Query
from crawler.web.site import MANIFEST, UNFINISHED, SiteError, Written, write_site
from crawler.web.stories import Stories
from crawler.web.story import Story
from crawler.web.view import View
from tests.archive_samples import NOON, article, response, store
from tests.web_samples import SOURCES, archived


def written(archive: Path, out: Path) -> Written:
    with View(archive / "view.sqlite") as view:
        view.catch_up(open_archive(archive))
    with Stories(archive / "view.sqlite") as stories:
        return write_site(open_archive(archive), stories, Pages(SOURCES), out)


def test_every_link_leads_to_a_file_and_every_page_is_linked(tmp_path: Path) -> None:
    first = article("a", source="../../etc", language="ja")
    copy = article("b", source="wire", cluster=first.id, verdict="duplicate", duplicate_of=first.id)
    others = [article(f"n{number}", published="2026-01-20") for number in range(40)]
    archived(tmp_path / "archive", (first, response("a")), copy, *others)
    written(tmp_path / "archive", tmp_path / "site")
    seen: set[str] = set()
    waiting = ["index.html"]
    while waiting:
        name = waiting.pop()
        path = tmp_path / "site" / unquote(name)
        assert path.is_file(), name
        if name in seen or path.suffix != ".html":
            seen.add(name)
            continue
        seen.add(name)
        links = map(unescape, re.findall(r'(?:href|src|data-index)="([^"]*)"', path.read_text("utf-8")))
        own = [link.split("#")[0] for link in links if not urlsplit(link).netloc]
        waiting += [urljoin(f"/{name}", link).lstrip("/") or "index.html" for link in own]
    files = {str(path.relative_to(tmp_path / "site")) for path in (tmp_path / "site").rglob("*") if path.is_file()}
    assert {unquote(name) for name in seen} == files - {MANIFEST}
    assert len(files) > 45


def test_it_is_brought_up_to_date_file_by_file(tmp_path: Path) -> None:
    archived(tmp_path / "archive", article("a"))
    first = written(tmp_path / "archive", tmp_path / "site")
    assert (first.files, first.changed, first.removed) == (first.files, first.files, 0)
    assert written(tmp_path / "archive", tmp_path / "site") == Written(first.files, 0, 0)
    store(open_archive(tmp_path / "archive").bucket, article("b", source="gazette"), when=NOON + timedelta(minutes=1))
    third = written(tmp_path / "archive", tmp_path / "site")
    assert third.files == first.files + 2  # the story, and the list of its source
    assert 2 < third.changed < third.files


def test_what_is_gone_from_the_archive_is_taken_away(tmp_path: Path) -> None:
    gone = article("a")
    archived(tmp_path / "one", gone, article("b"))
    archived(tmp_path / "two", article("b"))
    written(tmp_path / "one", tmp_path / "site")
    page = tmp_path / "site" / SiteLinks().story(gone.id)
    assert page.exists()
    assert written(tmp_path / "two", tmp_path / "site").removed == 1
    assert not page.exists()


def test_a_call_that_was_stopped_is_taken_up_by_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone, stays = article("a"), article("b")
    archived(tmp_path / "one", gone, stays)
    archived(tmp_path / "two", stays)
    story = Pages.story

    def until_the_second(pages: Pages, links: Links, shown: Story) -> str:
        if shown.row.id == stays.id:
            raise KeyboardInterrupt
        return story(pages, links, shown)

    for _ in range(2):  # the first time it has no manifest yet
        with monkeypatch.context() as stopped:
            stopped.setattr(Pages, "story", until_the_second)
            with pytest.raises(KeyboardInterrupt):
                written(tmp_path / "one", tmp_path / "site")
    page = tmp_path / "site" / SiteLinks().story(gone.id)
    assert page.exists()
    written(tmp_path / "two", tmp_path / "site")
    assert not page.exists()
    assert written(tmp_path / "two", tmp_path / "site").changed == 0
    assert not (tmp_path / "site" / UNFINISHED).exists()


def test_the_pages_of_one_list_are_not_those_of_another(tmp_path: Path) -> None:
    many = (article(f"n{n}", source="post", text=f"Ferry {n} lost its list.") for n in range(31))
    archived(tmp_path / "archive", *many, article("other", source="post-2", text="A bank lost its list."))
    written(tmp_path / "archive", tmp_path / "site")
    assert "Breach at other" in (tmp_path / "site" / SiteLinks().listing(Query(source="post-2"))).read_text("utf-8")
    second = (tmp_path / "site" / SiteLinks().listing(Query(source="post", page=2))).read_text("utf-8")
    assert second.count('<li class="story">') == 1
    assert "Breach at other" not in second


@pytest.mark.parametrize("manifest", [None, b"{}", b"no json"])
def test_a_folder_with_something_else_is_left_alone(tmp_path: Path, manifest: bytes | None) -> None:
    archived(tmp_path / "archive", article("a"))
    (tmp_path / "thesis.tex").write_text("mine")
    if manifest is not None:
        (tmp_path / MANIFEST).write_bytes(manifest)
    with pytest.raises(SiteError, match="new or empty"):
        written(tmp_path / "archive", tmp_path)
    assert not (tmp_path / "index.html").exists()


def test_a_manifest_cannot_name_files_outside_of_the_site(tmp_path: Path) -> None:
    archived(tmp_path / "archive", article("a"))
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "site").mkdir()
    names = ["../precious.txt", str(tmp_path / "precious.txt"), "story/../../precious.txt", "..", "", "story/..", 7]
    (tmp_path / "site" / MANIFEST).write_text(json.dumps(names))
    written(tmp_path / "archive", tmp_path / "site")
    assert (tmp_path / "precious.txt").exists()


def test_names_from_an_archive_are_no_paths() -> None:
    for name in ("..", "../x", "a/b", "a\\b", "\0", "é", "x" * 300):
        assert "/" not in slug(name)
        assert "\\" not in slug(name)
        assert len(slug(name)) < 100
    assert slug("a/b") != slug("a-b") != slug("a\\b")


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archived(tmp_path / "archive", article("a"))
    asked = ["site", "--archive", str(tmp_path / "archive"), "--out"]
    assert main([*asked, str(tmp_path / "site")]) == 0
    assert "open index.html" in capsys.readouterr().err
    assert "Breach at a" in (tmp_path / "site" / "index.html").read_text()
    assert main([*asked, str(tmp_path / "archive")]) == 2
    assert "something else than a site" in capsys.readouterr().err
    assert main(["site", "--archive", str(tmp_path / "none"), "--out", str(tmp_path / "x")]) == 3
