"""What is taken out of the page before the choice of the text: scripts, boxes, the articles that follow. Bare links are
told, so that trafilatura does not see them; those amid the text are left to the judge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from archive.records import Removed
from pipelines.extract.blocks import squeeze, text_of
from pipelines.extract.boxes import BEFORE, Run, ends_sentence, is_heading, is_prose, weight
from pipelines.extract.following import ARTICLE_PROSE, following_articles, widest_without
from pipelines.extract.notes import take_references
from pipelines.extract.segments import PHRASING, Segment, read_segments

_UNSEEN = ("script", "style", "noscript", "noframes", "template", "svg", "iframe", "object", "embed", "canvas", "math")
_EMPTY_LINE = re.compile(r"\n[ \t\r]*\n")
# `//text()[...]/..` and `//body//text()[...]` cost libxml2 the square of the pieces; the axis `descendant` does not.
_WITH_TEXT = etree.XPath("/descendant::*[text()[normalize-space()]]")
_BARE_LINK_SHARE = 0.92
_LEAST_LINK = 18
"""Characters from which a bare link may be a headline; menus have shorter ones."""


def prune(tree: HtmlElement, title: str | None) -> tuple[list[Segment], list[Removed]]:
    """Take noise out of `tree` (in place) that its structure alone gives away. The lines that are left, and a record of
    each run taken out."""
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    asked = [_drop(element) for element in _consent_dialogs(tree)]
    _mark_sign_ups(tree)
    take_references(tree)
    _set_captions_apart(tree)
    _divide_preformatted(tree)
    _set_centred_apart(tree)
    _set_sources_of_quotations_apart(tree)
    _drop_empty(tree)
    _unwrap_layout_tables(tree)
    articles = [_drop(element)[1] for element in following_articles(tree, title)]
    segments = read_segments(tree)
    segments, boxes = _drop_boxes(tree, segments, _boxed(segments))
    records = [Removed(kind="article", length=len(text), start=text[:60]) for text in articles]
    return segments, [*records, *runs([*asked, *boxes], "box")]


def _drop_boxes(
    tree: HtmlElement, segments: list[Segment], boxes: list[HtmlElement]
) -> tuple[list[Segment], list[tuple[HtmlElement | None, str]]]:
    """The lines that are left, read again only where two of them may have become one; and what was dropped."""
    apart, gone, dropped = True, set[HtmlElement](), []
    for element in boxes:
        apart = apart and element.tag not in PHRASING and _stands_apart(element)
        gone.update(element.iter())
        dropped.append(_drop(element))
    return [line for line in segments if line.element not in gone] if apart else read_segments(tree), dropped


def _stands_apart(element: HtmlElement) -> bool:
    """Whether no two lines become one without the element: nothing stands before it or nothing behind it, and the
    phrase that it is in, if any, holds nothing else."""
    parent, before, behind = element.getparent(), element.getprevious(), element.getnext()
    if parent is None:
        return False
    first = before.tag not in PHRASING and _blank(before.tail) if before is not None else _blank(parent.text)
    last = _blank(element.tail) and (behind is None or behind.tag not in PHRASING)
    if parent.tag in PHRASING:
        return first and last and before is None and behind is None and _stands_apart(parent)
    return first or last


def _blank(text: str | None) -> bool:
    return not text or text.isspace()


def _drop_empty(tree: HtmlElement) -> None:
    """Elements without text, a third of a page's, go: all that follows is quicker without them. One that divides two
    pieces of text stays, as an empty one."""
    found: Any = _WITH_TEXT(tree)
    said: set[HtmlElement | None] = {None, tree}
    for element in found:
        around = element
        while around not in said:
            said.add(around)
            around = around.getparent()
    for element in [item for item in tree.iter("*") if item not in said and item.getparent() in said]:
        if element.tag in ("br", "hr"):
            continue
        if element.tag not in PHRASING and _stands_in_text(element):
            del element[:]
        else:
            element.drop_tree()


def _stands_in_text(element: HtmlElement) -> bool:
    before, behind, parent = element.getprevious(), element.getnext(), element.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else None
    loose = (text and not text.isspace()) or (element.tail and not element.tail.isspace())
    return bool(loose) or any(item is not None and item.tag in PHRASING for item in (before, behind))


_DIALOGS = etree.XPath("//@role[. = 'dialog' or . = 'alertdialog']/.. | //dialog")
_CONSENT = re.compile(r"cookie|クッキー|쿠키|کوکی|คุกกี้", re.IGNORECASE)
_MAX_CONSENT, _MAX_DIALOGS = 4_000, 20


def _consent_dialogs(tree: HtmlElement) -> list[HtmlElement]:
    """The dialogs that ask whether cookies may be set, the outermost: their sentences pass for an article's."""
    found: Any = _DIALOGS(tree)
    asking = [item for item in found[:_MAX_DIALOGS] if _asks_for_consent(item)]
    return [item for item in asking if not any(around in asking for around in item.iterancestors())]


def _asks_for_consent(dialog: HtmlElement) -> bool:
    text = text_of(dialog)
    return len(text) <= _MAX_CONSENT and bool(_CONSENT.search(text)) and next(dialog.iter("h1"), None) is None


SIGN_UP = "data-breachwire-sign-up"
_FIELDS = etree.XPath("/descendant::input[@type='email' or contains(@name, 'email') or contains(@placeholder, 'mail')]")
_MAX_SIGN_UP, _MAX_FIELDS = 500, 20


def _mark_sign_ups(tree: HtmlElement) -> None:
    """Marks the boxes around fields for an e-mail address, for the fields are taken out with all that has no text. What
    is more than a box (a page within one form) is none."""
    fields: Any = _FIELDS(tree)
    for field in fields[:_MAX_FIELDS]:
        for around in field.iterancestors():
            if around.tag not in ("form", "div", "section", "aside", "label", "p") or not _is_small(around):
                break
            around.set(SIGN_UP, "")


def _is_small(element: HtmlElement) -> bool:
    text = text_of(element)
    small = len(text) <= 4 * _MAX_SIGN_UP and len(squeeze(text)) <= _MAX_SIGN_UP
    return small and next(element.iter("h1"), None) is None


_CAPTION = re.compile(r"caption|(?:img|image|photo|pic)[-_]?(?:desc|credit|legend)", re.IGNORECASE)


def _set_captions_apart(tree: HtmlElement) -> None:
    """A caption that is but a phrase beside its picture, amid a text of line breaks, becomes a line of its own."""
    captions = [item for item in tree.iter("span", "em", "i", "small") if _CAPTION.search(item.get("class") or "")]
    around = {
        parent for item in captions if (parent := item.getparent()) is not None and parent.tag in ("span", "div", "a")
    }
    pictured = {parent for parent in around if next(parent.iter("img"), None) is not None}
    for item in captions:
        if item.getparent() in pictured:
            item.tag = "div"


def _divide_preformatted(tree: HtmlElement) -> None:
    """A `pre` of paragraphs with empty lines between (a release as it was mailed) becomes paragraphs; code stays."""
    for pre in [item for item in tree.iter("pre") if len(item) == 0 and item.text]:
        parts = [squeeze(part) for part in _EMPTY_LINE.split(pre.text or "")]
        if 2 * sum(map(is_prose, parts)) > len(parts):
            pre.tag, pre.text = "div", None
            for part in filter(None, parts):
                etree.SubElement(pre, "p").text = part


def _set_centred_apart(tree: HtmlElement) -> None:
    """Lines that are centred as HTML 4 does it become paragraphs: trafilatura does not see them otherwise."""
    for item in tree.iter("center"):
        if all(child.tag in PHRASING or child.tag == "br" for child in item.iterdescendants()):
            item.tag = "p"


def _set_sources_of_quotations_apart(tree: HtmlElement) -> None:
    """Who is quoted stands in a `footer` of the quotation, as HTML has it: no page ends there."""
    for item in tree.iter("footer"):
        if next(item.iterancestors("blockquote"), None) is not None:
            item.tag = "p"


def _unwrap_layout_tables(tree: HtmlElement) -> None:
    """Tables that hold the page rather than data become plain blocks: trafilatura would make rows of them."""
    for table in list(tree.iter("table")):
        cells = [cell for cell in table.iter("td") if next(cell.iterancestors("table")) is table]
        if any(_is_layout(cell) for cell in cells):
            for part in (table, *table.iter("tbody", "tr", "td")):
                part.tag = "div"


def _is_layout(cell: HtmlElement) -> bool:
    blocks = sum(1 for _ in cell.iter("p", "br", "h1", "h2"))
    return blocks >= 3 and len(squeeze(text_of(cell))) >= ARTICLE_PROSE


def runs(pieces: Iterable[tuple[HtmlElement | None, str]], kind: str) -> list[Removed]:
    """The records of texts, each with the element that it stands in. Neighbours share one: a page has hundreds of bare
    links, mostly in its menus."""
    found: list[Removed] = []
    previous = None
    for parent, text in pieces:
        if found and parent is previous:
            found[-1] = Removed(kind=kind, length=found[-1].length + len(text), start=found[-1].start)
        elif text:
            found.append(Removed(kind=kind, length=len(text), start=text[:60]))
        previous = parent
    return found


def _drop(element: HtmlElement) -> tuple[HtmlElement | None, str]:
    """What the element stood in, and its text."""
    parent, text = element.getparent(), squeeze(text_of(element))
    if parent is not None:
        element.drop_tree()
    return parent, text


def bare_links(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Paragraphs, items and small headings that are nothing but a link: menus, and teasers among the text.

    A linked sentence of over 140 characters is none. That trafilatura does not see them gave +.0035 F1 on the snippets
    set and +.0006 on WCXB, and next to nothing elsewhere (zyte -.0001, publishers +.0001).
    """
    for element in tree.iter("p", "li", "h2", "h3", "h4", "h5", "h6"):
        text = text_of(element)
        if len(text) < _LEAST_LINK or len(text := squeeze(text)) < _LEAST_LINK:
            continue
        links = list(element.iter("a"))
        around = element.tag != "p" and any(parent.tag == "a" for parent in _nearest(element, 2))
        if not (links or around) or element.getparent() is None:
            continue
        linked = sum(len(squeeze(text_of(link))) for link in links)
        prose = element.tag == "p" and len(text) > 140 and ends_sentence(text)
        if (around or linked >= _BARE_LINK_SHARE * len(text)) and not prose:
            yield element


def _boxed(segments: list[Segment]) -> list[HtmlElement]:
    """The elements of headed boxes ("Related Articles", "Comments").

    One whose heading stands apart from the article's paragraphs ends, at the latest, where two lines of prose
    follow each other or where one stands beside the article's. What is but a link is a teaser, not prose.
    """
    run = Run(["" if _is_link(segment) else segment.text for segment in segments])
    article: set[HtmlElement] = set()
    found: list[HtmlElement] = []
    prose, place = 0.0, 0
    while place < len(segments):
        segment = segments[place]
        box: list[HtmlElement] = []
        if prose >= BEFORE and segment.linked <= len(segment.text) / 2 and is_heading(segment.text):
            box = _box(segments, run, place, article)
        elif is_prose(segment.text):
            prose += weight(segment.text)
            article.update((segment.element, *segment.element.iterancestors()))
        found += box
        place += max(1, len(box))
    return found


def _is_link(segment: Segment) -> bool:
    return segment.linked >= _BARE_LINK_SHARE * len(segment.text)


def _box(segments: list[Segment], run: Run, start: int, article: set[HtmlElement]) -> list[HtmlElement]:
    stop = run.end_of_box(start)
    if segments[start].element.getparent() in article:
        return [item.element for item in segments[start:stop] if item.element not in article]
    return _apart(segments[start : min(stop, run.resumption(start + 1, 2))], article)


def _apart(box: list[Segment], article: set[HtmlElement]) -> list[HtmlElement]:
    """The elements of a box: within the container of its heading, if that holds more than the heading."""
    container = widest_without(box[0].element, article)
    inside = {container, *container.iterdescendants()} if container is not None else set()
    contained = [*takewhile(lambda segment: segment.element in inside, box)]
    found: list[HtmlElement] = []
    for segment in contained if len(contained) > 1 else box:
        prose = is_prose(segment.text) and not _is_link(segment)
        if segment.element in article or (prose and segment.element.getparent() in article):
            break
        found.append(segment.element)
    return found


def _nearest(element: HtmlElement, count: int) -> list[HtmlElement]:
    return [parent for parent, _ in zip(element.iterancestors(), range(count), strict=False)]
