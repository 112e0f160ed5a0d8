"""When an article was published and changed: JSON-LD first, then meta tags, then htmldate's search."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from htmldate import find_date
from lxml.html import HtmlElement

from pipelines.extract.declared import Declared, texts

_FORMAT = "%Y-%m-%dT%H:%M:%S%z"
_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "og:published_time",
    "date",
    "pubdate",
    "publishdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "cxenseparse:recs:publishtime",
)
_MODIFIED = ("article:modified_time", "datemodified", "og:updated_time", "last-modified", "dcterms.modified")
_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")


def rfc3339(text: str | None) -> str | None:
    """An ISO 8601 date (with or without a time) as RFC 3339; UTC where no zone is given; None if it is none.

    >>> rfc3339("2024-05-01T09:30:00+0900")
    '2024-05-01T09:30:00+09:00'
    >>> rfc3339("2024-05-01"), rfc3339("yesterday")
    ('2024-05-01T00:00:00Z', None)
    """
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    if not 1990 <= moment.year <= datetime.now(UTC).year + 1:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _ZONE.sub(r"\1:\2", moment.isoformat(timespec="seconds")).replace("+00:00", "Z")


def published(tree: HtmlElement, declared: Declared, url: str) -> str | None:
    """When the article first appeared, RFC 3339."""
    return _declared(declared, "datePublished", _PUBLISHED) or _searched(tree, url)


def modified(declared: Declared) -> str | None:
    """When the page says that it last changed the article, RFC 3339."""
    return _declared(declared, "dateModified", _MODIFIED)


def _declared(declared: Declared, key: str, names: tuple[str, ...]) -> str | None:
    candidates = [
        *texts(declared.article.get(key)),
        *(value for name in names for value in declared.metas.get(name, ())),
    ]
    return next((moment for text in candidates if (moment := rfc3339(text))), None)


def _searched(tree: HtmlElement, url: str) -> str | None:
    try:
        # Not the extensive search: it reads free text with dateparser, which takes four seconds to warm up in each
        # process and found no further date on 240 pages of the publishers and Zyte development sets (213 right).
        found = find_date(
            tree,
            extensive_search=False,
            url=url,
            original_date=True,
            outputformat=_FORMAT,
            deferred_url_extractor=True,
        )
        return rfc3339(found)
    except (ValueError, TypeError, OverflowError, AttributeError, RecursionError):
        return None  # a date so odd that htmldate stumbles is no date
