"""How much of the article the page gives, and what its publisher allows: access and rights."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.records import Access
from pipelines.extract.declared import Declared, texts

_RESTRICTIONS = re.compile(
    r"\b(noindex|none|noarchive|nosnippet|noai|noimageai|nocache|notranslate|"
    r"noimageindex|unavailable_after:\s*[^,]+)",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$|"
    r"\b(?:subscribe|sign in|log in|register|become a member)\b.{0,40}"
    r"\b(?:continue|keep reading|read (?:more|on|the (?:full|rest)))|"
    r"\b(?:to (?:continue|read the (?:full|rest)).{0,40}(?:subscri|sign in|log in|register))|"
    r"\b(?:jetzt|zum) weiterlesen\b|\babonn(?:ieren|ez-vous)\b.{0,60}\b(?:weiter|lire la suite)|"
    r"réservé aux abonnés|\bsuscr[ií]b\w+\b.{0,40}\bseguir leyendo|\babbonati\b.{0,40}\bcontinu|"
    r"会員限定|有料(?:会員|記事)|続きを読むには|この記事は有料|订阅.{0,10}继续阅读",
    re.IGNORECASE,
)


def access(declared: Declared, paragraphs: Sequence[str]) -> Access:
    """`paywalled` where the page declares that it is not free, `truncated` where its text ends in a cut.

    >>> access(Declared(), ["A long first paragraph.", "Subscribe now to continue reading"])
    'truncated'
    """
    if any(_is_false(item.get("isAccessibleForFree")) for item in (declared.article, *declared.objects)):
        return "paywalled"
    tier = declared.meta("article:content_tier", "content_tier")
    if tier and tier.lower() in ("locked", "metered-locked"):
        return "paywalled"
    return "truncated" if any(len(text) < 400 and _CUT.search(text) for text in paragraphs[-2:]) else "full"


def rights(declared: Declared, headers: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What page or headers restrict: `robots: noarchive`, `x-robots-tag: noai`, `tdm-reservation: 1`.

    TDM reservation is the protocol of https://www.w3.org/community/reports/tdmrep/CG-FINAL-tdmrep-20240510/.
    """
    found = [
        f"robots: {word.lower()}" for text in declared.metas.get("robots", ()) for word in _restrictions(text)
    ]
    for name, value in headers:
        if name.lower() == "x-robots-tag":
            found += [f"x-robots-tag: {word.lower()}" for word in _restrictions(value)]
        elif name.lower() in ("tdm-reservation", "tdm-policy"):
            found.append(f"{name.lower()}: {value.strip()[:300]}")
    for name in ("tdm-reservation", "tdm-policy"):
        found += [f"{name}: {text[:300]}" for text in declared.metas.get(name, ())]
    return tuple(item for item in dict.fromkeys(found) if item != "tdm-reservation: 0")[:20]


def _restrictions(text: str) -> list[str]:
    return _RESTRICTIONS.findall(text[:1_000])


def _is_false(value: object) -> bool:
    return value is False or any(text.lower() in ("false", "no", "0") for text in texts(value))
