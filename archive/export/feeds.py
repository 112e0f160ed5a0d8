"""Atom (RFC 4287) and JSON Feed 1.1 of stories, written piece by piece."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit
from xml.etree import ElementTree

from archive.export.stories import Story
from archive.facts import told
from archive.records import Article
from archive.standing import page_of
from archive.times import parse_time, rfc3339, utc_now

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IN_MEMORY = 1 << 20
"""Bytes of entries that wait in memory."""
_IN_A_PART = "!$%&'()*+,:;=@~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says of itself. `about` names what it is made of, and a hash of that is its id. `address` is where it
    will lie. `content` tells whether a story comes with the article's summary alone or with its full text."""

    about: str
    title: str = "Breachwire"
    address: str | None = None
    content: Literal["summary", "text"] = "summary"


def atom(stories: Iterable[Story], feed: Feed) -> Iterator[bytes]:
    """The stories as an Atom feed. Of a page with several versions the first one comes.

    The W3C's validator wants all that a feed says of itself before its entries, and when it was updated last is known
    once they all are: until then they wait, in a temporary file where they are many.
    """
    updated = ""
    with SpooledTemporaryFile(_IN_MEMORY) as entries:
        for urn, story in _each_page_once(stories):
            moment = _updated(story.article)
            updated = max(updated, moment)
            entries.write(_piece(_entry(urn, moment, story, feed)))
        yield b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        yield from map(_piece, _head(feed, updated or f"{rfc3339(utc_now())[:19]}Z"))
        entries.seek(0)
        yield from iter(partial(entries.read, _IN_MEMORY), b"")
    yield b"</feed>\n"


def _head(feed: Feed, updated: str) -> Iterator[ElementTree.Element]:
    """What a feed says of itself; its author is that of entries without one, which an empty feed must have, too."""
    yield _element("title", feed.title)
    yield _element("id", _urn(feed.about))
    yield _element("updated", updated)
    yield _person("author", feed.title)
    yield _element("generator", "Breachwire")
    if feed.address:
        yield ElementTree.Element("link", rel="self", href=_url(feed.address) or "", type="application/atom+xml")


def jsonfeed(stories: Iterable[Story], feed: Feed) -> Iterator[bytes]:
    """The stories as a JSON Feed; the sources and facts of each are in its `_breachwire`."""
    head = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title}
    if feed.address:
        head["feed_url"] = feed.address
    yield _json(head)[:-1] + b',"items":['
    comma = b"\n"
    for urn, story in _each_page_once(stories):
        yield comma + _json(_item(urn, story, feed))
        comma = b",\n"
    yield b"\n]}\n"


def _entry(urn: str, moment: str, story: Story, feed: Feed) -> ElementTree.Element:
    a = story.article
    entry = ElementTree.Element("entry")
    entry.extend(
        (
            _element("title", _xml_safe(a.title or "").strip() or address_of(a)),
            _element("id", urn),
            _element("updated", moment),
        )
    )
    if published := _published(a):
        entry.append(_element("published", published))
    entry.append(ElementTree.Element("link", rel="alternate", href=address_of(a)))
    entry.extend(_person("author", name) for name in _authors(a))
    entry.extend(_person("contributor", source) for source in story.sources)
    entry.extend(ElementTree.Element("category", term=term) for tag in a.tags if (term := _xml_safe(tag).strip()))
    entry.append(_element("summary", "\n\n".join(filter(None, (a.summary, *_known(story))))))
    if feed.content == "text" and a.text:
        entry.append(_element("content", a.text))
    return entry


def _item(urn: str, story: Story, feed: Feed) -> dict[str, Any]:
    a = story.article
    item = {
        "id": urn,
        "url": address_of(a),
        "title": a.title,
        "summary": a.summary,
        "content_text": entry_text(story, feed),
        "image": _url(a.image or ""),
        "date_published": _published(a),
        "date_modified": _updated(a),
        "authors": [{"name": name} for name in _authors(a)],
        "tags": list(a.tags),
        "language": a.language,
        "_breachwire": {"about": "the article's record", "id": a.id, "sources": story.sources, "facts": a.facts},
    }
    return {key: value for key, value in item.items() if value not in (None, [], "")}


def entry_text(story: Story, feed: Feed) -> str:
    """What a story is told with: its summary, who carried it and its facts, or, if the feed says so, its full text."""
    if feed.content == "text" and story.article.text:
        return story.article.text
    return "\n\n".join(filter(None, (story.article.summary, *_known(story))))


def _known(story: Story) -> Iterator[str]:
    """What is known of a story, in lines for people."""
    yield "Carried by: " + ", ".join(story.sources)
    if facts := [f"{fact.name}: {fact.words}" for fact in told(story.article.facts)]:
        yield "\n".join(facts)


def _each_page_once(stories: Iterable[Story]) -> Iterator[tuple[str, Story]]:
    """The stories with the ids of their entries, which stay when a page is revised. What has no web address is passed
    over."""
    seen: set[str] = set()
    for story in stories:
        urn = _urn(page_of(story.article))
        if urn not in seen and address_of(story.article):
            seen.add(urn)
            yield urn, story


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, written(name)).urn


def written(name: str) -> str:
    """A name as it can be written: the path of an archive may not be UTF-8."""
    return name.encode("utf-8", "replace").decode()


def address_of(article: Article) -> str:
    """The article's web address, "" when it has none."""
    return _url(article.canonical_url) or _url(article.url) or ""


def _url(url: str) -> str | None:
    """A web address in the characters that a URL may have, None for what is not one.

    >>> _url("https://news.example/流出 1?a=%20"), _url("javascript:alert(1)")
    ('https://news.example/%E6%B5%81%E5%87%BA%201?a=%20', None)
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    place = f"[{host}]" if ":" in host else quote(host, safe=_IN_A_PART, errors="replace")
    rest = (quote(part, safe=_IN_A_PART + "/?", errors="replace") for part in parts[2:])
    whole = urlunsplit((parts.scheme, place if port is None else f"{place}:{port}", *rest))
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", whole)


def _authors(article: Article) -> list[str]:
    """Who wrote it, as far as that is told, else its source."""
    return [name for name in article.authors if _xml_safe(name).strip()] or [article.source]


def _updated(article: Article) -> str:
    """When the article changed last, as far as a page can know: a new version is one from the moment that it was
    fetched."""
    fetched = moment_of(article.fetched) or f"{rfc3339(utc_now())[:19]}Z"
    own = article.fetched if article.dedup.verdict == "revision" else article.published
    return min(moment_of(article.modified) or moment_of(own) or fetched, fetched)


def _published(article: Article) -> str | None:
    """When it was published; never after it was fetched, which readers of feeds would take for news of tomorrow."""
    told = moment_of(article.published)
    return told and min(told, moment_of(article.fetched) or told)


def moment_of(told: str | None) -> str | None:
    """In RFC 3339 with zone and to the second, which a bare date is not; None for what names no moment."""
    try:
        return rfc3339(parse_time(told or ""))[:19] + "Z"
    except ValueError:
        return None


def _element(name: str, text: str) -> ElementTree.Element:
    element = ElementTree.Element(name)
    element.text = _xml_safe(text)
    return element


def _person(kind: str, name: str) -> ElementTree.Element:
    person = ElementTree.Element(kind)
    person.append(_element("name", name))
    return person


def _piece(element: ElementTree.Element) -> bytes:
    return ElementTree.tostring(element, encoding="unicode").encode("utf-8") + b"\n"


def _xml_safe(text: str) -> str:
    """Without the characters that XML 1.0 does not allow."""
    return _NOT_XML.sub("", text)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
