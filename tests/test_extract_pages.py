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
