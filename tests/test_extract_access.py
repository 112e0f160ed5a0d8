"""How much of an article a page gives, and which agency it comes from."""

from __future__ import annotations

import json

import pytest

from pipelines.extract import extract
from pipelines.extract.agency import agency
from pipelines.extract.declared import Declared

PROSE = "A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon."
BODY = f"<p>{PROSE}</p>" * 3


def access(tail: str, **article: object) -> str:
    declared = json.dumps({"@type": "NewsArticle", "headline": "Utility loses meter data", **article})
    script = f'<script type="application/ld+json">{declared}</script>'
    html = f"<html><head>{script}</head><body><h1>Utility loses meter data</h1>{BODY}{tail}</body></html>"
    return extract(html, url="https://page.example/a").access


@pytest.mark.parametrize(
    "tail",
    [
        "<p>Subscribe to continue reading this story.</p>",
        "<p>This article is for subscribers only.</p>",
        "<h2>Keep reading with a 7-day free trial</h2>",
        "<p>Jetzt weiterlesen mit dem Digitalabo.</p>",
        "<p>La suite est réservée aux abonnés.</p>",
        "<p>Suscríbete para seguir leyendo.</p>",
        "<p>この記事は会員限定です。</p>",
        '<div class="c-PayWall"><div>Keep reading with a subscription for one coin.</div></div>',
    ],
)
def test_a_wall_is_seen_though_its_lines_are_not_in_the_text(tail: str) -> None:
    assert access(tail) == "paywalled"


@pytest.mark.parametrize(
    "tail",
    [
        "<p>Sign in to continue reading.</p>",
        "<p>The regulator, which had been told a week before, then asked the …</p>",
        "<p>続きを読むには登録してください。</p>",
    ],
)
def test_what_breaks_off_or_wants_a_registration_is_truncated(tail: str) -> None:
    assert access(tail) == "truncated"


@pytest.mark.parametrize(
    "tail",
    [
        "",
        "<p>Subscribers of the utility will be told by letter, and those who moved will continue to be looked for.</p>",
        "<p>Subscribe to our newsletter.</p>",
        '<div class="paywall">{{ title }} Subscribe to continue reading</div>',
        f'<div class="paywall">{BODY * 5}</div>',
    ],
)
def test_a_whole_article_is_full(tail: str) -> None:
    assert access(tail) == "full"


def test_what_the_article_declares_goes_before_what_is_seen() -> None:
    closed = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".body"}
    assert access("", hasPart=closed) == "paywalled"
    assert access("", isAccessibleForFree=False) == "paywalled"
    assert access("", isAccessibleForFree=True) == "full"
    assert access("", mentions={"@type": "Article", "isAccessibleForFree": False}) == "full"


def test_far_fewer_words_than_declared_and_no_end_is_truncated() -> None:
    assert access("<p>The regulator then asked the utility for a list of all</p>", wordCount=900) == "truncated"
    assert access("", wordCount=900) == "full"
    assert access("", wordCount="9" * 400) == "full"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("LONDON, May 3 (Reuters) - A bank lost data.", "Reuters"),
        ("RAFAH, Gaza Strip (AP) — A bank lost data.", "AP"),
        ("Berlin (dpa) - Eine Bank hat Daten verloren.", "dpa"),
        ("Berlin (dpa/tmn) - Eine Bank hat Daten verloren.", "dpa"),
        ("TOKYO (Kyodo) -- A bank lost data.", "Kyodo"),
        ("【ワシントン時事】銀行がデータを失った。", "Jiji"),
        ("【北京共同】銀行がデータを失った。", "Kyodo"),
        ("(서울=연합뉴스) 은행이 데이터를 잃었다.", "Yonhap"),
        ("PARIS (AFP, Reuters) - Une banque a perdu des données.", "AFP, Reuters"),
        ("LONDON, Sept. 3 (Reuters) - A bank lost data.", "Reuters"),
        ("ST. LOUIS (AP) — A bank lost data.", "AP"),
        ("Madrid, 3 jun. (EFE).- Un banco perdió datos.", "EFE"),
        ("New Delhi [India], June 3 (ANI): A bank lost data.", "ANI"),
        ("МОСКВА, 18 июня. /ТАСС/. Банк потерял данные.", "TASS"),
        ("МОСКВА. 18 июня. INTERFAX.RU - Банк потерял данные.", "Interfax"),
        ("МОСКВА, 18 июн - РИА Новости. Банк потерял данные.", "RIA Novosti"),
        ("لندن - رويترز: فقد بنك بيانات.", "Reuters"),
        ("新华社北京6月17日电（记者王明）一家银行丢失数据。", "Xinhua"),
        ("（中央社記者林佩蓉台北12日電）一家銀行遺失資料。", "CNA"),
        ("【6月18日 AFP】銀行がデータを失った。", "AFP"),
        ("［東京 ３日 ロイター］ - 銀行がデータを失った。", "Reuters"),
        ("Zürich (awp/sda) - Eine Bank hat Daten verloren.", "SDA"),
        ("The Palestinian Authority (PA) said that a bank lost data.", None),
        ("路透社称，一家银行丢失数据。", None),
        ("A bank lost data - again. AP had said so.", None),
        ("The bank (AP: why it matters) lost data of its clients.", None),
        ("A bank told Reuters that it lost data.", None),
        ("Apple (AAPL) said that a bank lost data.", None),
    ],
)
def test_agency_of_a_dateline(line: str, expected: str | None) -> None:
    assert agency(Declared(), [], [line, PROSE], []) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("(Reporting by Ada Low in London; Editing by Bo Hi)", "Reuters"),
        ("© Agence France-Presse", "AFP"),
        ("Copyright 2026 The Associated Press. All rights reserved.", "AP"),
        ("Mit Material von AFP", "AFP"),
        ("The utility did not answer. (ANSA)", "ANSA"),
        ("This report by The Canadian Press was first published June 3, 2026.", "Canadian Press"),
        (
            "Copyright 2026 The Associated Press. All rights reserved. This material may not be published, broadcast, "
            "rewritten or redistributed without permission.",
            "AP",
        ),
        ("(com Lusa)", "Lusa"),
        ("From AA cells to packs", None),
        ("The utility did not answer, and AFP did not ask.", None),
    ],
)
def test_agency_of_the_closing_line(line: str, expected: str | None) -> None:
    assert agency(Declared(), [], [PROSE, PROSE, line], []) == expected


def test_the_agency_is_in_the_record_and_no_author() -> None:
    html = (
        f'<html><body><h1>Utility loses meter data</h1><p class="byline">By Ada Low and Reuters</p>{BODY}</body></html>'
    )
    found = extract(html, url="https://page.example/a")
    assert (found.extra, found.authors) == ({"agency": "Reuters"}, ("Ada Low",))


def test_an_agencys_own_site_is_its_agency() -> None:
    assert agency(Declared(), [], [PROSE], ["AP News", "Apollo"]) == "AP"
    assert extract(f"<h1>Utility loses meter data</h1>{BODY}", url="https://page.example/a").extra == {}


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("<div><h3>This post is for paid subscribers</h3><p>Already a subscriber? Log in.</p></div>", "paywalled"),
        ("<div><p>You have reached your limit of free articles.</p></div>", "paywalled"),
        ("<div><p>Conteúdo exclusivo para assinantes</p></div>", "paywalled"),
        ("<div><p>Dit artikel is exclusief voor abonnees</p></div>", "paywalled"),
        ("<div><p>Den här artikeln är för prenumeranter</p></div>", "paywalled"),
        ("<div><p>Материал доступен только подписчикам</p></div>", "paywalled"),
        ("<div><p>Regístrate gratis para seguir leyendo</p></div>", "truncated"),
        ("<div><p>Bitte melden Sie sich an, um weiterzulesen</p></div>", "truncated"),
        ("<div><p>Subscribe to our newsletter to read more stories like this.</p></div>", "full"),
        ("<div><p>スクラップは会員限定です</p></div>", "full"),
    ],
)
def test_what_stands_behind_the_text_tells_a_wall(tail: str, expected: str) -> None:
    assert access(f"<div>{BODY}</div>{tail}") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Źródło: PAP", "PAP"),
        ("Kaynak: AA", "Anadolu"),
        ("المصدر : رويترز", "Reuters"),
        ("Fuente: EFE", "EFE"),
        ("来源：新华社", "Xinhua"),
        ("Sources say little.", None),
    ],
)
def test_an_agency_is_named_as_the_source_in_many_languages(line: str, expected: str | None) -> None:
    assert agency(Declared(), [], [PROSE, line], []) == expected


def test_the_agency_of_a_picture_is_not_the_texts() -> None:
    assert agency(Declared(), [], ["해킹 이미지 [연합뉴스]", PROSE], []) is None
