"""When an article was published: what is declared, what the feed knows better, and what no date is."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract import extract
from pipelines.extract.beside import _ends_of, read_day
from pipelines.extract.moments import read_moment, rfc3339, solar_day
from pipelines.items import Link

BODY = "<p>A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon.</p>" * 3
URL = "https://page.example/a"


def published(head: str, feed: str | None = None, body: str = "") -> str | None:
    link = Link(url=URL, source="page", discovered_by="https://page.example/feed", published=feed)
    html = f"<html><head>{head}</head><body><h1>Utility loses meter data</h1>{body}{BODY}</body></html>"
    return extract(html, url=URL, link=link).published


def meta(content: str) -> str:
    return f'<meta name="date" content="{content}">'


def json_ld(content: str) -> str:
    return f'<script type="application/ld+json">{{"@type": "NewsArticle", "datePublished": "{content}"}}</script>'


@pytest.mark.parametrize(
    ("head", "feed", "expected"),
    [
        # The page gives a day alone: the feed's time of that day, or of the day beside it (zones), is better.
        (meta("2026-03-04"), "2026-03-04T08:15:00+09:00", "2026-03-04T08:15:00+09:00"),
        (meta("2026-03-04"), "2026-03-03T23:15:00Z", "2026-03-03T23:15:00Z"),
        (meta("2026-03-04"), "2026-03-07T08:15:00Z", "2026-03-04T00:00:00Z"),
        (meta("2026-03-04"), None, "2026-03-04T00:00:00Z"),
        # A time on the page stands, whatever the feed says; one without a zone gives way to one with a zone.
        (meta("2026-03-04T07:00:00Z"), "2026-03-04T08:15:00Z", "2026-03-04T07:00:00Z"),
        (meta("2026-03-04T17:15:00"), "2026-03-04T17:15:00+09:00", "2026-03-04T17:15:00+09:00"),
        # JSON-LD before meta tags, but its day alone before no time.
        (json_ld("2026-03-05T01:00:00Z") + meta("2026-03-04T07:00:00Z"), None, "2026-03-05T01:00:00Z"),
        (json_ld("2026-03-04") + meta("2026-03-04T07:00:00+01:00"), None, "2026-03-04T07:00:00+01:00"),
        (json_ld("2026-03-04") + meta("2025-03-04T07:00:00+01:00"), None, "2026-03-04T00:00:00Z"),
        ("", "2026-03-04T08:15:00Z", "2026-03-04T08:15:00Z"),
    ],
)
def test_the_most_precise_of_what_agrees(head: str, feed: str | None, expected: str) -> None:
    assert published(head, feed) == expected


def test_a_day_that_only_the_text_shows_takes_the_feeds_time() -> None:
    shown = '<time datetime="2026-03-04">Wednesday</time>'
    assert published("", "2026-03-04T08:15:00Z", shown) == "2026-03-04T08:15:00Z"


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        # The same moment with its zone: in another meta tag, or in what the page shows.
        (json_ld("2026-03-04T01:30:00Z") + meta("2026-03-03T20:30:00-05:00"), "", "2026-03-03T20:30:00-05:00"),
        (meta("2026-03-04T01:30:00Z"), '<time datetime="2026-03-03T20:30:00.5-05:00">', "2026-03-03T20:30:00-05:00"),
        # Without a zone, to the same second: the zone is the difference.
        (json_ld("2026-03-04T01:30:07Z") + meta("2026-03-04T07:15:07"), "", "2026-03-04T07:15:07+05:45"),
        (json_ld("2026-03-04T01:30:07Z") + meta("2026-03-03T20:30:08"), "", "2026-03-04T01:30:07Z"),
        (json_ld("2026-03-04T01:30:00Z") + meta("2026-03-03T20:30:00"), "", "2026-03-04T01:30:00Z"),
        (json_ld("2026-03-04T01:30:07Z") + meta("2026-03-05T01:30:07"), "", "2026-03-04T01:30:07Z"),
        # What the markup calls the date of publication is a declaration too.
        ("", '<time datetime="2024-01-01">Once</time><time pubdate datetime="2026-03-04">', "2026-03-04T00:00:00Z"),
        (meta("2026-03-04"), '<time itemprop="datePublished" datetime="2026-03-04T08:15Z">', "2026-03-04T08:15:00Z"),
        # Another moment, such as the last change, says nothing, and a zone that is given stands.
        (json_ld("2026-03-04T01:30:00Z") + meta("2026-03-04T09:30:00-05:00"), "", "2026-03-04T01:30:00Z"),
        (json_ld("2026-03-04T01:30:00+01:00") + meta("2026-03-03T19:30:00-05:00"), "", "2026-03-04T01:30:00+01:00"),
    ],
)
def test_marked_times_and_the_pages_own_clock(head: str, body: str, expected: str) -> None:
    assert published(head, body=body) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Nov. 21st, 2018", date(2018, 11, 21)),
        ("Published on 3. März 2025", date(2025, 3, 3)),
        ("Publié le 1er août 2024", date(2024, 8, 1)),
        ("12 de enero de 2024", date(2024, 1, 12)),
        ("Wednesday, March 4, 2026", date(2026, 3, 4)),
        ("Last updated: November 13, 2025", None),
        ("February 30, 2025", None),
        ("Version 12, 2024", None),
        ("The bank fell on March 4, 2026", None),
    ],
)
def test_a_line_that_is_a_day_in_words(line: str, expected: date | None) -> None:
    assert read_day(line) == expected


@given(st.text(max_size=60))
def test_any_line_is_a_day_or_none(line: str) -> None:
    day = read_day(line)
    assert day is None or str(day.year) in line


def test_a_day_in_a_line_of_its_own_beside_the_headline_alone() -> None:
    far = "<p>A paragraph of the article, as there are many.</p>" * 7
    assert published("", body="<div>3. März 2025</div>") == "2025-03-03T00:00:00Z"
    assert published("", body=far + "<div>3. März 2025</div>") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-04 08:15:00 +0900", "2026-03-04T08:15:00+09:00"),
        ("2026-03-04 8:15:00.25 JST", "2026-03-04T08:15:00+09:00"),
        ("2026/3/4 08:15", "2026-03-04T08:15:00Z"),
        ("Wed, 04 Mar 2026 08:15:00 GMT", "2026-03-04T08:15:00Z"),
        ("20260304", "2026-03-04T00:00:00Z"),
        ("0001-01-01T00:00:00Z", None),
        ("3026-01-01", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_forms_of_dates(text: str, expected: str | None) -> None:
    assert rfc3339(text) == expected


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    moment = read_moment(text)
    assert moment is None or datetime.fromisoformat(moment.rfc3339()) == moment.time.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue Mar 10 2026 08:15:00 GMT+0100 (Central European Standard Time)", "2026-03-10T08:15:00+01:00"),
        ("Tue Mar 10 08:15:00 CET 2026", "2026-03-10T08:15:00+01:00"),
        ("Tue, 10 Mar 2026 08:15:00 JST", "2026-03-10T08:15:00+09:00"),
        ("2026-03-10T08:15:00+01:00[Europe/Berlin]", "2026-03-10T08:15:00+01:00"),
        ("2026-03-10T08:15:00GMT+0100", "2026-03-10T08:15:00+01:00"),
        ("2026-03-10T08:15:00+9:00", "2026-03-10T08:15:00+09:00"),
        ("2026-03-10 8:15 PM EST", "2026-03-10T20:15:00-05:00"),
        ("2026-03-10 12:15 am", "2026-03-10T00:15:00Z"),
        ("2026-03-10t08:15:00z", "2026-03-10T08:15:00Z"),
        ("1773148868000", "2026-03-10T13:21:08Z"),
    ],
)
def test_zones_and_clocks_as_programs_write_them(text: str, expected: str) -> None:
    assert rfc3339(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "10 marca 2026, 15:40",
            "10 Mart 2026 - 17:05",
            "10 марта 2026 г. в 15:12",
            "10 березня 2026",
            "10 μαρτίου 2026",
        ),
        *("10 مارس 2026", "Publicerad 10 mars 2026 kl 16.20", "Geplaatst op 10 maart 2026, 16:05", "2026年3月10日"),
        *(
            "公開日時：2026年03月10日 13時05分",
            "2026년 3월 10일 14:22",
            "发布时间：2026年3月10日",
            "March 10, 2026 6:00 am PT",
        ),
        *(
            "الثلاثاء 10 مارس 2026 - 11:20",
            "١٠ مارس ٢٠٢٦",
            "10 במרץ 2026",
            "15:12, 10 марта 2026",
            "wtorek, 10 marca 2026",
        ),
        *(
            "10 มี.ค. 2569 เวลา 14:35 น.",
            "วันอังคารที่ 10 มีนาคม พ.ศ. 2569",
            "10 มีนาคม 2026",
            "令和8年3月10日",
            "令和８年３月１０日",
        ),
    ],
)
def test_days_in_words_of_many_languages(text: str) -> None:
    assert read_day(text) == date(2026, 3, 10)


@pytest.mark.parametrize("text", ["2026年3月10日更新", "最終更新：2026年3月10日", "2026년 3월 10일 수정"])
def test_the_day_of_a_change_is_not_that_of_publication(text: str) -> None:
    assert read_day(text) is None


def test_a_day_beside_the_headline_may_share_its_line_with_the_author() -> None:
    line = "<div><span>Autor: Ada Low</span><span>10 marca 2026, 15:40</span></div>"
    assert published("", body=line) == "2026-03-10T00:00:00Z"


def test_a_day_gets_its_time_from_the_pages_first_times() -> None:
    shown = '<p><time datetime="2026-03-04T17:15:00+09:00">4 March</time></p>'
    assert published(meta("2026-03-04"), body=shown) == "2026-03-04T17:15:00+09:00"
    assert published(meta("2026-03-05"), body=shown) == "2026-03-05T00:00:00Z"


@pytest.mark.parametrize("mark", ['itemprop="dateModified"', 'class="entry-date updated"'])
def test_a_marked_time_tells_the_last_change(mark: str) -> None:
    html = f'<h1>Utility loses meter data</h1><time {mark} datetime="2026-03-05T09:00:00+09:00">5 March</time>{BODY}'
    assert extract(html, url=URL).modified == "2026-03-05T09:00:00+09:00"


@pytest.mark.parametrize(
    ("persian", "ours"),
    [
        ((1370, 1, 1), date(1991, 3, 21)),
        ((1379, 12, 30), date(2001, 3, 20)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1403, 1, 1), date(2024, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1405, 9, 2), date(2026, 11, 23)),
        ((1396, 1, 1), date(2017, 3, 21)),
    ],
)
def test_a_day_of_the_persian_calendar_is_read(persian: tuple[int, int, int], ours: date) -> None:
    assert solar_day(*persian) == ours
    assert rfc3339("{}/{:02}/{:02}".format(*persian)) == f"{ours}T00:00:00Z"


@pytest.mark.parametrize("persian", [(1404, 12, 30), (1405, 7, 31), (1405, 13, 1), (1405, 1, 32), (1447, 5, 1)])
def test_what_the_persian_calendar_does_not_have_is_no_day(persian: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="no such day"):
        solar_day(*persian)
    assert rfc3339("{}/{:02}/{:02}".format(*persian)) is None


@pytest.mark.parametrize(
    "line",
    [
        "۲ آذر ۱۴۰۵ - ۱۴:۲۰",
        "تاریخ انتشار: ۱۴۰۵/۰۹/۰۲ - ۱۴:۲۰",
        "الاثنين، ٢٣ نوفمبر ٢٠٢٦ - ١٠:٣٠ ص",
        "प्रकाशित: 23 नवंबर 2026, 09:20 AM IST",
        "작성일 2026.11.23",
        "등록일시: 2026. 11. 23. 14:05",
        "Thứ hai, 23/11/2026, 15:10 (GMT+7)",
        "מאת: דנה לביא | 23.11.2026, 14:05",
        "Ірина Коваль, 23 листопада 2026, 12:30",
    ],
)
def test_a_day_beside_the_headline_is_read_as_its_language_writes_it(line: str) -> None:
    assert published("", body=f"<div>{line}</div>") == "2026-11-23T00:00:00Z"


@pytest.mark.parametrize(
    "line", ["Ada Low, updated 3 May 2026", "It was found on Monday, 3 May 2026.", "Ada Low | 3/5/2026"]
)
def test_a_day_of_a_change_in_a_sentence_or_of_two_readings_is_not(line: str) -> None:
    assert list(filter(None, map(read_day, [line, *_ends_of(line)]))) == []


@pytest.mark.parametrize("told", ["6 November 2026", "November 6, 2026", "6. November 2026"])
def test_a_declared_day_in_words_is_read(told: str) -> None:
    assert published(json_ld(told)) == published(meta(told)) == "2026-11-06T00:00:00Z"


def test_the_day_beside_the_headline_goes_before_one_that_json_ld_has_in_words() -> None:
    assert published(json_ld("Nov 20, 2026"), body="<p>6 November 2026</p>") == "2026-11-06T00:00:00Z"
    assert published(json_ld("2026-11-20"), body="<p>6 November 2026</p>") == "2026-11-20T00:00:00Z"


def test_a_zone_that_is_told_twice_is_read_once() -> None:
    assert published(json_ld("2026-11-06 09:00:00 -0500 EST")) == "2026-11-06T09:00:00-05:00"


@pytest.mark.parametrize(
    "line",
    [
        "<p>Printed on 23 November 2026</p>",
        "<p>Printed from page.example on November 23, 2026 at 10:12</p>",
        "<p>Page generated on 2026-11-23 10:11:12</p>",
        "<p><span>Accessed:</span> <b>23 November 2026</b></p>",
        '<p>Today is <time datetime="2026-11-23">Monday, 23 November 2026</time></p>',
        "<p>Seite gedruckt am 23.11.2026</p>",
        "<p>Imprimé le 23 novembre 2026</p>",
        "<p>今天是2026年11月23日 星期一</p>",
    ],
)
def test_the_day_on_which_a_page_was_printed_or_looked_at_is_not_its_articles(line: str) -> None:
    for body in (line, line + "<p>3 March 2026</p>", "<p>3 March 2026</p>" + line):
        assert published("", body=body) == (None if body is line else "2026-03-03T00:00:00Z")
    assert published("", body=f"<p>3 March 2026</p>{BODY}<footer>{line}</footer>") == "2026-03-03T00:00:00Z"


def test_a_page_that_tells_its_day_keeps_it_whatever_else_is_printed_on_it() -> None:
    assert published(meta("2026-11-23"), body="<p>Printed on 23 November 2026</p>") == "2026-11-23T00:00:00Z"


@pytest.mark.parametrize(
    ("language", "url", "line", "month_first"),
    [
        ("en-US", "https://firm.example/a", "03/04/2026", True),
        ("en", "https://firm.example/a", "Posted: 03.04.2026", True),
        ("en", "https://school.example.us/a", "3/4/2026", True),
        ("en-GB", "https://firm.example/a", "03/04/2026", False),
        ("en", "https://firm.co.in/a", "03/04/2026", False),
        ("en", "https://firm.example/a", "03.04.2026 14:00 CEST", False),
        ("en-US", "https://firm.example/a", "03/04/2026</p><p>We told of it on 14/03/2026 as well.", False),
        ("en-GB", "https://firm.example/a", "03/04/2026</p><p>We told of it on 02/14/2026 as well.", True),
        ("de", "https://firma.example/a", "03.04.2026", False),
    ],
)
def test_a_day_in_digits_has_its_month_first_where_the_page_counts_so(
    language: str, url: str, line: str, month_first: bool
) -> None:
    html = f"<html lang={language}><body><h1>Utility loses meter data</h1><p class=date>{line}</p>{BODY}</body></html>"
    assert extract(html, url=url).published == f"2026-{'03-04' if month_first else '04-03'}T00:00:00Z"


@pytest.mark.parametrize("feed", ["2026-03-04", "2026-04-03"])
def test_a_day_in_digits_is_the_one_that_the_feed_announced(feed: str) -> None:
    assert published("", f"{feed}T09:00:00+00:00", "<p>03/04/2026</p>") == f"{feed}T09:00:00Z"


def test_a_day_may_stand_before_a_name_and_beside_a_headline_that_is_no_heading() -> None:
    for line in ("23.09.2026, 17:42 Uhr | von Ada Low", "posted by zap @ 23 Sep 2026 14:31", "16:40 23/09/2026"):
        assert published("", body=f"<p>{line}</p>") == "2026-09-23T00:00:00Z"
    title = "Utility loses meter data"
    cell = f"<font size=5><b>{title}</b></font><br><font>12 Οκτωβρίου 2009</font><br>{BODY}"
    html = f"<html><head><title>{title}</title></head><body><table><tr><td>{cell}</td></tr></table></body></html>"
    assert extract(html, url=URL).published == "2009-10-12T00:00:00Z"


@pytest.mark.parametrize(
    "lines",
    [
        "<h1>Utility loses meter data</h1><p>Original release date: October 2, 2026</p>{}",
        "<p>FOR IMMEDIATE RELEASE<br>October 2, 2026</p><p>Ada Low</p><p>0431 555</p><h1>Meter data</h1>{}",
        "<h1>Form 8-K</h1>{}<table><tr><td>Dated: October 2, 2026</td></tr></table>",
    ],
)
def test_a_day_is_read_where_releases_and_filings_have_it(lines: str) -> None:
    assert extract(f"<html><body>{lines.format(BODY)}</body></html>", url=URL).published == "2026-10-02T00:00:00Z"
