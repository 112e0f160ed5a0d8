"""The extraction of one page, from bytes to clean text with metadata."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lxml.html import HtmlElement

from archive.records import Removed
from pipelines.extract import access, address, dates, metadata
from pipelines.extract.agency import agency
from pipelines.extract.authors import authors, byline_lines, sources
from pipelines.extract.blocks import Block
from pipelines.extract.body import Body, read_body
from pipelines.extract.boxes import ends_sentence, is_prose
from pipelines.extract.clean import clean
from pipelines.extract.declared import read_declared
from pipelines.extract.decode import parse
from pipelines.extract.enough import is_article
from pipelines.extract.judge import judge
from pipelines.extract.markdown import to_markdown
from pipelines.extract.marks import read_marks
from pipelines.extract.prune import runs
from pipelines.extract.rules import follow
from pipelines.items import MAX_REMOVED, Extraction, ExtractionError, Link, Page


def parse_page(page: Page) -> HtmlElement:
    """The tree of a fetched page. Raises `ExtractionError` as `parse` does."""
    return parse(page.body, page.header("content-type"))


def extract_page(page: Page, tree: HtmlElement | None = None) -> Extraction:
    """The article of a fetched page. Raises `ExtractionError` with the reason where there is none.

    `tree` is what `parse_page` gave, if it was called before.
    """
    if page.rules is None:
        tree = parse_page(page) if tree is None else tree
        return _extract(tree, page.url, page.headers, page.link, page.reserved)
    ruled = follow(page.body, page.header("content-type"), page.rules)
    found = _extract(parse(ruled.html), page.url, page.headers, page.link, page.reserved)
    return replace(
        found,
        title=ruled.title or found.title,
        published=ruled.published or found.published,
        removed=(*ruled.removed, *found.removed)[:MAX_REMOVED],
        without_effect=ruled.without_effect,
    )


def extract(
    html: bytes | str,
    *,
    url: str,
    content_type: str | None = None,
    headers: Sequence[tuple[str, str]] = (),
    link: Link | None = None,
) -> Extraction:
    """The article of an HTML page: clean text, Markdown and metadata.

    `url` is the address that answered. `content_type` and `headers` are the response's; `link` is what the
    feed said, used where the page says nothing. Raises `ExtractionError`: `empty page`, `not HTML`,
    `too large`, `too deep`, `too many elements`, `no article text`.
    """
    return _extract(parse(html, content_type), url, headers, link)


@contextmanager
def _one_page() -> Iterator[None]:
    """Python's search for cycles waits while a page is worked on: it goes through all that trafilatura and the models
    hold in memory, again and again, which is an eighth of the time of an extraction, and finds next to nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@_one_page()
def _extract(
    tree: HtmlElement,
    url: str,
    headers: Sequence[tuple[str, str]],
    link: Link | None,
    reserved: Sequence[str] = (),
) -> Extraction:
    declared = read_declared(tree)
    title = metadata.title(tree, declared) or (link.title if link else None)
    summary = metadata.summary(declared) or (link.summary if link else None)
    body = read_body(tree, title, summary)
    title = title or _opening(body.found)
    cleaned, trimmed = clean(body.found, title)
    judged, doubted = judge(body.segments, body.found, cleaned, title, summary)
    blocks, again = clean(judged, title)
    if not is_article(blocks, body.segments, title, summary):
        raise ExtractionError("no article text")
    lines = [block.text for block in body.found]
    closing = lines[-4:]
    names = metadata.site_names(declared)
    marks = read_marks(tree)
    bylines = byline_lines(marks)
    people = authors(tree, marks, declared, [*names, *sources(lines)], title, bylines, closing)
    blocks, about = without_biography(blocks, people)
    others = [Removed(kind="other text", length=len(block.text), start=block.text[:60]) for block in body.passed_over]
    paragraphs = [block.text for block in blocks]
    text = "\n\n".join(paragraphs)
    seen = (*lines[-access.NOTICES_WITHIN :], *_behind(body, blocks), *access.notices(marks))
    extra = {
        "agency": agency(declared, bylines, [*paragraphs[:4], *closing], names),
        "section": metadata.section(declared),
    }
    return Extraction(
        title=title,
        text=text,
        markdown=to_markdown(blocks),
        canonical_url=address.canonical_url(tree, declared, url),
        summary=summary,
        authors=people or (link.authors if link else ()),
        published=dates.published(tree, declared, url, link.published if link else None, title),
        modified=dates.modified(tree, declared) or (link.updated if link else None),
        language=metadata.language(tree, declared, text) or (link.language if link else None),
        image=metadata.image(declared, url) or (link.image if link else None),
        tags=metadata.tags(declared) or (link.tags if link else ()),
        access=access.access(declared, paragraphs, seen),
        rights=access.rights(declared, headers, reserved),
        removed=taken_out((*trimmed, *doubted, *again, *about, *others, *body.pruned, *_links(body, blocks)), blocks),
        extra={name: value for name, value in extra.items() if value},
    )


def without_biography(blocks: Sequence[Block], people: Sequence[str]) -> tuple[list[Block], list[Removed]]:
    """The blocks without a last one that tells who the author is, and a record of it.

    >>> story = [Block("The vote is on Monday."), Block("Ada Low lives in Lindow.")]
    >>> [block.text for block in without_biography(story, ["Ada Low"])[0]]
    ['The vote is on Monday.']
    """
    last = blocks[-1].text
    if len(blocks) > 1 and len(last) <= _MAX_BIOGRAPHY and last.startswith(tuple(f"{one} " for one in people)):
        return list(blocks[:-1]), [Removed(kind="byline", length=len(last), start=last[:60])]
    return list(blocks), []


_MAX_BIOGRAPHY = 400


def _behind(body: Body, kept: Sequence[Block]) -> list[str]:
    """The page's first lines behind its text."""
    last = {block.text for block in kept[-2:]}
    end = next((place for place, line in reversed([*enumerate(body.segments)]) if line.text in last), None)
    return [] if end is None else [line.text for line in body.segments[end + 1 : end + 1 + access.NOTICES_WITHIN]]


def _links(body: Body, kept: Sequence[Block]) -> list[Removed]:
    """The page's bare links that are not in the text."""
    lines = {block.text for block in kept}
    gone = [line for line in map(body.segments.__getitem__, body.links) if line.text not in lines]
    return runs([(line.element.getparent(), line.text) for line in gone], "link")


def taken_out(records: Iterable[Removed], kept: Sequence[Block]) -> tuple[Removed, ...]:
    """The records that an article keeps: none of a line that is in its text all the same (the judge knows lines, the
    rules blocks of several), and where there are too many, one of the kind `more` for the rest.

    >>> lines = [Removed(kind="judged", length=6, start="Line A"), Removed(kind="link", length=4, start="Menu")]
    >>> [record.start for record in taken_out(lines, [Block("Line A Line B")])]
    ['Menu']
    """
    lines = {(len(block.text), block.text[:60]) for block in kept}
    text = " ".join(block.text for block in kept)
    gone = [
        record
        for record in records
        if (record.length, record.start) not in lines
        and not (record.kind.startswith("judged") and record.start in text)
    ]
    if len(gone) > MAX_REMOVED:
        rest = gone[MAX_REMOVED - 1 :]
        gone[MAX_REMOVED - 1 :] = [Removed(kind="more", length=sum(record.length for record in rest))]
    return tuple(gone)


def _opening(blocks: Sequence[Block]) -> str | None:
    """The first block as the headline of a page that names none: a short line, not a sentence, over prose."""
    if len(blocks) > 1 and 10 <= len(blocks[0].text) <= 150 and not ends_sentence(blocks[0].text):
        return blocks[0].text if is_prose(blocks[1].text) else None
    return None
