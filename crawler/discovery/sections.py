"""Section and home pages: the links on them that look like articles, and where their next page is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from crawler.discovery.found import DiscoveryError, Found, moment
from crawler.discovery.html import read_html
from crawler.discovery.shapes import leads_elsewhere, looks_usual, shape
from pipelines.extract.decode import media_type
from pipelines.items import Link
from pipelines.urls import canonical, identity, is_web, origin

MAX_LINKS = 300
MAX_ANCHORS = 5_000
DEPTH = 100
"""Elements around a link that are looked at."""
IN_AN_ENTRY = 20
"""Links and dates in the entry of a list; what has more is the list."""
LISTED = 3
"""Headlines of one make on a page that are a list of articles."""

_BOILERPLATE = {"nav", "footer", "aside"}
"""A form is none: ASP.NET has the whole page in one."""
_HEADINGS = {"h1", "h2", "h3", "h4"}
_WIDE_SCRIPT = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A link of the page that may be an article's, and what the page shows of it."""

    link: Link
    place: str
    headline: bool


def read_section(
    body: bytes, *, url: str, source: str, content_type: str | None = None, shapes: Mapping[str, bool] | None = None
) -> Found:
    """Links to the same site that look like articles: by the words and the address, by standing in a list of headlines
    or beside a date, and by what `shapes`, if given, has learned of the host's addresses.

    In the page's order, each article once, under the longest words that link to it. Raises `DiscoveryError` for a
    document that is not HTML.
    """
    if (told := media_type(content_type)) and "html" not in told:
        raise DiscoveryError(f"is {told}, not an HTML page")
    page, base = read_html(body, url, content_type)
    anchors = list(_anchors(page, base, url, source))
    headlines = Counter(anchor.place for anchor in anchors if anchor.headline or anchor.link.published)
    found: dict[str, Link] = {}
    for anchor in anchors:
        listed = headlines[anchor.place] >= LISTED
        if _is_article(anchor, listed, shapes or {}):
            key = identity(anchor.link.url)
            found[key] = _fuller(found.get(key), anchor.link)
            if len(found) >= MAX_LINKS:
                break
    return Found(list(found.values()), older=tuple(_next_pages(page, base, url)))


def _is_article(anchor: _Anchor, listed: bool, shapes: Mapping[str, bool]) -> bool:
    """What was learned goes first; then an address of the usual shape or a place in a list of headlines will do."""
    known = shapes.get(shape(anchor.link.url))
    if known is not None:
        return known
    return looks_usual(anchor.link.url) or (listed and not leads_elsewhere(anchor.link.url))


def _fuller(known: Link | None, link: Link) -> Link:
    if known is None:
        return link
    longest = max(known, link, key=lambda one: len(one.title or ""))
    return replace(longest, url=known.url, published=known.published or link.published)


def _anchors(page: HtmlElement, base: str, url: str, source: str) -> Iterator[_Anchor]:
    for number, element in enumerate(page.iter("a")):
        if number >= MAX_ANCHORS:
            return
        target = _target(element.get("href"), base, url)
        words = _words(element)
        if target is None or not _is_headline_long(words):
            continue
        around = list(islice(element.iterancestors(), DEPTH))
        if any(parent.tag in _BOILERPLATE for parent in around):
            continue
        near = [parent.tag for parent in around[:3]] + [child.tag for child in islice(element.iter(), 20)]
        link = Link(url=target, source=source, discovered_by=url, title=words, published=_date_beside(element))
        yield _Anchor(link, _place(element), any(tag in _HEADINGS for tag in near))


def _is_headline_long(words: str) -> bool:
    """Whether words are as long as a headline: Chinese, Japanese and Korean say as much in half the characters.

    >>> [_is_headline_long(words) for words in ("Read more", "Clinic loses records", "病院で個人情報が流出")]
    [False, True, True]
    """
    return len(words) + len(_WIDE_SCRIPT.findall(words)) >= 15


def _target(href: str | None, base: str, url: str) -> str | None:
    """The address of a link to another page of the page's site, or None."""
    try:
        target = origin(urljoin(base, (href or "").strip()))
        if not is_web(target) or _site(target) != _site(url) or identity(target) == identity(url):
            return None
        return canonical(target)
    except ValueError:
        return None


def _site(url: str) -> str:
    return urlsplit(identity(url)).netloc


def _place(element: HtmlElement) -> str:
    """Where a link stands, as the tags and first classes of the elements around it: the same for all of a list."""
    around = [element, *islice(element.iterancestors(), 4)]
    return "/".join(f"{part.tag}.{((part.get('class') or '').split() or [''])[0]}" for part in around)


def _date_beside(element: HtmlElement) -> str | None:
    """The machine-readable date of the list entry that a link stands in: the only one in the largest element around it
    that has no other headline."""
    for parent in [element, *islice(element.iterancestors(), 4)]:
        inside = list(islice(parent.iter("a", "time"), IN_AN_ENTRY))
        headlines = {link.get("href") for link in inside if link.tag == "a" and _is_headline_long(_words(link))}
        dates = [date for date in inside if date.tag == "time"]
        if len(headlines) > 1 or len(dates) > 1 or len(inside) == IN_AN_ENTRY:
            return None
        if dates:
            return moment(dates[0].get("datetime"))
    return None


def _words(element: HtmlElement) -> str:
    """The words of a link; of one that holds half a page, its first."""
    return " ".join("".join(str(part)[:500] for part in islice(element.itertext(), 30)).split())[:500]


def _next_pages(page: HtmlElement, base: str, url: str) -> Iterator[str]:
    """The page's next page, where it says so; its number in the address goes up by one where it does not."""
    told = [link.get("href") for link in page.iter("link", "a") if "next" in (link.get("rel") or "").lower().split()]
    hrefs = [link.get("href") for link in islice(page.iter("a"), MAX_ANCHORS)]
    number = re.search(r"(?:/page/|[?&]page=|/p)(\d{1,4})(?=/|&|$)", url)
    wanted = int(number[1]) + 1 if number else 2
    numbered = [h for h in hrefs if h and re.search(rf"(?:/page/|[?&](?:page|paged|p)=){wanted}(?=/|&|$)", h)]
    for href in dict.fromkeys([*told, *numbered][:4]):
        try:
            target = urljoin(base, (href or "").strip())
            if href and is_web(target) and _site(target) == _site(url) and identity(target) != identity(url):
                yield target
        except ValueError:
            continue
