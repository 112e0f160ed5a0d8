"""What a text's last lines are that do not belong to it: promotion, tags, bylines, sources, dates."""

from __future__ import annotations

import re

from pipelines.extract.blocks import Block
from pipelines.extract.boxes import ends_sentence

_PROMOTION = re.compile(
    r"\bsign up (?:for|to|here)\b|\bsubscribe (?:to|now|today|here|for free)\b|"
    r"\b(?:our|free|daily|weekly) newsletters?\b|\bto your inbox\b|\bfollow (?:us|him|her|them|me) on\b|"
    r"\blike us on facebook\b|"
    r"\bdownload (?:the|our)\b.{0,20}\bapp\b|\bclick here to\b|\bjoin (?:our|the) (?:whatsapp|telegram)\b|"
    r"\ball rights reserved\b|^\W*(?:©|copyright\b|\(c\))|\bmay not be (?:published|reproduced|republished)\b|"
    r"\babonnieren sie\b|\bnewsletter\b.{0,30}\b(?:abonn|anmeld|inscri)|"
    r"\b(?:nuestra|nossa|nostra|notre|unser(?:en)?) newsletter|\bsíguenos en\b|\bsuscr[ií]b[ae]te\b|"
    r"\bnon-?profit (?:news|newsroom|journalism)\b|\b(?:stories|articles|content) (?:may|can) be republished\b|"
    r"^you make our work possible\b|"
    r"^\W*the post .{3,200}? (?:appeared first|first appeared) on\b|"
    r"^\W*(?:this|the) (?:article|story|post|piece|column)\b.{0,20}\b(?:originally|first) (?:appeared|ran|published)\b|"
    r"^\W*(?:originally|first) published (?:by|at|on|in)\b|"
    r"^\W*dieser (?:artikel|beitrag|text) (?:ist |erschien )zuerst\b|"
    r"^\W*cet article (?:est paru|a été publié) (?:initialement|d.abord|pour la première fois)\b|"
    r"\bsuivez-nous\b|無断転載|転載を禁|版权所有|무단.{0,4}전재|저작권자",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"\S@\w[\w-]*\.\w|(?:기자|특파원)\W*$|^\([a-z]{2,4}(?:/[a-z]{2,4}){1,3}\)$", re.IGNORECASE)
"""A name with its e-mail address, as Korean articles close, among others, or initials, as Indonesian ones do."""
_DISCLAIMER = re.compile(
    r"\b(?:not|nor)\b.{0,60}\blegal advice\b|\battorney advertising\.|\bkeine rechtsberatung\b", re.IGNORECASE
)
_MAX_DISCLAIMER = 800
"""Law firms' last words, which are longer than others' promotion."""
_TELEPHONE = re.compile(r"\d[\d ()–-]{6,}\d")
"""What a notice gives for questions, beside its address."""
_SOURCE = re.compile(
    r"^\W*(?:sources?|quellen?|fuentes?|fontes?|fonti|bron|källa|kilder?|źródło|zdroj|kaynak|sumber|источник|джерело|"
    r"المصدر|来源|來源|出典|출처|责任编辑|責任編輯|编辑|author|autor(?:a|es|en)?|авторы?|автори?|作者)\s*[:：]",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"^\W*(?:(?:first |last |date )?(?:published|updated|posted|modified)|stand|veröffentlicht|aktualisiert|publié|"
    r"mis à jour|printed|(?:aus)?gedruckt|imprimé|publicad[oa]|actualizad[oa]|atualizad[oa]|pubblicato|aggiornato|"
    r"\d{1,2}[. ] ?[^\W\d]{3,12}\.? (?:19|20)\d\d)\b(?=.*(?:19|20)\d\d)",
    re.IGNORECASE,
)
_FILED = re.compile(
    r"^\W*(?:this (?:entry|post|article) was (?:posted|filed|tagged|published)\b|categori[sz]ed (?:as|in)\b|"
    r"(?:filed under|posted in|tagged(?: in| with| as)?|tags?|categor(?:y|ies)|topics|keywords|schlag(?:wörter|worte)|"
    r"mots[- ]clés|etiquetas|tagi|теги|метки|标签|標籤|關鍵字|タグ|태그)\s*[:：])",
    re.IGNORECASE,
)
_REPORTED = re.compile(r"\W*(?:additional )?(?:reporting|writing) by [^.]*\bediting by\b", re.IGNORECASE)
_MAX_FILED = 300
MAX_CLOSING = 80
_MAX_PROMOTION = 320


def closing(block: Block) -> str | None:
    """What a last line is that does not belong to the text: promotion, tags, a byline, a source, a date; else None."""
    text = block.text
    if (len(text) <= _MAX_PROMOTION and _PROMOTION.search(text)) or (
        len(text) <= _MAX_DISCLAIMER and _DISCLAIMER.search(text)
    ):
        return "promotion"
    if len(text) <= _MAX_FILED and _FILED.match(text):
        return "tags"
    if len(text) <= _MAX_FILED and _REPORTED.match(text):
        return "byline"
    if len(text) > MAX_CLOSING or block.kind == "heading" or ends_sentence(text):
        return None
    is_signed = _SIGNED.search(text) and not _TELEPHONE.search(text)
    return "byline" if is_signed or _SOURCE.match(text) or _DATED.match(text) else None
