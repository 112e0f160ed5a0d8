"""What a judge of lines sees: for each line of a page a row of numbers, by which it is told from noise."""

from __future__ import annotations

import math
import re
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from pipelines.extract import phrases
from pipelines.extract.amid import Parts, read_parts
from pipelines.extract.answers import Answer, agreement, shares_of
from pipelines.extract.boxes import ends_sentence, is_heading
from pipelines.extract.indicators import is_indicator
from pipelines.extract.learned import Matrix
from pipelines.extract.patterns import Pattern
from pipelines.extract.places import Place, places_of
from pipelines.extract.segments import Segment
from pipelines.extract.terms import Names, Terms, line_terms, names_of
from pipelines.extract.words import words

_TAGS = ("p", "li", "h1", "h2", "h3", "h4", "div", "td", "blockquote", "figcaption", "section", "a")
_AROUND = ("article", "main", "aside", "nav", "footer", "header", "form", "figure", "table", "blockquote", "ul", "a")
_BYLINE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b(?:hours?|minutes?|days?) ago\b|"
    r"^\W*(?:by|von|par|por|di|door|text|written by|published|updated|posted)\b|年\d{1,2}月|\d{1,2}月\d{1,2}日",
    re.IGNORECASE,
)
_PROMOTION = Pattern(
    re.compile(
        r"\bsign up\b|\bsubscri|\bnewsletter|\binbox\b|\bfollow (?:us|him|her|them|me)\b|\bdownload\b|\bclick here\b|"
        r"\bjoin\b|\brights reserved\b|©|\bcopyright\b|\bcontributed to this\b|\bread more\b|\bterms of\b|\bprivacy\b|"
        r"@|\bdonate\b|\bis an? .{0,40}(?:reporter|writer|editor|journalist|correspondent|columnist|author)\b|"
        r"\bcookies?\b|abonn|suscr",
        re.IGNORECASE,
    ),
    (
        *("sign up", "subscri", "newsletter", "inbox", "follow", "download", "click", "join", "reserved", "©"),
        *("copyright", "contributed", "read more", "terms of", "privacy", "@", "donate", "cookie", "abonn", "suscr"),
        *("reporter", "writer", "editor", "journalist", "correspondent", "columnist", "author"),
    ),
)


@dataclass(frozen=True, slots=True)
class Lines:
    """What is known of the lines of a page that are judged: their places among all its lines, a row of features each,
    the share of each in each answer, 0 to 1, the number of the table that it stands in (-1 for none), and the terms of
    what each says and of what its boxes are called. `parts` tells headings, lists and tables from paragraphs. `groups`
    says what the columns of `rows` are about: a name and their number, in their order."""

    places: NDArray[np.intp]
    rows: Matrix
    shares: Matrix
    tables: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    said: Sequence[Terms] = ()
    named: Sequence[Names] = ()
    groups: Mapping[str, int] = field(default_factory=dict)
    parts: Parts | None = None


def features(segments: Sequence[Segment], answers: Sequence[str], title: str | None, lead: str | None) -> Lines:
    """The features of a page's lines. `answers` are the texts that extractors gave, in a fixed order.

    Links that no answer has are left out, half of a page's lines, but for those amid the text: between the first and
    the last line of prose that the answers have, one in three is part of the development sets' gold (a list's items, a
    product's name above its description), elsewhere one in three hundred.
    """
    tokens = [words(segment.text) for segment in segments]
    known = {segment.text: line for segment, line in zip(segments, tokens, strict=True)}
    made = {answer: Answer(answer, known) for answer in answers}  # two are often the same
    asked = [made[answer] for answer in answers]
    every = np.array([shares_of(line, asked) for line in tokens], dtype=np.float32)
    every = every.reshape(len(segments), len(asked))
    links = np.array([s.linked > _MENU * len(s.text) and not is_indicator(s.text) for s in segments], dtype=np.bool_)
    judged = np.flatnonzero(~links | (every.max(axis=1, initial=0) >= 0.5) | _amid(segments, every))
    if not len(judged):
        return Lines(judged, np.empty((0, 0), dtype=np.float32), every[judged])
    shares = every[judged]
    chosen = judged.tolist()
    segments, tokens = [segments[place] for place in chosen], [tokens[place] for place in chosen]
    places = list(places_of(segments))
    boxes = [is_heading(segment.text) for segment in segments]
    shapes = np.array([_shape(*row) for row in zip(segments, tokens, places, boxes, strict=True)], dtype=np.float32)
    own = np.column_stack([shapes, _surroundings(segments, places)])
    near = np.column_stack([shares, own[:, :_NUMBERS]])
    columns = {
        "shape": own,
        "extractors": np.column_stack([shares, agreement(asked, len(segments))]),
        "headline": _announced(tokens, title, lead),
        "position": _position(segments, tokens, title),
        "container": np.column_stack([_groups(segments, places, shares), _ways(segments, places, shares)]),
        "heading above": _headings(segments, boxes, shares),
        "neighbours": np.column_stack([*(_shifted(near, by) for by in (-2, -1, 1, 2)), _votes(segments, shares)]),
    }
    rows = np.column_stack(list(columns.values())).astype(np.float32)
    return Lines(
        *(judged, rows, shares),
        tables=_tables(places),
        said=[line_terms(line) for line in tokens],
        named=names_of([place.chain for place in places]),
        groups={name: part.shape[1] for name, part in columns.items()},
        parts=read_parts(segments),
    )


_MENU = 0.8
"""The share of a line's characters above which it is a link."""
_SAMPLE = 200
"""Characters of a line among which capitals and digits are counted."""
_CAPITALS, _DIGITS = string.ascii_uppercase.encode(), string.digits.encode()
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_NUMBERS = 4
"""The first columns of `_shape` that neighbours see too: length, link density, end of sentence, heading."""


def _amid(segments: Sequence[Segment], shares: Matrix) -> NDArray[np.bool_]:
    """The lines between the first and the last that are told of as prose: long ones that most answers have."""
    said = shares.mean(axis=1) if shares.shape[1] else np.zeros(len(segments))
    told = np.flatnonzero((said >= 0.5) & np.array([len(segment.text) > 80 for segment in segments], dtype=np.bool_))
    places = np.arange(len(segments))
    return (places > told[0]) & (places < told[-1]) if len(told) else np.zeros(len(segments), dtype=np.bool_)


def _shape(segment: Segment, tokens: Sequence[str], place: Place, box: bool) -> list[float]:
    text, tag = segment.text, str(segment.element.tag)
    size = len(text)
    capitals, digits = _capitals_and_digits(text[:_SAMPLE])
    return [
        math.log1p(size),
        segment.linked / size,
        ends_sentence(text),
        tag[0] == "h" and tag[1:].isdigit(),
        len(tokens),
        text.count(",") + text.count("、") + text.count("，"),
        capitals / min(size, _SAMPLE),
        digits / min(size, _SAMPLE),
        len(set(tokens)) / max(1, len(tokens)),
        len(place.chain),
        box,
        size <= 220 and phrases.inline().opens(text),
        size <= 120 and phrases.furniture().match(text),
        _PROMOTION.is_in(text[:600]),
        size <= 120 and bool(_BYLINE.search(text)),
        text[0] in '"“„«「『',
        text[-1] == ":",
        not text.isascii() and " " not in text[:40],
    ]


def _capitals_and_digits(text: str) -> tuple[int, int]:
    """By the byte, in a tenth of the time; other letters than ASCII one by one."""
    plain = text.encode("ascii", "ignore")
    others = "" if len(plain) == len(text) else "".join(_NOT_ASCII.findall(text))
    return (
        len(plain) - len(plain.translate(None, _CAPITALS)) + sum(map(str.isupper, others)),
        len(plain) - len(plain.translate(None, _DIGITS)) + sum(map(str.isdigit, others)),
    )


def _surroundings(segments: Sequence[Segment], places: Sequence[Place]) -> Matrix:
    """The tags of and around each line's element, and what its boxes' names speak of; once for lines of one element."""
    group, _ = _numbered([segment.element for segment in segments])
    firsts = dict(zip(group.tolist(), places, strict=True))
    rows = [
        [
            *_flags(frozenset((str(place.chain[0].tag),)), _TAGS),
            *_flags(place.tags, _AROUND),
            *place.near,
            *place.far,
            *place.apart,
        ]
        for _, place in sorted(firsts.items(), key=itemgetter(0))
    ]
    return np.array(rows, dtype=np.float32)[group]


@lru_cache(maxsize=4096)
def _flags(tags: frozenset[str], names: tuple[str, ...]) -> list[float]:
    return [float(name in tags) for name in names]


def _announced(tokens: Sequence[Sequence[str]], title: str | None, lead: str | None) -> Matrix:
    """How much of a line is in the title and in the lead, and of them in the line."""
    claims = [set(words(title or "")), set(words(lead or ""))]
    rows = []
    for line in tokens:
        bag = set(line)
        rows.append([len(bag & claim) / max(1, len(side)) for claim in claims for side in (bag, claim)])
    return np.array(rows, dtype=np.float32)


def _position(segments: Sequence[Segment], tokens: Sequence[Sequence[str]], title: str | None) -> Matrix:
    """Place among the lines, the characters before, the distance from the headline; repeats of the line."""
    sizes = np.array([len(segment.text) for segment in segments], dtype=np.float32)
    before = np.cumsum(sizes) - sizes
    claim = set(words(title or ""))
    alike = [len(claim & set(line)) / max(1, len(claim), len(set(line))) for line in tokens]
    heads = [i for i, s in enumerate(segments) if str(s.element.tag) in ("h1", "h2") and alike[i] >= 0.7]
    firsts = [i for i, s in enumerate(segments) if str(s.element.tag) == "h1"]
    head = (heads or firsts or [int(np.argmax(alike))])[0]
    order = np.arange(len(segments), dtype=np.float32)
    counts = Counter(segment.text for segment in segments)
    repeats = np.array([counts[segment.text] for segment in segments], dtype=np.float32)
    total = max(1.0, float(sizes.sum()))
    return np.column_stack(
        [
            order / len(segments),
            before / total,
            order - head,
            (before - before[head]) / total,
            repeats,
            np.log1p(sizes.sum()) + 0 * sizes,
        ]
    )


def _groups(segments: Sequence[Segment], places: Sequence[Place], shares: Matrix) -> Matrix:
    """Of the lines in one container, in one element, and of one style on the page: text, links, prose, answers."""
    sizes = np.array([len(segment.text) for segment in segments], dtype=np.float32)
    linked = np.array([segment.linked for segment in segments], dtype=np.float32)
    prose = np.array([len(s.text) > 80 and ends_sentence(s.text) for s in segments], dtype=np.float32)
    vote = shares.mean(axis=1) if shares.shape[1] else 0 * sizes
    found = []
    keys: Iterable[Sequence[object]] = (
        [place.parent for place in places],
        [segment.element for segment in segments],
        [place.style for place in places],
        [place.parent.getparent() for place in places],
    )
    for key in keys:
        group, number = _numbered(key)
        sums = [np.bincount(group, weights=w, minlength=number) for w in (sizes, linked, prose, sizes * vote)]
        count = np.bincount(group, minlength=number)
        text, links, paragraphs, voted = sums
        best = max(1.0, float((text - links).max()))
        rows = [
            text / max(1.0, float(sizes.sum())),
            links / np.maximum(1, text),
            paragraphs,
            paragraphs / np.maximum(1, count),
            (text - links) / best,
            voted / np.maximum(1, text),
            np.log1p(count),
        ]
        found += [row[group] for row in rows]
    return np.column_stack(found).astype(np.float32)


def _tables(places: Sequence[Place]) -> NDArray[np.intp]:
    """The number of the nearest table around each line; -1 where there is none."""
    nearest = [next((item for item in place.chain if item.tag == "table"), None) for place in places]
    numbers: dict[HtmlElement | None, int] = {None: -1}
    return np.array([numbers.setdefault(table, len(numbers)) for table in nearest], dtype=np.intp)


def _numbered(keys: Sequence[object]) -> tuple[NDArray[np.intp], int]:
    numbers: dict[object, int] = defaultdict(lambda: len(numbers))
    return np.array([numbers[key] for key in keys], dtype=np.intp), len(numbers)


def _ways(segments: Sequence[Segment], places: Sequence[Place], shares: Matrix) -> Matrix:
    """Steps up the tree from the line, and down again, to the last and the next line of prose that answers have."""
    told = [len(s.text) > 80 and vote >= 0.5 for s, vote in zip(segments, shares.mean(axis=1).tolist(), strict=True)]
    forth = list(_steps(places, told))
    back = list(_steps(places[::-1], told[::-1]))[::-1]
    return np.column_stack([np.array(forth, dtype=np.float32), np.array(back, dtype=np.float32)])


def _steps(places: Sequence[Place], told: Sequence[bool]) -> Iterator[tuple[int, int]]:
    last: dict[HtmlElement, int] = {}
    for here, is_told in zip(places, told, strict=True):
        up = next((step for step, element in enumerate(here.chain) if element in last), -1)
        down = last[here.chain[up]] if up >= 0 else -1
        yield up, down
        if is_told:
            last = {element: step for step, element in enumerate(here.chain)}


def _headings(segments: Sequence[Segment], boxes: Sequence[bool], shares: Matrix) -> Matrix:
    """Of the stretch under the nearest heading above: whether the heading is a box's, lines and characters since."""
    rows = []
    box, since, size, voted = 0.0, 0, 0, 0.0
    for place, segment in enumerate(segments):
        tag = str(segment.element.tag)
        if (tag[0] == "h" and tag[1:].isdigit()) or boxes[place]:
            box, since, size = float(boxes[place]), 0, 0
            voted = float(shares[place].mean()) if shares.shape[1] else 0.0
        rows.append((box, since, size, voted))
        since, size = since + 1, size + len(segment.text)
    return np.array(rows, dtype=np.float32)


def _shifted(columns: Matrix, by: int) -> Matrix:
    """The columns of the line `by` places on; -1 beyond the ends."""
    moved = np.full_like(columns, -1)
    if abs(by) >= len(columns):
        return moved
    if by < 0:
        moved[-by:] = columns[:by]
    else:
        moved[:-by] = columns[by:]
    return moved


def _votes(segments: Sequence[Segment], shares: Matrix) -> Matrix:
    """The mean vote of the answers; how much of what they keep stands before and after; votes nearby."""
    sizes = np.array([len(segment.text) for segment in segments], dtype=np.float32)
    vote = shares.mean(axis=1) if shares.shape[1] else 0 * sizes
    weight = vote * sizes
    before = np.cumsum(weight) - weight
    total = max(1.0, float(weight.sum()))
    near = np.convolve(vote, np.ones(7) / 7, "same")[: len(vote)] if len(vote) >= 7 else np.full_like(vote, vote.mean())
    long = np.convolve(weight, np.ones(7), "same")[: len(vote)] if len(vote) >= 7 else np.full_like(vote, weight.sum())
    longs = np.convolve(sizes, np.ones(7), "same")[: len(vote)] if len(vote) >= 7 else np.full_like(vote, sizes.sum())
    return np.column_stack([vote, before / total, (total - before - weight) / total, near, long / np.maximum(1, longs)])
