"""What stands beside a page's headline in lines of their own: a byline without "By", a date in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze
from pipelines.extract.prune import find_headline
from pipelines.extract.segments import Segment, read_segments

_BEFORE, _BEHIND = 2, 6
_MAX_LINE = 160
_MAX_DATE = 60
_MONTHS = {
    letters: number
    for number, names in enumerate(
        (
            "jan ene gen sty oca ian янв січ ιαν يناي בינו",
            "feb fev lut sub фев лют φεβ فبرا בפבר",
            "mar maa мар бер μαρ مارس במרץ",
            "apr avr abr kwi nis апр кві απρ ابري באפר",
            "may mai mei mag maj мая май тра μαι مايو במאי",
            "jun juin giu cze haz iun июн чер ιουν يوني ביונ",
            "jul juil lug lip tem iul июл лип ιουλ يولي ביול",
            "aug aou ago sie agu авг сер αυγ اغسط באוג",
            "sep set wrz eyl сен вер σεπ سبتم בספט",
            "oct okt ott out paz eki окт жов οκτ اكتو באוק",
            "nov lis kas noi ноя лис νοε نوفم בנוב",
            "dec dez dic des gru ara дек гру δεκ ديسم בדצמ",
        ),
        1,
    )
    for letters in names.split()
}
"""Months by the first letters of their names, without accents: the languages of Western Europe and the North, Polish,
Romanian, Turkish, Indonesian, Russian, Ukrainian, Greek, Arabic and Hebrew (with its "in")."""
_THAI = {
    name: number
    for number, names in enumerate(
        (
            "ม.ค. มกราคม", "ก.พ. กุมภาพันธ์", "มี.ค. มีนาคม", "เม.ย. เมษายน", "พ.ค. พฤษภาคม", "มิ.ย. มิถุนายน",
            "ก.ค. กรกฎาคม", "ส.ค. สิงหาคม", "ก.ย. กันยายน", "ต.ค. ตุลาคม", "พ.ย. พฤศจิกายน", "ธ.ค. ธันวาคม",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_BUDDHIST, _REIWA = 543, 2018
"""The years by which the Thai calendar is ahead of ours, and ours of the Japanese era."""
_LABEL = (
    r"(?:(?:first )?(?:published|posted|written)(?: on)?|date|veröffentlicht(?: am)?|publié le|publicado(?: el| em)?|"
    r"am|le|pubblicato(?: il)?|gepubliceerd(?: op)?|geplaatst(?: op)?|publicera[dt]|publisert|udgivet|opublikowano|"
    r"data publikacji|yayınlanma(?: tarihi)?|опубликовано|дата публикации|опубліковано|نشر في)"
)
_CLOCK = (
    r"(?:[\s,|·–—-]*(?:um|at|à|alle|ore|kl\.?|в|о|saat|às|a las)?\s*\d{1,2}[:.h]\d\d(?::\d\d)?"
    r"\s*(?:uhr|h|hs|hrs?|[ap]\.?m\.?)?(?:\s+[a-z]{2,4})?)?"
)
"""The time, which is not read: its zone is unknown."""
_DAY = re.compile(
    rf"\W*(?:{_LABEL}\b\W*)?(?:\d{{1,2}}:\d\d,? )?(?:[^\W\d]{{3,14}},? )?"
    r"(?:(?P<name>[^\W\d]{3,12})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?|"
    r"(?P<day2>\d{1,2})(?:\.|st|nd|rd|th|er)? (?:de )?(?P<name2>[^\W\d]{3,12})\.?),? (?:de )?"
    rf"(?P<year>(?:19|20)\d\d)(?: ?г(?:ода|\.))?{_CLOCK}\W*",
    re.IGNORECASE,
)
_DAY_EAST = re.compile(
    r"\W*(?:(?:公開|掲載|配信|投稿|登録|発行|発表)日?時?|입력|등록|게시|发布(?:时间)?|發布(?:時間)?|发表于?|時間|时间)?\W*"
    r"(?P<year>(?:19|20)\d\d|令和(?:\d\d?|元)) ?[年년] ?"
    r"(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일](?!.*(?:更新|修正|수정))"
)
_DAY_THAI = re.compile(
    rf"(?:[ก-๛]+\s)?(?P<day>\d{{1,2}})\s*(?P<name>{'|'.join(map(re.escape, _THAI))})\s*(?:พ\.ศ\.\s*)?"
    r"(?P<year>25\d\d|20\d\d)(?:\D{0,8}\d{1,2}[:.]\d\d(?::\d\d)?)?\W*(?:น\.)?\W*"
)


def lines_beside(tree: HtmlElement, title: str | None) -> tuple[Sequence[Segment], Sequence[Segment]]:
    """The two lines before the page's headline and the six behind it; none where it has no headline."""
    headline = find_headline(tree, title)
    lines = read_segments(tree) if headline is not None else []
    for place, line in enumerate(lines):
        if line.element is headline or headline in line.element.iterancestors():
            return lines[max(0, place - _BEFORE) : place], lines[place + 1 : place + 1 + _BEHIND]
    return [], []


def day_beside(tree: HtmlElement, title: str | None) -> date | None:
    """The day that stands in a line of its own beside the headline, or in an element of its own within such a line."""
    before, behind = lines_beside(tree, title)
    for line in (*behind, *before):
        parts = line.element.iter("span", "p", "div", "time", "em", "i", "b") if len(line.text) <= _MAX_LINE else ()
        days = map(read_day, (line.text, *(squeeze(item.text_content()) for item in parts)))
        if day := next(filter(None, days), None):
            return day
    return None


def read_day(text: str) -> date | None:
    """The day that is all that a line says, the month by its name.

    >>> read_day("Nov 21, 2018"), read_day("Published on 3. März 2025"), read_day("Last updated: November 13, 2025")
    (datetime.date(2018, 11, 21), datetime.date(2025, 3, 3), None)
    >>> read_day("10 września 2026, 15:40"), read_day("公開：2026年3月10日 13時05分"), read_day("2026年3月10日更新")
    (datetime.date(2026, 9, 10), datetime.date(2026, 3, 10), None)
    >>> read_day("12 มี.ค. 2569 เวลา 14:35 น."), read_day("令和8年5月21日"), read_day("الثلاثاء 30 يونيو 2026 - 11:20")
    (datetime.date(2026, 3, 12), datetime.date(2026, 5, 21), datetime.date(2026, 6, 30))
    """
    if len(text) > _MAX_DATE:
        return None
    text = re.sub(r"\d", lambda digit: str(int(digit[0])), text)  # those of Arabic, Persian and others
    if east := _DAY_EAST.match(text):
        era = east["year"].removeprefix("令和").replace("元", "1")
        year = int(era) if len(era) == 4 else _REIWA + int(era)
        return _date(year, int(east["month"]), east["day"])
    if thai := _DAY_THAI.fullmatch(text):
        year = int(thai["year"]) - (_BUDDHIST if thai["year"].startswith("25") else 0)
        return _date(year, _THAI[thai["name"]], thai["day"])
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    name = unicodedata.normalize("NFKD", (found["name"] or found["name2"]).casefold())
    letters = "".join(char for char in name if not unicodedata.combining(char))
    month = _MONTHS.get(letters[:4]) or _MONTHS.get(letters[:3])
    return _date(found["year"], month or 0, found["day"] or found["day2"])


def _date(year: str | int, month: int, day: str) -> date | None:
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None
