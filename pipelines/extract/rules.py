"""Rules of a single site: which part of its pages is the article, what is not, and where title and date stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from archive.records import Removed
from pipelines.extract.beside import read_told
from pipelines.extract.blocks import squeeze
from pipelines.extract.decode import parse
from pipelines.items import SiteRules

_MAX_TITLE = 400
_DATE_ATTRIBUTES = ("datetime", "content")


@dataclass(frozen=True, slots=True)
class Ruled:
    """A page with its site's rules applied. `html` holds what they leave; a rule that finds nothing changes nothing.

    `without_effect` names those of `body`, `title` and `date` that found nothing; what is to be removed need not be
    on every page."""

    html: str
    title: str | None
    published: str | None
    removed: tuple[Removed, ...]
    without_effect: tuple[str, ...]


def follow(html: bytes | str, content_type: str | None, rules: SiteRules) -> Ruled:
    """The page as its site's rules see it. Raises `ExtractionError` as `parse` does.

    >>> page = "<body><nav>Menu</nav><h2>Bank loses data</h2><p id=a>Text.</p></body>"
    >>> ruled = follow(page, None, SiteRules(body="#a", title="h2"))
    >>> ruled.title, "Menu" in ruled.html, "Text." in ruled.html
    ('Bank loses data', False, True)
    """
    tree = parse(html, content_type)
    title = next((squeeze(item.text_content())[:_MAX_TITLE] for item in _found(tree, rules.title)), None)
    dates = (item.get(name) for item in _found(tree, rules.date) for name in _DATE_ATTRIBUTES)
    shown = (squeeze(item.text_content()) for item in _found(tree, rules.date))
    moments = (read_told(text) for text in (*dates, *shown) if text)
    published = next((moment.rfc3339() for moment in moments if moment), None)
    removed = tuple(_drop(element, tree) for selector in rules.remove for element in _found(tree, selector))
    parts = _found(tree, rules.body)
    _keep_only(tree, parts)
    effects = (("body", rules.body, parts), ("title", rules.title, title), ("date", rules.date, published))
    return Ruled(
        html=etree.tostring(tree, encoding="unicode", method="html"),
        title=title or None,
        published=published,
        removed=tuple(record for record in removed if record.length),
        without_effect=tuple(key for key, selector, found in effects if selector and not found),
    )


def _drop(element: HtmlElement, tree: HtmlElement) -> Removed:
    """Take the element out, unless it is the page's body or went with another one."""
    if element.tag == "body" or tree not in element.iterancestors():
        return Removed(kind="rule", length=0)
    text = squeeze(element.text_content())
    element.drop_tree()
    return Removed(kind="rule", length=len(text), start=text[:60])


def _found(tree: HtmlElement, selector: str | None) -> list[HtmlElement]:
    found: Any = CSSSelector(selector, translator="html")(tree) if selector else ()
    return list(found)


def _keep_only(tree: HtmlElement, parts: list[HtmlElement]) -> None:
    """The page's body made of its first heading and the outermost of `parts` alone."""
    body = tree.find("body")
    inner = {part for part in parts if any(parent in parts for parent in part.iterancestors())}
    outer = [part for part in parts if part not in inner and part is not body]
    if body is None or not outer:
        return
    heading = next((item for item in body.iter("h1") if not any(item in part.iter("h1") for part in outer)), None)
    article = etree.SubElement(body, "article")
    article.extend([part for part in (heading, *outer) if part is not None])
    for child in list(body):
        if child is not article:
            body.remove(child)
    body.text = None
