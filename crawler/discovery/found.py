"""What a polled document holds: links of articles, and where there are more of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC

import lxml.html
from w3lib.encoding import read_bom

from pipelines.extract.moments import read_moment
from pipelines.items import Link

MAX_SUMMARY = 2_000
"""Characters of a summary that are kept; some feeds carry the whole article."""

_HALVES = re.compile(rb"(?:&#(?:[xX]0*[dD][89a-fA-F][0-9a-fA-F]{2}|0*5[5-7]\d{3});)+")


class DiscoveryError(ValueError):
    """A document that is not what the registry says it is. The message says what came instead, in a few words."""


@dataclass(frozen=True, slots=True)
class SitemapFile:
    """A file that a sitemap index names; `changed` is RFC 3339 in UTC."""

    url: str
    changed: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The links of a document in its order, the files of a sitemap index, and the addresses at which the entries before
    these may be found: the likeliest first, each a way of its own."""

    links: list[Link] = field(default_factory=list)
    sitemaps: list[SitemapFile] = field(default_factory=list)
    older: tuple[str, ...] = ()


def plain(markup: object) -> str | None:
    """The words of a title or summary, which feeds give with or without markup.

    >>> plain("The <b>clinic</b> said&nbsp;so."), plain(" ")
    ('The clinic said so.', None)
    """
    if not isinstance(markup, str) or not markup.strip():
        return None
    # JSON that was cut within a character holds half of it, which can be neither stored nor printed.
    markup = markup[: 5 * MAX_SUMMARY].encode("utf-8", "ignore").decode()
    if re.search(r"<|&#?\w+;", markup):
        try:
            markup = "".join(str(part) for part in lxml.html.fromstring(f"<div>{markup}</div>").itertext())
        except (lxml.etree.LxmlError, ValueError):
            return None
    return " ".join(markup.split())[:MAX_SUMMARY] or None


def in_utf8(body: bytes) -> bytes | None:
    """A document in UTF-8, if it is in that or in UTF-16 with its mark, whatever it and its server say; None if it is
    in another character set. Texts in those form valid sequences by accident only, and a summary that was cut within a
    character makes no other character set of the whole feed.

    >>> in_utf8("Утечка".encode() + b"\\xd0"), in_utf8("Утечка".encode("windows-1251"))
    (b'\\xd0\\xa3\\xd1\\x82\\xd0\\xb5\\xd1\\x87\\xd0\\xba\\xd0\\xb0\\xef\\xbf\\xbd', None)
    """
    encoding, mark = read_bom(body)
    if encoding and mark:
        return body[len(mark) :].decode(encoding, "replace").encode("utf-8")
    if b"\0" in body[:4] or b"\x1b" in body:  # UTF-16 without its mark; ISO-2022-JP
        return None
    text = body.decode("utf-8", "replace")
    broken, ascii_only = text.count("\ufffd"), text.encode("ascii", "ignore")
    whole = len(text) - len(ascii_only) - broken
    return text.encode("utf-8") if whole >= 2 * broken else None


def whole_characters(xml: bytes) -> bytes:
    """XML without references to halves of characters, as JavaScript counts them; parsers stumble over one.

    >>> whole_characters(b"cut &#55357; and whole &#xD83D;&#xDE00;")
    b'cut  and whole &#128512;'
    """
    return _HALVES.sub(_joined, xml)


def _joined(references: re.Match[bytes]) -> bytes:
    numbers = (int(n[1:], 16) if n[:1] in b"xX" else int(n) for n in re.findall(rb"&#(\w+);", references[0]))
    halves = "".join(map(chr, numbers)).encode("utf-16-le", "surrogatepass")
    return halves.decode("utf-16-le", "ignore").encode("ascii", "xmlcharrefreplace")


def moment(value: object) -> str | None:
    """A date, in the forms that pages have too, as RFC 3339 in UTC, so that two of them compare as text; None for
    anything else.

    >>> moment("2026-03-01"), moment("2026-03-01T08:00+09:00"), moment("soon")
    ('2026-03-01T00:00:00+00:00', '2026-02-28T23:00:00+00:00', None)
    >>> moment("Sun, 01 Mar 2026 08:00:00 JST"), moment("2026/3/1 08:00 +0900"), moment("1772352000")
    ('2026-02-28T23:00:00+00:00', '2026-02-28T23:00:00+00:00', '2026-03-01T08:00:00+00:00')
    """
    found = read_moment(value) if isinstance(value, str) else None
    return found.time.astimezone(UTC).isoformat(timespec="seconds") if found else None
