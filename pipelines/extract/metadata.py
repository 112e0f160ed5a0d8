"""What a page says about its article: title, authors, language, image, tags, summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape

from lxml.html import HtmlElement

from pipelines.extract.address import absolute
from pipelines.extract.blocks import squeeze
from pipelines.extract.declared import Declared, texts
from pipelines.extract.segments import read_segments
from pipelines.extract.words import key, likeness, words
from pipelines.scripts import INVISIBLE

_SEPARATOR = re.compile(r"\s+[|·•»›–—-]\s+|\s*[|｜ㅣ]\s*|\s+::\s+")
_UNDERSCORED = re.compile(r"(?<=[一-鿿ぁ-ヿ”》」）！？]{4})\s?_[^_].*$")
"""Channel and site behind a Chinese headline: "…_国内_新闻网"."""
_SECTION_BEFORE = re.compile(
    r"^(?:[^|:]{2,30}\s[|:•–—-]\s+|[^\W\d]+\s+|\S{1,12}\s?(?:\+|plus|premium|abo)[\s:|]+)?$", re.IGNORECASE
)
"""A section's name, or that of an offer to subscribers ("SZ Plus")."""
_SECTION_BEHIND = re.compile(
    r"^(?:\s+[|•–—-]\s.{2,30}|\s+(?:posted|published|updated|written|by)\s.{2,60})?$", re.IGNORECASE
)
_MAX_TITLE = 400
_LONG_TITLE, _LONGEST_TITLE = 6, 30
"""Words with which a page's only `h1` is its headline, whatever the page declares: no site has such a name."""
_MAX_TAGS = 30
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?![A-Za-z])")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_SCRIPTS = (
    ("ja", re.compile(r"[ぁ-ゖァ-ヺ]")),
    ("ko", re.compile(r"[가-힣]")),
    ("zh", re.compile(r"[一-鿿]")),
    ("th", re.compile(r"[ก-๛]")),
    ("ru", re.compile(r"[а-яё]")),
    ("ar", re.compile(r"[؀-ۿ]")),
    ("he", re.compile(r"[א-ת]")),
    ("el", re.compile(r"[α-ω]")),
    ("hi", re.compile(r"[ऀ-ॿ]")),
)


def title(tree: HtmlElement, declared: Declared) -> str | None:
    """The headline without the site's name: the heading that a declared title repeats; else the first one like it, the
    `h1` before others; else the declared headline, else the `<title>` without its last part."""
    whole = next((item.text_content() for item in tree.iter("title")), "")
    names = site_names(declared)
    claims = [
        *texts(declared.article.get("headline")),
        *declared.metas.get("og:title", ()),
        *declared.metas.get("twitter:title", ()),
        _without_heading(tree, whole),
    ]
    claims = [stripped for claim in claims if (stripped := without_site(_plain(claim), names))]
    firsts, seconds = ([_heading(item, claims) for item in tree.iter(tag)] for tag in ("h1", "h2"))
    headings = [text for text in (*firsts, *seconds) if 3 < len(text) <= _MAX_TITLE]
    equal = (_without_kicker(text, claims) for claim in claims for text in headings if words(text) == words(claim))
    whole_firsts = [text for text in firsts if 3 < len(text) <= _MAX_TITLE and not _is_cut(text)]
    only = (
        _without_kicker(text, claims)
        for text in whole_firsts
        if len(firsts) == 1
        and len(text) >= 15
        and (_LONG_TITLE <= len(words(text)) <= _LONGEST_TITLE or _confirmed(text, claims, 0.3))
    )
    whole_claims = (claim for claim in claims if not _is_cut(claim))
    lines = _lines_in(tree, whole) if not headings else ()
    sources = (equal, _sure(whole_firsts, claims), only, _sure(headings, claims), lines, whole_claims, claims, headings)
    best = next((text for source in sources for text in source), None)
    return best[:_MAX_TITLE] if best else None


def _without_heading(tree: HtmlElement, title: str) -> str:
    """A `<title>` without the site's name before a colon, as Blogger writes it, where both parts are headings."""
    name, colon, rest = _plain(title).partition(": ")
    if not colon or not any(words(item.text_content()) == words(name) for item in tree.iter("h1")):
        return title
    return rest if any(words(item.text_content()) == words(rest) for item in tree.iter("h2", "h3")) else title


def _lines_in(tree: HtmlElement, title: str) -> Iterator[str]:
    """Parts of the `<title>` that the page, without any heading, shows as lines."""
    lines = {key(line.text): line.text for line in read_segments(tree) if len(line.text) <= _MAX_TITLE}
    parts = sorted([*_SEPARATOR.split(_plain(title)), _plain(title).partition(": ")[2]], key=len, reverse=True)
    return (lines[key(part)] for part in parts if len(part) >= 15 and key(part) in lines)


def _sure(headings: Iterable[str], claims: Sequence[str]) -> Iterator[str]:
    """The headings that a declared title confirms."""
    return (_without_kicker(text, claims) for text in headings if _confirmed(text, claims, 0.7) and not _is_cut(text))


def _plain(text: str) -> str:
    """A title without invisible characters and twice-escaped entities."""
    return squeeze(INVISIBLE.sub("", unescape(text)))


def _heading(element: HtmlElement, claims: Sequence[str]) -> str:
    """A heading's text; its parts, which a page may show on lines of their own, are divided where a claim does so."""
    divided = _plain(" ".join(map(str, element.itertext())))
    return divided if any(words(divided) == words(claim) for claim in claims) else _plain(element.text_content())


def _is_cut(text: str) -> bool:
    return text.endswith(("…", "..."))


def _without_kicker(text: str, claims: Iterable[str]) -> str:
    """A heading without the section's name before or behind it ("Opinion | …"), where a claim is the rest.

    >>> _without_kicker("Opinion | Why banks lose data", ["Why banks lose data"])
    'Why banks lose data'
    """
    for claim in claims:
        before, found, behind = text.partition(claim)
        long = len(words(claim)) >= 4 and len(claim) > len(text) / 2
        if found and long and before + behind and _SECTION_BEFORE.match(before) and _SECTION_BEHIND.match(behind):
            return claim
    return text


def _confirmed(text: str, claims: Iterable[str], share: float) -> bool:
    return any(likeness(text, claim) >= share for claim in claims)


def without_site(text: str, names: Iterable[str]) -> str:
    """A title without the site's name at either end, where a separator divides them.

    >>> without_site("Bank loses data | The Example", ["The Example"])
    'Bank loses data'
    >>> without_site("Bank loses data - and money - Example News", [])
    'Bank loses data - and money'
    >>> without_site("十二万车主信息泄露_国内_镕城新闻网", [])
    '十二万车主信息泄露'
    """
    text = _UNDERSCORED.sub("", squeeze(text))
    known = {_key(name) for name in names}
    cuts = list(_SEPARATOR.finditer(text))
    if not cuts:
        return text
    head, tail = text[: cuts[0].start()], text[cuts[-1].end() :]
    if _key(tail) in known:
        return without_site(text[: cuts[-1].start()], names)
    if _key(head) in known:
        return without_site(text[cuts[0].end() :], names)
    short = len(words(tail)) <= 4 and len(tail) <= 0.4 * len(text) and "|｜".find(cuts[-1].group().strip()) >= 0
    return text[: cuts[-1].start()] if short or (not known and len(tail) <= 20) else text


def site_names(declared: Declared) -> list[str]:
    names = [
        *declared.metas.get("og:site_name", ()),
        *declared.metas.get("application-name", ()),
        *texts(declared.article.get("publisher")),
    ]
    for item in declared.objects:
        kinds = set(texts(item.get("@type")))
        if kinds & {"WebSite", "Organization", "NewsMediaOrganization"} and "Person" not in kinds:
            names += texts(item.get("name")) + texts(item.get("alternateName"))
    return [name for name in dict.fromkeys(names) if len(name) <= 80]


def _key(text: str) -> str:
    return key(text.casefold().removeprefix("the ")).replace(" ", "")


def language(tree: HtmlElement, declared: Declared, text: str) -> str | None:
    """The article's language as BCP 47: as declared, unless its script contradicts; else told by script.

    Scripts tell kana, hangul, Cyrillic and the like only; a Latin text without a declaration has None.
    """
    claims = [
        tree.get("lang"),
        tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
        *texts(declared.article.get("inLanguage")),
        declared.meta("og:locale", "content-language", "language", "dc.language"),
    ]
    claimed = next((tag for claim in claims if (tag := language_tag(claim))), None)
    sample = text[:4_000]
    others = "".join(_NOT_ASCII.findall(sample))
    letters = max(1, sum(map(str.isalpha, sample))) if others else 1
    written = next((name for name, script in _SCRIPTS if len(script.findall(others)) > 0.2 * letters), None)
    if written in ("ja", "ko", "th", "he", "el") and (claimed or "")[:2] != written:
        return written
    return claimed or written


def language_tag(text: str | None) -> str | None:
    """A language tag in BCP 47's usual case.

    >>> language_tag("en_us"), language_tag("zh-hant-TW"), language_tag("English")
    ('en-US', 'zh-Hant-TW', None)
    """
    match = _LANGUAGE.match((text or "").strip())
    if not match:
        return None
    parts = (match[1].lower(), (match[2] or "").title(), (match[3] or "").upper())
    return "-".join(part for part in parts if part)


def image(declared: Declared, url: str) -> str | None:
    """The lead image's absolute address."""
    found = declared.article.get("image")
    urls = [url for name in _IMAGES for url in declared.metas.get(name, ())]
    referred = [item for item in declared.objects if (name := _reference(found)) and item.get("@id") == name]
    urls += [*_urls(found), *_urls(referred), *texts(declared.article.get("thumbnailUrl"))]
    return next((address for candidate in urls if (address := absolute(candidate, url))), None)


_IMAGES = ("og:image", "og:image:secure_url", "og:image:url", "twitter:image", "twitter:image:src")


def _reference(value: object) -> object:
    return value.get("@id") if isinstance(value, dict) else None


def _urls(value: object) -> list[str]:
    if isinstance(value, dict):
        return texts(value.get("url") or value.get("contentUrl"))
    if isinstance(value, list):
        return [url for item in value[:5] for url in _urls(item)]
    return texts(value)


def section(declared: Declared) -> str | None:
    """The part of the site in which the article stands, as the page names it."""
    named = [
        *declared.metas.get("article:section", ()),
        *texts(declared.article.get("articleSection")),
        *(text for name in ("articlesection", "parsely-section") for text in declared.metas.get(name, ())),
    ]
    return next((squeeze(name) for name in named if 1 < len(name) <= 60 and not name.startswith("http")), None)


def tags(declared: Declared) -> tuple[str, ...]:
    """Section and keywords that the page declares, each once, at most 30."""
    values = [
        *declared.metas.get("article:section", ()),
        *texts(declared.article.get("articleSection")),
        *declared.metas.get("article:tag", ()),
        *declared.metas.get("news_keywords", ()),
        *declared.metas.get("keywords", ()),
        *texts(declared.article.get("keywords")),
        *declared.metas.get("citation_keywords", ()),
    ]
    parts = (squeeze(part).lstrip("#") for value in values for part in re.split(r"[,;、，]", value[:4_000]))
    unique: dict[str, str] = {}
    for part in parts:
        if 1 < len(part) <= 60:
            unique.setdefault(part.casefold(), part)
    return tuple(unique.values())[:_MAX_TAGS]


def summary(declared: Declared) -> str | None:
    """The page's own description of the article."""
    text = declared.meta("og:description", "description", "twitter:description")
    return text or next(iter(texts(declared.article.get("description"))), None)
