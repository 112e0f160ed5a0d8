"""When an article was published and changed: JSON-LD, then meta tags, then marked times, then htmldate's search."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, time, timedelta, timezone
from itertools import chain, islice

from htmldate import find_date
from lxml.html import HtmlElement

from pipelines.extract.beside import day_beside, day_told, read_told
from pipelines.extract.declared import Declared, article_kinds, texts
from pipelines.extract.moments import Moment, moment_of, read_moment
from pipelines.extract.order import in_order
from pipelines.extract.printed import without_printed_days

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
    "content_publisheddate",
    "citation_publication_date",
    "citation_online_date",
)
_MODIFIED = ("article:modified_time", "datemodified", "og:updated_time", "last-modified", "dcterms.modified")


def published(
    tree: HtmlElement, declared: Declared, url: str, announced: str | None = None, title: str | None = None
) -> str | None:
    """When the article first appeared, RFC 3339: as declared, else as htmldate finds it on the page, else as a line
    beside the headline says, else as `announced` by the feed. What is more precise goes before it where both are of
    one day (give or take one). In the page's own zone where the page tells it."""
    moments = [*_declared(declared, "datePublished", _PUBLISHED), *_shown(tree, _is_published)]
    if not moments:
        tree = without_printed_days(tree)
        found = _searched(tree, declared, url) or _beside(tree, title)
        language = tree.get("lang") or declared.meta("og:locale", "content-language")
        order = (language, url, read_moment(announced))
        found = in_order(found, tree, *order) if found else _in_words(declared, "datePublished")
        moments = list(filter(None, [found]))
    if feed := read_moment(announced):
        moments.append(feed)
    best = _sharpest(moments)
    if best and not best.precision:
        best = _sharpest([best, *(moment for moment in _shown(tree) if moment.time.date() == best.time.date())])
    return _in_zone(best, tree, declared).rfc3339() if best else None


def modified(tree: HtmlElement, declared: Declared) -> str | None:
    """When the page says that it last changed the article, RFC 3339: as declared, else by its marked times."""
    best = _sharpest(_declared(declared, "dateModified", _MODIFIED)) or _sharpest(_shown(tree, _is_modified))
    best = best or _in_words(declared, "dateModified")
    return best.rfc3339() if best else None


def _sharpest(moments: Iterable[Moment]) -> Moment | None:
    """The first moment, or one near it that says more."""
    best: Moment | None = None
    for moment in moments:
        near = best is not None and abs(moment.time.date() - best.time.date()) <= timedelta(days=1)
        if best is None or (near and moment.precision > best.precision):
            best = moment
    return best


def _in_zone(moment: Moment, tree: HtmlElement, declared: Declared) -> Moment:
    """The same point in time by the page's own clock, where it is given in UTC and the page tells the local time as
    well: with its zone, or without one but to the same second, some quarters of an hour off.

    What a page of the evening is dated by is its own day, which is what the labelled sets know: it makes 3 of zyte's
    208 days right (.822 to .837) and none wrong in any set.
    """
    if moment.precision < 2 or moment.time.utcoffset():
        return moment
    metas = (value for values in declared.metas.values() for value in values if _CLOCK.match(value))
    exact = moment.time.replace(microsecond=0)
    for other in (*filter(None, map(read_moment, metas)), *_shown(tree)):
        local = other.time.replace(microsecond=0)
        off = local.replace(tzinfo=UTC) - exact
        if other.precision == 2 and local.utcoffset() and local == exact:
            return Moment(local, 2)
        if other.precision == 1 and exact.second and off and abs(off) <= _FARTHEST and not off % _QUARTER:
            return Moment(local.replace(tzinfo=timezone(off)), 2)
    return moment


_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")
_MAX_TIMES = 5
_QUARTER, _FARTHEST = timedelta(minutes=15), timedelta(hours=14)


def _beside(tree: HtmlElement, title: str | None) -> Moment | None:
    return moment_of(day_beside(tree, title) or day_told(tree))


def _declared(declared: Declared, key: str, names: tuple[str, ...]) -> Iterator[Moment]:
    metas = (value for name in names for value in declared.metas.get(name, ()))
    return filter(None, chain(map(read_moment, _json_ld(declared, key)), map(read_told, metas)))


def _json_ld(declared: Declared, key: str) -> Iterable[str]:
    return texts(str(given) if isinstance(given := declared.article.get(key), int) else given)


def _in_words(declared: Declared, key: str) -> Moment | None:
    """A day that JSON-LD has in words ("Jun 12, 2025"), for want of another: with some systems it is that of the site's
    last build (5 of WCXB's 249 days)."""
    return next(filter(None, map(read_told, _json_ld(declared, key))), None)


def _shown(tree: HtmlElement, wanted: Callable[[HtmlElement], bool] = lambda _: True) -> Iterator[Moment]:
    """What the page's first times say, of those that are wanted."""
    times = (item.get("datetime") for item in islice(tree.iter("time"), _MAX_TIMES) if wanted(item))
    return filter(None, map(read_moment, times))


def _is_published(item: HtmlElement) -> bool:
    """Whether a time is marked as that of publication."""
    return "pubdate" in item.attrib or item.get("itemprop") == "datePublished"


def _is_modified(item: HtmlElement) -> bool:
    """Whether a time is marked as that of the last change (`class="updated"` is hAtom's)."""
    return item.get("itemprop") == "dateModified" or "updated" in (item.get("class") or "").split()


def _searched(tree: HtmlElement, declared: Declared, url: str) -> Moment | None:
    if not declared.article and any(map(article_kinds, declared.objects)):
        tree = deepcopy(tree)
        for script in [item for item in tree.iter("script") if "ld+json" in (item.get("type") or "")]:
            script.drop_tree()  # whose dates are those of reviews and the like
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
        moment = read_moment(found)
        midnight = moment is not None and moment.time.time() == time.min
        return replace(moment, precision=0) if moment and midnight else moment
    except (ValueError, TypeError, OverflowError, AttributeError, RecursionError):
        return None  # a date so odd that htmldate stumbles is no date
