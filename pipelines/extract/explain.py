"""Why a page's text is what it is: every line of the page, kept or removed, in the page's order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive.records import Removed
from pipelines.extract.article import extract_page
from pipelines.extract.decode import parse
from pipelines.extract.segments import read_segments
from pipelines.extract.words import key
from pipelines.items import Extraction, Page

NOT_CHOSEN = "not chosen"
"""The kind of a line that no rule took out: it stands outside what was chosen as the article."""

_MAX_LINES = 5_000
_MAX_LINE = 2_000
_LEAST_PART = 12
"""Characters (words alone) of which a line must have to count as kept where it is a part of a paragraph only."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page. `kind` says what it was taken out as; None for a line that was kept."""

    text: str
    kind: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A page's article, and all lines of the page."""

    extraction: Extraction
    lines: tuple[Line, ...]


def explain_page(page: Page) -> Explanation:
    """The article of a page with what became of each line. Raises `ExtractionError` as `extract_page` does."""
    extraction = extract_page(page)
    tree = parse(page.body, page.header("content-type"))
    shown = [segment.text for segment in read_segments(tree)][:_MAX_LINES]
    lines = list(explain_lines(shown, extraction.text, extraction.removed))
    paragraphs, said = extraction.text.split("\n\n"), " ".join(map(key, shown))
    if not any(key(paragraph) in said for paragraph in paragraphs):  # it stands in the page's scripts
        lines += [Line(paragraph[:_MAX_LINE], None) for paragraph in paragraphs[:_MAX_LINES]]
    return Explanation(extraction, tuple(lines))


def explain_lines(shown: Sequence[str], text: str, removed: Sequence[Removed]) -> Iterator[Line]:
    """Tells of each line that a page shows whether it is in `text`, and if not, by which record it was taken out.

    A record of a run of neighbours (its length is theirs) names them all.

    >>> menu = Removed(kind="link", length=11, start="Home")
    >>> [line.kind for line in explain_lines(["Home", "Sports", "A bank lost data."], "A bank lost data.", [menu])]
    ['link', 'link', None]
    """
    paragraphs = {key(part) for paragraph in text.split("\n\n") for part in (paragraph, *paragraph.split(" | "))}
    whole = " ".join(key(text).split())
    starts = {record.start: record for record in reversed(removed) if record.start}
    run, kind = 0, NOT_CHOSEN
    for line in shown:
        words = key(line)
        if words in paragraphs or (len(words) >= _LEAST_PART and words in whole):
            run = 0
            yield Line(line[:_MAX_LINE], None)
            continue
        record = starts.get(line[:60])
        if record:
            run, kind = record.length, record.kind
        yield Line(line[:_MAX_LINE], kind if run > 0 else NOT_CHOSEN)
        run -= len(line)
