"""A page without text of its own: its article is taken from its scripts, if it is the one that was announced."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract import extract
from pipelines.extract.decode import parse
from pipelines.extract.drawn import drawn_text
from pipelines.items import ExtractionError

TITLE = "Utility loses the meter readings of forty thousand homes"
STORY = [
    "A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon.",
    "The readings show when people are at home, and nobody had noticed the copy for more than a month.",
    "The data protection office has opened an inquiry, and the utility writes to all the homes it serves.",
    "Customers are asked to change the passwords of their accounts, though none of them was in the copy.",
    "The utility has since closed the door through which the stranger came, its head of security said.",
]
HTML = "".join(f"<p>{line}</p>" for line in STORY)
STATE = json.dumps({"props": {"article": {"body": HTML, "id": 7}}})


def page(script: str, title: str = TITLE, body: str = "<div id=app></div>") -> str:
    return f"<html><head><title>{title}</title></head><body>{body}<script>{script}</script></body></html>"


@pytest.mark.parametrize(
    "script",
    [
        f"window.__STATE__ = {STATE};",
        f"self.__next_f.push([1, {json.dumps(STATE)}])",
        f"self.__next_f.push([1, {json.dumps(HTML)}])",
    ],
    ids=["data", "data within data", "a string"],
)
def test_the_text_is_taken_from_the_data_of_a_script(script: str) -> None:
    assert extract(page(script.replace("</", "<\\/")), url="https://wire.example/a").text == "\n\n".join(STORY)


PIECES = [{"type": "text", "content": line} for line in STORY]
TEASER = {"type": "link", "content": STORY[0].replace("utility", "neighbour"), "url": "/neighbour"}
ELEMENTS = [["$", "p", str(place), {"children": [line[:40], ["$", "b", None, {"children": line[40:]}]]}]
            for place, line in enumerate(STORY)]  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [
        f"window.Fusion=window.Fusion||{{}};Fusion.globalContent={json.dumps({'elements': [*PIECES, TEASER]})};",
        f"self.__next_f.push([1, {json.dumps('5:' + json.dumps(['$', 'article', None, {'children': ELEMENTS}]))}])",
        json.dumps({"story": [{"_type": "block", "children": [{"text": line}]} for line in STORY]}),
    ],
    ids=["Arc", "React", "Sanity"],
)
def test_the_text_is_taken_from_a_list_of_its_paragraphs(script: str) -> None:
    assert extract(page(script), url="https://wire.example/a").text == "\n\n".join(STORY)


@pytest.mark.parametrize("tag", ["noscript", "template", "noframes"])
def test_the_text_is_taken_from_what_a_browser_shows_without_scripts_or_after_them(tag: str) -> None:
    hidden = f"<div id=app></div><{tag}><nav><a href='/'>Home</a></nav><div>{HTML}</div></{tag}>"
    assert extract(page("", body=hidden), url="https://wire.example/a").text == "\n\n".join(STORY)
    with pytest.raises(ExtractionError, match="no article text"):
        extract(page("", title="Champions win the final", body=hidden), url="https://wire.example/a")


def test_the_text_of_another_story_is_not_taken() -> None:
    with pytest.raises(ExtractionError, match="no article text"):
        extract(page(f"window.next = {STATE}", title="Champions win the final"), url="https://wire.example/a")


@pytest.mark.parametrize(
    "wall",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>',
        '<div class="paywall">Subscribe now to continue reading.</div>',
        "<p>Please sign in to continue reading this article, it takes no more than a minute.</p>",
    ],
    ids=["declared", "payment", "registration"],
)
def test_no_text_is_taken_from_behind_a_wall(wall: str) -> None:
    with pytest.raises(ExtractionError, match="no article text"):
        extract(page(f"window.__STATE__ = {STATE}", body=wall + "<div id=app></div>"), url="https://wire.example/a")


def test_a_page_with_a_text_of_its_own_keeps_it() -> None:
    other = (
        "<p>Neighbours of the utility say that they had seen strangers with a ladder near the meter station.</p>" * 5
    )
    drawn = extract(page(f"x = {json.dumps(other)}", body=f"<h1>{TITLE}</h1>{HTML}"), url="https://wire.example/a")
    assert "ladder" not in drawn.text


@given(st.text(alphabet='"\\\\<>p{}:,a \n', max_size=300).map(lambda text: text.replace("</", "")))
def test_rubbish_in_a_script_is_passed_over(text: str) -> None:
    assert drawn_text(parse(f"<p>x</p><script>{text}</script>")) is None


@pytest.mark.parametrize("piece", ['"', '\\"', "\\\\", '"<p>', "[" * 10])
def test_a_hostile_script_is_read_once(piece: str) -> None:
    tree = parse(f"<p>x</p><script>{piece * (500_000 // len(piece))}</script>")
    assert drawn_text(tree) is None
