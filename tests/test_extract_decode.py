"""From bytes to a page: character sets, what is no page at all, and limits."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extract import decode, extract
from pipelines.items import ExtractionError

SENTENCES = "“Die Behörde” prüft die Lücke, über die Daten abflossen. "
PAGE = f"<html><head><title>Prüfung</title></head><body><article><p>{SENTENCES * 4}</p></article></body></html>"


def read(body: bytes, content_type: str | None = None) -> str:
    return str(decode.parse(body, content_type).text_content())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PAGE.encode(), None),
        (PAGE.encode(), "text/html; charset=iso-8859-1"),
        (b"\xef\xbb\xbf" + PAGE.encode(), "text/html"),
        (PAGE.encode("utf-16"), None),
        (PAGE.encode("utf-16-le"), "text/html; charset=utf-16le"),
        (b"\x00\n" + PAGE.encode("utf-16-be"), None),
        (PAGE.replace("<head>", "<head><meta charset=utf-16>").encode("cp1252"), "text/html"),
        (PAGE.encode("cp1252"), "text/html; charset=windows-1252"),
        (PAGE.replace("<head>", "<head><meta charset=windows-1252>").encode("cp1252"), "text/html"),
        (PAGE.encode("cp1252"), "text/html; charset=no-such-thing"),
        (PAGE.encode(), "text/html; charset=utf-7"),
    ],
    ids=[
        "utf-8",
        "wrong header",
        "mark",
        "utf-16",
        "no mark",
        "big end first",
        "meta cannot say utf-16",
        "header",
        "meta",
        "guessed",
        "utf-7 is refused",
    ],
)
def test_the_character_set_is_found(body: bytes, content_type: str | None) -> None:
    assert "Behörde” prüft" in read(body, content_type)


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_a_page_of_plain_letters_in_utf_16_without_a_mark_is_read(name: str) -> None:
    assert "All of it." in read(
        "<html><body><p>All of it.</p></body></html>".encode(name), f"text/html; charset={name}"
    )


@pytest.mark.parametrize("name", ["shift_jis", "euc_jp", "iso-2022-jp", "euc_kr", "gb18030", "big5"])
def test_a_declared_asian_character_set_is_read(name: str) -> None:
    text = "한국" if name == "euc_kr" else "情報"
    page = f"<html><head><meta charset={name}></head><body><p>{text * 30}</p></body></html>"
    assert text * 30 in read(page.encode(name))


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (b"", None, "empty page"),
        (b" \n\t ", "text/html", "empty page"),
        (b"\x00\x00\x00\x00", None, "not HTML"),
        (b"%PDF-1.7 <html>", "text/html", "not HTML"),
        (gzip.compress(b"<html>", mtime=0), None, "not HTML"),
        (b"\x89PNG\r\n\x1a\n", "image/png", "not HTML"),
        (b"<html></html>", "application/pdf", "not HTML"),
        (b'{"title": "<p>no page</p>"}', None, "not HTML"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "text/xml", "not HTML"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'></feed>", None, "not HTML"),
        (b"Plain text without any tag.", "text/plain", "not HTML"),
        (b'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n\r\n<p class=3D"a">=E2=80=9C', None, "not HTML"),
        (b"<html>" + b"<div>" * 5_000 + b"text", None, "too deep"),
        (b"<html>" + b"<br>" * 160_000, None, "too many elements"),
        (b"<html>" + b" " * 13_000_000, None, "too large"),
        (b"<html><body><nav><a href=/>Home</a></nav></body></html>", None, "no article text"),
        (b"<html><body><div id=app></div></body></html>", None, "no article text"),
    ],
)
def test_what_holds_no_article_says_why(body: bytes, content_type: str | None, reason: str) -> None:
    with pytest.raises(ExtractionError) as caught:
        extract(body, url="https://page.example/", content_type=content_type)
    assert str(caught.value) == reason


def test_characters_that_no_text_may_hold_are_gone() -> None:
    text = extract(f"<html><body><p>A\x00b \ud800{SENTENCES * 5}</p></body></html>", url="https://page.example/").text
    assert text.startswith("Ab “Die Behörde”")
    assert text.encode()


@pytest.mark.parametrize("hyphen", ["\xad", "&shy;", "&#173;"])
def test_soft_hyphens_are_no_part_of_a_word(hyphen: str) -> None:
    body = f"<h1>Daten{hyphen}leck</h1><p>Die Datenschutz{hyphen}behörde prüft. {SENTENCES * 5}</p>"
    page = f"<html><body>{body}</body></html>"
    found = extract(page, url="https://page.example/")
    assert found.title == "Datenleck"
    assert found.text.startswith("Die Datenschutzbehörde prüft.")


def test_an_xml_declaration_in_a_text_does_no_harm() -> None:
    page = '<?xml version="1.0" encoding="iso-8859-1"?>' + PAGE
    assert "Behörde” prüft" in extract(page, url="https://page.example/").text


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: b"<html><body>" + text.encode("utf-8", "replace"))
)
def test_any_bytes_give_a_page_or_a_reason(body: bytes) -> None:
    reasons = {"empty page", "not HTML", "too deep", "too many elements", "too large"}
    try:
        outcome = str(decode.parse(body).tag)
    except ExtractionError as error:
        outcome = str(error)
    assert outcome in {"html", *reasons}
