"""Clean text and metadata out of an article's page: `extract` takes HTML, `extract_page` a fetched `Page`; `first_text`
is a rough text for the price of parsing.

The way of a page: `decode` (bytes to tree, within limits) → `declared`, `metadata` (what the page says about
itself) → `body` (which part is the article, by trafilatura) → `clean` (what is trimmed off) → `markdown`.
"""

from __future__ import annotations

from pipelines.extract.article import EXTRACTOR_VERSION, extract, extract_page, parse_page
from pipelines.extract.first import ENOUGH, first_text

__all__ = ["ENOUGH", "EXTRACTOR_VERSION", "extract", "extract_page", "first_text", "parse_page"]
