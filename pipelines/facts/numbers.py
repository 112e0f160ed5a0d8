"""Numbers of many countries in a text: `2,1 Millionen`, `1.2 crore`, `1億2000万`, `half a million`, `3.2-million`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pipelines.facts.words import words

LARGEST = 10**11
_LONGEST = 20
"""Characters; a longer run of digits is an address or an account."""
_SPACE = " \u00a0\u202f\u2009"
_IN_A_WORD = "A-Za-z0-9_\u00c0-\u024f"
_LETTERS = "A-Za-z\u00c0-\u024f\u0400-\u04ff\u0620-\u064a\u1ea0-\u1ef9"
"""Of the words of scales: Latin with Vietnamese, Cyrillic, Arabic."""

_DIGITS = re.compile(
    # What may not stand before it is looked at after the first digit: to find a digit is fast.
    rf"\d(?<![{_IN_A_WORD}$€£¥₹₩￥＄/\\=@#]\d)(?<![{_IN_A_WORD}][.,:'’_-]\d)(?<![千천万萬만億亿억]\d)"
    rf"(?:\d{{0,2}}(?:[{_SPACE}]\d{{3}}){{1,4}}(?![\d.,]*\d)|\d*(?:[.,'’，．٬٫]\d+)*)"
)
_SCALE = re.compile(rf"[{_SPACE}]?[-‑]?([{_LETTERS}]+)[\u064b-\u0652]*")
_NAME = re.compile(r"[A-Za-z]")  # "4chan"
_SHORTENED = ("mio", "mrd", "tsd", "mln", "mn", "тыс", "тис", "млн", "млрд", "tys", "milj")
_ONE_MORE_SCALE = re.compile(rf"[{_SPACE}]([{_LETTERS}]+)")
_WORD_OF_SCALE = re.compile(
    # Of all the first letter, then one of the ways to go on: so the rest of the text is passed over fast.
    r"[MTDLCBJRSmtdlcbjrsМмТтПпأآم]"
    r"(?:il|hous|aus|uiz|akh|rore|usen|is[ií]|ysi|riệu|in(?![a-z])|uta|ibu|ejuta|eribu"
    r"|ил[лй]|ільй|ільяр|ыся|ися|олмил|олумил|івміл|لف|لاف|لي|لاي)[^\W\d_]*"
)
_WHOLE_PART = re.compile(r"(?<!\d)\d{1,3}\. $")
_AND = re.compile(r"\s(?:and|y|e)\s$")
_SMALL = r"\d[\d,，]{0,9}(?:[.．]\d{1,4})?"
_MYRIADS = {"万": 10**4, "萬": 10**4, "만": 10**4, "億": 10**8, "亿": 10**8, "억": 10**8}
# Up to a sign of ten thousand or more: "3천370만", "5百万", "2000余万", and what is left, "8千" or "3820".
_PART = re.compile(
    rf"(?:({_SMALL})[{_SPACE}]?(?:([千천])|[百백](?=[万萬만億亿억])) ?)?"
    rf"({_SMALL})?(?:[余餘多여]?[{_SPACE}]?([万萬만億亿억]))?"
)
_OVER = re.compile("[余餘多여]")
_KOREAN_REST = re.compile(r" \d[\d,]{0,9}(?:[천백]?\d{0,3}만|천? ?여? ?[명건개])")
_EAST_ASIAN = re.compile(rf"[余餘多여]?[{_SPACE}]?(?:[千천万萬만億亿억]|[百백][万萬만億亿억])")


class Number(NamedTuple):
    """A number and where it stands, scale included. `plain` is one without a scale or a separator, as a year is; `over`
    says that it is somewhat more ("2000余万")."""

    value: int
    start: int
    end: int
    plain: bool = False
    over: bool = False


def numbers(text: str) -> Iterator[Number]:
    """The whole numbers from 2 to 100 thousand million, in their order; what may mean two numbers is left out.

    >>> [n.value for n in numbers("1.2 million, 3 000 000, 2.345.678, 45 lakh, 12,34,567 and 73万3820人 in $5 million")]
    [1200000, 3000000, 2345678, 4500000, 1234567, 733820]
    """
    found = [number for match in _DIGITS.finditer(text) if (number := _in_digits(text, match))]
    found += [number for match in _WORD_OF_SCALE.finditer(text) if (number := _in_words(text, match))]
    end = 0
    for number in sorted(found, key=lambda number: number.start):
        if number.start >= end:
            yield number
            end = number.end


def _in_digits(text: str, match: re.Match[str]) -> Number | None:
    digits, end = match[0], match.end()
    if len(digits) > _LONGEST or text[end : end + 1] in ("%", "％", "°"):
        return None
    if _EAST_ASIAN.match(text, end):
        return _east_asian(text, match.start())
    scale, end = _scale(text, end)
    value = _value(digits, scale)
    if value is None or not 2 <= value < LARGEST or _NAME.match(text, end) or _cut(text, match.start(), scale):
        return None
    return Number(value, match.start(), end, plain=scale == 1 and digits.isdigit())


def _cut(text: str, start: int, scale: int) -> bool:
    """Whether it is the end of a number with a space in it: the 7 of "72. 7 million", not that of "2025. 7 million"."""
    return scale > 1 and _WHOLE_PART.search(text[max(0, start - 6) : start]) is not None


def _scale(text: str, at: int) -> tuple[int, int]:
    """What the words at this place multiply by ("mil millones" is two of them), and where they end."""
    scale, known, pattern = 1, words().scales, _SCALE
    while (match := pattern.match(text, at)) and (factor := known.get(match[1].lower())):
        if len(match[1]) == 1 and match[1].islower() and text[at] in _SPACE:
            break  # "100 m" may be metres
        scale, at, pattern = min(scale * factor, LARGEST), match.end(), _ONE_MORE_SCALE
        if match[1].lower() in _SHORTENED and text[at : at + 1] == ".":
            at += 1
    return scale, at


def _value(digits: str, scale: int) -> int | None:
    """The number that digits with separators mean. "1.500 millones" are 1,500 of them: nobody writes decimals that end
    in zero; "1,234 million" may be either and is none.

    >>> _value("1,500", 1), _value("2,1", 10**6), _value("3.086", 10**6), _value("1,234", 10**6), _value("2.5", 1)
    (1500, 2100000, 3086000, None, None)
    """
    if digits.isdecimal():
        return int(digits) * scale
    first, *rest = parts = re.split(r"\D", digits)
    marks = set(re.sub(r"\d", "", digits))
    whole = all(len(part) == 3 for part in rest) and len(first) <= 3 and first != "0" and len(marks) == 1
    indian = marks == {","} and len(rest) > 1 and len(rest[-1]) == 3 and all(len(part) == 2 for part in rest[:-1])
    if scale == 1 or len(rest) > 1:
        return int("".join(parts)) * scale if whole or (indian and len(first) <= 2) else None
    if whole and (digits[-1] in "0０" or not marks <= set(".．,，")):
        return int("".join(parts)) * scale
    if whole and marks & set(",，"):
        return None
    return round(float(f"{first}.{rest[0]}") * scale) if marks <= set(".,，．٫") else None


def _east_asian(text: str, start: int) -> Number | None:
    """Each part before its sign, in falling order; Korean has spaces between them.

    >>> [_east_asian(told, 0).value for told in ("1億2000万人", "3千万", "3천370만", "2324만 4649명", "2000余万")]
    [120000000, 30000000, 33700000, 23244649, 20000000]
    """
    total, at, last = 0.0, start, LARGEST
    while (match := _PART.match(text, at)) and match[0]:
        high, is_thousand, low, sign = match.groups()
        factor = _MYRIADS.get(sign, 1)
        if factor >= last:
            break
        part = _small(high) * (1000 if is_thousand else 100) + _small(low)
        total, last, at = total + part * factor, factor, match.end()
        if factor == 1:
            break
        if sign in ("만", "억") and _KOREAN_REST.match(text, at):
            at += 1
    at = start + len(text[start:at].rstrip())
    value = round(total)
    over = _OVER.search(text, start, at) is not None
    return Number(value, start, at, over=over) if 2 <= value < LARGEST else None


def _small(digits: str | None) -> float:
    return float(re.sub("[,，]", "", digits).replace("．", ".")) if digits else 0.0


def _in_words(text: str, match: re.Match[str]) -> Number | None:
    """`half a million`, `drei Millionen`: the word of the scale is found first, for it is rare."""
    known, word = words(), match[0].lower()
    scale, before = known.scales.get(word), text[max(0, match.start() - 48) : match.start()].lower()
    if scale and (spelled := _spelled(before)):
        factor, length = spelled
        return Number(round(factor * scale), match.start() - length, match.end()) if factor else None
    value = known.alone.get(word)
    if value is None or (scale and not known.before.before(before.rstrip())):
        return None
    return Number(value, match.start(), match.end())


def _spelled(before: str) -> tuple[float, int] | None:
    """The number in words that stands right before a scale, and its length; 0 for one of words that are not known to
    belong together ("quatre-vingt").

    >>> _spelled("half a "), _spelled("twenty-two "), _spelled("treinta y dos "), _spelled("three hundred ")
    ((0.5, 7), (22.0, 11), (32.0, 14), (300.0, 14))
    """
    known = words()
    last = known.spelled.search(before)
    if last is None:
        return None
    value, head = known.spelled_values[last[1]], before[: last.start()]
    joined = _AND.search(head)
    first = known.spelled.search(head[: joined.start() + 1] if joined else head)
    high = known.spelled_values[first[1]] if first else 0
    if first and 20 <= high < 100 and value < 10:
        return high + value, len(before) - first.start()
    if first and not joined and value == 100 and high < 10:
        return high * value, len(before) - first.start()
    # "a" is also a preposition: "afecta a dos millones".
    stands_alone = high < 2 or joined is not None or value < 1
    return value if stands_alone else 0.0, len(before) - last.start()
