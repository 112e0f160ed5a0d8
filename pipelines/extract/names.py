"""The people in a byline: no "By", no role, no degree, no outlet, no "Staff"."""

from __future__ import annotations

import re

from pipelines.extract.blocks import squeeze

_BY = re.compile(
    r"^\W*(?:(?:written|reported|reporting|contributed|compiled|edited|posted|published|words|story|article|text|interview|reviewed|medically)\s+)*"
    r"(?:(?:by|author|verfasst von|przez|autore?s?|written|文(?=\s)|記者|撰文|作者)(?:\b|(?=[^\x00-\x7f]))|"
    r"(?:interview|intervista|entrevista|wywiad|tekst|text[eo]?|testo|oleh|penulis|autork[ai]|autori|autoren|author|reporting|szerző|írta|haber|"
    r"الكاتب|लेखक|लेखिका|লেখক|tác giả|ผู้เขียน)\s*:|"
    r"(?:авторы?|автори|текст|بقلم|كتبت?|نویسنده|yazan|yazar|γράφ(?:ει|ουν)(?: ο| η| οι)?|מאת|כתב)\b|โดย\s*:?|"
    r"(?-i:By(?=[A-Z][a-z]))|"
    r"(?:von|par|por|di|da|door|av|af)\b(?=\W*\w+\s+\w))[\s:：／/|]*(?:unsere[mnr] \w+\s)?",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"\W+(?:(?:medically |fact[- ])?(?:edited|reviewed|checked|translated)|photo(?:s|graphs?|graphy)?|illustrations?|"
    r"additional reporting|contributions?) (?:by|from)\b|\W+(?:mit material von|fotos?:)|\s+on (?=[a-z]+\.? \d)|"
    r"\s+(?=(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.? \d)",
    re.IGNORECASE,
)
"""What a byline goes on with after its authors: who else took part, and the date."""
_DIVIDE = re.compile(
    r"\s*(?:[;|/／•·、，；]|,|\s+(?:and|und|et|y|e|en|och|og|with|mit|avec|con|as told to|&)\s+|\s+&amp;\s+)\s*",
    re.IGNORECASE,
)
_LINK_WORD = re.compile(r"^(?:and|und|et|y|och|og|with|&)\s+", re.IGNORECASE)
_NO_PERSON = re.compile(
    r"https?:|www\.|\w\.\w{2}|[@*\d:#?!_{}<>=]|^the\b|\b(?:staff|editors?|editorial|team|desk|newsroom|\w*redaktion|redaction|rédaction|"
    r"redacción|redazione|redactie|redaksi|news|press|presse|agenc(?:y|ies|es?|ias?|ja)|agentur(?:en)?|agenzie?|redakcja|redacția|redactia|redação|toimitus|redaktionen|редакция|редакція|correspondent|reporter|writer|wire|reports|services|business|sports?|politics|weather|"
    r"contributors?|contributed|admin|administrator|super user|webmaster|"
    r"guest|associated|reuters|afp|bloomberg|dpa|ansa|efe|magazine|media|"
    r"online|times|telegram|chronicle|sentinel|post|journal|gazette|herald|tribune|enquirer|network|today|radio|broadcasting|"
    r"inc|llc|ltd|gmbh|company|corporation|publishing|partners|"
    r"director|manager|deputy|cto|coo|cfo|fact|founder|co-founder|ceo|president|attorney|expert|specialist|consultant|professor|analyst|"
    r"columnist|officer|freelance|producer|blog|blogger|author|about|sponsored|"
    r"center|centre|institute|department|ministry|university|college|school|association|foundation|council|board|bureau|"
    r"release|advisory|notice|summary|alert|bulletin|statement|overview|severity|security|breach|incident|privacy|"
    r"login|logout|log|sign|anmelden|abmelden|einloggen|ausloggen|share|copy|copied|link|size|category|home|menu|subscribe|newsletter|opens?|click|update[d]?|published|minutes?|read|senior|chief|follow|view|post(?:s|ed)?|article|contents?|ajans[ıi]|all|more|comments?|unknown|anonymous)\b|"
    r"通信|新聞|ニュース|報導|报道|編集部|取材班|フォロー|すべて|筆者|일보|뉴스|일동",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*(?:[(\[（［]|\s[-–—|]\s).*$")
_WHERE = re.compile(r"\s+(?:in|for|at|from|of the|aus)\s+(?=[A-ZÀ-Þ]).*$")
"""Where the author is, or for whom: "Ada Low in London"."""
_BRACKETED = re.compile(r"^\s*[\[(（【][^\[\]()（）【】]{0,30}[\])）】]\s*(?=\w)")
"""A Korean byline's dateline: "[서울=뉴시스] 이영희 기자"."""
_ROLES = re.compile(
    r"((?:(?:取材|文|写真|撮影|構成|執筆|聞き手|編集|監修|翻訳|撰文|作者|記者|责任编辑|責任編輯|责编|编辑|編輯|摄影|校对)[・、&]?)+)"
    r"\s*[：:／/＝=・]\s*"
)
_OF_AUTHORS = re.compile(r"取材|文|執筆|聞き手|撰文|作者|記者")
_ORGANIZATION = re.compile(
    r"[一-鿿](?:[网網社]|公司|[日晚早时時][报報]|[周週]刊|[财財][经經]|科技|[频頻]道|[传傳]媒|[电電][视視][台臺]|[广廣]播|[资資][讯訊]|"
    r"研究院|中心|[协協]会|委[员員][会會]|[部局課班])$|[一-鿿]{6}"
)
"""How a Chinese or Japanese body's name ends, and more characters than a person's has."""
_POST = re.compile(r"^(?:編集委員|論説委員|解説委員|特派員|記者|[一-鿿]{2,5}[部局課班])[・\s:：]+(?=[一-鿿])")
"""A Japanese byline's office before the name: "社会部 高橋健太"."""
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
    >>> split_names("本报记者 李明 王芳"), split_names("文／山田太郎")
    (['李明', '王芳'], ['山田太郎'])
    >>> split_names("Ada Low, Director of Operations"), split_names("Von Miller")
    (['Ada Low'], ['Von Miller'])
    """
    names: list[str] = []
    text = _CHINESE.sub(_listed, _in_roles(_BRACKETED.sub("", squeeze(text[:500]))))
    line, *_ = _OTHERS.split(_BY.sub("", text))
    for part in _DIVIDE.split(line):
        name = _bare(part)
        if _SUFFIX.match(name) and names:
            names[-1] += f" {name}"
        elif is_person(name):
            names.append(name)
    return names


_CHINESE = re.compile(r"^\W*[一-鿿]{0,8}记者[\s:：]*(.*)$")
"""Reporters in a Chinese byline, divided by spaces."""


def _in_roles(text: str) -> str:
    """An East Asian byline without its roles, and without those who did not write.

    >>> _in_roles("取材・文：佐藤花子 撮影：高橋健太")
    '佐藤花子'
    """
    first, *parts = _ROLES.split(text)
    named = [name.strip() for role, name in zip(parts[::2], parts[1::2], strict=True) if _OF_AUTHORS.search(role)]
    return "、".join(filter(None, [first.strip(), *named]))


def _listed(match: re.Match[str]) -> str:
    return "、".join(match[1].split())


def _bare(part: str) -> str:
    part = _POST.sub("", part)
    name = _BY.sub("", _LINK_WORD.sub("", _WHERE.sub("", _ASIDE.sub("", part)))).strip(' \t,:–—-()[]"“”［］（）【】')
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
        return len(words) <= 5 and not _ORGANIZATION.search(name)
    full = sum(not word[0].islower() for word in words) >= 2
    return full and len(words) <= 5 and all(not w[0].islower() or _PARTICLES.match(w) or "'" in w[:3] for w in words)


def in_order(name: str) -> str:
    """A declared name with the family's before a comma as it is spoken: libraries' tags have it so.

    >>> in_order("Low, Ada M."), in_order("Ada Low, Bo Hi"), in_order("Lindow, Ada Low")
    ('Ada M. Low', 'Ada Low, Bo Hi', 'Lindow, Ada Low')
    """
    inverted = _INVERTED.fullmatch(name.strip())
    spoken = f"{inverted['given']} {inverted['family']}" if inverted else name
    return spoken if is_person(spoken) else name


_INVERTED = re.compile(r"(?P<family>[^\s,;]{2,30}), ?(?P<given>[^\s,;]{2,20}(?: \w\.?)?)")


def is_mononym(name: str) -> bool:
    """Whether it may be a person's one name, where a page declares it as a person's.

    >>> is_mononym("Banksy"), is_mononym("Staff"), is_mononym("q_admin")
    (True, False, False)
    """
    return name.isalpha() and name.istitle() and 3 <= len(name) <= 20 and not _NO_PERSON.search(name)
