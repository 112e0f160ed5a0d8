"""URL identity: when two addresses name the same page."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from w3lib.url import canonicalize_url

MAX_URL = 2083
"""Characters; what browsers and Scrapy accept."""

# Parameters that only say where a reader came from. Short on purpose: courlan's list also drops `cid`, `source` and
# `uid`, which some sites use to name the article, and two articles must never become one.
_TRACKING = re.compile(
    r"(utm_\w+|[a-z]{2,6}clid|igshid|mc_[ce]id|mkt_tok|oly_(anon|enc)_id|_ga|_gl|vero_id|yclid|xtor|at_medium|at_campaign"
    r"|at_custom\d|cmp(id)?|ncid|taid|ref_src|ref_url|guccounter|guce_\w+|ocid|s_cid|icid|smid|smtyp|wt_mc|soc_(src|trk)"
    r"|__twitter_impression|sr_share|traffic_source|spm|share_source)",
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
        parts = urlsplit(url)
        plain = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        return plain and parts.port != 0
    except ValueError:  # a port out of range, brackets that do not close
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
    query = "&".join(p for p in parts.query.split("&") if not _TRACKING.fullmatch(p.partition("=")[0]))
    netloc = parts.netloc.lower().removesuffix({"http": ":80", "https": ":443"}[parts.scheme])
    return canonicalize_url(urlunsplit((parts.scheme, netloc, parts.path or "/", query, "")))


def host(url: str) -> str:
    """The host of a URL, with its port when one is given.

    >>> host("http://127.0.0.1:8001/a")
    '127.0.0.1:8001'
    """
    return urlsplit(url).netloc.lower()
