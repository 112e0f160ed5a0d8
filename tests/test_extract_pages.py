"""Saved pages, written for the project, with what must come out of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.extract import extract, extract_page
from pipelines.items import Link, Page

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def url_of(expected: dict[str, Any]) -> str:
    return str(expected["canonical_url"]) + "?fbclid=1#top"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_saved_page(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = extract(path.read_bytes(), url=url_of(expected))
    assert found.text.split("\n\n") == expected.pop("paragraphs")
    kinds = {item.kind for item in found.removed}
    assert kinds >= set(expected.pop("removed"))
    assert {name: json.loads(json.dumps(getattr(found, name))) for name in expected} == expected


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_twice_gives_the_same(path: Path) -> None:
    """No state is kept between pages, such as trafilatura's deduplication would."""
    answers = {extract(path.read_bytes(), url="https://page.example/story").text for _ in range(5)}
    assert len(answers) == 1


def test_what_the_feed_said_fills_the_gaps() -> None:
    link = Link(
        url="https://page.example/story",
        source="page",
        discovered_by="https://page.example/feed",
        published="2026-05-01T10:00:00Z",
        language="de",
        tags=("Klinik",),
    )
    body = (Path(__file__).parent / "pages" / "line_breaks_and_tags.html").read_bytes()
    found = extract_page(Page(link=link, url=link.url, status=200, headers=(), body=body, fetched=""))
    assert (found.language, found.tags) == ("de", ("Klinik",))
    assert found.published is not None


def test_lists_and_headings_of_a_page_that_marks_nothing_as_its_text_are_kept() -> None:
    """trafilatura gives the paragraphs and tables of such a page alone."""
    first = "On 4 August we found that a card reader in some stores had been replaced by one that kept the numbers."
    last = "We are sorry. We have replaced all readers and had them checked by a firm that does nothing else."
    steps = ["Look through the statements of your card.", "Tell your bank of any payment that is not yours."]
    items = "".join(f"<li>{step}</li>" for step in steps)
    menu = "<ul><li><a href='/'>Shop</a></li><li><a href='/cart'>Cart</a></li></ul>"
    body = f"<div class=x1><p>{first}</p><h3>What to do</h3><ol>{items}</ol><p>{last}</p></div>"
    html = (
        f"<html><title>Notice</title><body>{menu}<div><h1>Notice</h1></div>{body}<footer><p>Free delivery.</p></footer>"
    )
    assert extract(html, url="https://shop.example/notice").text.split("\n\n") == [first, "What to do", *steps, last]


def test_a_box_above_the_updates_of_an_incident_that_asks_for_an_address_is_not_its_text() -> None:
    """It alone is in paragraphs, so that trafilatura takes it for the whole article."""
    ask = "Get email notifications whenever Parcelbox creates, updates or resolves an incident."
    terms = "This site is protected by reCAPTCHA and the Google Privacy Policy and Terms of Service apply."
    updates = [
        "We have closed the access and written to all 5,200 customers whose tickets were read.",
        "The intruder read tickets of 5,200 customers with names, addresses and order numbers.",
        "We are looking into unauthorized access to the tool that our support staff use.",
    ]
    bold = ask.replace("creates", "<strong>creates</strong>").replace("resolves", "<a href=/r>resolves</a>")
    box = f"<div><p>{bold}</p><form><input name=email><button>Subscribe</button></form><p>{terms}</p></div>"
    rows = "".join(f"<div><div>Update</div><div><div><span>{update}</span></div></div></div>" for update in updates)
    title = "Unauthorized access to support tool"
    html = (
        f"<html><title>{title}</title><body>{box}<div><h1>{title}</h1><div>Incident Report</div></div><div>{rows}</div>"
    )
    text = extract(html, url="https://status.parcelbox.example/1").text
    assert [update for update in updates if update not in text] == []
    assert ask not in text
