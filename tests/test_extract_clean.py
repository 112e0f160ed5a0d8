"""What is trimmed off an article's text, and what must stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.blocks import Block
from pipelines.extract.boxes import find_boxes
from pipelines.extract.clean import clean
from pipelines.extract.markdown import escape, to_markdown, without_lines
from pipelines.extract.phrases import box, final, furniture, inline, teasers

ONE = "A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon."
TWO = "The readings show when people are at home, and nobody had noticed the copy for more than a month."
THREE = "The utility has closed the server and told the regulator, and a letter goes to everyone this week."
TITLE = "Utility loses meter data"


def kept(*lines: str | Block, title: str | None = TITLE) -> list[str]:
    blocks = [line if isinstance(line, Block) else Block(line) for line in lines]
    return [block.text for block in clean(blocks, title)[0]]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("print PRINT", "furniture"),
        ("Share on Facebook", "furniture"),
        ("No comments yet...", "furniture"),
        ("Advertisement", "furniture"),
        ("Lorem ipsum dolor sit amet, consectetur adipiscing elit.", "furniture"),
        ("Lorem ipsum 2", "furniture"),
        ("A+ A-", "furniture"),
        ("[Gambas:Video 20detik]", "furniture"),
        ("Dalszy ciąg materiału pod wideo", "furniture"),
        ("อ่านข่าว : ธนาคารปิดสาขา", "inline"),
        ("Haberle ilgili daha fazlası: siber saldırı", "inline"),
        ("Ακολουθήστε το Νέα στο Google News και μάθετε πρώτοι όλες τις ειδήσεις", "promotion"),
        ("हमारे व्हाट्सएप चैनल से जुड़ने के लिए यहां क्लिक करें।", "promotion"),
        ('Simak Video "Cara Aman Simpan Kata Sandi"', "promotion"),
        ("Also Read : Bank closes its last branch in the north", "inline"),
        ("Lesen Sie auch: Bank schließt die letzte Filiale", "inline"),
        ("À lire aussi – La banque ferme sa dernière agence", "inline"),
        ("関連記事：銀行が最後の支店を閉める", "inline"),
        ("קראו גם: הבנק סוגר את הסניף האחרון", "inline"),
        ("Baca juga: Bank menutup cabang terakhir", "inline"),
        ("यह भी पढ़ें: बैंक ने आखिरी शाखा बंद की", "inline"),
        ("【PR】", "furniture"),
        ("3 min read", "furniture"),
        ("Posted 3 hours ago. Sep 04, 2026 - 10:12 UTC", "furniture"),
        ("Incident Report for Parcelbox", "furniture"),
        ("Empfohlener redaktioneller Inhalt", "furniture"),
        ("An dieser Stelle finden Sie einen externen Inhalt von Datawrapper, der den Artikel ergänzt.", "furniture"),
        ("To view this content, you need to accept cookies.", "furniture"),
        ("Apúntate aquí a la newsletter de Tecnología, y recibe cada semana las claves del sector.", "promotion"),
        ("Lesezeit: 4 Min.", "furniture"),
        ("This audio is auto-generated. Please let us know if you have feedback.", "furniture"),
        (f"原标题：{TITLE}", "headline"),
        ("图片来自网络", "credit"),
        ("Sign up for our daily newsletter", "promotion"),
        ("Photo: A. Lind / Getty Images", "credit"),
        ("Фото: пресс-служба", "credit"),
        ("Подписывайтесь на наш канал в Telegram", "promotion"),
        ("Підписуйтесь на наш Telegram-канал", "promotion"),
        ("点击上方蓝字关注我们", "promotion"),
        ("长按识别二维码关注", "promotion"),
        ("Просмотров: 1204", "furniture"),
        ("阅读 10.2万", "furniture"),
    ],
)
def test_noise_between_paragraphs_goes_with_a_record(line: str, kind: str) -> None:
    blocks, removed = clean([Block(ONE), Block(line), Block(TWO)], TITLE)
    assert [block.text for block in blocks] == [ONE, TWO]
    assert [(item.kind, item.length, item.start) for item in removed] == [(kind, len(line), line[:60])]


@pytest.mark.parametrize(
    "line",
    [
        "Related companies were told on the same day, and so was the regulator in the capital of the country.",
        "Read the letter carefully, the utility says.",
        "Lorem ipsum is what the leaked letter said where its reason should have stood.",
        "Share prices fell: the utility lost a tenth of its worth.",
        "Comments from the regulator were not to be had on Wednesday evening, and none came on Thursday either.",
        "“Print nothing,” he said.",
        "It was a 3 min read of the meters, the utility says.",
        "Posted 3 hours ago on a forum, the list is for sale for a hundred dollars, the utility says.",
        "This post was filed in the wrong drawer, the utility says.",
    ],
)
def test_a_sentence_that_begins_like_noise_stays(line: str) -> None:
    assert kept(ONE, line, TWO, THREE) == [ONE, line, TWO, THREE]


def test_the_headline_is_not_repeated() -> None:
    assert kept(TITLE, ONE, TWO) == [ONE, TWO]
    assert kept(TITLE, ONE, TWO, title=None)[0] == TITLE


def test_byline_and_date_before_the_text_go_with_their_list() -> None:
    head = ("• March 4, 2026", "• , Lindow News , 7:57 p.m.", "• English Press")
    assert kept(*head, f"LINDOW – {ONE}", TWO) == [f"LINDOW – {ONE}", TWO]


def test_a_byline_goes_that_stands_behind_the_lead_as_well() -> None:
    assert kept(ONE, "Interview: Ada Low", TWO, THREE) == [ONE, TWO, THREE]
    assert kept(ONE, "By Wednesday night", TWO, THREE) == [ONE, "By Wednesday night", TWO, THREE]


@pytest.mark.parametrize(
    "line",
    [
        "This entry was posted on Thursday, January 18th, 2007 and is filed under Stores. You can leave a response.",
        "Filed under: Stores, Cards",
        "Schlagwörter: Klinik, Datenleck",
        "This article originally appeared on The Daily Orb: Toymaker leak hits 2 million children",
        "Dieser Artikel erschien zuerst in der Aubacher Zeitung.",
    ],
)
def test_where_an_entry_is_filed_or_appeared_first_is_no_last_line(line: str) -> None:
    assert kept(ONE, TWO, line) == [ONE, TWO]
    assert kept(ONE, line, TWO) == [ONE, line, TWO]


def test_the_cover_and_signatures_of_a_filing_are_no_text() -> None:
    cover = ("UNITED STATES", "SECURITIES AND EXCHANGE COMMISSION", "FORM 8-K", "(Exact name of registrant)")
    assert kept(*cover, "Item 1.05 Cybersecurity Incidents", ONE, "SIGNATURES", "Dated: May 3, 2026", title=None) == [
        "Item 1.05 Cybersecurity Incidents",
        ONE,
    ]


def test_a_recital_with_a_year_is_no_date() -> None:
    recital = "VISTO il Regolamento (UE) 2016/679;"
    assert kept(recital, ONE, TWO) == [recital, ONE, TWO]


def test_key_points_before_the_text_stay() -> None:
    points = (Block("Forty thousand meters", "item"), Block("Nobody noticed", "item"))
    assert kept(*points, ONE, TWO) == ["Forty thousand meters", "Nobody noticed", ONE, TWO]


def test_tags_after_the_text_go_and_a_list_that_belongs_to_it_stays() -> None:
    assert kept(ONE, TWO, "• Ambassador", "• Trending Lindow") == [ONE, TWO]
    told = "The utility asks everyone to keep an eye on three things until the inquiry is over:"
    assert kept(ONE, told, "• Letters", "• Calls")[-2:] == ["• Letters", "• Calls"]


def test_a_box_among_the_text_takes_its_teasers_and_the_article_resumes() -> None:
    assert kept(ONE, TWO, THREE, "Related", "Ferry company loses records", ONE, TWO) == [
        ONE,
        TWO,
        THREE,
        ONE,
        TWO,
    ]


def test_teasers_longer_than_the_article_go() -> None:
    teaser = "The harbour town has opened a second ferry pier. " * 20
    tail = (
        "Related Articles",
        "20 minutes ago",
        "Pier opens",
        teaser,
        "1 hour ago",
        "Museum follows",
        teaser,
    )
    assert kept(ONE, TWO, THREE, *tail) == [ONE, TWO, THREE]


def test_nothing_follows_the_comments() -> None:
    assert kept(ONE, TWO, THREE, "Comments (2)", ONE, TWO) == [ONE, TWO, THREE]


def test_no_article_opens_with_a_box() -> None:
    assert find_boxes(["Comments", ONE, TWO, THREE]) == []


def test_a_text_of_noise_alone_is_left_alone() -> None:
    assert kept("Share", "Print") == ["Share", "Print"]


def test_the_lists_agree() -> None:
    assert final().whole <= box().whole
    assert teasers().whole <= box().whole
    assert all(phrases.whole for phrases in (inline(), furniture()))


@given(st.lists(st.text(max_size=60).map(Block), max_size=12), st.none() | st.text(max_size=20))
def test_every_block_is_kept_or_recorded(blocks: list[Block], title: str | None) -> None:
    left, removed = clean(blocks, title)
    assert len(left) + len(removed) == len(blocks)
    assert sum(item.length for item in removed) == sum(len(block.text) for block in blocks) - sum(
        len(block.text) for block in left
    )


@given(st.text())
def test_nothing_in_a_text_becomes_markup(text: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_<>`|\[\]~]", escape(text))


def test_markdown_keeps_headings_lists_and_quotes() -> None:
    blocks = [
        Block("What now", "heading", 2),
        Block("one", "item"),
        Block("two", "item"),
        Block("said", "quote"),
    ]
    assert to_markdown(blocks) == "## What now\n\n- one\n- two\n\n> said"
    assert to_markdown([Block("# no [heading](x)")]) == "\\# no \\[heading\\](x)"


def test_rows_are_a_table_that_loses_the_lines_of_the_host() -> None:
    rows = [Block("Name | What *they* say", "row"), Block("Alder | 41", "row"), Block("Birch", "row")]
    table = to_markdown([Block(ONE), *rows, Block(TWO)])
    head = "| Name | What \\*they\\* say |\n| --- | --- |"
    assert table == f"{ONE}\n\n{head}\n| Alder | 41 |\n| Birch | |\n\n{TWO}"
    assert without_lines(table, {"Alder | 41", "Birch"}) == f"{ONE}\n\n{head}\n\n{TWO}"
    assert to_markdown(rows[1:2]) == "Alder \\| 41"


def test_the_signature_of_a_feeds_text_goes() -> None:
    assert kept(ONE, TWO, f"The post {TITLE} appeared first on The Page.") == [ONE, TWO]


def test_hashtags_after_the_text_go() -> None:
    assert kept(ONE, TWO, "#Farming #Bees") == [ONE, TWO]
    assert kept(ONE, TWO, Block("draft", "item")) == [ONE, TWO]


@pytest.mark.parametrize(
    "lines",
    [
        ("___",),
        ("* * *",),
        ("김민수 기자 minsu@page.example",),
        ("Źródło: PAP",),
        ("10 marzo 2026 (modifica il 10 marzo 2026 | 19:00)",),
        ("Last updated: March 10, 2026",),
        ("Source: https://page.example/story", "Printed: 23/11/2026 10:12"),
        ("Thanks for reading! Subscribe for free to receive new posts.",),
        ("Thanks for reading Ledger Line! This post is public so feel free to share it.",),
        ("(agw/agw)",),
        (
            "This publication is for general information only and does not constitute legal advice. "
            "Attorney advertising. Prior results do not guarantee a similar outcome.",
        ),
        ("Regístrate gratis para seguir leyendo", "Si tienes cuenta, puedes utilizarla para identificarte"),
        ("Subscribe to continue reading", "Unlimited access", "The briefing at seven"),
    ],
)
def test_what_closes_a_page_is_not_in_the_text(lines: tuple[str, ...]) -> None:
    assert kept(ONE, TWO, *lines) == [ONE, TWO]


@pytest.mark.parametrize(
    "lines",
    [
        ("Source code was among the files.",),
        ("Questions go to ada@page.example.",),
        ("Nobody may register to continue reading meters.", TWO, THREE),
        ("The page that the thieves had made told everyone to sign in to continue, as the real one does.", TWO),
        (Block("10 March", "item"), Block("Letters are sent to all.", "item")),
    ],
)
def test_what_only_resembles_it_stays(lines: tuple[str | Block, ...]) -> None:
    assert kept(ONE, *lines) == [ONE, *(line.text if isinstance(line, Block) else line for line in lines)]


@pytest.mark.parametrize("heading", ["3 Comments", "Comments (3)", "128 Kommentare", "コメント128件", "Comentarios 2"])
def test_a_count_beside_the_heading_of_a_box_is_no_part_of_it(heading: str) -> None:
    assert kept(
        ONE, TWO, THREE, heading, "I have said so for years, and nobody has listened to me, not once in ten."
    ) == [*(ONE, TWO, THREE)]


def test_a_timeline_before_the_first_long_paragraph_is_no_byline() -> None:
    items = [Block(f"{day} March: All the pumps were run by hand.", "item") for day in (2, 9, 21)]
    assert kept("By Ada Low", "Timeline", *items, ONE, TWO) == ["Timeline", *(item.text for item in items), ONE, TWO]


def test_a_name_beside_the_date_goes_with_it() -> None:
    assert kept("Anna Kowalska", "10 września 2026, 15:40", ONE, TWO) == [ONE, TWO]
    assert kept("Anna Kowalska", ONE, TWO) == ["Anna Kowalska", ONE, TWO]


@pytest.mark.parametrize("version", ["Versions below 2.14.3", "Gateway 10.2.41", "3.10.4"])
def test_a_version_above_the_text_is_neither_date_nor_time(version: str) -> None:
    assert kept(version, ONE, TWO) == [version, ONE, TWO]
    assert kept("Fri 12.03.26", ONE, TWO) == kept("12.30", ONE, TWO) == [ONE, TWO]


def test_a_row_with_a_date_and_a_line_with_a_telephone_are_no_bylines() -> None:
    rows = [Block("Date discovered | 09/03/2026", "row"), Block("Persons affected | 48,213", "row")]
    contact = "Press office: 01632 960 000, press@shop.example"
    assert kept(*rows, ONE, TWO, contact) == [*(row.text for row in rows), ONE, TWO, contact]
    assert kept(ONE, TWO, "Ada Low ada@shop.example") == [ONE, TWO]


def test_a_headline_that_a_line_break_divides_is_no_text() -> None:
    parts = [Block("Utility loses", "heading"), Block("meter data", "heading")]
    assert kept(*parts, ONE, TWO) == [ONE, TWO]
    assert kept(Block("Utility loses", "heading"), Block("What happened", "heading"), ONE)[1] == "What happened"


def test_the_first_heading_below_the_headline_is_no_part_of_it() -> None:
    title = "Utility in the north loses data of forty thousand meters"
    assert kept(Block(title, "heading"), Block("Impact", "heading"), ONE, title=title) == ["Impact", ONE]


@pytest.mark.parametrize(
    "byline",
    ["מאת: דנה כהן", "Автор: Анна Белова", "كتب: أحمد سالم", "Tekst: Ola Nordmann", "作者：王小明", "Penulis: Ada Low"],
)
def test_a_byline_before_the_text_goes_in_any_language(byline: str) -> None:
    assert kept(byline, ONE, TWO) == [ONE, TWO]
    assert kept("Tekst: 40,000 lines", ONE, TWO)[0] == "Tekst: 40,000 lines"


def test_a_short_paragraph_of_korean_is_prose() -> None:
    """A syllable is a character there, so that a paragraph is half as long."""
    story = "고객님의 개인정보가 외부로 유출된 사실을 확인하여 안내드립니다. 심려를 끼쳐 드려 죄송합니다."
    assert kept("작성일 2026.05.12", story, "유출 항목: 이름, 연락처, 주소") == [story, "유출 항목: 이름, 연락처, 주소"]
