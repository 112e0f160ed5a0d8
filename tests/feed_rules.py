"""What makes a feed valid, beyond RFC 4287's own schema (`atom.rng`): the rules of the W3C's feed validator for Atom,
its errors and its warnings, read out of its source (`feed.py`, `entry.py`, `link.py`, `author.py`, `category.py`,
`validators.py` of github.com/rubys/feedvalidator; no package of it runs on Python 3); and JSON Feed 1.1 as a schema.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from lxml import etree

ATOM = "{http://www.w3.org/2005/Atom}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
ADDRESS = re.compile(r"[a-zA-Z][0-9a-zA-Z+.-]*://[^/].*")
URI = re.compile(r"[a-zA-Z][0-9a-zA-Z+.-]*:(//)?\[?[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#\]]+")
URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:([a-zA-Z0-9()+,.:=@;$_!*'-]|%[0-9A-F]{2})+")
MIME = re.compile(r"[^\s()<>,;:\\\"/\[\]?=]+/[^\s()<>,;:\\\"/\[\]?=]+")
MARKUP = re.compile(r"</\w+>")
ONCE = ("title", "id", "updated", "subtitle", "generator", "rights", "icon", "logo", "published", "summary", "content")


def wrong_with_atom(data: bytes, address: str | None) -> Iterator[str]:
    """What the W3C's validator would say of the feed, which lies at that address. Nothing of it, where it is valid."""
    tree = etree.fromstring(data)
    yield from (["not UTF-8"] if not data.startswith(b'<?xml version="1.0" encoding="utf-8"?>') else [])
    yield from ([f"root {tree.tag}"] if tree.tag != f"{ATOM}feed" else [])
    names = [_name(child) for child in tree]
    head = names[: names.index("entry")] if "entry" in names else names
    yield from (f"MisplacedMetadata: {name}" for name in names[len(head) :] if name != "entry")
    yield from (f"MissingElement: feed {name}" for name in ("title", "id", "updated") if name not in head)
    entries = tree.findall(f"{ATOM}entry")
    yield from (["MissingElement: feed author"] if "author" not in head and not entries else [])
    found = [link.get("href") for link in tree.findall(f"{ATOM}link") if link.get("rel") == "self"]
    yield from (["MissingSelf, SelfDoesntMatchLocation"] if found != ([address] if address else []) else [])
    yield from _wrong_with(tree)
    ids = Counter(entry.findtext(f"{ATOM}id") for entry in entries)
    yield from (f"DuplicateEntries: {name}" for name, number in ids.items() if number > 1)
    for entry in entries:
        yield from _wrong_with_entry(entry, "author" in head)


def _wrong_with_entry(entry: Any, has_author: bool) -> Iterator[str]:
    names = [_name(child) for child in entry]
    wanted = ("title", "id", "updated", *(() if has_author else ("author",)))
    yield from (f"MissingElement: entry {name}" for name in wanted if name not in names)
    links = [link for link in entry.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
    if "content" not in names:
        yield from (["MissingTextualContent"] if "summary" not in names else [])
        yield from (["MissingContentOrAlternate"] if not links else [])
    pairs = Counter((link.get("type"), link.get("hreflang")) for link in links)
    yield from (f"DuplicateAtomLink: {pair}" for pair, number in pairs.items() if number > 1)
    yield from _wrong_with(entry)


def _wrong_with(parent: Any) -> Iterator[str]:
    """What is wrong with the elements of a feed or an entry, each by itself."""
    names = Counter(_name(child) for child in parent)
    yield from (f"DuplicateElement: {name}" for name in ONCE if names[name] > 1)
    for child in parent:
        name, text = _name(child), child.text or ""
        match name:
            case "id":
                fits = URN.fullmatch(text) if text.lower().startswith("urn:") else ADDRESS.fullmatch(text)
                yield from ([] if fits else [f"InvalidFullLink, NonCanonicalURI: {text}"])
            case "updated" | "published":
                yield from _wrong_with_moment(text)
            case "link":
                yield from ([] if _is_address(child.get("href", "")) else [f"InvalidLink: {child.get('href')}"])
                yield from ([] if MIME.fullmatch(child.get("type", "a/b")) else ["InvalidMIMEType"])
            case "author" | "contributor":
                told = child.findtext(f"{ATOM}name") or ""
                yield from ([] if told.strip() else [f"NotBlank: {name}"])
            case "category":
                yield from ([] if child.get("term", "").strip() else ["MissingAttribute, NotBlank: term"])
            case "title" | "subtitle" | "generator":
                yield from ([] if text.strip() else [f"NotBlank: {name}"])


def _wrong_with_moment(text: str) -> Iterator[str]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        yield f"InvalidRFC3339Date: {text}"
        return
    yield from ([] if MOMENT.fullmatch(text) else [f"InvalidRFC3339Date: {text}"])
    yield from ([] if datetime.now(moment.tzinfo) > moment else [f"ImplausibleDate: {text}"])


def _is_address(text: str) -> bool:
    return bool(URI.fullmatch(text) and (not text.startswith("http") or ADDRESS.fullmatch(text)))


def _name(element: Any) -> str:
    return str(element.tag).removeprefix(ATOM)


_TEXT = {"type": "string"}
_LINK = {"type": "string", "format": "uri", "pattern": "^https?://"}
_MOMENT = {"type": "string", "format": "date-time"}
_AUTHORS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string", "minLength": 1}, "url": _LINK, "avatar": _LINK},
        "minProperties": 1,
        "additionalProperties": False,
    },
}
_OWN = {"^_[a-zA-Z][^.]*$": {"type": "object"}}
"""Extensions: an object under a name that begins with an underscore and a letter, without a period."""
_ITEM = {
    "type": "object",
    "required": ["id"],
    "anyOf": [{"required": ["content_text"]}, {"required": ["content_html"]}],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        **dict.fromkeys(("url", "external_url", "image", "banner_image"), _LINK),
        **dict.fromkeys(("title", "summary", "content_text", "content_html", "language"), _TEXT),
        **dict.fromkeys(("date_published", "date_modified"), _MOMENT),
        "authors": _AUTHORS,
        "tags": {"type": "array", "items": _TEXT},
        "attachments": {"type": "array"},
    },
    "patternProperties": _OWN,
    "additionalProperties": False,
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        **dict.fromkeys(("title", "description", "user_comment", "language"), _TEXT),
        **dict.fromkeys(("home_page_url", "feed_url", "next_url", "icon", "favicon"), _LINK),
        "authors": _AUTHORS,
        "expired": {"type": "boolean"},
        "hubs": {"type": "array"},
        "items": {"type": "array", "items": _ITEM},
    },
    "patternProperties": _OWN,
    "additionalProperties": False,
}
"""https://www.jsonfeed.org/version/1.1/ as a JSON Schema."""
