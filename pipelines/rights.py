"""What a publisher does not allow: the stage between relevance and dedup that obeys it.

`noindex` keeps a page out of the archive. `noarchive` and a reservation of text and data mining leave metadata and
link: neither text nor capture is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from archive.records import Article, article_id
from pipelines.stages import Draft, Ended

_NOT_LISTED = frozenset({"noindex", "none"})
_NOT_KEPT = frozenset({"noarchive", "nocache"})

_LONGEST_SUMMARY = 300
"""Characters of a summary. Some feeds carry the text in its place: what is longer is not metadata."""

WITHHELD = "withheld"
"""The key in the `extra` of a record whose text and capture were not stored: it holds the signal."""


def refusal(rights: Iterable[str]) -> str | None:
    """The signal by which a page asks not to be listed at all.

    >>> refusal(("robots: noai", "x-robots-tag: none")), refusal(("robots: noarchive",))
    ('x-robots-tag: none', None)
    """
    return next((signal for signal in rights if _directive(signal) in _NOT_LISTED), None)


def reservation(rights: Iterable[str]) -> str | None:
    """The signal by which a page asks that its text is not kept.

    >>> reservation(("tdm-reservation: 1",)), reservation(("robots: nosnippet",))
    ('tdm-reservation: 1', None)
    """
    return next((s for s in rights if _directive(s) in _NOT_KEPT or s == "tdm-reservation: 1"), None)


def _directive(signal: str) -> str:
    """The word of a robots directive, as the record's `rights` has it."""
    name, _, word = signal.partition(": ")
    return word if name in ("robots", "x-robots-tag") else ""


def without_text(article: Article, signal: str) -> Article:
    """The metadata and the link of an article that keeps its text to itself."""
    return msgspec.structs.replace(
        article,
        id=article_id(article.canonical_url, ""),
        text="",
        markdown=None,
        summary=article.summary if len(article.summary or "") <= _LONGEST_SUMMARY else None,
        removed=(),
        extra=article.extra | {WITHHELD: signal},
    )


class RightsStage:
    """Ends pages that may not be listed, and takes the text from those that may not be kept."""

    def process_item(self, item: Draft) -> Draft:
        if refusal(item.article.rights):
            raise Ended(item.page.link, "robots", item)
        signal = reservation(item.article.rights)
        return replace(item, article=without_text(item.article, signal)) if signal else item
