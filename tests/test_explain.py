"""`breachwire extract --explain`: what was kept and what was removed, line by line."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.extract.explain import Line, explain_page
from pipelines.items import ExtractionError, Link, Page
from tests.command import breachwire, environment

PAGES = Path(__file__).parent / "pages"
RELATED = PAGES / "related_longer_than_article.html"
EVIL = """<html><head><title>Clinic loses files</title></head><body><article><h1>Clinic loses files</h1>
<p>A clinic in the north said on Monday that files of nine thousand patients were copied by a &lt;script&gt;.</p>
<p>The clinic found the copy on a public server, where it had been for a month before anyone noticed it.</p>
<p>Also read: <a href="https://evil.example/x.js">&lt;img src=x onerror=alert(1)&gt; \x1b[31m</a></p>
</article></body></html>"""


def lines(html: bytes) -> tuple[Line, ...]:
    link = Link(url="https://page.example/a", source="page", discovered_by="manual")
    return explain_page(Page(link=link, url=link.url, status=200, headers=(), body=html, fetched="")).lines


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.html")), ids=lambda path: path.stem)
def test_every_paragraph_is_kept_and_no_line_is_both(path: Path) -> None:
    from pipelines.extract import extract
    from pipelines.extract.words import key

    told = lines(path.read_bytes())
    text = key(extract(path.read_bytes(), url="https://page.example/a").text)
    assert all(key(line.text) in text for line in told if line.kind is None)
    kept = "".join(key(line.text) for line in told if line.kind is None)
    assert kept.replace(" ", "") == text.replace(" ", "")


def test_a_line_is_named_by_what_took_it_out() -> None:
    kinds = {line.text: line.kind for line in lines(EVIL.encode())}
    assert kinds["Clinic loses files"] == "headline"
    assert next(kind for text, kind in kinds.items() if text.startswith("Also read")) == "inline"


def test_short_cells_of_a_table_that_stayed_are_kept() -> None:
    cells = {"Found": "9/3/2026", "Persons": "48,213", "Of the state": "112"}
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in cells.items())
    paragraph = "<p>A clinic in the north said on Monday that files of nine thousand patients had been copied.</p>"
    page = f"<html><body><article><h1>Loss</h1>{paragraph}<table>{rows}</table>{paragraph.replace('north', 'south')}"
    kinds = {line.text: line.kind for line in lines(page.encode())}
    assert [kinds[text] for pair in cells.items() for text in pair] == [None] * 6


def test_a_text_that_a_script_would_draw_is_shown_as_kept() -> None:
    said = [
        f"A clinic in the north said on Monday that all the files of ward {ward} had been copied." for ward in range(8)
    ]
    story = "".join(f"<p>{line}</p>" for line in said)
    page = f"<title>A clinic said that files had been copied</title><div>Menu</div><noscript>{story}</noscript>"
    assert [line.text for line in lines(page.encode()) if line.kind is None] == said


def test_a_page_without_an_article_is_not_explained() -> None:
    with pytest.raises(ExtractionError, match="empty page"):
        lines(b" ")


def test_in_a_pipe_each_line_has_its_kind_before_a_tab() -> None:
    done = breachwire("extract", "--explain", RELATED)
    title, *rest = done.out.splitlines()
    assert done.code == 0
    assert title.startswith(f"# {RELATED}: ")
    assert {line.split("\t")[0] for line in rest} >= {"kept", "box"}


def test_on_a_terminal_kept_and_removed_stand_side_by_side(tmp_path: Path) -> None:
    (tmp_path / "evil.html").write_text(EVIL, "utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "crawler", "extract", "--explain", str(tmp_path / "evil.html")]
    env = environment(PYTHONPATH=str(Path(__file__).parent.parent), COLUMNS="100", TERM="dumb")
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.DEVNULL, env=env) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    text = shown.decode()
    assert process.returncode == 0
    assert "kept (2)" in text
    assert "inline: Also read" in text
    assert "\x1b[31m<" not in text.replace("\x1b[1;31minline", "")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""


def test_the_html_page_is_escaped_and_loads_nothing(tmp_path: Path) -> None:
    (tmp_path / "evil.html").write_text(EVIL, "utf-8")
    done = breachwire("extract", "--explain-html", "out.html", "evil.html", cwd=tmp_path)
    page = (tmp_path / "out.html").read_text("utf-8")
    assert (done.code, done.out) == (0, "")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "copied by a &lt;script&gt;" in page
    assert not any(mark in page for mark in ("<img", "<script", "href=", 'src="', "url("))


def test_what_cannot_be_explained_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_text(" ", "utf-8")
    failed = breachwire("extract", "--explain", "empty.html", cwd=tmp_path)
    assert (failed.code, failed.err) == (1, "breachwire: empty.html: empty page\n")
    (tmp_path / "good.html").write_text(EVIL, "utf-8")
    wrong = breachwire("extract", "--explain-html", "no/such/folder.html", "good.html", cwd=tmp_path)
    assert wrong.code == 2
    assert "cannot be written" in wrong.err
