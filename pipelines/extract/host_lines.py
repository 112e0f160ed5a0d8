"""Lines that the other pages of a host have too: boilerplate, and teasers of other articles."""

from __future__ import annotations

from collections import Counter

import msgspec

from archive.host_lines import Seen
from archive.records import Article, Removed
from pipelines.extract.boxes import ends_sentence
from pipelines.extract.markdown import without_lines
from pipelines.items import MAX_REMOVED

PAGES = 5
"""Other pages of a host that must be known before any line of it is told as boilerplate."""
OTHERS = 3
"""Other pages on which a line of boilerplate stands. On the development sets' pages one or two would do no harm, but
next to no good either (`docs/quality.md`): what is left after the judge of lines is not worth a risk."""
_SENTENCE = 100
"""Characters from which a sentence stays: agencies and follow-ups repeat whole paragraphs."""
_TEASER = 20
_TEASER_UNSPACED = 10
"""Characters that a headline must have: shorter ones ("Opinion") are headings too."""


def without_host_lines(article: Article, seen: Seen, *, pages: int = PAGES, others: int = OTHERS) -> Article:
    """The article without the lines that `seen` tells as boilerplate or as another article's headline or summary.

    A page most of whose lines come from one other page is a copy or a revision and stays as it is, as does one that
    would be left empty. What an earlier version of the page kept stays kept, so that a page that did not change is
    not archived again. The id is the old one's: the caller makes it anew.
    """
    lines = article.text.split("\n\n")
    shared = Counter(page for line in lines for page in seen.where(line))
    if 2 * max(shared.values(), default=0) > len(lines):
        return article
    doomed: dict[str, str] = {}
    for line in lines:
        if line in seen.kept:
            continue
        if line in seen.announced and line not in (article.title, article.summary) and _can_announce(line):
            doomed[line] = "teaser"
        elif seen.pages >= pages and len(seen.where(line)) >= others and not _is_long_sentence(line):
            doomed[line] = "host line"
    kept = [line for line in lines if line not in doomed]
    if not doomed or not kept:
        return article
    removed = [Removed(kind=kind, length=len(line), start=line[:60]) for line, kind in doomed.items()]
    return msgspec.structs.replace(
        article,
        text="\n\n".join(kept),
        markdown=without_lines(article.markdown, doomed) if article.markdown else article.markdown,
        removed=(*removed, *article.removed)[:MAX_REMOVED],
    )


def _is_long_sentence(line: str) -> bool:
    return len(line) > _SENTENCE and ends_sentence(line)


def _can_announce(line: str) -> bool:
    return len(line) >= (_TEASER if line.isascii() or " " in line else _TEASER_UNSPACED)
