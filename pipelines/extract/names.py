"""The people in a byline: no "By", no role, no degree, no outlet, no "Staff"."""

from __future__ import annotations

import re

from pipelines.extract.blocks import squeeze

_BY = re.compile(
    r"^\W*(?:(?:written|reported|edited|posted|published|words|story|article|text|reviewed|medically)\s+)*"
    r"(?:(?:by|author|verfasst von|przez|autore?s?|written|文|記者|撰文|作者)(?:\b|(?=[^\x00-\x7f]))|"
    r"(?-i:By(?=[A-Z][a-z]))|"
    r"(?:von|par|por|di|da|door|av|af)\b(?=\W*\w+\s+\w))[\s:：]*",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\W+(?:(?:medically |fact[- ])?(?:edited|reviewed|checked|translated)|photo(?:s|graphs?|graphy)?|illustrations?|"
    r"additional reporting|contributions?) (?:by|from)\b|\W+(?:mit material von|fotos?:)|\s+on (?=[a-z]+\.? \d)",
    re.IGNORECASE,
)
"""What a byline goes on with after its authors: who else took part, and the date."""
_DIVIDE = re.compile(
    r"\s*(?:[;|/•·、]|,|\s+(?:and|und|et|y|e|en|och|og|with|as told to|&)\s+|\s+&amp;\s+)\s*", re.IGNORECASE
)
_LINK_WORD = re.compile(r"^(?:and|und|et|y|och|og|with|&)\s+", re.IGNORECASE)
_NO_PERSON = re.compile(
    r"https?:|www\.|\w\.\w{2}|[@*\d:#?!_{}<>=]|^the\b|\b(?:staff|editors?|editorial|team|desk|newsroom|redaktion|redaction|rédaction|"
    r"redacción|redazione|redactie|redaksi|news|press|presse|agency|agence|agencia|agentur|correspondent|reporter|writer|"
    r"contributors?|contributed|admin|administrator|guest|associated|reuters|afp|bloomberg|dpa|ansa|efe|magazine|media|"
    r"online|times|post|journal|gazette|herald|tribune|enquirer|network|today|radio|broadcasting|"
    r"inc|llc|ltd|gmbh|company|corporation|publishing|partners|"
    r"director|manager|deputy|cto|coo|cfo|fact|founder|co-founder|ceo|president|attorney|expert|specialist|consultant|professor|analyst|"
    r"columnist|officer|freelance|producer|blog|blogger|author|about|sponsored|"
    r"center|centre|institute|department|ministry|university|college|school|association|foundation|council|board|bureau|"
    r"login|logout|log|sign|share|copy|copied|link|size|category|home|menu|subscribe|newsletter|opens?|click|update[d]?|published|minutes?|read|senior|chief|follow|view|post(?:s|ed)?|article|contents?|ajans[ıi]|all|more|comments?|unknown|anonymous)\b|"
    r"通信|新聞|編集部|取材班|フォロー|すべて|筆者|일보|뉴스|일동",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*(?:[(\[]|\s[-–—|]\s).*$")
_FULL_STOP = re.compile(r"(?<=\w{3})\.$")
_SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv)\.?$", re.IGNORECASE)
_DEGREE = re.compile(
    r"[\s,]+(?:M\.?D|Ph\.?\s?D|M\.?S|MSc|B\.?A|BSc|M\.?A|R\.?D|RDN|RN|MPH|MBA|CPA|CFA|CFP|CEPF|JD|Esq|LCSW|DO|DDS)\.?®?$"
)
_REPORTER = re.compile(r"(?:\s*(?:記者|기자|특파원)(?:\s.*)?|\s+says)$")
_ASIAN = re.compile(r"[぀-ヿ一-鿿가-힣]")
_PARTICLES = re.compile(
    r"(?:de|del|della|der|den|d[aiou]|dos|das|des|van|von|vom|zur?|la|le|el|al|bin|ibn|ben|bint|y|e|a[fv]|te[rn])$"
)


def split_names(text: str) -> list[str]:
    """The people in a byline.

    >>> split_names("By Ada Low, Bo Hi, MD and Reuters Staff")
    ['Ada Low', 'Bo Hi']
    >>> split_names("高橋 健太"), split_names("신현주 기자"), split_names("Editorial Team")
    (['高橋 健太'], ['신현주'], [])
    >>> split_names("Ada Low, Director of Operations"), split_names("Von Miller")
    (['Ada Low'], ['Von Miller'])
    """
    names: list[str] = []
    line, *_ = _OTHERS.split(_BY.sub("", squeeze(text[:500])))
    for part in _DIVIDE.split(line):
        name = _bare(part)
        if _SUFFIX.match(name) and names:
            names[-1] += f" {name}"
        elif is_person(name):
            names.append(name)
    return names


def _bare(part: str) -> str:
    name = _BY.sub("", _LINK_WORD.sub("", _ASIDE.sub("", part))).strip(' \t,:–—-()[]"“”')
    name = _REPORTER.sub("", _FULL_STOP.sub("", name))
    while (shorter := _DEGREE.sub("", name)) != name:
        name = shorter
    return name


def is_person(name: str) -> bool:
    """Whether it reads as a person's full name: two to five capitalized words, or a name in an East Asian script."""
    if not 2 <= len(name) <= 50 or _NO_PERSON.search(name):
        return False
    words = name.split()
    if _ASIAN.search(name):
        return len(words) <= 5
    full = sum(not word[0].islower() for word in words) >= 2
    return full and len(words) <= 5 and all(not w[0].islower() or _PARTICLES.match(w) or "'" in w[:3] for w in words)


def is_mononym(name: str) -> bool:
    """Whether it may be a person's one name, where a page declares it as a person's.

    >>> is_mononym("Banksy"), is_mononym("Staff"), is_mononym("q_admin")
    (True, False, False)
    """
    return name.isalpha() and name.istitle() and 3 <= len(name) <= 20 and not _NO_PERSON.search(name)
