"""What is taken out of a page is recorded: each way of taking out, with the number of records bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.records import Removed
from pipelines.extract import extract, extract_page
from pipelines.extract.body import choose_text
from pipelines.extract.declared import read_declared
from pipelines.extract.decode import parse
from pipelines.extract.metadata import summary, title
from pipelines.extract.prune import prune
from pipelines.items import MAX_REMOVED, Link, Page, SiteRules

HERE = Path(__file__).parent
PAGES = sorted((*(HERE / "pages").glob("*.html"), *(HERE / "pages_with_rules").glob("*.html")))
STORY = (
    "The ferry line said on Monday that a stranger had copied the list of its passengers from an open server.",
    "The list holds names and telephone numbers of nine thousand people who sailed between May and September.",
    "A passenger who found it told the line, which closed the server within the hour and told the regulator.",
)


def page(*inner: str, title: str = "Ferry line loses the list of its passengers") -> str:
    story = "".join(f"<p>{paragraph}</p>" for paragraph in STORY)
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{story}{''.join(inner)}</article>"


def kinds(html: str, url: str = "https://ferry.example/story") -> dict[str, str]:
    """The start of what was taken out, and its kind."""
    return {record.start: record.kind for record in extract(html, url=url).removed}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_line_that_was_found_is_in_the_text_or_in_the_records(path: Path) -> None:
    html = path.read_bytes()
    found = extract(html, url="https://page.example/story")
    tree = parse(html)
    declared = read_declared(tree)
    headline, lead = title(tree, declared), summary(declared)
    segments, _ = prune(tree, headline)
    blocks, _ = choose_text(tree, [], segments, headline, lead)
    recorded = {(record.length, record.start) for record in found.removed}
    said = "".join(found.text.split())  # white space is the page's, not trafilatura's
    lost = [block.text for block in blocks if "".join(block.text.split()) not in said]
    assert [text for text in lost if (len(text), text[:60]) not in recorded] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_nothing_that_is_in_the_text_is_recorded_as_taken_out(path: Path) -> None:
    found = extract(path.read_bytes(), url="https://page.example/story")
    paragraphs = {(len(paragraph), paragraph[:60]) for paragraph in found.text.split("\n\n")}
    assert paragraphs & {(record.length, record.start) for record in found.removed} == set()


@pytest.mark.parametrize(
    ("noise", "kind"),
    [
        ("<p>Also read: Harbour office loses crew lists</p>", "inline"),
        ("<p>Sign up for our newsletter and never miss a story.</p>", "promotion"),
        ("<p>Photo: Nell Arden/Lindow Courier</p>", "credit"),
        ("<h2>Related Articles</h2><p>Bank of the north closes its last branch</p>", "box"),
        ('<p><a href="/b">Bank of the north closes its last branch</a></p>', "link"),
    ],
)
def test_noise_of_each_kind_is_recorded(noise: str, kind: str) -> None:
    found = extract(page(noise), url="https://ferry.example/story")
    assert found.text == "\n\n".join(STORY)
    assert kind in {record.kind for record in found.removed}


def test_an_article_that_follows_is_recorded() -> None:
    scroll = (HERE / "pages" / "endless_scroll.html").read_text("utf-8")
    assert "article" in kinds(scroll).values()


def test_what_a_rule_of_the_site_takes_out_is_recorded_once() -> None:
    html = page('<div class="pull"><p class="pull">“We ought to have heard of it within the hour.”</p></div>').encode()
    link = Link(url="https://ferry.example/story", source="ferry", discovered_by="manual")
    one = Page(
        link=link, url=link.url, status=200, headers=(), body=html, fetched="", rules=SiteRules(remove=(".pull",))
    )
    records = [record for record in extract_page(one).removed if record.kind == "rule"]
    quote = "“We ought to have heard of it within the hour.”"
    assert records == [Removed(kind="rule", length=len(quote), start=quote)]


def test_the_lines_of_an_answer_that_ignores_the_headline_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """trafilatura's default takes the longer text of the page for the article; its stricter mode does not."""
    from pipelines.extract import body
    from pipelines.extract.blocks import Block

    plea = "Give what you can today, so that we may go on writing without anyone who tells us what to write."
    story = [Block(paragraph) for paragraph in STORY]
    monkeypatch.setattr(body, "_ask", lambda _tree, **how: story if "favor_precision" in how else [Block(plea)])
    assert kinds(page())[plea[:60]] == "other text"


def test_there_are_at_most_so_many_records_and_the_last_tells_how_much_more() -> None:
    tags = "".join(f'<div><p><a href="/{n}">Another story of the ferry, number {n}</a></p></div>' for n in range(500))
    found = extract(page(tags), url="https://ferry.example/story")
    assert len(found.removed) == MAX_REMOVED
    assert found.removed[-1].kind == "more"
    assert found.removed[-1].length > 300 * 30
