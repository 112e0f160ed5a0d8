"""The template engine: everything is escaped, and what a page shows of a record is harmless to look at."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from archive.facts import count
from crawler.web import charts
from pipelines.urls import is_web

_HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

LANGUAGES = {
    "ar": "العربية",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "hi": "हिन्दी",
    "id": "Indonesia",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nb": "Norsk",
    "nl": "Nederlands",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ru": "Русский",
    "sv": "Svenska",
    "tr": "Türkçe",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "中文",
}


def environment() -> Environment:
    """The engine, with the package's templates."""
    engine = Environment(
        loader=PackageLoader("crawler.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=harmless,
        auto_reload=False,
    )
    engine.filters |= {
        "clock": lambda second: f"{_utc(second):%H:%M}",
        "day": lambda second: f"{_utc(second):%A, %-d %B %Y}",
        "moment": lambda second: f"{_utc(second):%-d %b %Y, %H:%M} UTC",
        "iso": lambda second: f"{_utc(second):%Y-%m-%dT%H:%M:%SZ}",
        "number": lambda value: f"{value:,.0f}",
        "percent": lambda value: f"{value:.1%}" if 0 < value < 0.1 else f"{value:.0%}",
        "signed": lambda value: f"{value:+.2f}".replace("-", "\N{MINUS SIGN}"),
        "bytes": in_bytes,
        "language": lambda tag: LANGUAGES.get(tag, tag),
        "shortly": count,
        "web": lambda url: url if isinstance(url, str) and is_web(url) else None,
    }
    engine.globals["charts"] = charts
    return engine


def harmless(value: Any) -> Any:
    """What stands in `{{ }}`: control characters and changes of direction are shown as a mark.

    >>> harmless("a\\x1b[31mb\\u202ec")
    'a\ufffd[31mb\ufffdc'
    """
    if isinstance(value, str) and not isinstance(value, Markup):
        return _HARMFUL.sub("\ufffd", value)
    return value


def in_bytes(size: float) -> str:
    """A size to be read.

    >>> in_bytes(900), in_bytes(15_300_000)
    ('900 bytes', '15.3 MB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size:.0f} bytes"


def _utc(second: int) -> datetime:
    return datetime.fromtimestamp(max(-62_135_596_800, min(second, 253_402_300_799)), UTC)
