"""Which news agency an article comes from: by its byline, its dateline, or the line that closes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipelines.extract.declared import Declared, texts

_NAMES = {
    "AP": r"AP|The Associated Press|Associated Press|AP News|AP通信|美联社|أسوشيتد برس",
    "Reuters": r"Reuters|Thomson Reuters|ロイター(?:通信)?|路透社|로이터|Рейтер|رويترز",
    "AFP": r"AFP|Agence France[- ]Presse|AFP ?= ?時事|AFPRelaxnews|AFP通信|法新社|فرانس برس|أ ف ب",
    "dpa": r"dpa(?:-\w+)?|DPA|Deutsche Presse-Agentur|د ب أ",
    "Kyodo": r"Kyodo(?: News)?|共同(?:通信)?|共同通信社|共同社",
    "Jiji": r"Jiji(?: Press)?|時事(?:通信)?|時事通信社|JIJI",
    "ANSA": r"ANSA",
    "EFE": r"EFE|Agencia EFE",
    "Europa Press": r"Europa Press",
    "Xinhua": r"Xinhua|新华社|新華社|新华网|شينخوا",
    "TASS": r"TASS|ТАСС",
    "RIA Novosti": r"RIA Novosti|РИА Новости",
    "Interfax": r"Interfax|INTERFAX(?:\.RU)?|Интерфакс",
    "Yonhap": r"Yonhap(?: News)?|연합뉴스",
    "Newsis": r"Newsis|뉴시스",
    "PTI": r"PTI|Press Trust of India",
    "ANI": r"ANI",
    "IANS": r"IANS",
    "APA": r"APA",
    "SDA": r"SDA|sda|Keystone-(?:SDA|ATS)|ATS",
    "epd": r"epd",
    "SID": r"SID",
    "Belga": r"Belga|BELGA",
    "ANP": r"ANP",
    "TT": r"TT",
    "NTB": r"NTB",
    "Ritzau": r"Ritzau|RITZAU",
    "STT": r"STT",
    "MTI": r"MTI",
    "Ukrinform": r"Ukrinform|Укрінформ|Укринформ",
    "PAP": r"PAP",
    "CTK": r"ČTK|CTK",
    "Lusa": r"Lusa|LUSA",
    "Anadolu": r"Anadolu(?: Agency| Ajansı)?|AA",
    "Antara": r"ANTARA|Antara",
    "Bernama": r"Bernama|BERNAMA",
    "CNA": r"CNA|中央社",
    "UPI": r"UPI|United Press International",
    "AAP": r"AAP|Australian Associated Press",
    "PA": r"PA|PA Media|Press Association",
    "Canadian Press": r"(?:The )?Canadian Press",
    "Bloomberg": r"Bloomberg(?: News)?",
}
_NAMED = {agency: re.compile(rf"(?<![\w.])(?:{names})(?![\w.]\w)") for agency, names in _NAMES.items()}
_WHOLE = {agency: re.compile(rf"(?:{names})") for agency, names in _NAMES.items()}
_AMBIGUOUS = frozenset(
    {"AA", "ANI", "APA", "ATS", "CNA", "MTI", "PA", "PAP", "SDA", "SID", "STT", "TT", "sda", "Bloomberg"},
)
"""Short names that are words of other things: they count alone in a byline or between brackets, not within a line."""

_DATELINE = re.compile(
    r"^(?:(?:[^()（）【】]{0,60}[(（]|[\[［])(?P<in>[^()（）\[\]［］]{2,40})"
    r"(?:[)）]\s*$|[)）\]］]\s*(?:(?P<mark>[-–—:=.,])|(?=\w)))|"
    r"【(?P<jp>[^【】]{2,30})】|(?P<slash>(?:[\w-]+/){1,3}\w+)\s*[-–—:]|"
    r"(?:[^.!?()/]{2,20}\. ){1,2}(?P<caps>INTERFAX\.RU)\s[-–—]|"
    r"[^.!?()/]{2,40}(?:\.\s*/(?P<tass>[^/]{2,20})/\.|\s[-–—]\s(?P<dash>[\w ]{2,20})[.:])\s)"
)
_CHINESE = re.compile(r"[(（]?([一-鿿]{2,3}社)[^，。；、]{1,20}[电電]")
"""An East Asian dateline: "新华社北京6月17日电", "（中央社記者林佩蓉台北12日電）"."""
_UNSPACED = re.compile(r"[ぁ-ヿ一-鿿]")
_CLOSING = re.compile(r"[(（\[]?(?P<in>[^()（）\[\]]{2,60})[)）\]]?\.?$")
_BRACKETED_END = re.compile(r"[(（](?P<in>[^()（）]{2,40})[)）]\.?$")
_CREDIT = re.compile(
    r"^\W*(?:©|\(c\)|المصدر|来源|來源|出典|출처|(?:copyright|sources?|quellen?|fuentes?|fonte|fonti|bron|källa|kilde|źródło|"
    r"zdroj|kaynak|sumber|источник|джерело|with|mit|avec|con|com|material(?:ien)? (?:von|der)|from|via)\b)",
    re.IGNORECASE,
)
_PUBLISHED = re.compile(
    r"^\W*(?:this (?:report|story|content|article) by (?P<by>.{2,40}?) was first published\b|"
    r"(?:copyright|©|\(c\))\W*(?:\d{4}\W+)?(?:by )?(?P<of>[^.,]{2,40})[.,] all rights reserved\b)",
    re.IGNORECASE,
)
_REUTERS_CLOSING = re.compile(
    r"^\(?\s*Reporting by .{3,200}[;,.] ?(?:additional reporting .{3,100})?editing by", re.IGNORECASE
)
_DIVIDE = re.compile(
    r"\s*(?:[,/;|=＝&+]|\b(?:and|und|et|y|e|with|mit|avec|con)\b)\s*|(?<=[ぁ-ヿ一-鿿])(?=時事|共同)", re.IGNORECASE
)


def agency(declared: Declared, bylines: Iterable[str], lines: Sequence[str], outlets: Iterable[str]) -> str | None:
    """The agencies that a text is credited to, divided by ", "; None if it is the outlet's own.

    `bylines` are the page's, `lines` the text's first four and the page's last four before any was taken off, `outlets`
    the site's names. A text that only speaks of an agency has none.

    >>> agency(Declared(), [], ["LONDON, May 3 (Reuters) - A bank lost data.", "It told AP so."], [])
    'Reuters'
    >>> agency(Declared(), ["By Ada Low and Associated Press"], ["A bank lost data."], [])
    'AP'
    """
    for found in (_credited(declared, bylines), _dateline(lines[:4]), _closing(lines[-4:]), _outlet(outlets)):
        if names := list(dict.fromkeys(found)):
            return ", ".join(names[:3])
    return None


def _credited(declared: Declared, bylines: Iterable[str]) -> Iterator[str]:
    keys = ("author", "creator", "sourceOrganization", "provider", "copyrightHolder")
    given = [text for name in keys for text in texts(declared.article.get(name))]
    metas = [
        text
        for name in ("author", "article:author", "dc.creator", "byl", "source")
        for text in declared.metas.get(name, ())
    ]
    for text in (*given, *metas, *bylines):
        if len(text) <= 160:
            yield from _parts(re.sub(r"^\W*(?:by|von|par|por|di)\b", "", text, flags=re.IGNORECASE))


def _dateline(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if match := _CHINESE.match(line):
            yield from _parts(match[1])
        elif match := _DATELINE.match(line[:200]):
            credit = next(text for name, text in match.groupdict().items() if text and name != "mark")
            within = match["in"] and not match["mark"]  # "The Palestinian Authority (PA) said"
            if not (within and credit in _AMBIGUOUS):
                yield from _parts(credit)
            if _UNSPACED.search(credit):
                yield from _parts(credit.split()[-1])


def _closing(lines: Sequence[str]) -> Iterator[str]:
    """Of the last lines: one that is a credit and nothing else, or the brackets at a line's end."""
    for line in lines:
        if _REUTERS_CLOSING.match(line):
            yield "Reuters"
        elif named := _PUBLISHED.match(line):
            yield from _parts(named["by"] or named["of"])
        elif len(line) <= 80 and (whole := _CLOSING.match(line)):
            yield from _parts(_CREDIT.sub("", whole["in"]))
            if _CREDIT.match(line):
                yield from _named(line)
        elif end := _BRACKETED_END.search(line):
            yield from _parts(end["in"])


def _outlet(names: Iterable[str]) -> Iterator[str]:
    return (agency for name in names if name not in _AMBIGUOUS for agency in _parts(name))


def _parts(text: str) -> Iterator[str]:
    """The agencies that are whole parts of a text ("ab/AFP", "【ワシントン時事】", "Ada Low and Reuters")."""
    for part in _DIVIDE.split(text):
        plain = part.strip(" .:：-–—()（）©")
        yield from (agency for agency, pattern in _WHOLE.items() if pattern.fullmatch(plain))


def _named(text: str) -> Iterator[str]:
    return (agency for agency, pattern in _NAMED.items() if set(pattern.findall(text)) - _AMBIGUOUS)
