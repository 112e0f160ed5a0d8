"""URL identity: when two addresses name the same page."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import canonicalize_url

MAX_URL = 2083
"""Characters; what browsers and Scrapy accept."""

_EDITION = re.compile(r"(?:www|m|mobile|amp)\.")
_AMP_CACHE = re.compile(
    r"https?://[^/]+\.cdn\.ampproject\.org/[a-z]/(s/)?(.+)|https?://www\.google\.[a-z.]+/amp/(s/)?(.+)"
)
_AMP_PATH = re.compile(
    r"^(?:/amp){1,9}(?=/[^/])|(?<=[^/])(?:/amp){1,9}(?=/*$)|(?:\.amp){1,9}(?=(?:\.html?)?$)", re.IGNORECASE
)
_AMP_QUERY = re.compile(r"amp(?:=(?:1|true)?)?|output(?:Type)?=amp", re.IGNORECASE)

_UNSETTLED = re.compile(r";|%(?![0-9A-F]{2})|\.(?=$|[/?])")
"""What w3lib's form of a URL may hold that it would change once more: parameters of a path, a bare `%`, dots."""
_ROUNDS = 10
"""Times that it may. A URL that is made to change more often has several forms, and costs no more than that."""

_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
"""What servers of Java put into the address for a client that keeps no cookies, anew at each visit."""

# Parameters that only say where a reader came from: courlan's list and what feeds carry besides, without the names of
# courlan's that some sites name the article with (`cid`, `eid`, `source`, `uid`, `keyword`, `session`, `ref`): two
# articles must never become one. And the session that servers of PHP and Java put there themselves.
_TRACKING = re.compile(
    r"((utm|mtm|pk|piwik|matomo|itm|hsa|oly|mkt|vero|ga|gs|ml)_\w+|gbraid|wbraid|[a-z]{1,6}clid|msclkid|igshid|mc_[ce]id|_ga|_gl|xtor|at_medium|at_campaign"
    r"|at_custom\d|cmp(id)?|ncid|taid|ref_src|ref_url|guccounter|guce_\w+|ocid|s_cid|icid|smid|smtyp|wt_mc|soc_(src|trk)"
    r"|__twitter_impression|sr_share|traffic_source|spm|share_source"
    r"|phpsessid|jsessionid)",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_web(url: str) -> bool:
    """Whether it is an absolute http(s) URL of a bounded length with a host and no credentials.

    >>> is_web("https://a.example/x"), is_web("ftp://a.example/x"), is_web("http://u:p@a.example/"), is_web("/x")
    (True, False, False, False)
    """
    if len(url) > MAX_URL:
        return False
    try:
        url.encode()
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        return plain and parts.port != 0
    except ValueError:  # a port out of range, brackets that do not close, half a character
        return False


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """The form under which a URL is known: lower-case host, no tracking parameters, no fragment, sorted query.

    Idempotent. Raises ValueError for what is not an http(s) URL.

    >>> canonical("HTTPS://News.example:443/a/?b=2&utm_source=feed&a=1#top")
    'https://news.example/a/?a=1&b=2'
    """
    url = url.strip()
    if not is_web(url):
        raise ValueError(f"not an http(s) URL: {url[:200]!r}")
    parts = urlsplit(url)
    asked = re.sub(r"&(?:amp;)+", "&", parts.query)  # feeds that escape twice
    query = "&".join(p for p in asked.split("&") if not _TRACKING.fullmatch(p.partition("=")[0]))
    netloc = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[parts.scheme])
    path = _SESSION.sub("", parts.path)
    form = canonicalize_url(urlunsplit((parts.scheme, netloc, path or "/", query, "")))
    for _ in range(_ROUNDS):
        if not _UNSETTLED.search(form) or (again := canonicalize_url(form)) == form:
            break
        form = again
    return form


def origin(url: str) -> str:
    """The publisher's own address of a page that Google's AMP cache or viewer hands on; any other address as it is.

    >>> origin("https://news-example.cdn.ampproject.org/c/s/news.example/a/amp/")
    'https://news.example/a/amp/'
    >>> origin("https://www.google.com/amp/s/news.example/a")
    'https://news.example/a'
    """
    found = _AMP_CACHE.match(url)
    if not found:
        return url
    secure, rest = found[1] or found[3], found[2] or found[4]
    own = f"{'https' if secure else 'http'}://{rest}"
    return own if is_web(own) else url


@lru_cache(maxsize=4096)
def identity(url: str) -> str:
    """The key of a page: one for all spellings of its address. It is compared, never asked for.

    Spellings are http and https, `www.`, `m.`, `mobile.` and `amp.` before the host, slashes at the end, the AMP form
    of the path or query, Google's AMP cache, and all that `canonical` evens out. Idempotent; raises ValueError as
    `canonical` does.

    >>> identity("http://amp.news.example/2026/a/amp/?utm_source=feed") == identity("https://www.news.example/2026/a")
    True
    >>> identity("https://news.example/a/?p=12")
    'https://news.example/a?p=12'
    """
    key = _key(url)
    for _ in range(_ROUNDS):  # what was behind an odd end of the path is gone now, and it may be read otherwise
        if not _UNSETTLED.search(key) or not is_web(key) or (again := _key(key)) == key:
            break
        key = again
    return key


def _key(url: str) -> str:
    parts = urlsplit(canonical(origin(url.strip())))
    path = parts.path.rstrip("/;")
    for _ in range(_ROUNDS):
        if (plain := _AMP_PATH.sub("", path).rstrip("/;")) == path:
            break
        path = plain
    query = "&".join(p for p in parts.query.split("&") if not _AMP_QUERY.fullmatch(p))
    return urlunsplit(("https", _site(parts.netloc), path or "/", query, ""))


def identities(asked: str, answered: str, declared: str | None) -> tuple[str, ...]:
    """The keys under which a fetched page is known, that of the address asked for first.

    `answered` is where redirects led to, `declared` the page's `rel=canonical`. Neither counts when it is on another
    site or a front page, which is where templates and withdrawn articles point by mistake.

    >>> identities("https://a.example/?p=1", "https://www.a.example/2026/x/", "https://other.example/x")
    ('https://a.example/?p=1', 'https://a.example/2026/x')
    """
    first = identity(asked)
    keys = [first]
    for other in (answered, declared):
        key = identity(other) if other and is_web(other) else first
        parts = urlsplit(key)
        if parts.netloc == urlsplit(first).netloc and (parts.path != "/" or parts.query):
            keys.append(key)
    return tuple(dict.fromkeys(keys))


def leads_home(asked: str, answered: str) -> bool:
    """Whether redirects led from a page to its site's front page, which is how sites answer for what they withdrew.

    >>> leads_home("https://a.example/2026/x", "https://www.a.example/"), leads_home("https://a.example/", "https://a.example")
    (True, False)
    """
    front = urlsplit(identity(answered))._replace(path="/", query="").geturl()
    return same_site(asked, answered) and identity(answered) == front != identity(asked)


def same_site(url: str, other: str) -> bool:
    """Whether two addresses are of one site, whatever the edition.

    >>> same_site("https://amp.a.example/x", "https://www.a.example/x"), same_site("https://a.example", "https://b.example")
    (True, False)
    """
    return _site(host(url)) == _site(host(other))


@lru_cache(maxsize=4096)
def _site(netloc: str) -> str:
    """The host without port 80 or 443 and without what names only an edition of the site.

    >>> _site("m.news.co.uk"), _site("m.co.uk"), _site("127.0.0.1:8001")
    ('news.co.uk', 'm.co.uk', '127.0.0.1:8001')
    """
    netloc = netloc.removesuffix(":80").removesuffix(":443")
    while (edition := _EDITION.match(netloc)) and _is_edition(netloc, netloc[edition.end() :]):
        netloc = netloc[edition.end() :]
    return netloc


def _is_edition(netloc: str, rest: str) -> bool:
    """Whether the rest is a host of its own: nobody registers `www`, but there is an m.co.uk."""
    name = netloc.partition(":")[0]
    return "." in rest and (netloc.startswith("www.") or _registered(name) != name)


def _registered(name: str) -> str | None:
    from courlan import extract_domain  # half a second, which only a host with an edition before it costs

    domain: str | None = extract_domain(f"https://{name}/")
    return domain


def host(url: str) -> str:
    """The host of a URL, with its port if that is not the usual one.

    >>> host("http://127.0.0.1:8001/a"), host("https://A.example:443/")
    ('127.0.0.1:8001', 'a.example')
    """
    parts = urlsplit(url)
    return parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}.get(parts.scheme, ""))
