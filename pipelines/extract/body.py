"""The choice of the article's text on a page. trafilatura is the heart of it."""

from __future__ import annotations

from copy import deepcopy

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from pipelines.extract.blocks import Block, read_blocks
from pipelines.items import ExtractionError


def main_text(tree: HtmlElement, url: str) -> list[Block]:
    """The blocks of the page's article. Raises `ExtractionError` ("no article text")."""
    document = bare_extraction(deepcopy(tree), url=url, include_comments=False, include_formatting=True)
    body = getattr(document, "body", None)
    blocks = read_blocks(body) if body is not None else []
    if not blocks:
        raise ExtractionError("no article text")
    return blocks
