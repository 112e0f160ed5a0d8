"""Who wrote an article, as a list of people, of the first place on the page that names any."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain, islice, pairwise
from typing import Any
from urllib.parse import unquote

from lxml.html import HtmlElement

from pipelines.extract.beside import lines_beside
from pipelines.extract.blocks import pieces, squeeze
from pipelines.extract.bylines import BYLINE, MAX_BYLINE, PART, byline_text
from pipelines.extract.declared import Declared, texts
from pipelines.extract.following import find_headline, following_articles
from pipelines.extract.labels import label_of
from pipelines.extract.marks import Marks, marked
from pipelines.extract.names import in_order, is_mononym, split_names
from pipelines.extract.segments import Segment
from pipelines.extract.words import key, words

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
_AUTHOR_META = re.compile(r"^(?:article|content|news|story|post|page|dable|og)[:._-]?author$")
"""Other tags' names: `articleAuthor`, `content_author`, `dable:author`."""
_WRITTEN_BY = re.compile(r"written by|author|verfasst von|écrit par|escrito por|scritto da|autor", re.IGNORECASE)
_KOREAN = re.compile(r"^[가-힣]{2,4} (?:기자|특파원)\b")
_SIGNED = re.compile(r"^[^:：]{2,20}[:：].{2,60}$")
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es)?|auteurs?|autore|writers?|contributors?|profiles?|people|person|bios?|staff|by|team|"
    r"producers|journalists?|reporters?|columnists?)/",
    re.IGNORECASE,
)
_AUTHOR = re.compile("author")
_BYLINE_ID = re.compile(r"byline")
_BYLINE_CLASS = re.compile(r"auth(?:or|name)|byline")
_WRITER_CLASS = re.compile(r"(?:^|[\s_-])(?:autor|auteur|writer|reporter|journalist|signature)(?:$|[\s_-])")
"""Less sure: readers' letters and pictures have writers, too."""
_BYLINE_TAGS = frozenset({"a", "span", "p", "div", "address", "li", "h4"})
_GENERIC = re.compile(r"(?:뉴스|ニュース|新聞社?|デジタル|オンライン|新闻网?|网|news|online|digital)$")
"""What stands behind a site's name: a Korean portal signs "The Paper | Portal", and calls itself "Portal News"."""


def authors(
    tree: HtmlElement,
    marks: Marks,
    declared: Declared,
    outlets: Iterable[str],
    title: str | None = None,
    lines: Sequence[str] = (),
    closing: Iterable[str] = (),
) -> tuple[str, ...]:
    """The article's authors in the page's order, of the first source that names a person.

    A declaration that names more than an earlier one goes before it: JSON-LD often gives the first author alone.
    `outlets` are the site's own names, which are never people, `lines` those of `byline_lines`, `closing` the last ones
    of the text, where some sign.
    """
    known = {key(name).replace(" ", "") for name in outlets}
    known |= {_GENERIC.sub("", name) for name in known}
    headline = find_headline(tree, title)
    best: dict[str, str] = {}
    for candidates in _declarations(declared):
        people = _by_key(candidates, known)
        if people.keys() > best.keys():
            best = people
    if best:
        bylines = [byline_text(headline), *lines]
        best |= _by_key([*_joined(best.values(), bylines), *_contributors(declared, best.values(), bylines)], known)
    else:
        sections = {key(name).replace(" ", "") for name in texts(declared.article.get("articleSection"))}
        shown = chain(_shown(tree, marks, title, headline, set(following_articles(tree, title))), _signed(closing))
        best = next(filter(None, (_by_key(candidates, known | sections) for candidates in shown)), {})
    return tuple(best.values())[:_MAX_AUTHORS]


def sources(lines: Iterable[str]) -> list[str]:
    """Whose release a wire's page says that it is, in a line of its own ("SOURCE Lindow Health"): nobody's name."""
    return [found[1] for line in lines if (found := _RELEASED.fullmatch(line))]


_RELEASED = re.compile(r"SOURCE:? (\S.{1,80})")


def _signed(lines: Iterable[str]) -> Iterator[list[str]]:
    """The people of lines such as "Autor: Ada Low"; none of who signed a filing ("By: /s/ Ada Low")."""
    return (split_names(line) for line in lines if _is_signed(line) and "/s/" not in line)


def _is_signed(line: str) -> bool:
    return bool(_SIGNED.match(line) and BYLINE.match(line)) or _KOREAN.match(line) is not None


def _by_key(people: Iterable[str], outlets: Container[str]) -> dict[str, str]:
    return {key(person): person for person in people if key(person).replace(" ", "") not in outlets}


def _declarations(declared: Declared) -> Iterator[list[str]]:
    yield _declared(declared)
    for name in _METAS:
        yield _people(map(in_order, declared.metas.get(name, [])))
    yield _people(_card(declared))
    yield _people(text for name, values in declared.metas.items() if _AUTHOR_META.search(name) for text in values)


def _shown(
    tree: HtmlElement, marks: Marks, title: str | None, headline: HtmlElement | None, others: Container[HtmlElement]
) -> Iterator[list[str]]:
    """People of what the markup surely calls an author, of the byline, then of less sure marks; none of the articles
    that follow (`others`)."""

    def own(elements: Iterable[HtmlElement]) -> Iterator[HtmlElement]:
        return (item for item in elements if not any(around in others for around in item.iterancestors()))

    sure, *less = _byline_elements(marks)
    yield _marked(own(sure))
    yield split_names(byline_text(headline, others))
    for elements in less:
        yield _marked(own(elements))
    yield _marked(own(filter(_is_author_link, tree.iter("a"))))
    yield _marked(own(item for _, item in marked(marks, "class", _WRITER_CLASS) if item.tag in _BYLINE_TAGS))
    yield _alone(tree, title)


def byline_lines(marks: Marks) -> list[str]:
    """The short lines that the page's markup calls an author's or a byline, people or not, at most 20."""
    elements = islice((item for group in _byline_elements(marks) for item in group), 20)
    lines = (" ".join(pieces(item, MAX_BYLINE)) for item in elements)
    return [line for line in dict.fromkeys(lines) if len(line) >= 2]


def _byline_elements(marks: Marks) -> Iterator[list[HtmlElement]]:
    """What the markup calls an author's, group by group from the surest."""
    yield [item for value, item in marked(marks, "itemprop", _AUTHOR) if value == "author"]
    yield [item for value, item in marked(marks, "rel", _AUTHOR) if "author" in value.split()]
    classes = [
        (value, item)
        for value, item in marked(marks, "class", _BYLINE_CLASS)
        if item.tag in _BYLINE_TAGS and "comment" not in value
    ]
    classes += [(value, item) for value, item in marked(marks, "id", _BYLINE_ID) if item.tag in _BYLINE_TAGS]
    for word in ("author-name", "authname", "authorname", "byline", "author"):
        yield [item for value, item in classes if word in value]


def _declared(declared: Declared) -> list[str]:
    """The people of the article's JSON-LD; a reference (`@id`) is looked up among the page's objects."""
    value = declared.article.get("author") or declared.article.get("creator")
    named = {item["@id"]: item for item in declared.objects if isinstance(item.get("@id"), str) and item.get("name")}
    people: list[str] = []
    for item in value[:50] if isinstance(value, list) else [value]:
        reference = item.get("@id") if isinstance(item, dict) else None
        author: Any = named.get(reference, item) if isinstance(reference, str) else item
        if isinstance(author, dict) and not author.get("name"):
            author = author | {"name": " ".join([*texts(author.get("givenName")), *texts(author.get("familyName"))])}
        kinds = texts(author.get("@type")) if isinstance(author, dict) else []
        if kinds and not {"Person", "Author"} & set(kinds):
            continue
        for text in map(in_order, texts(author)):
            single = "Person" in kinds and is_mononym(text)
            people += [text] if single else split_names(text)
    return people


def _card(declared: Declared) -> Iterator[str]:
    """Names in the pairs `twitter:label1` / `twitter:data1` that WordPress writes."""
    for number in ("1", "2"):
        label = declared.meta(f"twitter:label{number}") or ""
        if _WRITTEN_BY.match(label):
            yield declared.meta(f"twitter:data{number}") or ""


def _alone(tree: HtmlElement, title: str | None) -> list[str]:
    """The people whom a list of facts behind the headline calls authors; else the person whose name is a line of its
    own there, next to a date or a time to read."""
    before, behind = lines_beside(tree, title)
    lines = [*before, *behind]
    for line in behind:
        if (people := split_names(line.text)) and _calls_author(label_of(line.element)):
            return people
    for at, line in enumerate(behind, len(before)):
        name, *rest = PART.split(line.text, maxsplit=1)
        if not line.linked and line.element.tag in _NAME_TAGS and split_names(name) == [name] and not _is_fact(line):
            near = lines[max(0, at - _BESIDE) : at + _BESIDE + 1]
            dated = any(map(_is_dateline, near)) or any(map(_DATED.match, rest))
            return [name] if dated and not _ASIAN.search(name) else []
    return []


_COLONS = (":", "：")


def _is_fact(line: Segment) -> bool:
    label = label_of(line.element)
    return bool(label) and not _calls_author(label) and not _DATED.search(label)


def _calls_author(label: str) -> bool:
    return bool(BYLINE.match(f"{label.rstrip(':： ')}:") or _WRITTEN_BY.search(label))


def _labels_other(text: str) -> bool:
    return text.endswith(_COLONS) and not _calls_author(text)


def _is_dateline(line: Segment) -> bool:
    return len(line.text) <= _MAX_DATED and bool(_DATED.search(line.text))


_ASIAN = re.compile(r"[぀-ヿ一-鿿가-힣]")
_BESIDE = 2
_NAME_TAGS = frozenset({"p", "div", "span", "td", "address"})
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\b\d+ ?min(?:utes?)?\.? read|\b\d{1,2}[:.]\d\d\b", re.IGNORECASE)
_MAX_DATED = 40


def _joined(declared: Iterable[str], bylines: Iterable[str]) -> list[str]:
    """Who stands behind an "and" in a byline with all who are declared: many a page declares the first author alone.

    >>> _joined(["Ada Low"], ["By Ada Low and Bo Hi, Lindow"]), _joined(["Ada Low"], ["By Ada Low, Lindow Bank"])
    (['Bo Hi'], [])
    """
    known = set(declared)
    for line in filter(BYLINE.match, bylines):
        named = split_names(line)
        if known <= set(named):
            pairs = pairwise(map(re.escape, named))
            return [
                second
                for (one, other), second in zip(pairs, named[1:], strict=True)
                if re.search(rf"{one},? (?:&|and|und|et|y|och|og) {other}\b", line)
            ]
    return []


def _contributors(declared: Declared, authors: Iterable[str], bylines: Iterable[str]) -> list[str]:
    """Who is declared a contributor and stands in a byline with the declared authors: so Ghost tells the second author
    from the first."""
    named = [set(split_names(line)) for line in bylines if line]
    shown = set().union(*(people for people in named if people.issuperset(authors)))
    return [
        person for text in texts(declared.article.get("contributor")) for person in split_names(text) if person in shown
    ]


def _is_author_link(link: HtmlElement) -> bool:
    """Whether a link leads to the page of the author that it names, such as /author/ada-low."""
    slug = _AUTHOR_PAGE.split(unquote(link.get("href") or "").casefold(), maxsplit=1)[1:]
    names = words(link.text_content()[:MAX_BYLINE]) if slug else []
    return bool(names) and any(len(name) > 2 and name in slug[0] for name in (names[0], names[-1]))


def _marked(elements: Iterable[HtmlElement]) -> list[str]:
    """The people in the first marked elements that name any, and in those that stand beside it."""
    around: set[HtmlElement] = set()
    people: list[str] = []
    for element, _ in zip(elements, range(20), strict=False):
        found = _people_of(element)
        parents = [parent for parent, _ in zip(element.iterancestors(), range(2), strict=False)]
        if found and (not people or around.intersection(parents)):
            people += found
            around.update(parents)
    return people


def _people_of(element: HtmlElement) -> list[str]:
    """By its pieces of text ("Ada Low", "The Example"), else as one line; of a list of facts, whom it calls authors."""
    parts = pieces(element, MAX_BYLINE)
    whole = " ".join(parts)
    if len(whole) < 3:
        return []
    if facts := list(element.iterdescendants("dd")):
        named = (item for item in facts if _calls_author(label_of(item)))
        return [person for item in named for person in split_names(squeeze(item.text_content()))]
    if sum(part.endswith(_COLONS) for part in parts) > 1:
        parts = [part for before, part in pairwise(["", *parts]) if not _labels_other(before)]
    return _people(parts) or split_names(whole)


def _people(lines: Iterable[str]) -> list[str]:
    return [person for text in lines for person in split_names(text)]
