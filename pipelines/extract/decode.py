"""Bytes to a parsed page, within limits: character set, what is no HTML at all, size, depth, elements."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes
from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

from pipelines.extract.blocks import squeeze
from pipelines.extract.boxes import ends_sentence
from pipelines.extract.segments import SUBHEADINGS
from pipelines.items import ExtractionError

MAX_SIZE = 12_000_000
"""Bytes (or characters) of HTML. The largest page of the development sets has 2.9 million."""

MAX_ELEMENTS = 50_000
"""Elements in a page. The development sets have 5,516 at most; 30,000 paragraphs cost trafilatura 6 seconds."""

_HTML_TYPES = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "text/plain")
_SAYS_NOTHING = re.compile(r"application/octet-stream|httpd/unix-directory|.*unknown.*")
_BINARY_STARTS = (
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
    b"BZh",
    b"\x7fELF",
)
_FEED_OR_DATA = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<(?:rss|feed|rdf:RDF|urlset|sitemapindex|svg)\b|[{\[]|"
    r"(?:From|MIME-Version|Snapshot-Content-Location): )",
    re.DOTALL,
)
"""Also a page that a browser saved as a mail (MHTML), whose text is encoded."""
_WIDE = (
    (re.compile(rb"(?:[\t\n\r ]\x00)*<\x00[!?a-zA-Z]\x00"), "utf-16-le"),
    (re.compile(rb"(?:\x00[\t\n\r ])*\x00<\x00[!?a-zA-Z]"), "utf-16-be"),
)
"""The start of a page in UTF-16 without a mark, as no page in another character set starts."""
_JAPANESE = (b"\x1b$B", b"\x1b$@")
"""What changes to Japanese in ISO-2022-JP, which is all ASCII and so would pass for UTF-8."""
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_END_OF_PAGE = re.compile(rb"</(?:body|html)\s*>", re.IGNORECASE)
"""To HTML these end nothing: what stands behind them is part of the body. To libxml2 they end the page, and an article
is lost whose template closes the body after the page's header."""
_SOFT_HYPHENS = ("\xad".encode(), b"&shy;", b"&#173;")
"""They say where a word may be broken: a reader does not see them, and looks for the whole word."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TAG = re.compile(r"<(?:!doctype\s+html|/?[a-z][a-z0-9]*[\s/>])", re.IGNORECASE)


def parse(html: bytes | str, content_type: str | None = None) -> HtmlElement:
    """The page's tree.

    Raises `ExtractionError`: `empty page`, `not HTML`, `too large`, `too deep`, `too many elements`.
    """
    if len(html) > MAX_SIZE:
        raise ExtractionError("too large")
    text = html if isinstance(html, str) else decode(html, content_type)
    text = _DECLARATION.sub("", text.lstrip("\ufeff"))
    if not text or text.isspace():
        raise ExtractionError("empty page")
    if _FEED_OR_DATA.match(text) or not _TAG.search(text):
        raise ExtractionError("not HTML")
    return _tree(_fit(text))


def _fit(text: str) -> bytes:
    """The text as UTF-8 without what XML cannot hold. It takes a quarter of what a regular expression takes."""
    if "\ufffe" in text or "\uffff" in text:  # to look is quicker than to replace nothing
        text = text.replace("\ufffe", "").replace("\uffff", "")
    html = text.encode("utf-8", "ignore").translate(None, _CONTROLS)  # lone surrogates have no UTF-8
    for hyphen in _SOFT_HYPHENS:
        html = html.replace(hyphen, b"")
    return _END_OF_PAGE.sub(b"", html)


def media_type(content_type: str | None) -> str:
    """The media type in a header, in lower case; empty where the header says nothing or is malformed. Browsers look at
    the body then.

    >>> media_type("Text/HTML;charset=utf-8"), media_type("text/html charset=utf-8"), media_type("unknown/unknown")
    ('text/html', '', '')
    """
    told = (content_type or "").partition(";")[0].strip().lower()
    return told if re.fullmatch(r"[\w.+-]+/[\w.+-]+", told) and not _SAYS_NOTHING.fullmatch(told) else ""


def decode(body: bytes, content_type: str | None = None) -> str:
    """The text of an HTML body: by byte order mark, as UTF-8 where it is, as declared, else by guess.

    Bytes that are valid UTF-8 and more than ASCII are UTF-8 whatever the header says: a text in another
    character set does not form valid sequences by accident, and wrong headers are common.

    >>> decode("“Leak”".encode(), "text/html; charset=iso-8859-1")
    '“Leak”'
    >>> decode("情報流出".encode("shift_jis"), "text/html; charset=shift_jis")
    '情報流出'
    """
    told = media_type(content_type)
    if told and told not in _HTML_TYPES:
        raise ExtractionError("not HTML")
    encoding, mark = read_bom(body)
    if encoding and mark:
        return to_unicode(body[len(mark) :], encoding)
    if body.startswith(_BINARY_STARTS) or b"\x00\x00" in body[:1024]:
        raise ExtractionError("not HTML")
    if wide := next((name for start, name in _WIDE if start.match(body)), None):
        return to_unicode(body, wide)
    if body.isascii() and any(mark in body for mark in _JAPANESE):
        return to_unicode(body, "iso-2022-jp")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_other(body, content_type)


def _decode_other(body: bytes, content_type: str | None) -> str:
    """A body that is not UTF-8, in the declared character set that leaves the fewest unreadable ones."""
    declared = (http_content_type_encoding(content_type), html_body_declared_encoding(body))
    # Who could read the declaration as ASCII has seen that this is no UTF-16.
    texts = [to_unicode(body, name) for name in dict.fromkeys(declared) if name and not name.startswith("utf-16")]
    if not texts or min(text.count("\ufffd") for text in texts) > len(body) // 200:
        sample = body if len(body) < 20_000 else body[:10_000] + body[-10_000:]
        guess = from_bytes(sample).best()
        texts.append(to_unicode(body, guess.encoding if guess else "utf-8"))
    return min(texts, key=lambda text: text.count("\ufffd"))


_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)
"""Every element is a plain `HtmlElement`: lxml.html asks a Python function for the class each time that an element is
touched (for forms and the like), which was a tenth of the time of an extraction."""


def _tree(html: bytes) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = document_fromstring(html, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ExtractionError("not HTML") from error
    # libxml2 stops at 256 nested elements and says so in the log; what follows would be silently lost.
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise ExtractionError("too deep")
    # Each element begins with "<", but for the few that HTML implies: to count those first costs next to nothing.
    if html.count(b"<") > MAX_ELEMENTS and sum(1 for _ in tree.iter()) > MAX_ELEMENTS:
        raise ExtractionError("too many elements")
    _unwrap_buttons(tree)
    for template in tree.iter("template"):
        if "shadowrootmode" in template.attrib:  # a browser shows it
            template.tag = "div"
    return tree


def _unwrap_buttons(tree: HtmlElement) -> None:
    """A heading that is a button opens and closes the text below it: it is that text's heading. So is a question."""
    for button in list(tree.iter("button")):
        parent = button.getparent()
        above = parent.getparent() if parent is not None else None
        if any(near is not None and near.tag in SUBHEADINGS for near in (parent, above)):
            button.drop_tag()
        elif _is_answered(button, parent):
            button.tag = "h3"


_MAX_QUESTION, _LEAST_ANSWER = 300, 20


def _is_answered(button: HtmlElement, parent: HtmlElement | None) -> bool:
    """Whether it asks a question that is answered behind it, as companies tell of an incident."""
    if parent is None or not squeeze(button.text_content()[:_MAX_QUESTION]).endswith(("?", "？", "؟")):
        return False
    answer = button.getnext() if button.getnext() is not None else parent.getnext()
    said = squeeze(answer.text_content()) if answer is not None else ""
    return len(said) >= _LEAST_ANSWER and ends_sentence(said)
