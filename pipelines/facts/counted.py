"""What a number counts, in a closed list of units: the noun after it ("2 million of its US customers", "70万人"), or
the one before it ("customers affected: 40,000")."""

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
_WORD = re.compile(r"[^\W\d_]+")
_LABEL = re.compile(r"([^.;!?:：|\n。]{3,70}?) ?[:：|]$")
"""What stands before a number like the left of a table: "Customers affected:"."""
_LABEL_WORDS = 8
_LABEL_END = 16
_NOTHING_MORE = re.compile(r"\s{0,2}(?:$|[\n.;,)\]|。、，])")
"""After a number whose noun stands before it."""
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
    return (
        _counter(text, at, before, qualifier)
        or _noun(text, at, number.end, before, qualifier)
        or _noun_before(text, at, before, qualifier)
    )


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


def _noun_before(text: str, at: int, before: str, qualifier: str | None) -> Counted | None:
    """Where the noun stands in a label or after "the number of", with what befell those who are counted: "Employees:
    5,000" is an organisation's size."""
    known, after = words(), _TOKEN.match(text, at)
    if not _NOTHING_MORE.match(text, at) and not (after and after[1].lower() in known.stop):
        return None
    told = _label(before) or _tally(before)
    tokens = _WORD.findall(told)[-_LABEL_WORDS:]
    if not known.happened.count(tokens, told):
        return None
    units = {token: unit for token in tokens if (unit := _unit(token, ""))}
    unit = next((unit for token, unit in units.items() if not known.happened.begins(token)), None)
    if unit is None and (counter := next((phrase for phrase in known.counters.phrases if phrase in told), None)):
        unit = known.counters.meanings[counter]
    if unit is None and (units or (len(tokens) == 1 and tokens[0] in known.suffered)):
        unit = "people"
    return Counted(unit, at, qualifier) if unit else None


def _label(before: str) -> str:
    """
    >>> _label("the firm said. customers affected:"), _label("affected customers can call:")
    ('customers affected', '')
    """
    known, match = words(), _LABEL.search(before)
    label = match[1].strip() if match else ""
    last = _WORD.findall(label)[-1:]
    if not last or last[0] in known.tallies or _unit(last[0], ""):
        return label
    end = label[-_LABEL_END:]
    ends = known.happened.count(last, end) or any(phrase in last[0] for phrase in known.counters.phrases)
    return label if ends else ""


def _tally(before: str) -> str:
    """
    >>> _tally("the number of affected customers stands at"), _tally("a list of affected customers was at")
    ('affected customers stands', '')
    """
    known, match = words(), words().tally.search(before)
    reached = known.reached.before(match[1]) if match else None
    return match[1].removesuffix(reached) if match and reached else ""


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
    if unit is None and (beginning := known.beginnings.after(token, 0)):
        unit = known.beginnings.meanings[beginning]
    return unit


def _counts_belongings(text: str, owner: re.Match[str], at: int) -> bool:
    """Whether the noun is a genitive and what they own is counted: "2 million parents' and kids' voice messages"."""
    if text[at - 1] not in "'’" and text[at : at + 1] not in ("'", "’") and not owner[1].endswith(("'s", "’s")):
        return False
    following = [_bare(token) for token in _TOKEN.findall(text[at : at + 60])[:4]]
    return any(token in words().belongings for token in following)
