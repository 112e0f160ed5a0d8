"""Clean text and metadata out of an article's page: `extract` takes HTML, `extract_page` a fetched `Page`.

The way of a page: `decode` (bytes to tree, within limits) → `declared`, `metadata` (what the page says about
itself) → `body` (which part is the article, by trafilatura) → `clean` (what is trimmed off) → `markdown`.
"""

from __future__ import annotations

from pipelines.extract.article import EXTRACTOR_VERSION, extract, extract_page

__all__ = ["EXTRACTOR_VERSION", "extract", "extract_page"]
