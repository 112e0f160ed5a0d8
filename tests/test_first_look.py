"""The first look at a page: what is surely about something else ends there, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines.extract import first_text, parse_page
from pipelines.items import ExtractionError, Link, Page
from pipelines.relevance import load_topic, surely_not
from pipelines.workers import WorkerPool

GARDEN = "The society of gardeners met in the town hall and chose the rose of the year, which is red and smells of tea."
BREACH = "An unauthorized party copied the personal data of 80,000 customers, the bank said on Monday in a statement."
EAST = {
    ("shift_jis", "ja"): (
        "通販サイトで個人情報漏えい",
        "同社は、第三者による不正アクセスにより、顧客の個人情報が流出したと発表した。",
    ),
    ("gb18030", "zh"): ("航空公司客户数据泄露", "该公司周一表示，黑客入侵其系统，导致约一百万名旅客的个人信息外泄。"),
    ("euc_kr", "ko"): ("쇼핑몰 고객 개인정보 10만건 유출", "이 회사는 해킹으로 고객의 개인정보가 유출됐다고 밝혔다."),
}


def page(title: str, text: str, lines: int = 6, *, charset: str = "utf-8", layout: str = "<p>{}</p>") -> Page:
    body = "".join(layout.format(f"{text} {number}.") for number in range(lines))
    html = f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
    link = Link(url="https://news.example/a", source="news", discovered_by="manual")
    return Page(
        link=link,
        url=link.url,
        status=200,
        headers=(("Content-Type", f"text/html; charset={charset}"),),
        body=html.encode(charset),
        fetched="",
    )


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(workers=1, timeout=30.0, memory=1_500_000_000) as pool:
        yield pool


def test_a_page_about_something_else_is_not_extracted(pool: WorkerPool) -> None:
    assert pool.submit_on(["breach", "ransomware"], page("Rose of the year", GARDEN)).result(timeout=60) is None


def test_a_page_on_any_of_the_topics_is_extracted(pool: WorkerPool) -> None:
    for title, text in (
        ("Bank loses data", BREACH),
        ("Town pays ransom", "The ransomware had locked every file. " * 3),
    ):
        found = pool.submit_on(["breach", "ransomware"], page(title, text)).result(timeout=60)
        assert found is not None
        assert found.title == title


def test_what_the_feed_said_counts(pool: WorkerPool) -> None:
    link = Link(url="https://news.example/a", source="news", discovered_by="feed", title="Customer data stolen in hack")
    announced = replace(page("Notice", GARDEN), link=link)
    assert pool.submit_on(["breach"], announced).result(timeout=60) is not None


def test_a_page_with_hardly_any_text_fails_with_its_reason(pool: WorkerPool) -> None:
    wall = page("Before you continue", "We use cookies and similar means.", lines=1)
    with pytest.raises(ExtractionError, match="no article text"):
        pool.submit_on(["breach"], wall).result(timeout=60)


@pytest.mark.parametrize("layout", ["<p>{}</p>", "<div>{}</div>", "{}<br><br>", "<table><tr><td>{}</td></tr></table>"])
def test_the_rough_text_needs_no_paragraphs(layout: str) -> None:
    title, text = first_text(parse_page(page("Bank loses data", BREACH, layout=layout)))
    assert title == "Bank loses data"
    assert text.count("80,000 customers") == 6


@pytest.mark.parametrize(("charset", "language"), EAST)
def test_eastern_character_sets_are_read_before_anything_is_told(charset: str, language: str) -> None:
    title, text = EAST[charset, language]
    found = first_text(parse_page(page(title, text * 3, lines=9, charset=charset)))
    assert found[0] == title
    assert text in found[1]
    assert not surely_not(load_topic("breach"), *found)


def test_words_against_a_topic_do_not_outweigh_those_for_it() -> None:
    """What speaks against it may stand in a box beside the article."""
    beside = "How to protect yourself: webinar, tips and best practices. Patch the vulnerability in your phone. " * 6
    assert not surely_not(load_topic("breach"), "Bank in trouble", f"{BREACH}\n{beside}")
