"""Titles, dates and authors against what the sets know of them: as the sets have them, and where they are fair."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from lxml import html as lxml_html

from benchmarks.tables import Table
from benchmarks.text_scores import words
from pipelines.items import Extraction

Record = dict[str, Any]
Pair = tuple[Record, Extraction | None]

_NO_PERSON = re.compile(
    r"\b(?:staff|team|editors?|editorial|desk|redaktion|board|agency|agence|agentur|news|newsroom|online|media|press|presse|"
    r"ap|afp|dpa|sda|reuters|efe|ansa|ajansı|times|school|center|university|contributor|clinician|nachrichten|monde|figaro|"
    r"bbc|web|digital)\b|\.\w{2,}$|新聞|भास्कर|[_@/]",
    re.IGNORECASE,
)
_ROLE = re.compile(r"\s*(?:,| \| |\(|\s[-–]\s).*$")
_HONOUR = re.compile(r"^(?:dr|prof)\.?\s+|\s+(?:ph\.?\s?d\.?|m\.?d\.?|기자.*)$", re.IGNORECASE)
_ZONES = (timedelta(hours=12), timedelta(hours=14))
"""The least and the greatest offset from UTC that a day has somewhere on Earth."""


def metadata_table(pairs: Sequence[Pair]) -> Table:
    """How many titles, dates and authors are right, by set: of all known, and of those that are fair."""
    rows = []
    for name in dict.fromkeys(record["set"] for record, _ in pairs):
        mine = [(record, found) for record, found in pairs if record["set"] == name]
        rows.append((name, *(_share(kind(mine)) for kind in (_titles, _dates, _authors))))
        fair = (_fair_titles, _fair_dates, _fair_authors)
        rows.append((f"{name}, where fair", *(_share(kind(mine)) for kind in fair)))
    note = (
        "Right of those known. Title: the same words; date: the same day; authors: the same people, all of them. "
        "*Where fair*: a title that is (part of) a heading of the page; a date that the page shows and that is not "
        "the day of its last change, counted by the day in any zone; authors that are people, with degrees, roles and "
        "accents aside."
    )
    return Table("Metadata", ("set", "title", "date", "authors"), tuple(rows), note)


def _titles(pairs: Sequence[Pair]) -> Iterator[bool]:
    for record, found in pairs:
        if record.get("title"):
            yield same_title(record["title"], found.title if found else None)


def _fair_titles(pairs: Sequence[Pair]) -> Iterator[bool]:
    return _titles([pair for pair in pairs if pair[0].get("title") and is_shown(pair[0]["title"], pair[0]["html"])])


def _dates(pairs: Sequence[Pair]) -> Iterator[bool]:
    for record, found in pairs:
        if record.get("date"):
            yield same_day(record["date"], found.published if found else None)


def _fair_dates(pairs: Sequence[Pair]) -> Iterator[bool]:
    for record, found in pairs:
        if not record.get("date") or not names_day(record["html"], gold := date.fromisoformat(record["date"][:10])):
            continue
        published, modified = (found.published, found.modified) if found else (None, None)
        right = bool(published) and near_day(gold, str(published))
        if right or not (modified and near_day(gold, modified)):
            yield right


def _authors(pairs: Sequence[Pair]) -> Iterator[bool]:
    for record, found in pairs:
        if record.get("authors"):
            yield same_people(record["authors"], found.authors if found else ())


def _fair_authors(pairs: Sequence[Pair]) -> Iterator[bool]:
    for record, found in pairs:
        gold = {_person(name) for name in people(record.get("authors") or ())}
        if gold:
            yield gold == {_person(name) for name in (found.authors if found else ())}


def same_title(gold: str, found: str | None) -> bool:
    """The same words in the same order.

    >>> same_title("Bank: data lost!", "Bank – data lost")
    True
    """
    return words(gold) == words(found or "")


def is_shown(title: str, page: str) -> bool:
    """Whether a heading of the page holds the title; a page without headings shows any.

    >>> is_shown("Data lost", "<h1>Bank: data lost</h1>"), is_shown("Data lost 2024", "<h1>Bank: data lost</h1>")
    (True, False)
    """
    headings = [" ".join(words(" ".join(item.itertext()))) for item in _parsed(page).iter("h1", "h2")]
    return not headings or any(f" {' '.join(words(title))} " in f" {heading} " for heading in headings)


def _parsed(page: str) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(page.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))


def same_day(gold: str, found: str | None) -> bool:
    """The same calendar day as written."""
    return bool(found) and str(gold)[:10] == str(found)[:10]


def near_day(gold: date, found: str) -> bool:
    """Whether a moment falls on the day in some zone.

    >>> near_day(date(2023, 12, 22), "2023-12-23T03:22:07Z"), near_day(date(2023, 12, 22), "2023-12-24T03:22:07Z")
    (True, False)
    """
    start = datetime(gold.year, gold.month, gold.day, tzinfo=UTC)
    return start - _ZONES[1] <= datetime.fromisoformat(found) < start + timedelta(days=1) + _ZONES[0]


def names_day(page: str, day: date) -> bool:
    """Whether the day stands on the page in figures, or in English words.

    >>> names_day("<p>Dec 3, 2023</p>", date(2023, 12, 3)), names_day("<p>Dec 3, 2023</p>", date(2023, 12, 4))
    (True, False)
    """
    year, month, number = day.year, f"{day:%b}", day.day
    patterns = (
        rf"{year}[-/.]?0?{day.month}[-/.]0?{number}\b|{day:%Y%m%d}",
        rf"\b0?{number}[-/.]0?{day.month}[-/.]{year}|\b0?{day.month}[-/.]0?{number}[-/.]{year}",
        rf"\b{month}[a-z]*\.?,? 0?{number}(?:st|nd|rd|th)?,? {year}|\b0?{number}\.? {month}[a-z]*\.?,? {year}",
        rf"{year}年\s*{day.month}月\s*{number}日|{year}년\s*{day.month}월\s*{number}일",
    )
    return any(re.search(pattern, page, re.IGNORECASE) for pattern in patterns)


def same_people(gold: str | Sequence[str], found: Sequence[str]) -> bool:
    """The same set of names, without regard to case.

    >>> same_people("Ada Low,  Bo Hi", ("Bo Hi", "Ada Low"))
    True
    """
    names = re.split(r"\s*[,;]\s*", gold) if isinstance(gold, str) else gold
    return {tuple(words(name)) for name in names} == {tuple(words(name)) for name in found}


def people(gold: str | Sequence[str]) -> list[str]:
    """The people in a gold value: entries that join several divided, outlets and roles left out.

    >>> people("Ada Low,  Example Staff"), people(["Ada Low, MD", "dpa", "Cy Mo and Di Fa"]), people(["The Example"])
    (['Ada Low'], ['Ada Low', 'Cy Mo', 'Di Fa'], [])
    """
    entries = re.split(r"\s*[,;]\s*", gold) if isinstance(gold, str) else [*gold]
    found: list[str] = []
    for entry in entries:
        joined = re.sub(r",? and | & ", ", ", entry)
        parts = re.split(r"\s*,\s*", joined) if joined != entry else [_ROLE.sub("", entry)]
        found += [part for part in parts if _is_name(part)]
    return found


def _is_name(text: str) -> bool:
    """Two words at least (or one in an East Asian script), none of them an outlet's."""
    asian = bool(re.search(r"[぀-ヿ一-鿿가-힣]", text))
    return (asian or len(text.split()) >= 2) and not _NO_PERSON.search(text) and not text.lower().startswith("the ")


def _person(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", _HONOUR.sub("", name))
    return tuple(words("".join(char for char in plain if not unicodedata.combining(char))))


def _share(flags: Iterable[bool]) -> str:
    known = list(flags)
    return f"{sum(known) / len(known):.3f} of {len(known)}" if known else "–"
