"""Facts in the record: which articles get them, and how feeds, exports and the terminal tell them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive import Article, open_archive
from archive.export.feeds import Feed, atom, jsonfeed
from archive.export.stories import story_of
from archive.export.threat_intel import misp, stix
from archive.facts import size_of
from archive.records import Relevance, RelevanceVerdict
from crawler.cli.formats import csv_rows, markdown_of
from pipelines.facts import facts_of
from pipelines.facts.stage import FactsStage
from pipelines.items import Link, Page
from pipelines.rights import without_text
from pipelines.stages import Draft
from tests.archive_samples import article, store
from tests.command import breachwire

LEAD = "Intruders copied the personal data of about 412,000 patients, the clinics said."
FEED = Feed(about="/srv/wire", title="Wire")


def told(verdict: RelevanceVerdict = "yes", **extra: str) -> Article:
    relevance = Relevance(topic="breach", score=0.9, verdict=verdict)
    return msgspec.structs.replace(article("a", text=LEAD), relevance=relevance, extra=extra)


def through(article: Article) -> Article:
    link = Link(url=article.url, source=article.source, discovered_by="manual")
    page = Page(link=link, url=article.url, status=200, headers=(), body=b"", fetched=article.fetched)
    return FactsStage().process_item(Draft(page, article)).article


@pytest.mark.parametrize(
    "given", [told("yes"), told("maybe"), told(kind="incident"), told(kind="aftermath")], ids=range(4)
)
def test_a_relevant_article_on_an_incident_gets_facts(given: Article) -> None:
    assert through(given).facts == facts_of(given.title, given.text) != {}


@pytest.mark.parametrize(
    "given",
    [told("no"), told(kind="statistics"), told(kind="advice"), msgspec.structs.replace(told(), relevance=None)],
    ids=range(4),
)
def test_statistics_advice_and_what_is_irrelevant_get_none(given: Article) -> None:
    assert through(given).facts == {}


def test_of_an_article_whose_text_is_withheld_nothing_is_quoted_but_the_headline() -> None:
    withheld = without_text(told(), "robots: noarchive")
    assert through(withheld).facts == {}
    titled = msgspec.structs.replace(withheld, title="Breach hits 412,000 patients")
    assert through(titled).facts["people_affected"]["evidence"]["zone"] == "title"


# -- where they are told -----------------------------------------------------------------------------------------------


@pytest.fixture
def story() -> Article:
    return through(told())


SAID = "People affected: about 412,000 patients"


def test_feeds_and_exports_tell_them(story: Article) -> None:
    for form in (atom, jsonfeed, stix, misp):
        assert SAID in b"".join(form([story_of(story)], FEED)).decode(), form.__name__
    (item,) = json.loads(b"".join(jsonfeed([story_of(story)], FEED)))["items"]
    assert item["_breachwire"]["facts"] == story.facts


def test_a_number_told_without_reserve_has_no_qualifier_in_words(story: Article) -> None:
    fact: dict[str, Any] = story.facts["people_affected"] | {"qualifier": "exact"}
    exact = msgspec.structs.replace(story, facts={"people_affected": fact})
    assert "People affected: 412,000 patients" in b"".join(atom([story_of(exact)], FEED)).decode()
    assert size_of(exact.facts) == "412,000 patients"
    assert size_of(story.facts) == "about 412,000 patients"


def test_markdown_and_csv_tell_them(story: Article) -> None:
    assert "- people affected: about 412,000 patients" in markdown_of(story)
    header, row, *_ = b"".join(csv_rows([story])).decode().split("\r\n")
    assert dict(zip(header.split(","), row.split(","), strict=False))["people_affected"] == "412000"


def test_show_tells_them_with_the_words_that_state_them(story: Article, tmp_path: Path) -> None:
    store(open_archive(tmp_path).bucket, story)
    done = breachwire("show", story.id, "--archive", tmp_path)
    assert f"Facts\n  {SAID}\n    {LEAD}\n" in done.out
