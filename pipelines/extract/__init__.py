"""Clean text and metadata out of an article's page: `extract` takes HTML, `extract_page` a fetched `Page`; `first_text`
is a rough text for the price of parsing.

The way of a page: `decode` (bytes to tree, within limits) → `declared`, `metadata` (what the page says about
itself) → `body` (which part is the article, by trafilatura) → `clean` (what is trimmed off) → `markdown`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipelines.extract.article import extract, extract_page, parse_page
    from pipelines.extract.first import ENOUGH, first_text

__all__ = ["ENOUGH", "EXTRACTOR_VERSION", "extract", "extract_page", "first_text", "parse_page"]

EXTRACTOR_VERSION = "11"
"""Raised with every change that gives some page another text; kept in an article's `versions`."""

_PLACES = {"ENOUGH": "first", "first_text": "first"}


def __getattr__(name: str) -> Any:
    """trafilatura comes with the first extraction: the main process of a crawl leaves that, and a third of a second at
    its start, to its workers."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'article')}"), name)
