"""Pages with next to no text: a news flash under its headline is an article; a wall, an error or a menu is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.extract import extract
from pipelines.items import ExtractionError

PAGES = sorted((Path(__file__).parent / "pages_short").glob("*.html"))
FLASHES = [path for path in PAGES if path.with_suffix(".txt").exists()]


@pytest.mark.parametrize("path", FLASHES, ids=lambda path: path.stem)
def test_a_flash_is_an_article(path: Path) -> None:
    found = extract(path.read_bytes(), url="https://courier.example/2026/flash")
    assert found.text.split("\n\n") == path.with_suffix(".txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("path", [path for path in PAGES if path not in FLASHES], ids=lambda path: path.stem)
def test_what_is_no_article_is_none(path: Path) -> None:
    with pytest.raises(ExtractionError, match="no article text"):
        extract(path.read_bytes(), url="https://courier.example/2026/other")


def test_there_are_pages_of_both_kinds() -> None:
    assert len(FLASHES) >= 5
    assert len(PAGES) - len(FLASHES) >= 8


def test_an_article_on_cookies_and_subscriptions_is_one() -> None:
    text = "The regulator fined the shop for its cookies, which it had set before anyone could accept or refuse them."
    page = f"<html><title>Shop fined for cookies by the regulator</title><h1>Shop fined</h1><p>{text}</p></html>"
    assert extract(page, url="https://courier.example/fine").text == text


def test_a_flash_in_the_words_of_the_feed_is_an_article() -> None:
    from pipelines.extract import extract_page
    from pipelines.items import Link, Page

    link = Link(
        url="https://courier.example/b", source="courier", discovered_by="feed", title="Bakery chain loses payroll data"
    )
    body = b"<html><body><div>The bakery chain lost payroll data.</div></body></html>"
    page = Page(link=link, url=link.url, status=200, headers=(), body=body, fetched="")
    assert extract_page(page).text == "The bakery chain lost payroll data."


@pytest.mark.parametrize(
    "lines",
    [
        ["मंगलवार को कंपनी ने बताया कि नाम, पते और फोन नंबर चोरी हुए हैं, भुगतान की जानकारी सुरक्षित है।", "पुलिस जांच कर रही है।"],
        ["မြစ်ကမ်းဆေးရုံက လူနာ ၈၅၀၀၀ ကျော်၏ အချက်အလက်များ ခိုးယူခံရသည်ဟု ပြောကြားသည်။ ရဲတပ်ဖွဲ့က စုံစမ်းစစ်ဆေးနေသည်။"],
        ["โรงพยาบาลริมน้ำเปิดเผยว่า ข้อมูลของคนไข้กว่า 85,000 รายถูกคัดลอกออกจากเซิร์ฟเวอร์สำรองเมื่อสัปดาห์ก่อน"],
    ],
    ids=["hindi", "burmese", "thai"],
)
def test_a_short_story_whose_sentences_end_as_its_script_does_is_an_article(lines: list[str]) -> None:
    body = "".join(f"<p>{line}</p>" for line in lines)
    found = extract(f"<html><title>Leak</title><h1>Leak</h1>{body}</html>", url="https://courier.example/short")
    assert found.text.split("\n\n") == lines


GONE, WHAT = "On 3 May a stranger opened our booking system.", "Names and phone numbers were copied."


@pytest.mark.parametrize("between", ["</div><div>", "<br>", "</p><p>"])
def test_two_short_sentences_without_markup_are_an_article(between: str) -> None:
    page = f"<html><title>Hotel Linden</title><h1>Notice to our guests</h1><div>{GONE}{between}{WHAT}</div></html>"
    assert extract(page, url="https://courier.example/notice").text.split("\n\n") == [GONE, WHAT]


@pytest.mark.parametrize(
    "lines",
    [
        ["This is not what you were looking for.", "Go back to the first page or use the search."],
        ["We are working on this site at the moment.", "Thank you for your patience, and please come again."],
        [
            "<a href=/a>Read it.</a>",
            "<a href=/b>A bank loses the data of 300 customers.</a>",
            "<a href=/c>Read more.</a>",
        ],
        [
            *("<a href=/b>Bank loses data</a>", "A bank lost the data of its 300 customers."),
            *("<a href=/c>Airline tells</a>", "An airline told its passengers of a break-in."),
        ],
        ["It happened on 3 May.", "More soon."],
    ],
    ids=["error", "maintenance", "menu", "teasers", "too little"],
)
def test_short_lines_of_other_pages_are_none(lines: list[str]) -> None:
    body = "".join(f"<div>{line}</div>" for line in lines)
    with pytest.raises(ExtractionError, match="no article text"):
        extract(f"<html><title>Courier</title><h1>The page</h1>{body}</html>", url="https://courier.example/other")
