"""What is trimmed off trafilatura's answer, each with a record of what it was."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby, takewhile

from archive.records import Removed
from pipelines.extract import phrases
from pipelines.extract.access import NOTICES_WITHIN, is_notice
from pipelines.extract.blocks import Block
from pipelines.extract.boxes import ends_sentence, find_boxes, is_prose
from pipelines.extract.bylines import BYLINE
from pipelines.extract.closing import MAX_CLOSING, closing
from pipelines.extract.filings import cover_and_signatures
from pipelines.extract.indicators import is_indicator
from pipelines.extract.names import split_names
from pipelines.extract.words import likeness

_BULLET = re.compile(r"^\s*[•·▪◦‣●■*#–-]\s*")
_DATE_OR_BYLINE = re.compile(
    r"\b(?:19|20)\d\d\b|(?<![\d.])(?<!item )\d{1,2}[:.]\d\d\b(?!\.\d)|\b\d{1,2}\.[01]?\d\.[0-2]\d\b|"
    r"\b\d{1,2}\s*(?:a\.?m|p\.?m)\b|\b(?:hours?|minutes?|days?) ago\b|"
    r"^\W*(?:by|von|par|por|di|door|text|story|words by|photography by|illustrations? by|"
    r"written by|published|updated|posted|veröffentlicht|publié|publicado|"
    r"aktualisiert|stand|última actualización|mis à jour)\b|年\d{1,2}月|\d{1,2}月\d{1,2}日|記者\W*$|기자\W*$",
    re.IGNORECASE,
)
_INVITATION = re.compile(
    r"^\W*(?:sign up (?:for|to|here)|subscribe (?:to|now|today|here)|get (?:the|our) .{0,40}\bnewsletter|"
    r"follow (?:us|\S+ \S+) on|join our\b|download (?:the|our) .{0,30}\bapp\b|click here\b|"
    r"have (?:a|an?y) (?:tip|story|news tip)|want more\b.{0,60}\bnewsletter|abonnieren sie|jetzt .{0,30}newsletter|"
    r"(?:let|ask|try) (?:our|the)\b.{0,30}\b(?:assistant|ai\b)|"
    r"you have (?:read|reached) (?:your|all|the)\b.{0,40}\bfree\b|"
    r"(?:ap[uú]nt(?:ate|ese)|receba|recevez|zapisz się)\b.{0,60}\b(?:newsletter|bolet[ií]n)|inscreva-se|cadastre-se|"
    r"meld (?:je|u) aan\b.{0,40}nieuwsbrief|"
    r"inscrivez-vous|suscr[ií]b|iscriviti|assine|スキャンして|ニュースレター|подпи(?:сывайтесь|шитесь) на|"
    r"підпи(?:суйтес[ья]|шіться) на|thanks for reading .{2,60}[!.] (?:this post is public|subscribe)|"
    r"ακολουθήστε (?:μας|το .{2,40}?) στ[οα]\b|.{0,40}चैनल.{0,10} जुड़ने के लिए|"
    r"تابعونا (?:على|عبر)|اشتركوا? في (?:قناتنا|نشرتنا)|"
    r"ما را در .{2,30} دنبال کنید|עקבו אחרינו|הצטרפו לערוץ|bizi .{2,30} takip edin|"
    r"theo dõi (?:chúng tôi|báo) .{0,30}trên|ikuti (?:kami|berita .{0,30}) di\b|simak (?:juga )?video|obserwuj nas|"
    r"ติดตามข่าวสาร.{0,30}(?:ได้ที่|ทาง)|长按.{0,8}二维码|扫(?:码|描).{0,10}(?:关注|二维码)|点击上方.{0,8}(?:蓝字|关注))",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"^\W*(?:(?:photo|image|picture|photograph|video|screenshot|foto|bild|crédit|写真|사진|фото|fot|zdjęcie|kuva|"
    r"fotoğraf|görsel|ảnh|ภาพ|صورة|צילום)s?\b"
    r"(?: ?credit| courtesy| by| from| via)?(?: of)?\s*[:：/|©]|"
    r"(?:photo|image|picture|photograph)s?(?: credits?| courtesy| by| from| via)\b|"
    r"(?:图片?|圖片?)(?:来源|來源|来自|來自)|(?:图|圖|摄影|攝影)\s*[:：/／]|(?:.{0,60}/\s?)?getty images\b)",
    re.IGNORECASE,
)
_ORIGINAL_TITLE = re.compile(r"^\W*原[标標](?:题|題)\s*[:：]")
_READING_TIME = re.compile(
    r"^\W*(?:\d{1,3}[ -]min(?:ute)?s?\.?[ -](?:read|listen|watch)|"
    r"(?:(?:estimated )?reading time|lesezeit|lesedauer|temps de lecture|"
    r"tiempo de lectura|tempo di lettura|tempo de leitura|leestijd)\W{0,3}\d{1,3} ?min\w*\.?|\d{1,3} ?min\w* "
    r"(?:lesezeit|de lecture|de lectura|di lettura|de leitura|leestijd|czytania))\W*$|"
    r"^this audio is (?:auto-?generated|AI-generated)\b|"
    r"^\W*(?:this|the) (?:article |ai )?(?:summary|overview|translation|audio)\b.{0,40}\b(?:generated|created|made)\b"
    r".{0,20}\b(?:AI|artificial intelligence|automatically)\b|^our standards: ",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"^\W*(?:(?:views?|hits|aufrufe|vues|visitas|visualizzazioni|visualizações|просмотр(?:ов|ы)|переглядів|görüntülenme|okunma|"
    r"조회수?|阅读(?:量|数)?|浏览(?:量|次数)?|閲覧数|点击(?:数|量|次数)?|بازدید|المشاهدات|צפיות)\W{0,3}\d[\d.,]*[km万]?|"
    r"\d[\d.,]*[km万]? (?:views|hits|reads|aufrufe|vues|visitas|просмотров|переглядів))\W*$",
    re.IGNORECASE,
)
"""How often a page was read."""
_MARKED_AD = re.compile(r"^\s*[\[【(（［]\s*(?:PR|AD|広告|广告|廣告|광고)\s*[\]】)）］]\s*$")
_PLACEHOLDER = re.compile(r"^\W*lorem ipsum(?:\s*\d*$| dolor\b)", re.IGNORECASE)
_LETTER_SIZE = re.compile(r"^\W*[AА]\s?[+-](?:\W*[AА]\s?[+-]?)+$")
_MEDIA = re.compile(r"^\s*\[[^\W\d]+:(?:video|image|foto|photo)\b[^\[\]]{0,40}\]\s*$", re.IGNORECASE)
"""What an editor's system left of a film or picture: "[Gambas:Video 20detik]"."""
_POSTED_AGO = re.compile(
    r"^\W*(?:posted|updated) (?:(?:about|over|almost) )?(?:\d+|an?) (?:minute|hour|day|week|month|year)s? ago\b"
    r".{0,45}$|^incident report for .{2,60}$",
    re.IGNORECASE,
)
"""What stands beside each report on a status page."""
_EMBED = re.compile(
    r"^\W*(?:empfohlener (?:redaktioneller|externer) inhalt$|"
    r"an dieser stelle (?:finden|finde|befindet|steht|ist) .{0,40}\bextern|"
    r"(?:externen )?inhalte? (?:von .{2,40} )?(?:anzeigen|laden|freigeben)$|"
    r"ich bin damit einverstanden, dass mir extern|mit (?:deiner|ihrer) (?:zustimmung|einwilligung) .{0,40}\bextern|"
    r"(?:this|the) (?:content|article|page) (?:is|includes|contains|features) .{2,60}"
    r"\bwe (?:need|ask for) your permission\b|"
    r"to (?:show|view|see|display) (?:you )?this (?:content|post|video|embed).{0,60}\b(?:cookies|consent|permission)|"
    r"pour (?:voir|afficher|visualiser) ce(?:tte)? (?:contenu|vidéo)|ce contenu (?:est|a été) bloqué|"
    r"para ver este contenido|este contenido (?:está|ha sido) bloqueado|per (?:vedere|visualizzare) questo contenuto|"
    r"(?:om|voor) deze (?:inhoud|content|video) .{0,30}\bcookies|treść zewnętrzna|ekstern(?:t)? indhold)",
    re.IGNORECASE,
)
"""What stands in the place of another site's post or picture until a reader consents."""
_FURNITURE = (_EMBED, _POSTED_AGO, _PLACEHOLDER, _MARKED_AD, _READING_TIME, _COUNTED, _LETTER_SIZE, _MEDIA)
_HASHTAGS = re.compile(r"^\s*(?:#\S+\s*)+$")
_MAX_INLINE = 220
_MAX_CREDIT = 120
_MAX_TAG = 40
_SENTENCE_SPACES = 3
_MAX_HEAD = 10
_SAME = 0.85

Rule = Callable[[Sequence[Block], str | None], dict[int, str]]


def clean(blocks: Sequence[Block], title: str | None) -> tuple[list[Block], list[Removed]]:
    """The blocks of the article alone, and a record of every block taken out.

    Each rule sees what the rules before it left. A rule that would leave nothing is not applied.
    """
    kept = list(blocks)
    removed: list[Removed] = []
    for rule in (cover_and_signatures, _headline, _boxes, _wall, _lines, _head, _tail):
        doomed = rule(kept, title)
        if len(doomed) == len(kept):
            continue
        for place, kind in doomed.items():
            text = kept[place].text
            removed.append(Removed(kind=kind, length=len(text), start=text[:60]))
        kept = [block for place, block in enumerate(kept) if place not in doomed]
    return kept, removed


def _headline(blocks: Sequence[Block], title: str | None) -> dict[int, str]:
    """The title repeated among the first lines."""
    if not title:
        return {}
    lines = (_ORIGINAL_TITLE.sub("", block.text) for block in blocks[:4])
    doomed = dict.fromkeys((place for place, line in enumerate(lines) if likeness(line, title) >= _SAME), "headline")
    broken = [block.text for block in takewhile(lambda block: block.kind == "heading", blocks[:4])]
    broken = list(takewhile(lambda line: likeness(line, title), broken))
    for count in range(2, len(broken) + 1):  # by line breaks
        if likeness(" ".join(broken[:count]), title) >= _SAME:
            doomed |= dict.fromkeys(range(count), "headline")
    return doomed


def _boxes(blocks: Sequence[Block], _: str | None) -> dict[int, str]:
    return {place: "box" for box in find_boxes([block.text for block in blocks]) for place in box}


def _wall(blocks: Sequence[Block], _: str | None) -> dict[int, str]:
    """A wall's notice behind the text, and what follows it."""
    for place in range(max(1, len(blocks) - NOTICES_WITHIN), len(blocks)):
        text = blocks[place].text
        if len(text) <= _MAX_INLINE and is_notice(text) and sum(is_prose(block.text) for block in blocks[place:]) <= 1:
            return dict.fromkeys(range(place, len(blocks)), "wall")
    return {}


def _lines(blocks: Sequence[Block], _: str | None) -> dict[int, str]:
    """Lines that are noise wherever they stand: buttons and templates, pointers elsewhere, invitations, credits."""
    doomed: dict[int, str] = {}
    for place, block in enumerate(blocks):
        plain = _BULLET.sub("", block.text)
        drawn = block.kind not in ("code", "row") and not any(map(str.isalnum, plain))
        if drawn or phrases.furniture().match(plain) or any(pattern.match(plain) for pattern in _FURNITURE):
            doomed[place] = "furniture"
        elif len(plain) <= _MAX_INLINE and phrases.inline().opens(plain):
            doomed[place] = "inline"
        elif len(plain) <= _MAX_INLINE and _INVITATION.match(plain):
            doomed[place] = "promotion"
        elif len(plain) <= _MAX_CREDIT and _CREDIT.match(plain) and not is_prose(plain):
            doomed[place] = "credit"
    return doomed


def _head(blocks: Sequence[Block], _: str | None) -> dict[int, str]:
    """Byline and date before the first paragraph, with the short items of their list."""
    first = next((place for place, block in enumerate(blocks[:_MAX_HEAD]) if is_prose(block.text)), 0)
    heads = (place for place in range(first) if blocks[place].kind not in ("heading", "row"))
    short = [place for place in heads if len(blocks[place].text) <= 80]
    dated = [place for place in short if _is_byline(blocks[place].text) and not _ends(blocks[place])]
    dated = [place for place in dated if not blocks[place].text.endswith(";")]  # a recital
    lists = [list(run) for is_item, run in groupby(range(first), lambda place: _is_item(blocks[place])) if is_item]
    around = {place for run in lists if not {*dated}.isdisjoint(run) for place in run}
    listed = [place for place in short if place in around and not _ends(blocks[place])]
    behind = range(first + 1, min(first + 1 + _BEHIND_LEAD, len(blocks)))
    dated += [place for place in behind if _is_named(blocks[place])]
    named = [place for place in short if {place - 1, place + 1} & {*dated} and _is_name(blocks[place].text)]
    return dict.fromkeys(sorted({*dated, *listed, *named}), "byline")


_BEHIND_LEAD = 2


def _is_named(block: Block) -> bool:
    """Whether it is but a byline, as it may stand behind the first paragraph as well."""
    if len(block.text) > MAX_CLOSING or block.kind in ("heading", "row") or ends_sentence(block.text):
        return False
    return bool(BYLINE.match(block.text) and split_names(block.text))


def _is_name(text: str) -> bool:
    return split_names(text) == [text]


def _is_byline(text: str) -> bool:
    return bool(_DATE_OR_BYLINE.search(text) or (BYLINE.match(text) and split_names(text)))


def _tail(blocks: Sequence[Block], _: str | None) -> dict[int, str]:
    """Tags, promotion and copyright lines after the last paragraph."""
    doomed: dict[int, str] = {}
    last = len(blocks) - 1
    while last > 0 and (kind := closing(blocks[last])):
        doomed[last] = kind
        last -= 1
    start = last + 1
    while start > 1 and _is_tag(blocks[start - 1]):
        start -= 1
    tags = blocks[start : last + 1]
    listed = len(tags) >= 2 or all(block.kind == "item" for block in tags)
    if all(_HASHTAGS.match(block.text) for block in tags) or (listed and _ends(blocks[start - 1])):
        doomed.update(dict.fromkeys(range(start, last + 1), "tags"))
    return doomed


def _is_tag(block: Block) -> bool:
    if _HASHTAGS.match(block.text):
        return True
    return _is_item(block) and len(block.text) <= _MAX_TAG and not _is_sentence(block) and not is_indicator(block.text)


def _is_sentence(block: Block) -> bool:
    return ends_sentence(block.text) and (len(block.text) > 30 or block.text.count(" ") >= _SENTENCE_SPACES)


def _is_item(block: Block) -> bool:
    return block.kind == "item" or bool(_BULLET.match(block.text))


def _ends(block: Block) -> bool:
    return len(block.text) > 30 and ends_sentence(block.text)
