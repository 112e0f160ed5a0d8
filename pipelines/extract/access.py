"""How much of the article the page gives, and what its publisher allows: access and rights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from lxml.html import HtmlElement

from archive.records import Access
from pipelines.extract.blocks import squeeze
from pipelines.extract.boxes import ends_sentence
from pipelines.extract.declared import Declared, article_kinds, read_declared, texts
from pipelines.extract.first import first_text
from pipelines.extract.marks import Marks, marked, read_marks
from pipelines.extract.patterns import Pattern

_RESTRICTIONS = re.compile(
    r"\b(noindex|none|noarchive|nosnippet|noai|noimageai|nocache|notranslate|noimageindex)\b", re.IGNORECASE
)
_UNTIL = re.compile(r"\bunavailable_after:\s*[^,]+", re.IGNORECASE)
_SETTING = re.compile(r"\bmax-[\w-]+\s*:\s*[\w-]+", re.IGNORECASE)
_AGENT = "breachwire"
_NAMED = re.compile(r"\s*(?!max-|unavailable_after\b)([a-z_][\w.-]*)\s*:", re.IGNORECASE)
_CUT_OFF = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
_PAY = Pattern(
    re.compile(
        r"\bsubscri\w+\b(?:(?!newsletter|e-?mail|alert|podcast|channel).){0,60}\b"
        r"(?:continue|keep reading|unlock|read (?:more|on|this|the (?:full|rest|whole)))|"
        r"\b(?:continue|keep) reading\b.{0,60}\b(?:subscri|free trial)|"
        r"\b(?:to )?read the (?:full|rest|whole)\b.{0,60}\bsubscri|"
        r"\b(?:become a member|start your (?:free )?trial)\b.{0,60}\b(?:continue|reading|read (?:on|the))|"
        r"\bfor (?:paid |paying )?subscribers only\b|"
        r"\breached your (?:monthly )?(?:limit of (?:\w+ )?free|free article)|"
        r"\bthis (?:content|post|page|article|story) is (?:only )?(?:for|available (?:only )?(?:to|for)) (?:our )?"
        r"(?:paid|paying|premium|subscribers|members)|"
        r"\b(?:this|der|dieser) (?:article|story|artikel|text|inhalt)\b.{0,30}\b(?:subscribers only|"
        r"exclusively? for (?:\w+ )?(?:subscribers|members)|nur (?:für|mit).{0,20}abo)|"
        r"\b(?:jetzt|zum) weiterlesen\b|\bweiterlesen mit\b|"
        r"\babonn(?:ieren|ez-vous|iere)\b.{0,60}\b(?:weiter|lire la suite)|"
        r"réservée? (?:à nos |aux )abonnés|\bpour lire la suite\b.{0,60}abonn|"
        r"\bsuscr[ií]b\w+\b.{0,60}\b(?:seguir|continuar) leyendo|"
        r"\b(?:exclusivo|solo) para suscriptores\b|\babbonati\b.{0,60}\bcontinu|\briservato agli abbonati\b|"
        r"\bassine\b.{0,60}\bcontinuar lendo|\b(?:exclusivo|só) para assinantes\b|"
        r"\b(?:artikel|verhaal) is (?:exclusief |alleen )?voor abonnees\b|"
        r"\b(?:artikeln|saken|artikkelen|artiklen) (?:är|er) (?:bara |kun |endast )?(?:för|for) "
        r"(?:prenumeranter|abonnenter)\b|\btylko dla (?:subskrybentów|prenumeratorów)\b|"
        r"доступ\w* только (?:по подписке|подписчикам|для подписчиков)|\babonelere özel|"
        r"会員限定の?(?:記事|コンテンツ)|記事は.{0,12}会員限定|有料(?:会員|記事|登録)|この記事は有料|"
        r"订阅.{0,10}继续阅读|付费(?:阅读|内容)|유료 ?(?:회원|기사)",
        re.IGNORECASE,
    ),
    (
        *("subscri", "become a member", "trial", "members", "abo", "abbonati", "suscr", "assine", "weiterlesen"),
        *("reached your", "this ", "assinantes", "prenumer", "subskry", "подпис"),
        *("会員限定", "有料", "订阅", "付费", "유료"),
    ),
)
_REGISTER = Pattern(
    re.compile(
        r"\b(?:sign in|log in|register|create (?:a|your) free account)\b.{0,40}\b(?:continue|keep reading|"
        r"read (?:on|the (?:full|rest)))|"
        r"\b(?:to (?:continue|read the (?:full|rest)).{0,40}(?:sign in|log in|register))|"
        r"\b(?:reg[ií]str|inicia|identif|cadastr|registra|accedi|log[ui]n|entre)\w*\b.{0,40}\b"
        r"(?:seguir|continuar|continuare) (?:leyendo|lendo|a ler|a leggere)|"
        r"\b(?:anmelden|registrieren|melden)\b.{0,40}\bweiter(?:zu)?lesen|"
        r"\b(?:connectez|inscrivez|identifiez)-vous\b.{0,40}\b(?:continuer|la suite|poursuivre)|"
        r"로그인.{0,12}계속|登录.{0,6}(?:阅读|查看)全文|"
        r"続きを読むには|残り\d+文字|"
        r"\bread (?:the )?(?:full|rest of the) (?:story|article) (?:at|on|here)\b|無料会員登録",
        re.IGNORECASE,
    ),
    (
        *("sign in", "log in", "register", "account", "read ", "registr", "regístr", "inicia", "identif", "cadastr"),
        *("accedi", "logi", "logu", "entre", "weiterlesen", "weiterzulesen", "-vous"),
        *("로그인", "登录", "続き", "残り", "無料会員"),
    ),
)
_MAX_NOTICE = 400
NOTICES_WITHIN = 8
"""The last lines of the page's text among which a wall's notice stands ("Subscribe to continue reading")."""
_WALL = re.compile(r"pay-?wall|reg-?wall|subscri(?:be|ption)-wall|meteredwall")
_MAX_WALLS = 20
_LAST_LINES = 8
"""Lines of a page's rough text among which a wall's notice stands."""
_CUT_SHARE = 0.5
"""A text with less than this share of the words that the page declares (JSON-LD `wordCount`) is cut."""


def access(declared: Declared, text: Sequence[str], seen: Sequence[str] = ()) -> Access:
    """`paywalled` where the page declares that it is not free or asks for a subscription to read on; `truncated` where
    its text breaks off, or a registration is asked for.

    `text` has the paragraphs that came out, `seen` the page's last lines and notices before any were taken off.

    >>> access(Declared(), ["A long first paragraph."], ["Subscribe now to continue reading"])
    'paywalled'
    >>> access(Declared(), ["A first paragraph that breaks …"])
    'truncated'
    """
    if _declared_closed(declared):
        return "paywalled"
    # What holds braces is a template that a script would fill in, not a wall that stands.
    notices = [line for line in (*text[-2:], *seen) if len(line) < _MAX_NOTICE and "{{" not in line]
    if any(map(_PAY.is_in, notices)):
        return "paywalled"
    cut = bool(text and _CUT_OFF.search(text[-1])) or any(map(_REGISTER.is_in, notices))
    return "truncated" if cut or _shorter_than_declared(declared, text) else "full"


def is_notice(line: str) -> bool:
    """Whether a line is a wall's: it asks for a subscription or a registration to read on."""
    return len(line) < _MAX_NOTICE and "{{" not in line and (_PAY.is_in(line) or _REGISTER.is_in(line))


def is_walled(tree: HtmlElement) -> bool:
    """Whether a page without text declares a wall or shows one, be it of payment or of registration: then no other way
    to its text may be looked for."""
    lines = (*first_text(tree)[1].split("\n")[-_LAST_LINES:], *notices(read_marks(tree)))
    return access(read_declared(tree), (), lines) == "paywalled" or any(map(_REGISTER.is_in, lines))


def notices(marks: Marks) -> list[str]:
    """The texts of the page's wall, by its markup: short, and at most twenty."""
    named = (item for name in ("class", "id") for _, item in marked(marks, name, _WALL))
    lines = (squeeze(item.text_content()[: 4 * _MAX_NOTICE]) for item in islice(named, _MAX_WALLS))
    return [line for line in lines if 0 < len(line) < _MAX_NOTICE]


def _declared_closed(declared: Declared) -> bool:
    parts = declared.article.get("hasPart")
    items = [declared.article, *(parts if isinstance(parts, list) else [parts])]
    if not declared.article:
        items += [item for item in declared.objects if not article_kinds(item)]  # those are not the page's
    if any(isinstance(item, dict) and _is_false(item.get("isAccessibleForFree")) for item in items):
        return True
    return (declared.meta("article:content_tier", "content_tier") or "").lower() in ("locked", "metered-locked")


def _shorter_than_declared(declared: Declared, text: Sequence[str]) -> bool:
    counts = [int(count) for count in _figures(declared.article.get("wordCount"))]
    said = sum(len(paragraph.split()) for paragraph in text)
    return bool(counts) and said < _CUT_SHARE * counts[0] and not any(_ends(paragraph) for paragraph in text[-1:])


def rights(declared: Declared, headers: Sequence[tuple[str, str]], reserved: Sequence[str] = ()) -> tuple[str, ...]:
    """What page or headers restrict: `robots: noarchive`, `x-robots-tag: noai`, `tdm-reservation: 1`.

    TDM reservation is the protocol of https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/. `reserved`
    is what the site's file says, which counts only where neither page nor headers say anything of it.
    """
    tags = [text for name in ("robots", _AGENT) for text in declared.metas.get(name, ())]
    found = [f"robots: {word.lower()}" for text in tags for word in _restrictions(text)]
    for name, value in headers:
        if name.lower() == "x-robots-tag":
            found += [f"x-robots-tag: {word.lower()}" for word in _restrictions(value)]
        elif name.lower() in ("tdm-reservation", "tdm-policy"):
            found.append(f"{name.lower()}: {value.strip()[:300]}")
    for name in ("tdm-reservation", "tdm-policy"):
        found += [f"{name}: {text[:300]}" for text in declared.metas.get(name, ())]
    if not {"tdm-reservation: 0", "tdm-reservation: 1"} & set(found):
        found += reserved
    return tuple(item for item in dict.fromkeys(found) if item != "tdm-reservation: 0")[:20]


def _restrictions(text: str) -> list[str]:
    """The directives that restrict. A name with a colon begins those for another crawler, or for this one.

    >>> _restrictions("noarchive, max-image-preview: none"), _restrictions("googlebot: noindex, nosnippet")
    (['noarchive'], [])
    >>> _restrictions("noai, googlebot: noindex, breachwire: noarchive")
    ['noai', 'noarchive']
    """
    found: list[str] = []
    ours = True
    for part in text[:1_000].split(","):
        if (named := _NAMED.match(part)) is not None:
            ours = named[1].lower() == _AGENT
            part = part[named.end() :]
        if ours:
            found += _UNTIL.findall(part) or _RESTRICTIONS.findall(_SETTING.sub("", part))
    return found


def _figures(value: object) -> list[str]:
    """The figures of a value, of five digits at most."""
    return [text for text in texts(str(value) if isinstance(value, int) else value) if re.fullmatch(r"\d{1,5}", text)]


def _ends(paragraph: str) -> bool:
    return ends_sentence(paragraph)


def _is_false(value: object) -> bool:
    return value is False or any(text.lower() in ("false", "no", "0") for text in texts(value))
