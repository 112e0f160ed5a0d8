"""Stories for threat-intelligence platforms: a STIX 2.1 bundle, or a MISP event with `news-media` objects.

The ids are derived from the pages' addresses, so what is exported again is the same object, in a newer version.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from archive.export.feeds import Feed, address_of, entry_text, moment_of, written
from archive.export.stories import Story
from archive.standing import page_of
from archive.times import rfc3339, utc_now

_STIX = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace of STIX 2.1 (section 2.9) for ids made of names."""
_NEWS_MEDIA = {"template_uuid": "691463c5-5302-4847-9bec-4c56ccfec677", "template_version": "3"}
"""https://github.com/MISP/misp-objects/blob/main/objects/news-media/definition.json"""
_CATEGORIES = {"link": "External analysis", "text": "Other"}


def stix(stories: Iterable[Story], feed: Feed) -> Iterator[bytes]:
    """A STIX 2.1 bundle: of each story an `incident` and a `report` on it, which names the sources that carried it."""
    maker = _maker(feed)
    yield _json({"type": "bundle", "id": _stix_id("bundle", feed.about)})[:-1] + b',"objects":[\n' + _json(maker)
    for story in _newest_versions(stories):
        for thing in _report(story, feed, maker["id"]):
            yield b",\n" + _json(thing)
    yield b"\n]}\n"


def misp(stories: Iterable[Story], feed: Feed) -> Iterator[bytes]:
    """A MISP event, not published and for this organisation only, with a `news-media` object for each story."""
    event = {
        "uuid": _misp_id("event", feed.about),
        "info": feed.title,
        "date": rfc3339(utc_now())[:10],
        "threat_level_id": "4",
        "analysis": "2",
        "distribution": "0",
        "published": False,
    }
    yield b'{"Event":' + _json(event)[:-1] + b',"Object":['
    comma = b"\n"
    for story in _newest_versions(stories):
        yield comma + _json(_news_media(story, feed))
        comma = b",\n"
    yield b"\n]}}\n"


def _newest_versions(stories: Iterable[Story]) -> Iterator[Story]:
    """Of a page with several versions the first that comes: they would all have one id."""
    seen: set[str] = set()
    for story in stories:
        if (page := page_of(story.article)) not in seen:
            seen.add(page)
            yield story


def _maker(feed: Feed) -> dict[str, Any]:
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": _stix_id("identity", f"breachwire {feed.about}"),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": feed.title,
        "identity_class": "system",
    }


def _report(story: Story, feed: Feed, maker: str) -> Iterator[dict[str, Any]]:
    a, page = story.article, page_of(story.article)
    modified = _to_the_millisecond(moment_of(a.fetched) or rfc3339(utc_now()))
    published = _to_the_millisecond(moment_of(a.published) or modified)
    common = {
        "spec_version": "2.1",
        "created_by_ref": maker,
        "created": min(published, modified),
        "modified": modified,
        "name": a.title or a.url,
        "description": entry_text(story, feed),
        "external_references": list(_references(story)),
    }
    if a.language:
        common["lang"] = a.language
    incident = {"type": "incident", "id": _stix_id("incident", page)} | common
    yield incident
    yield {
        "type": "report",
        "id": _stix_id("report", page),
        "report_types": ["threat-report"],
        "published": published,
        "object_refs": [incident["id"]],
    } | common


def _references(story: Story) -> Iterator[dict[str, str]]:
    address = address_of(story.article)
    first, *others = story.sources
    yield {"source_name": first, "url": address} if address else {"source_name": first, "description": "published it"}
    for source in others:
        yield {"source_name": source, "description": "carried the story, too"}


def _news_media(story: Story, feed: Feed) -> dict[str, Any]:
    a, page = story.article, page_of(story.article)
    values = [
        ("title", "text", a.title),
        ("link", "link", address_of(a)),
        ("content", "text", entry_text(story, feed)),
        ("source", "text", a.source),
        *(("alias", "text", source) for source in story.sources[1:]),
    ]
    thing = {
        "uuid": _misp_id("object", page),
        "name": "news-media",
        "meta-category": "misc",
        "description": "News media are forms of mass media delivering news to the general public.",
        **_NEWS_MEDIA,
        "Attribute": [
            {
                "uuid": _misp_id("attribute", f"{page} {relation} {number}"),
                "object_relation": relation,
                "type": kind,
                "category": _CATEGORIES[kind],
                "to_ids": False,
                "disable_correlation": relation in ("source", "alias"),
                "value": value,
            }
            for number, (relation, kind, value) in enumerate(values)
            if value
        ],
    }
    if published := moment_of(a.published):
        thing["first_seen"] = published
    return thing


def _to_the_millisecond(moment: str) -> str:
    """As STIX 2.1 (section 3.2) wants times of objects.

    >>> _to_the_millisecond("2026-02-01T08:00:00Z")
    '2026-02-01T08:00:00.000Z'
    """
    return f"{moment[:19]}.000Z"


def _stix_id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(_STIX, f'{kind} {written(name)}')}"


def _misp_id(kind: str, name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"misp {kind} {written(name)}"))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
