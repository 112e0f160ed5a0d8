"""Articles in the forms that `read`, `fetch` and `show` print."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from archive import Article
from archive.facts import told
from archive.records import Relevance, to_json
from crawler.cli.console import visible, visible_json
from pipelines.extract.markdown import escape

FOUND = "search"
"""The key in the `extra` of an article that a search gave: how well it fits, and its `snippet`."""

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
    "people_affected",
    "summary",
    "text",
)


_MARKUP_IN_URL = re.compile(r"[\\`*\[\]<>|]")
_FORMULA = "[=+\\-@＝＋－＠]"
_BEGINS_FORMULA = re.compile(rf"\s*{_FORMULA}|[\t\r\n]")
_HIDES_FORMULA = re.compile(rf"([;\t\r\n][ \"]*)(?={_FORMULA})")


def jsonl(articles: Iterable[Article]) -> Iterator[bytes]:
    """One record a line. What a terminal would obey is escaped, so that it can be looked at anywhere."""
    return (visible_json(to_json(article)) + b"\n" for article in articles)


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
                _number(a.facts.get("people_affected")),
                a.summary,
                a.text,
            )
        )


def _number(fact: Any) -> str | None:
    value = fact.get("value") if isinstance(fact, dict) else None
    return str(value) if isinstance(value, int | float) else None


def _csv_line(cells: Iterable[str | None]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_disarmed(cell or "") for cell in cells])
    return line.getvalue().encode()


def _disarmed(cell: str) -> str:
    """OWASP's rule for CSV injection, also for the full-width signs that an East Asian spreadsheet takes, and for cells
    that come about where the file is cut at semicolons or tabs, which takes the lines of a cell for rows of their own.
    Control characters are shown as a mark.

    >>> _disarmed("=HYPERLINK(1)"), _disarmed("ten = 10"), _disarmed("a;=1"), _disarmed("a\\n=1"), _disarmed("＝1")
    ("'=HYPERLINK(1)", 'ten = 10', "a;'=1", "a\\n'=1", "'＝1")
    """
    cell = _HIDES_FORMULA.sub(r"\1'", cell)
    return visible(f"'{cell}" if _BEGINS_FORMULA.match(cell) else cell)


def markdown_of(article: Article, note: str | None = None, found: str | None = None) -> str:
    """The article with its title and a header of what is known of it. Nothing that a page says becomes markup."""
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
        *((fact.name.lower(), fact.words) for fact in told(a.facts)),
        ("archive", note),
        ("found", found),
    ]
    header = "\n".join(f"- {_one_line(name)}: {_without_markup(name, value)}" for name, value in facts if value)
    text = a.markdown or "\n\n".join(map(escape, a.text.split("\n\n")))
    return f"# {_without_markup('title', a.title or '(no title)')}\n\n{header}\n\n{text}\n"


def _without_markup(name: str, value: str) -> str:
    """A value for a line of Markdown: an address stays one, and what was found stays in bold.

    >>> _without_markup("source", "<b>\\n*x*"), _without_markup("url", "https://a.example/b_c?[d]")
    ('\\\\<b\\\\> \\\\*x\\\\*', 'https://a.example/b_c?%5Bd%5D')
    """
    line = _one_line(value)
    if name == "url":
        return _MARKUP_IN_URL.sub(lambda found: quote(found[0], safe=""), line)
    return escape(line).replace(r"\*\*", "**") if name == "found" else escape(line)


def markdown(articles: Iterable[Article]) -> Iterator[bytes]:
    """The articles one after the other, with a rule between. Control characters are shown as a mark."""
    for number, article in enumerate(articles):
        search = article.extra.get(FOUND)
        found = search.get("snippet") if isinstance(search, dict) else None
        text = ("\n---\n\n" if number else "") + markdown_of(article, found=found)
        yield visible(text).encode("utf-8", "replace")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def pretty_json(article: Article) -> bytes:
    """The record as indented JSON, safe for a terminal."""
    return visible_json(msgspec.json.format(to_json(article), indent=2)) + b"\n"


def explained(relevance: Relevance) -> Iterator[str]:
    """A judgement with its evidence, to be read: the weight, the zone and the phrase of each line."""
    yield f"Relevance to {relevance.topic}: {relevance.verdict}, score {relevance.score:.2f}"
    for hit in relevance.evidence:
        yield f"  {hit.weight:+6.2f}  {hit.zone:<6} {hit.phrase}"
