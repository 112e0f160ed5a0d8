"""Who wrote an article, as a list of people: no "By", no outlet, no "Staff"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.html import HtmlElement

from pipelines.extract.blocks import squeeze
from pipelines.extract.declared import Declared, texts

_MAX_AUTHORS = 20
_METAS = (
    "author",
    "article:author",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "byl",
    "dcterms.creator",
    "citation_author",
)
_BY = re.compile(
    r"^\W*(?:(?:written|reported|edited|posted|published|words|story|article|text|reviewed)\s+)?"
    r"(?:by|von|par|por|di|da|door|av|af|przez|autore?s?|author|verfasst von|文|記者|撰文|作者)\b[\s:：]*",
    re.IGNORECASE,
)
_DIVIDE = re.compile(
    r"\s*(?:[;|/•·、]|,|\s+(?:and|und|et|y|e|en|och|og|with|&)\s+|\s+&amp;\s+)\s*", re.IGNORECASE
)
_NO_PERSON = re.compile(
    r"https?:|www\.|[@*\d]|\b(?:staff|editors?|editorial|team|desk|newsroom|redaktion|redaction|rédaction|redacción|"
    r"redazione|"
    r"redactie|news|press|agency|agence|agencia|correspondent|reporter|writer|"
    r"contributor|admin|administrator|guest|"
    r"associated|reuters|afp|bloomberg|dpa|ansa|efe|magazine|media|online|times|post|journal|inc|llc|"
    r"ltd|gmbh|company|"
    r"update[d]?|published|minutes?|read|senior|chief|follow|view|posts?|all|more|comments?|unknown|"
    r"anonymous)\b|通信|新聞|編集部|取材班",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*[(\[].*$")
_FULL_STOP = re.compile(r"(?<=\w{3})\.$")
_SUFFIX = re.compile(r"^(?:jr|sr|ph\.?d|md|m\.d|ii|iii|iv|esq|cfa|cpa)\.?$", re.IGNORECASE)


def authors(tree: HtmlElement, declared: Declared, outlets: Iterable[str]) -> tuple[str, ...]:
    """The article's authors in the page's order, of the first source that names a person.

    `outlets` are the site's own names, which are never people.
    """
    known = {squeeze(name).casefold() for name in outlets}
    for candidates in _sources(tree, declared):
        people = [
            person for text in candidates for person in split_names(text) if person.casefold() not in known
        ]
        if people:
            return tuple({person.casefold(): person for person in people}.values())[:_MAX_AUTHORS]
    return ()


def _sources(tree: HtmlElement, declared: Declared) -> Iterator[list[str]]:
    yield texts(declared.article.get("author"))
    for name in _METAS:
        yield declared.metas.get(name, [])
    yield _texts_of(tree.xpath("//*[contains(concat(' ', @rel, ' '), ' author ')]"))
    yield _texts_of(tree.xpath("//*[@itemprop='author']"))
    byline = "contains(translate(@class, 'BYLINEAUTHOR', 'bylineauthor'), '{}')"
    for word in ("author-name", "byline", "author"):
        yield _texts_of(
            tree.xpath(
                f"//*[self::a or self::span or self::p or self::div or self::address][{byline.format(word)}]"
            )
        )


def _texts_of(elements: Iterable[HtmlElement]) -> list[str]:
    found = (squeeze(element.text_content()) for element in elements)
    return [text for text in found if 3 <= len(text) <= 120][:3]


def split_names(text: str) -> list[str]:
    """The people in a byline.

    >>> split_names("By Ada Low, Bo Hi and Reuters Staff")
    ['Ada Low', 'Bo Hi']
    >>> split_names("高橋 健太"), split_names("Editorial Team")
    (['高橋 健太'], [])
    """
    names: list[str] = []
    for part in _DIVIDE.split(_BY.sub("", squeeze(text[:500]))):
        name = _FULL_STOP.sub("", _BY.sub("", _ASIDE.sub("", part)).strip(' \t,:–—-()[]"“”'))
        if _SUFFIX.match(name) and names:
            names[-1] += f" {name}"
        elif _is_person(name):
            names.append(name)
    return names


def _is_person(name: str) -> bool:
    words = name.split()
    asian = bool(re.search(r"[぀-ヿ一-鿿가-힣]", name))
    return (
        (asian or len(words) >= 2)
        and 2 <= len(name) <= 50
        and len(words) <= 5
        and not _NO_PERSON.search(name)
    )
