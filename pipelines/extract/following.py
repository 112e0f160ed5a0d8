"""A page's headline, and the articles that follow its own: those of an endless scroll, each with a headline."""

from __future__ import annotations

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze, text_of
from pipelines.extract.words import likeness

ARTICLE_PROSE = 300
"""Characters of prose that make what follows a second headline an article of its own."""
_LONG_PROSE = 900


def following_articles(tree: HtmlElement, title: str | None) -> list[HtmlElement]:
    """The containers of further articles on the page, each with a headline of its own (infinite scroll): an `h1`, or
    an `h2` and a time behind the `article` that the page is about, if that is long (a live blog's head is not)."""
    headline = find_headline(tree, title)
    if headline is None:
        return []
    own = {headline, *headline.iterancestors()}
    around = next((item for item in headline.iterancestors("article") if _prose(item) >= _LONG_PROSE), None)
    found: list[HtmlElement] = []
    checked: set[HtmlElement | None] = set()
    prose = 0
    passed = False
    for element in tree.iter("p", "h1", "h2", "h3"):
        if element is headline:
            passed = True
        elif passed and element.tag == "p" and prose < ARTICLE_PROSE:
            if len(text := squeeze(text_of(element))) > 80:
                prose += len(text)
                own.update(element.iterancestors())
        elif passed and prose >= ARTICLE_PROSE and _may_head(element, around) and _is_other(element, headline):
            container = widest_without(element, own)
            if container is not None and container not in checked and _is_article(container, element):
                found.append(container)
            checked.add(container)
    return found


def _is_article(container: HtmlElement, heading: HtmlElement) -> bool:
    told = heading.tag == "h1" or next(container.iter("time"), None) is not None
    return told and _prose(container) >= ARTICLE_PROSE


def _may_head(element: HtmlElement, around: HtmlElement | None) -> bool:
    return element.tag == "h1" or (element.tag == "h2" and around is not None and around not in element.iterancestors())


def find_headline(tree: HtmlElement, title: str | None) -> HtmlElement | None:
    """The heading that holds the title: the first of `h1`, `h2`, `h3` like it, else the first `h1`."""
    if title:
        for element in tree.iter("h1", "h2", "h3"):
            if likeness(text_of(element), title) >= 0.7:
                return element
    return next(tree.iter("h1"), None)


def _is_other(heading: HtmlElement, headline: HtmlElement) -> bool:
    text = squeeze(text_of(heading))
    return len(text) >= 15 and likeness(text, text_of(headline)) < 0.5


def widest_without(element: HtmlElement, own: set[HtmlElement]) -> HtmlElement | None:
    """The widest container of `element` that does not hold the article's headline and first paragraphs."""
    widest = None
    for parent in element.iterancestors():
        if parent in own:
            break
        widest = parent
    return widest


def _prose(element: HtmlElement) -> int:
    lengths = (len(squeeze(text_of(paragraph))) for paragraph in element.iter("p"))
    return sum(length for length in lengths if length > 80)
