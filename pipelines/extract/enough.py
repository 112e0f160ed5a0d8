"""Whether what is left of a page is an article: prose, much of anything, or a news flash of a sentence or two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from lxml.html import HtmlElement

from pipelines.extract.blocks import Block
from pipelines.extract.boxes import ends_sentence, is_prose
from pipelines.extract.segments import Segment
from pipelines.extract.words import key, likeness, words
from pipelines.scripts import UNSPACED

_MUCH = 200
"""Characters of anything but prose (a list, a table) that still make a text."""
_FLASH = 25
_FLASH_UNSPACED = 10
_SHARED = 2
_SHARED_UNSPACED = 4
"""Different words (or characters, in scripts without spaces) that a flash has in common with its headline or lead."""
_UNSPACED = re.compile(f"[{UNSPACED}]")
_NOTICE = re.compile(
    r"\bcookies?\b|\bjavascript\b|\bcaptcha\b|\b(?:your|web|this) browser\b|\bad.?block|\bjust a moment\b|"
    r"\b(?:40[0-9]|50[0-9]) ?(?:error|-|–|:|\Z)|\bnot found\b|\baccess denied\b|\ban error\b|\bsomething went wrong\b|"
    r"\b(?:page|article|story|url)\b.{0,40}\b(?:not|no longer|cannot) (?:be )?(?:found|exist|available)|"
    r"\bwe (?:could|can)(?:.?n.t|not)\b.{0,20}\bfind\b|\btry again\b|\bloading\b|\bsubscribe\b|"
    r"\b(?:log|sign) ?in (?:to|or|for)\b|\bregister (?:to|or|for)\b|\bare you (?:a )?(?:human|robot)\b|"
    r"\bverify(?:ing)? (?:that )?you\b|\bbefore you continue\b|\bprivacy (?:policy|settings)\b|\byour privacy\b|"
    r"\b(?:terms|conditions) of (?:use|service)\b|\bconsent\b|\bnicht gefunden\b|\bfehler\b|\banmelden\b|"
    r"\bintrouvable\b|\bconnectez-vous\b|\bno encontrad[ao]\b|\binicia sesión\b|\bnão encontrad[ao]\b|"
    r"\bnon trovat[ao]\b|\bniet gevonden\b|クッキー|見つかりません|ログイン|会員登録|页面不存在|找不到|登录|登入|"
    r"찾을 수 없|로그인",
    re.IGNORECASE,
)
"""What walls, error pages and shells that a script would fill say."""
_BELOW = 6
"""Lines below the heading: a byline and a date, and a few sentences."""
_NO_WALL = 1_000
"""Characters from which a text is none of these, whatever words it uses."""


def is_article(blocks: Sequence[Block], page: Sequence[Segment], title: str | None, lead: str | None) -> bool:
    """Whether the blocks are an article: a paragraph of prose, or much of anything, or a flash.

    `page` has the lines of the page they are from; `title` and `lead` are what page or feed announce. What reads as a
    notice is an article only if it is about what was announced.
    """
    said = [block.text for block in blocks]
    length = sum(map(len, said))
    if length >= _NO_WALL:
        return True
    telling = [text for text in said if not _NOTICE.search(text)]
    if any(map(is_prose, telling)):
        return True
    notice = len(telling) < len(said) or bool(_NOTICE.search(title or ""))
    if notice and not any(map(is_prose, said)):
        return False
    if length >= _MUCH and not notice:
        return True
    sentences = [text for text in said if _is_sentence(text) and likeness(text, title or "") < 0.85]
    announced = [_telling(_NOTICE.sub(" ", claim)) for claim in (title, lead) if claim]
    if any(_speaks_of(text, claim, notice) for text in sentences for claim in announced):
        return True
    return not notice and (_in_article(sentences, page) or _follow_headline(sentences, page))


def _is_sentence(text: str) -> bool:
    return len(text) >= (_FLASH_UNSPACED if _UNSPACED.search(text) else _FLASH) and ends_sentence(text)


def _telling(text: str) -> set[str]:
    """The longer words, by their first five letters: endings vary."""
    return {word[:5] for word in words(text) if len(word) > 3 or not word.isascii()}


def _speaks_of(text: str, claim: set[str], notice: bool) -> bool:
    least = _SHARED_UNSPACED if _UNSPACED.search(text) else _SHARED
    return len(claim & _telling(text)) >= least + notice


def _in_article(sentences: Sequence[str], page: Sequence[Segment]) -> bool:
    """Whether one of the sentences stands where the page says that its article does."""
    wanted = {key(text) for text in sentences}
    for segment in page if wanted else ():
        around = (segment.element, *segment.element.iterancestors())
        if key(segment.text) in wanted and any(_is_body(element) for element in around):
            return True
    return False


def _follow_headline(sentences: Sequence[str], page: Sequence[Segment]) -> bool:
    """Whether several sentences stand one behind the other below the page's first heading, would be prose if they were
    one line, and tell a date or a number: what an error page says and where it sends its visitors has none."""
    wanted = {key(text) for text in sentences}
    lines = iter(page if wanted else ())
    headed = any(line.element.tag in ("h1", "h2") for line in lines)
    told = [line.text if key(line.text) in wanted and not line.linked else "" for line in islice(lines, _BELOW)]
    run = " ".join(told).strip() if headed else ""
    together = "  " not in run and sum(map(bool, told)) > 1
    return together and is_prose(run) and any(map(str.isdecimal, run))


def _is_body(element: HtmlElement) -> bool:
    return element.tag == "article" or "articleBody" in (element.get("itemprop") or "")
