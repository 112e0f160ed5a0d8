"""What stands beside a page's headline in lines of their own: a byline without "By", a date in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze
from pipelines.extract.boxes import ends_sentence
from pipelines.extract.following import find_headline
from pipelines.extract.moments import SOLAR_YEAR, Moment, in_digits, moment_of, read_moment, solar_day
from pipelines.extract.segments import Segment, read_segments
from pipelines.extract.words import key

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
_EXACT = {
    name: number
    for number, names in enumerate(
        (
            "ม.ค. มกราคม जनवरी জানুয়ারি فروردین", "ก.พ. กุมภาพันธ์ फरवरी फ़रवरी ফেব্রুয়ারি اردیبهشت",
            "มี.ค. มีนาคม मार्च মার্চ خرداد", "เม.ย. เมษายน अप्रैल এপ্রিল تیر", "พ.ค. พฤษภาคม मई মে مرداد",
            "มิ.ย. มิถุนายน जून জুন شهریور", "ก.ค. กรกฎาคม जुलाई জুলাই مهر", "ส.ค. สิงหาคม अगस्त আগস্ট آبان",
            "ก.ย. กันยายน सितंबर सितम्बर সেপ্টেম্বর آذر", "ต.ค. ตุลาคม अक्टूबर अक्तूबर অক্টোবর دی",
            "พ.ย. พฤศจิกายน नवंबर नवम्बर নভেম্বর بهمن", "ธ.ค. ธันวาคม दिसंबर दिसम्बर ডিসেম্বর اسفند",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
"""Months by the whole of their names: Thai, Hindi, Bengali, and those of the Persian calendar."""
_BUDDHIST, _REIWA = 543, 2018
"""The years by which the Thai calendar is ahead of ours, and ours of the Japanese era."""
_LABEL = (
    r"(?:(?:first )?(?:published|posted|written)(?: on)?|dated?|(?:original )?release date|"
    r"(?:for )?(?:immediate )?release|(?:date )?issued(?: on)?|veröffentlicht(?: am)?|publié le|publicado(?: el| em)?|"
    r"am|le|pubblicato(?: il)?|gepubliceerd(?: op)?|geplaatst(?: op)?|publicera[dt]|publisert|udgivet|opublikowano|"
    r"data publikacji|yayınlanma(?: tarihi)?|опубликовано|дата публикации|опубліковано|نشر في)"
)
_CLOCK = (
    r"(?:[\s,،|·–—-]*(?:um|at|à|alle|ore|kl\.?|в|о|saat|às|a las)?\s*\d{1,2}[:.h]\d\d(?::\d\d)?"
    r"\s*(?:uhr|h|hs|hrs?|[ap]\.?m\.?|ص|م|صباحا|مساء)?(?:\s+[a-z]{2,4})?)?"
)
"""The time, which is not read: its zone is unknown."""
_DAY = re.compile(
    rf"\W*(?:{_LABEL}\b\W*)?(?:\d{{1,2}}:\d\d,? )?(?:[^\W\d]{{3,14}}[,،]? )?"
    r"(?:(?P<name>[^\W\d]{3,12})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?|"
    r"(?P<day2>\d{1,2})(?:\.|st|nd|rd|th|er)? (?:de )?(?P<name2>[^\W\d]{3,12})\.?),? (?:de )?"
    rf"(?P<year>(?:19|20)\d\d)(?: ?г(?:ода|\.))?{_CLOCK}\W*",
    re.IGNORECASE,
)
_DAY_EAST = re.compile(
    r"\W*(?:(?:公開|掲載|配信|投稿|登録|発行|発表)日?時?|(?:입력|등록|게시|작성)일?시?|发布(?:时间)?|發布(?:時間)?|发表于?|時間|时间)?\W*"
    r"(?:(?P<year>(?:19|20)\d\d|令和(?:\d\d?|元)) ?[年년] ?"
    r"(?P<month>\d{1,2}) ?[月월] ?(?P<day>\d{1,2}) ?[日일](?!.*(?:更新|修正|수정))|"
    r"(?P<year2>(?:19|20)\d\d)(?P<mark>[./-]) ?(?P<month2>\d{1,2})(?P=mark) ?(?P<day2>\d{1,2})(?!\d|[./-]\d))"
)
_DAY_EXACT = re.compile(
    rf"(?:[^\x00-\x7f]+[:,،]?\s+){{0,3}}(?P<day>\d{{1,2}})\s*(?P<name>{'|'.join(map(re.escape, _EXACT))}),?\s*"
    rf"(?:พ\.ศ\.\s*)?(?P<year>25\d\d|20\d\d|{SOLAR_YEAR})"
    r"(?:\D{0,12}\d{1,2}[:.]\d\d(?::\d\d)?)?\W*(?:น\.|[AP]M|IST)?(?: IST)?\W*"
)
_DAY_DIGITS = re.compile(
    rf"\W*(?:{_LABEL}\b\W*)?(?:\d{{1,2}}[:.]\d\d,? )?(?:[^\W\d]{{3,14}},? |(?P<vi>thứ \w+|chủ nhật),? )?"
    rf"(?P<day>\d{{1,2}})(?P<mark>[./])(?P<month>\d{{1,2}})(?P=mark)(?P<year>(?:19|20)\d\d){_CLOCK}"
    r"(?: ?\((?:GMT|UTC) ?[+-]\d{1,2}\))?\W*",
    re.IGNORECASE,
)
_DAY_SOLAR = re.compile(rf"(?:[^\x00-\x7f]+[:,،]?\s+){{0,3}}(?P<day>(?:{SOLAR_YEAR})/\d\d?/\d\d?)(?!\d).{{0,12}}")
_RELEASE = re.compile(r"for immediate release\b", re.IGNORECASE)
_CHANGED = re.compile(
    r"updat|modif|aktuali|mis à jour|actuali|atuali|aggiorn|обновл|оновл|güncel|cập nhật|अपडेट|আপডেট|روزرسانی|ویرایش|"
    r"تحديث|อัปเดต|แก้ไข|更新|修正|수정|עודכן|ενημ",
    re.IGNORECASE,
)
_BAR = re.compile(r"\s*[|·•]\s*")
_CUT = re.compile(rf"{_BAR.pattern}|\s@\s|[,،]\s|\s[–—-]\s")


def lines_beside(tree: HtmlElement, title: str | None) -> tuple[Sequence[Segment], Sequence[Segment]]:
    """The two lines before the page's headline and the six behind it; of a page without headings, those beside the line
    that is its title. None where it has neither."""
    headline, name = find_headline(tree, title), key(title or "")
    lines = read_segments(tree) if headline is not None or name else []
    for place, line in enumerate(lines):
        if headline is None:
            found = key(line.text) == name
        else:
            found = line.element is headline or headline in line.element.iterancestors()
        if found:
            return lines[max(0, place - _BEFORE) : place], lines[place + 1 : place + 1 + _BEHIND]
    return [], []


def day_beside(tree: HtmlElement, title: str | None) -> date | None:
    """The day that stands in a line of its own beside the headline, or in an element of its own within such a line."""
    before, behind = lines_beside(tree, title)
    for line in (*behind, *before):
        parts = line.element.iter("span", "p", "div", "time", "em", "i", "b") if len(line.text) <= _MAX_LINE else ()
        texts = (line.text, *(squeeze(item.text_content()) for item in parts), *_ends_of(line.text))
        if day := next(filter(None, map(read_day, texts)), None):
            return day
    return None


def day_told(tree: HtmlElement) -> date | None:
    """The day at the words "For immediate release" or right behind them; else in the last line that says "Dated: …", as
    filings, orders and letters close."""
    lines = [line.text for line in read_segments(tree)]
    at = next((place for place, text in enumerate(lines) if _RELEASE.match(text)), len(lines))
    dated = (text for text in reversed(lines) if text[:5].lower() == "dated")
    return next(filter(None, map(read_day, (*lines[at : at + 2], *dated))), None)


def _ends_of(text: str) -> Iterator[str]:
    """What stands behind a name or the like in a line that is no sentence, and what before a bar.

    >>> list(_ends_of("Ada Low, 11 May 2026, 12:30")), list(_ends_of("It was found on Monday, 11 May 2026."))
    (['11 May 2026, 12:30', '12:30'], [])
    >>> list(_ends_of("11 May 2026, 12:30 | Ada Low"))
    ['12:30 | Ada Low', 'Ada Low', '11 May 2026, 12:30']
    """
    if len(text) <= _MAX_LINE and not ends_sentence(text) and not _CHANGED.search(text):
        yield from (text[cut.end() :] for cut in _CUT.finditer(text))
        yield from (text[: bar.start()] for bar in islice(_BAR.finditer(text), 1))


def read_told(text: str) -> Moment | None:
    """The point in time that a text gives, or the day that it tells in words.

    >>> [moment and moment.rfc3339() for moment in map(read_told, ("15. September 2026", "soon"))]
    ['2026-09-15T00:00:00Z', None]
    """
    return read_moment(text) or moment_of(read_day(text))


def read_day(text: str) -> date | None:
    """The day that is all that a line says, the month by its name.

    >>> read_day("Nov 21, 2018"), read_day("Published on 3. März 2025"), read_day("Last updated: November 13, 2025")
    (datetime.date(2018, 11, 21), datetime.date(2025, 3, 3), None)
    >>> read_day("10 września 2026, 15:40"), read_day("公開：2026年3月10日 13時05分"), read_day("2026年3月10日更新")
    (datetime.date(2026, 9, 10), datetime.date(2026, 3, 10), None)
    >>> read_day("12 มี.ค. 2569 เวลา 14:35 น."), read_day("令和8年5月21日"), read_day("الثلاثاء 30 يونيو 2026 - 11:20")
    (datetime.date(2026, 3, 12), datetime.date(2026, 5, 21), datetime.date(2026, 6, 30))
    >>> read_day("دوشنبه ۲ آذر ۱۴۰۵ - ۱۴:۲۰"), read_day("15 सितंबर 2026, 09:20 AM IST"), read_day("3/4/2026")
    (datetime.date(2026, 11, 23), datetime.date(2026, 9, 15), None)
    >>> read_day("04/29/2026"), read_day("29/04/2026")
    (datetime.date(2026, 4, 29), datetime.date(2026, 4, 29))
    """
    if len(text) > _MAX_DATE or _CHANGED.search(text):
        return None
    text = in_digits(text)
    if east := _DAY_EAST.match(text):
        era = (east["year"] or east["year2"]).removeprefix("令和").replace("元", "1")
        year = int(era) if len(era) == 4 else _REIWA + int(era)
        return _date(year, int(east["month"] or east["month2"]), east["day"] or east["day2"])
    if exact := _DAY_EXACT.fullmatch(text.replace("ي", "ی")):
        year = int(exact["year"]) - (_BUDDHIST if exact["year"].startswith("25") else 0)
        return _date(year, _EXACT[exact["name"]], exact["day"])
    if solar := _DAY_SOLAR.fullmatch(text):
        return _date(*map(int, solar["day"].split("/")))
    if digits := _DAY_DIGITS.fullmatch(text):
        one, two = int(digits["day"]), int(digits["month"])
        if two > 12:
            return _date(digits["year"], one, two)
        sure = digits["mark"] == "." or digits["vi"] or one > 12 or one == two
        return _date(digits["year"], two, one) if sure else None
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    name = unicodedata.normalize("NFKD", (found["name"] or found["name2"]).casefold())
    letters = "".join(char for char in name if not unicodedata.combining(char))
    month = _MONTHS.get(letters[:4]) or _MONTHS.get(letters[:3])
    return _date(found["year"], month or 0, found["day"] or found["day2"])


def _date(year: str | int, month: int, day: str | int) -> date | None:
    try:
        return (solar_day if int(year) < 1900 else date)(int(year), month, int(day))
    except ValueError:
        return None
