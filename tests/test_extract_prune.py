"""What is taken out of a page before its text is chosen, and the lines that are left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract import extract
from pipelines.extract.boxes import Run, find_boxes, is_prose
from pipelines.extract.decode import parse
from pipelines.extract.prune import prune
from pipelines.extract.segments import read_segments

ARTICLE = "".join(
    f"<p>{place} closed the server on {day}, told the regulator, and sends everyone who was hit a letter this week.</p>"
    for place, day in (("The utility", "Monday"), ("The harbour", "Tuesday"), ("The clinic", "Friday"))
)
TEASER = "A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon."
PIECES = st.sampled_from(["Related Articles", "Bank closes its last branch", "3 min", "Most read", " ", ""])
TAGS = st.sampled_from(["div", "p", "a", "span", "h3", "li", "b", "br"])
MARKUP: st.SearchStrategy[str] = st.recursive(
    PIECES,
    lambda inner: st.builds(lambda tag, them: f"<{tag}>{''.join(them)}</{tag}>", TAGS, st.lists(inner, max_size=4)),
)


@given(st.lists(MARKUP, max_size=8))
def test_the_lines_that_are_left_are_those_of_the_page_without_its_boxes(markup: list[str]) -> None:
    page = parse(f"<body><main>{ARTICLE}<h2>Related Articles</h2>{''.join(markup)}</main></body>")
    segments, removed = prune(page, None)
    assert segments == read_segments(page)
    assert "Related Articles" in {record.start for record in removed if record.kind == "box"}


def test_what_a_box_divided_is_one_line_without_it() -> None:
    prose = "The school closed its server on Sunday, told the regulator, and sends everyone a letter"
    page = parse(f"<body><main>{ARTICLE}<div>{prose}. <h3>Related Articles</h3><b>It goes on.</b></div></main></body>")
    assert [line.text for line in prune(page, None)[0]][-1] == f"{prose}. It goes on."


@pytest.mark.parametrize(
    "date",
    ["29 minutes ago", "vor 120 Tagen", "il y a 3 jours", "hace 25 minutos", "３時間前", "5分钟前", "2시간 전"],
)
def test_a_box_of_dated_teasers_goes_on_over_one_that_reads_as_prose(date: str) -> None:
    lines = [TEASER, TEASER, TEASER, "Most read", date, TEASER, "Bank closes its last branch"]
    assert find_boxes(lines) == [range(3, 7)]


@given(st.lists(st.sampled_from(["Most read", "", TEASER]), max_size=12), st.data())
def test_prose_goes_on_where_so_many_lines_of_it_stand_in_a_row(lines: list[str], data: st.DataObject) -> None:
    start, count = data.draw(st.integers(0, len(lines))), data.draw(st.integers(1, 2))
    places = range(start, len(lines) - count + 1)
    rows = (place for place in places if all(map(is_prose, lines[place : place + count])))
    assert Run(lines).resumption(start, count) == next(rows, len(lines))


def test_teasers_that_are_one_link_do_not_end_their_box() -> None:
    why = "The last branch in the north has closed, and nobody in the town knows why."
    teaser = f"<a href=/b><b>Bank closes its last branch</b><i>{why}</i></a>"
    box = f"<div><p>You might also like</p>{teaser}{teaser}</div>"
    page = parse(f"<body><main>{ARTICLE}{box}{ARTICLE}</main></body>")
    assert all("Bank" not in line.text for line in prune(page, None)[0])


def test_an_article_that_follows_in_a_section_of_its_own_goes_and_a_live_blogs_update_stays() -> None:
    other = f"<h2>Harbour cranes stand still</h2><time>8 June</time>{ARTICLE}"
    update = f"<section>{other}</section>"
    for own, behind, kinds in (
        (ARTICLE * 4, update, ["article"]),
        (ARTICLE * 4 + update, "", []),
        (ARTICLE, update, []),
    ):
        page = f"<body><main><article><h1>Utility loses data</h1>{own}</article>{behind}</main></body>"
        assert [record.kind for record in prune(parse(page), "Utility loses data")[1]] == kinds


def test_a_caption_in_a_phrase_beside_its_picture_is_a_line_of_its_own() -> None:
    caption = "<span class=photo><img src=a.jpg><em class=img_desc>A meter in the north. Photo: Lind</em></span>"
    page = parse(f"<body><main><div>{caption}The utility lost data.<br><br>It said so on Monday.</div></main></body>")
    assert [line.text for line in prune(page, None)[0]][:2] == [
        "A meter in the north. Photo: Lind",
        "The utility lost data.",
    ]


def test_a_heading_that_is_a_button_is_a_line() -> None:
    page = parse(f"<body><main>{ARTICLE}<h3><button><span>What was lost?</span></button></h3>{ARTICLE}</main></body>")
    assert "What was lost?" in [line.text for line in prune(page, None)[0]]


def test_paragraphs_in_a_phrase_are_lines_and_a_break_is_a_space() -> None:
    lines = ["A stranger copied the readings of forty thousand meters."] * 6
    page = parse(f"<body><div><span>{'<br><br>'.join(lines)}</span></div><p><b>One.<br></b>Two.</p></body>")
    assert [line.text for line in read_segments(page)] == [*lines, "One. Two."]


def test_a_release_as_it_was_mailed_is_paragraphs_and_code_is_not() -> None:
    said = "A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon."
    page = parse(f"<body><pre>{said}\n\n{said[:50]}\n{said[50:]}\n</pre><pre>one = 1\n\ntwo = 2</pre></body>")
    lines = [(line.element.tag, line.text) for line in prune(page, None)[0]]
    assert lines == [("p", said), ("p", f"{said[:50]} {said[50:].strip()}"), ("pre", "one = 1 two = 2")]


def test_what_a_shadow_root_shows_is_part_of_the_page() -> None:
    page = parse(
        "<body><main><template shadowrootmode=open><p>One.</p></template><template><p>Two.</p></template></main>"
    )
    assert [line.text for line in prune(page, None)[0]] == ["One."]


def test_lines_that_are_centred_as_html_4_does_it_are_part_of_the_text() -> None:
    said = "A stranger copied the files of ward {}, and nobody at all had known of it for some weeks."
    first, second = ("".join(f"<p>{said.format(ward)}</p>" for ward in wards) for wards in ("1234", "5678"))
    page = f"<html><title>Order</title><body><h1>Order</h1>{first}<center><b>II. DISCUSSION</b></center>{second}"
    assert "II. DISCUSSION" in extract(page, url="https://court.example/1").text.split("\n\n")


def test_a_dialog_that_asks_for_cookies_is_no_text_and_says_so() -> None:
    asked = "We and our 812 partners store information on your device, such as cookies, to show you advertising."
    also = "Some partners do not ask for your consent and rely on an interest of theirs that the law knows."
    story = "The district told parents on Friday that a cabinet of paper files had been sold with its desk."
    dialog = f'<div><div role="dialog"><h2>We value your privacy</h2><p>{asked}</p><p>{also}</p></div></div>'
    page = f"<html><title>Files sold</title><body>{dialog}<div><h1>Files sold</h1><p>{story}</p></div>"
    found = extract(page, url="https://desk.example/1")
    assert found.text == story
    assert "We value your privacy" in next(item.start for item in found.removed if item.kind == "box")


def test_a_button_that_asks_is_the_heading_of_its_answer() -> None:
    answers = {
        "What happened?": "On 3 May we noticed that someone had opened one of our file servers with a stolen password.",
        "Was my password taken?": "No. Nobody has touched the server that keeps them.",
    }
    panels = "".join(
        f"<div><button aria-expanded=false><span>{asked}</span></button><div><p>{told}</p></div></div>"
        for asked, told in answers.items()
    )
    shop = "<button>Need help?</button><div><a href=/chat>Chat</a></div>"
    page = parse(f"<body><main>{ARTICLE}{panels}<p>We are sorry.</p><div>{shop}</div></main></body>")
    asked = [line.text for line in prune(page, None)[0][3:]]
    assert asked == [*(line for pair in answers.items() for line in pair), "We are sorry.", "Chat"]


def test_who_is_quoted_stays_beside_the_quotation() -> None:
    quote = "We take this very seriously, and have taken all the steps that are needed and some that are not."
    cited = f"<blockquote><p>{quote}</p><footer>— <cite>Mira Sand, spokeswoman</cite></footer></blockquote>"
    html = f"<html><title>Leak</title><article><h1>Leak</h1>{ARTICLE}{cited}{ARTICLE.replace('closed', 'opened')}"
    text = extract(html, url="https://page.example/a").text.split("\n\n")
    assert text[3:5] == [quote, "— Mira Sand, spokeswoman"]
