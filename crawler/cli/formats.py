"""Articles in the forms that `read`, `fetch` and `show` print."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

import msgspec

from archive import Article
from archive.records import Relevance, to_json

CSV_COLUMNS = (
    "id",
    "published",
    "source",
    "title",
    "url",
    "canonical_url",
    "language",
    "authors",
    "access",
    "relevance",
    "score",
    "dedup",
    "duplicate_of",
    "fetched",
    "summary",
    "text",
)


def jsonl(articles: Iterable[Article]) -> Iterator[bytes]:
    """One record a line."""
    return (to_json(article) + b"\n" for article in articles)


def csv_rows(articles: Iterable[Article]) -> Iterator[bytes]:
    """Comma-separated values with a header, in UTF-8. A cell that a spreadsheet would take for a formula is disarmed
    with an apostrophe."""
    yield _csv_line(CSV_COLUMNS)
    for a in articles:
        relevance = a.relevance
        yield _csv_line(
            (
                a.id,
                a.published,
                a.source,
                a.title,
                a.url,
                a.canonical_url,
                a.language,
                "; ".join(a.authors),
                a.access,
                relevance.verdict if relevance else None,
                str(relevance.score) if relevance else None,
                a.dedup.verdict,
                a.dedup.duplicate_of,
                a.fetched,
                a.summary,
                a.text,
            )
        )


def _csv_line(cells: Iterable[str | None]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_disarmed(cell or "") for cell in cells])
    return line.getvalue().encode()


def _disarmed(cell: str) -> str:
    """OWASP's rule for CSV injection.

    >>> _disarmed("=HYPERLINK(1)"), _disarmed("ten = 10")
    ("'=HYPERLINK(1)", 'ten = 10')
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def markdown_of(article: Article, note: str | None = None) -> str:
    """The article with its title and a header of what is known of it."""
    a = article
    facts = [
        ("source", a.source),
        ("published", a.published),
        ("modified", a.modified),
        ("authors", ", ".join(a.authors)),
        ("url", a.canonical_url),
        ("language", a.language),
        ("access", a.access if a.access != "full" else None),
        (
            "relevance",
            f"{a.relevance.topic}: {a.relevance.verdict} ({a.relevance.score:.2f})" if a.relevance else None,
        ),
        ("archive", note),
    ]
    header = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return f"# {_one_line(a.title or '(no title)')}\n\n{header}\n\n{a.markdown or a.text}\n"


def markdown(articles: Iterable[Article]) -> Iterator[bytes]:
    """The articles one after the other, with a rule between."""
    for number, article in enumerate(articles):
        yield (("\n---\n\n" if number else "") + markdown_of(article)).encode("utf-8", "replace")


def atom(articles: Iterable[Article], archive: str) -> Iterator[bytes]:
    """An Atom feed (RFC 4287) of headlines, summaries and links."""
    entries = list(articles)
    feed = ElementTree.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _put(feed, "title", "Breachwire")
    _put(feed, "id", f"tag:breachwire,2026:{archive}")
    _put(feed, "updated", max((a.fetched for a in entries), default=_now()))
    for a in entries:
        entry = ElementTree.SubElement(feed, "entry")
        _put(entry, "title", a.title or a.url)
        _put(entry, "id", f"tag:breachwire,2026:{a.id}")
        _put(entry, "updated", a.modified or a.published or a.fetched)
        if a.published:
            _put(entry, "published", a.published)
        ElementTree.SubElement(entry, "link", rel="alternate", href=a.canonical_url)
        author = ElementTree.SubElement(entry, "author")
        _put(author, "name", ", ".join(a.authors) or a.source)
        if a.summary:
            _put(entry, "summary", a.summary)
        for tag in a.tags:
            ElementTree.SubElement(entry, "category", term=_xml_safe(tag))
    yield ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True) + b"\n"


def jsonfeed(articles: Iterable[Article], archive: str) -> Iterator[bytes]:
    """A JSON Feed 1.1 of headlines, summaries and links."""
    items = [
        {
            "id": a.id,
            "url": a.canonical_url,
            "title": a.title,
            "summary": a.summary,
            "content_text": a.summary or a.title or a.url,
            "date_published": a.published,
            "date_modified": a.modified,
            "authors": [{"name": name} for name in a.authors],
            "tags": list(a.tags),
            "language": a.language,
        }
        for a in articles
    ]
    items = [{key: value for key, value in item.items() if value not in (None, [])} for item in items]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Breachwire",
        "description": archive,
        "items": items,
    }
    yield json.dumps(feed, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = _xml_safe(text)


def _xml_safe(text: str) -> str:
    """Without the characters that XML 1.0 does not allow."""
    return "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def pretty_json(article: Article) -> bytes:
    """The record as indented JSON."""
    return msgspec.json.format(to_json(article), indent=2) + b"\n"


def explained(relevance: Relevance) -> Iterator[str]:
    """A judgement with its evidence, to be read: the weight, the zone and the phrase of each line."""
    yield f"Relevance to {relevance.topic}: {relevance.verdict}, score {relevance.score:.2f}"
    for hit in relevance.evidence:
        yield f"  {hit.weight:+6.2f}  {hit.zone:<6} {hit.phrase}"
