"""Who wrote an article: people alone, from what the page declares, its byline, or its markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract import extract
from pipelines.extract.names import split_names

BODY = "<p>A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon.</p>" * 3


def authors(head: str = "", body: str = "") -> tuple[str, ...]:
    html = f"<html><head>{head}</head><body><h1>Utility loses meter data</h1>{body}{BODY}</body></html>"
    return extract(html, url="https://page.example/a").authors


def json_ld(author: str, more: str = "") -> str:
    return (
        f'<script type="application/ld+json">[{{"@type": "NewsArticle", "headline": "x", "author": {author}}}{more}]'
        "</script>"
    )


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ('{"@type": "Person", "name": "Cher"}', ("Cher",)),
        ('{"@type": "Person", "name": "admin"}', ()),
        ('{"@type": "Organization", "name": "Blue Harbour"}', ()),
        ('{"@id": "#ada"}', ("Ada Low",)),
        ('{"@id": "#nobody"}', ()),
    ],
)
def test_json_ld_says_who_is_a_person(author: str, expected: tuple[str, ...]) -> None:
    assert authors(json_ld(author, ', {"@id": "#ada", "@type": "Person", "name": "Ada Low"}')) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (json_ld('{"@type": "Person", "name": "Low, Ada"}'), ("Ada Low",)),
        (json_ld('{"@type": "Person", "givenName": "Ada", "familyName": "Low"}'), ("Ada Low",)),
        (
            '<meta name="citation_author" content="Low, Ada"><meta name="citation_author" content="Hi, Bo">',
            ("Ada Low", "Bo Hi"),
        ),
        ('<meta name="articleAuthor" content="Ada Low">', ("Ada Low",)),
        ('<meta property="dable:author" content="서지안 기자">', ("서지안",)),
        ('<meta name="twitter:author" content="@adalow">', ()),
        ('<meta name="author" content="新浪潮科技">', ()),
    ],
)
def test_declared_names_are_read_in_the_forms_that_sites_use(head: str, expected: tuple[str, ...]) -> None:
    assert authors(head) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("<p>Autor: Bożena Ćwiklińska</p>", ("Bożena Ćwiklińska",)),
        ("<p>Автор: Ирина Ковалёва</p>", ("Ирина Ковалёва",)),
        ("<p>Tekst: Ola Nordmann Foto: Kari Lie</p>", ("Ola Nordmann",)),
        ("<p>Reported by Ada Low</p>", ("Ada Low",)),
        ("<p>מאת: דנה שמעוני</p>", ("דנה שמעוני",)),
        ("<p>Γράφει ο Γιώργος Παπάς</p>", ("Γιώργος Παπάς",)),
        ('<p class="author">โดย ณัฐวุฒิ แสงทอง</p>', ("ณัฐวุฒิ แสงทอง",)),
        ("<p>文/王小明 编辑/李四</p>", ("王小明",)),
        ("<p>記者 林佩蓉／台北報導</p>", ("林佩蓉",)),
        ("<p>记者从公安局获悉，一家银行丢失了客户的数据</p>", ()),
        ('<p class="author">社会部 高橋健太</p>', ("高橋健太",)),
        ('<p class="author">高橋健太（社会部）</p>', ("高橋健太",)),
        ('<p class="author">Von unserer Redakteurin Ada Low</p>', ("Ada Low",)),
        ('<div class="reporter"><a href="/r/1">Ada Low</a></div>', ("Ada Low",)),
        ("<p>Author: see below, for the whole list of names</p>", ()),
    ],
)
def test_bylines_of_many_languages(line: str, expected: tuple[str, ...]) -> None:
    assert authors(body=line) == expected


def test_an_author_who_is_an_organization_of_the_graph_too_is_no_outlet() -> None:
    person = ', {"@type": ["Person", "Organization"], "name": "Ada Low"}'
    assert authors(json_ld('{"@type": "Person", "name": "Ada Low"}', person)) == ("Ada Low",)


def test_a_declaration_that_names_more_goes_before_one_that_names_the_first_alone() -> None:
    assert authors(json_ld('"Ada Low"') + '<meta name="author" content="Ada Low, Bo Hi">') == ("Ada Low", "Bo Hi")
    assert authors(json_ld('"Ada Low"') + '<meta name="author" content="Cy Mo, Bo Hi">') == ("Ada Low",)


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Ada Low">',
        '<meta name="author" content="a.low@page.example"><meta name="sailthru.author" content="Ada Low">',
    ],
)
def test_meta_tags(head: str) -> None:
    assert authors(head) == ("Ada Low",)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>By Ada Low and Bo Hi, The Example</p>", ("Ada Low", "Bo Hi")),
        ("<div>By<!-- --> <a href='/x'>Ada Low</a>, Staff Writer</div>", ("Ada Low",)),
        ('<span class="byline"><a>Ada Low</a><span>USA TODAY</span></span>', ("Ada Low",)),
        ('<a href="/author/ada-low/">Ada Low</a>', ("Ada Low",)),
        ('<a href="/author/jnorem">Josh Norem</a>', ("Josh Norem",)),
        ('<nav><a href="/people/politics">Famous Faces</a></nav>', ()),
        ("<p>23.09.2026, 17:42 Uhr | von Ada Low</p>", ("Ada Low",)),
        ("<p>Interview: Ada Low</p>", ("Ada Low",)),
        ("<p>Interview von Ada Low und Bo Hi</p>", ("Ada Low", "Bo Hi")),
        ("<p>By Wednesday afternoon nobody had noticed it.</p>", ()),
        ('<aside><p>By Cy Mo</p></aside><span itemprop="author">Ada Low</span>', ("Ada Low",)),
        ('<span class="comment-author">Cy Mo</span>', ()),
        ('<span class="author">Hallo Ausloggen</span>', ()),
    ],
)
def test_bylines_and_markup(body: str, expected: tuple[str, ...]) -> None:
    assert authors(body=body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>Ada Low</p><p>Mar 4, 2026</p>", ("Ada Low",)),
        ("<p>4 min read</p><div>Ada Low</div>", ("Ada Low",)),
        ("<p>Ada Low | 04.03.2026</p>", ("Ada Low",)),
        ("<p>Ada Low 2026-03-04, ostatnia aktualizacja 2026-03-04 18:22</p>", ("Ada Low",)),
        ("<p>Ada Low</p><p>The utility is an old one.</p>", ()),
        ("<p><a href='/x'>Ada Low</a></p><p>Mar 4, 2026</p>", ()),
        ("<h3>Ada Low</h3><p>Mar 4, 2026</p>", ()),
        ("<p>A line.</p>" * 6 + "<p>Ada Low</p><p>Mar 4, 2026</p>", ()),
    ],
)
def test_a_name_alone_beside_a_date_or_a_time_to_read(body: str, expected: tuple[str, ...]) -> None:
    assert authors(body=body) == expected


def test_the_section_beside_the_headline_is_nobody() -> None:
    article = '<script type="application/ld+json">{"@type": "NewsArticle", "articleSection": "Living Well"}</script>'
    assert authors(article, "<p>Living Well</p><p>Mar 4, 2026</p>") == ()
    assert authors("", "<p>Ada Low</p><p>Mar 4, 2026</p>") == ("Ada Low",)


def test_who_stands_behind_an_and_in_the_byline_with_all_who_are_declared() -> None:
    assert authors(json_ld('"Ada Low"'), "<p>By Ada Low and Bo Hi, Lindow</p>") == ("Ada Low", "Bo Hi")
    assert authors(json_ld('"Ada Low"'), "<p>By Cy Mo and Bo Hi, Lindow</p>") == ("Ada Low",)


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("Written ByAda Low", ["Ada Low"]),
        ("Por Ana Gil y Juan Mas", ["Ana Gil", "Juan Mas"]),
        ("von Jan van der Berg", ["Jan van der Berg"]),
        ("Von Miller", ["Von Miller"]),
        ("Ada Low, MD, Medical Director", ["Ada Low"]),
        ("Ada Low (Berlin)", ["Ada Low"]),
        ("高橋 健太 記者", ["高橋 健太"]),
        ("Reuters", []),
        ("The Morning Post", []),
        ("For Immediate Release", []),
        ("Security Advisory", []),
        ("https://page.example/ada-low", []),
    ],
)
def test_bylines_hold_people_and_much_else(byline: str, expected: list[str]) -> None:
    assert split_names(byline) == expected


@given(st.text(max_size=200))
def test_no_text_gives_a_name_that_is_an_address_a_number_or_endless(text: str) -> None:
    names = split_names(text)
    assert not any("@" in name or any(map(str.isdecimal, name)) or len(name) > 60 for name in names)


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("<div><span>Von</span><ul><li><a>Ada Low</a></li><li><a>Bo Hi</a></li></ul></div>", ("Ada Low", "Bo Hi")),
        ("<p>By <a>Ada Low</a> <a>Bo Hi</a></p>", ("Ada Low", "Bo Hi")),
        ("<p>By <b>Ada</b> <b>Low</b></p>", ("Ada Low",)),
        ("<p>Posted on <span>March 31st, 2026</span> by <a>Ada Low</a></p>", ("Ada Low",)),
        ("<div>DIY <a>Bo Hi</a> <a>Cy Mo</a></div>", ()),
        ('<div><span id="byline">［<a>高橋健太</a>，ITニュース］</span></div>', ("高橋健太",)),
        ('<p class="byline">本报记者 李明 王芳</p>', ("李明", "王芳")),
        ('<p class="author">كتب: أحمد الخطيب</p>', ("أحمد الخطيب",)),
        ('<p class="byline">By Ada Low and Wire Reports</p>', ("Ada Low",)),
        ("<p>Written by Ada Low. Edited by Bo Hi.</p>", ("Ada Low",)),
    ],
)
def test_bylines_as_pages_lay_them_out(byline: str, expected: tuple[str, ...]) -> None:
    assert authors(body=byline) == expected


@pytest.mark.parametrize("name", ["Agencias", "Agences", "Agenturen", "Redakcja", "Редакция", "Super User"])
def test_an_office_that_is_declared_a_person_is_none(name: str) -> None:
    assert authors(json_ld(f'{{"@type": "Person", "name": "{name}"}}')) == ()


@pytest.mark.parametrize(
    ("byline", "expected"),
    [
        ("Omar Aziz in Brussels and Ada Low for Metro", ["Omar Aziz", "Ada Low"]),
        ("Par Jean Dupont avec AFP", ["Jean Dupont"]),
        ("Ada Low March 3, 2026", ["Ada Low"]),
        ("Oleh: Budi Santoso", ["Budi Santoso"]),
        ("Tekst: Kari Nordmann", ["Kari Nordmann"]),
        ("聞き手・鈴木一郎", ["鈴木一郎"]),
        ("文・写真／山田太郎", ["山田太郎"]),
        ("記者王小明／台北報導", ["王小明"]),
        ("作者：李华 编辑：王芳", ["李华"]),
        ("责编：王芳", []),
        ("文静", ["文静"]),
        ("(서울=연합뉴스) 김민수 기자", ["김민수"]),
    ],
)
def test_a_byline_says_more_than_names(byline: str, expected: list[str]) -> None:
    assert split_names(byline) == expected


def test_the_byline_of_an_article_that_follows_names_no_author_of_this_one() -> None:
    other = 2 * BODY.replace("meters", "cranes").replace("readings", "routes")
    following = f'<article><h1>Harbour cranes stand still</h1><p class="byline">By Cy Mo</p>{other}</article>'
    own = f"<article><h1>Utility loses meter data</h1>{BODY * 2}</article>"
    html = f"<html><body><main>{own}{following}</main></body></html>"
    assert extract(html, url="https://page.example/a").authors == ()


def test_the_second_author_that_ghost_calls_a_contributor() -> None:
    people = '{"@type": "Person", "name": "Ada Low"}, "contributor": [{"@type": "Person", "name": "Bo Hi"}]'
    head = json_ld(people)
    byline = '<h4 class="author-name"><a href="/a">Ada Low</a>, <a href="/b">Bo Hi</a></h4>'
    assert authors(head, byline) == ("Ada Low", "Bo Hi")
    assert authors(head) == ("Ada Low",)


def test_a_portals_name_behind_the_papers_is_no_author() -> None:
    head = '<meta property="og:site_name" content="포털케이 뉴스"><meta name="author" content="새벽일보 | 포털케이">'
    assert authors(head, '<span class="journalist">서지안 기자</span>') == ("서지안",)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("<div>2026-09-03 08:12 来源：江边日报 作者：赵敏</div>", "", ("赵敏",)),
        ("<div>लेखक: राहुल वर्मा</div>", "", ("राहुल वर्मा",)),
        ("<div>Tác giả: Minh Châu</div>", "", ("Minh Châu",)),
        ("", "<div>Автор: Пётр Сомов</div>", ("Пётр Сомов",)),
        ("", "<div>By Monday all Ports were open.</div>", ()),
    ],
    ids=["within a line", "hindi", "vietnamese", "behind the text", "a sentence"],
)
def test_a_byline_is_read_as_its_language_writes_it(before: str, after: str, expected: tuple[str, ...]) -> None:
    html = f"<html><body><h1>Utility loses meter data</h1>{before}{BODY}{after}</body></html>"
    assert extract(html, url="https://page.example/a").authors == expected


FACTS = [("Product", "Backup Gateway"), ("Severity", "High"), ("Published", "12 May 2026")]


def terms(*facts: tuple[str, str], kind: str = "advisory-author-meta") -> str:
    return f"<div class={kind}><dl>{''.join(f'<dt>{term}</dt><dd>{told}</dd>' for term, told in facts)}</dl></div>"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (terms(*FACTS), ()),
        (terms(*FACTS[:2], kind="byline"), ()),
        (terms(*FACTS[:2], ("Author", "Ada Low")), ("Ada Low",)),
        (terms(*FACTS[:1], ("Author", "Ada Low"), kind="facts"), ("Ada Low",)),
        (terms(("Written by", "Ada Low and Bo Hi"), ("Reviewed by", "Cy Mo")), ("Ada Low", "Bo Hi")),
        ("<table><tr><td>Product<td>Backup Gateway<tr><td>Published<td>12 May 2026</table>", ()),
        ("<table><tr><td>Author<td>Ada Low<tr><td>Published<td>12 May 2026</table>", ("Ada Low",)),
        ("<table><tr><td>12 May 2026<td>Ada Low</table>", ("Ada Low",)),
        ("<p class=byline><b>Product:</b> <i>Backup Gateway</i> <b>Severity:</b> <i>High Risk</i></p>", ()),
        ("<p class=byline><b>Tekst:</b> <i>Ada Low</i> <b>Foto:</b> <i>Bo Hi</i></p>", ("Ada Low",)),
    ],
)
def test_of_a_list_of_facts_those_are_authors_whom_it_calls_so(facts: str, expected: tuple[str, ...]) -> None:
    assert authors(body=facts) == expected


def test_who_signed_a_filing_and_whose_release_a_wire_carries_are_no_authors() -> None:
    story = "".join(
        f"<p>The company found on day {day} that a stranger had copied its customers' files.</p>" for day in range(9)
    )
    signed = f"<html><title>8-K</title><body>{story}<table><tr><td>By:</td><td>/s/ Lena Fox</td></tr></table>"
    assert extract(signed, url="https://filings.example/8-k").authors == ()
    head = "<title>Meridian Health gives notice</title><meta name=author content='Meridian Health'>"
    wire = f"<html><head>{head}</head><body><h1>Meridian Health gives notice</h1>{story}<p>SOURCE Meridian Health</p>"
    assert extract(wire, url="https://wire.example/1").authors == ()


def test_a_korean_reporter_signs_with_an_address() -> None:
    assert authors(body=f"{BODY}<p>김민수 기자 mskim@page.example</p>") == ("김민수",)


def test_what_tells_who_the_author_is_does_not_end_the_text() -> None:
    about = "<p><em>Ada Low taught mathematics for 31 years. She lives in Lindow.</em></p>"
    html = (
        f'<html><head><meta name="author" content="Ada Low"></head><body><h1>Meters</h1><div>{BODY}{about}</div></body>'
    )
    found = extract(html, url="https://page.example/a")
    assert "31 years" not in found.text
    assert any(item.kind == "byline" and item.start.startswith("Ada Low taught") for item in found.removed)
