"""Rules of a single site: saved pages with what must come out of each by its rules."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pipelines.extract import extract_page
from pipelines.items import ExtractionError, Link, Page, SiteRules

PAGES = sorted((Path(__file__).parent / "pages_with_rules").glob("*.html"))


def page(html: bytes, rules: SiteRules | None) -> Page:
    link = Link(url="https://ledger.example/a", source="ledger", discovered_by="manual")
    return Page(link=link, url=link.url, status=200, headers=(), body=html, fetched="", rules=rules)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_saved_page_by_its_rules(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    rules = msgspec.convert(expected["rules"], SiteRules)
    found = extract_page(page(path.read_bytes(), rules))
    assert found.text.split("\n\n") == expected["paragraphs"]
    assert (found.title, found.published) == (expected["title"], expected["published"])
    assert extract_page(page(path.read_bytes(), None)).text != found.text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "rules",
    [
        SiteRules(body="#gone", remove=(".gone",), title="h9", date="time.gone"),
        SiteRules(body="body", remove=("body",)),
    ],
)
def test_a_rule_that_finds_nothing_or_all_changes_nothing(path: Path, rules: SiteRules) -> None:
    by_rules, plain = (extract_page(page(path.read_bytes(), given)) for given in (rules, None))
    assert (by_rules.text, by_rules.title, by_rules.published) == (plain.text, plain.title, plain.published)


def test_a_rule_that_leaves_no_article_fails_with_the_reason() -> None:
    with pytest.raises(ExtractionError, match="no article text"):
        extract_page(page(PAGES[0].read_bytes(), SiteRules(body=".stamp")))


@pytest.mark.parametrize("shown", ["15 September 2026", "Published 15. September 2026, 10:30", "۲۴ شهریور ۱۴۰۵"])
def test_the_date_that_a_rule_points_to_may_be_in_words(shown: str) -> None:
    story = "<p>A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon.</p>"
    html = f"<html><body><h1>Meter data lost</h1>{story}<div>{story}</div><b class=when>{shown}</b></body></html>"
    found = extract_page(page(html.encode(), SiteRules(date=".when")))
    assert (found.published, found.without_effect) == ("2026-09-15T00:00:00Z", ())
