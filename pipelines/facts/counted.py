"""What a number counts: the noun after it ("2 million of its US customers", "70万人"), in a closed list of units."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.facts.numbers import Number
from pipelines.facts.words import words

FAR = 7
"""Words after the number among which the noun is looked for: "current and former faculty members"."""
_TOKEN = re.compile(r"[\s\-–+*\"“”«»'‘’/&!]{0,4}([^\W\d_][\w'’-]{0,40})")
_WHOLE = re.compile(r"\s\d[\d.,]{0,14}\b")
"""Of what the number is a part: "134 of its 18,400 clients"."""
_ELIDED = ("d'", "d’", "l'", "l’")


@dataclass(frozen=True, slots=True)
class Counted:
    """The unit, where its word ends, and what qualifies the number between it and the unit ("70万人以上")."""

    unit: str
    end: int
    qualifier: str | None = None


def counted(text: str, number: Number, before: str) -> Counted | None:
    """What the number counts, None if it is nothing of the list. `before` is what stands before it, in lower case.

    >>> from pipelines.facts.numbers import numbers
    >>> def of(text): return counted(text, next(numbers(text)), "")
    >>> of("2 million of its US customers").unit, of("70万人以上").qualifier, of("2 million dollars of its customers")
    ('customers', 'at least', None)
    """
    qualifier, at = _qualifier_after(text, number.end)
    return _counter(text, at, before, qualifier) or _noun(text, at, number.end, before, qualifier)


def _qualifier_after(text: str, at: int) -> tuple[str | None, int]:
    known, start = words().after, at + (text[at : at + 1] == " ")
    phrase = known.after(text, start)
    if phrase is None or (phrase.isascii() and text[start + len(phrase) :][:1].isalpha()):
        return None, at
    return known.meanings[phrase], start + len(phrase)


def _counter(text: str, at: int, before: str, qualifier: str | None) -> Counted | None:
    """Of Chinese, Japanese and Korean: the counter, and the noun after or before it ("1万名の従業員", "患者3千人")."""
    at += text[at : at + 1] in (" ", "の")
    known = words().counters
    counter = known.after(text, at)
    if counter is None:
        return None
    end = at + len(counter)
    unit = known.meanings[counter]
    found, after = _qualifier_after(text, end)
    if unit in ("people", "records"):
        nouns = known.after(text, after + (text[after : after + 1] in ("の", "的", "의"))), known.before(before)
        unit = next((known.meanings[noun] for noun in nouns if noun and known.meanings[noun] != "people"), unit)
    return Counted(unit, end, found or qualifier)


def _noun(text: str, at: int, start: int, before: str, qualifier: str | None) -> Counted | None:
    known, last = words(), ""
    for step in range(FAR):
        if step and (whole := _WHOLE.match(text, at)):
            at = whole.end()
        match = _TOKEN.match(text, at)
        token = _bare(match[1]) if match else ""
        if step == 0 and match is not None and token in known.prepositions:
            at = match.end()
            continue
        if match is None or token in known.stop or token in known.prepositions:
            hit = known.hits.before(before) if step == 0 else step == 1 and last in known.suffered
            return Counted("people", start, qualifier) if hit else None
        at = match.end()
        unit = _unit(token, last)
        if step == 0 and text[start : start + 1] in ("-", "‑"):
            unit = unit or known.units.get(f"{token}s")  # "a 3-million-record breach"
        if unit is not None:
            return None if _counts_belongings(text, match, at) else Counted(unit, at, qualifier)
        if token in known.things:
            return None
        last = token
    return None


def _bare(token: str) -> str:
    """
    >>> _bare("d’Utilisateurs"), _bare("users’")
    ('utilisateurs', 'users')
    """
    token = token.lower().removesuffix("'s").removesuffix("’s").rstrip("'’-")
    return token[2:] if token.startswith(_ELIDED) else token


def _unit(token: str, last: str) -> str | None:
    known = words()
    if token in ("numbers", "details"):
        return known.numbers.get(last)
    unit = known.units.get(token) or known.units.get(token.rpartition("-")[2])
    if unit is None and token.endswith(known.compounds.phrases):
        unit = next(unit for ending, unit in known.compounds.meanings.items() if token.endswith(ending))
    return unit


def _counts_belongings(text: str, owner: re.Match[str], at: int) -> bool:
    """Whether the noun is a genitive and what they own is counted: "2 million parents' and kids' voice messages"."""
    if text[at - 1] not in "'’" and text[at : at + 1] not in ("'", "’") and not owner[1].endswith(("'s", "’s")):
        return False
    following = [_bare(token) for token in _TOKEN.findall(text[at : at + 60])[:4]]
    return any(token in words().belongings for token in following)
