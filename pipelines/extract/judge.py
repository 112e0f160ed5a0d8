"""The judge of lines: learned from labelled pages, it corrects what trafilatura and the rules made of a page.

For each line of the page a model gives the probability that the line belongs to the article (`features`, `model`). The
rules have the first word: what they took out stays out. Of the rest, the lines are chosen that promise the best text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from archive.records import Removed
from pipelines.extract.answers import grams
from pipelines.extract.blocks import Block, Kind
from pipelines.extract.container import main_lines
from pipelines.extract.features import Lines, features
from pipelines.extract.indicators import indicators, is_indicator
from pipelines.extract.learned import Probabilities
from pipelines.extract.model import model, why_not
from pipelines.extract.overrule import overruled, told_of
from pipelines.extract.segments import Segment
from pipelines.extract.words import key, words

CLEANED, FOUND = 0, 1
"""The answers' columns in `Lines.shares`: what the rules left, and what trafilatura gave."""

_MAX_LINES = 5_000
"""Lines of a page that is judged at all, which bounds time and memory; the development sets have 1,400 at most."""


def judge(
    segments: Sequence[Segment],
    found: Sequence[Block],
    cleaned: Sequence[Block],
    title: str | None,
    lead: str | None,
) -> tuple[list[Block], list[Removed]]:
    """The blocks of the article on a pruned page, and a record of those of `cleaned` that are taken out.

    `segments` are the page's lines, `found` is trafilatura's answer, `cleaned` what the rules left of it. Where nothing
    would be left, it is `cleaned`.
    """
    if not 0 < len(segments) <= _MAX_LINES:
        return list(cleaned), []
    lines = examine(segments, found, cleaned, title, lead)
    if not len(lines.places):
        return list(cleaned), []
    judged = [segments[place] for place in lines.places]
    rows = model().rows(lines)
    probability = model().probabilities(rows)
    chosen = choose([segment.text for segment in judged], lines, probability)
    listed = indicators(judged, chosen)
    listed |= told_of(judged, chosen, probability) - {*np.flatnonzero(_taken_out(lines)).tolist()}
    chosen = [keep or place in listed for place, keep in enumerate(chosen)]
    ruled = overruled(judged, chosen)
    chosen = [keep and place not in ruled for place, keep in enumerate(chosen)]
    known = {key(block.text): block for block in cleaned} | {block.text: block for block in cleaned}
    blocks = list(_blocks([segment for segment, keep in zip(judged, chosen, strict=True) if keep], known))
    if not blocks:
        return list(cleaned), []
    left = {key(block.text) for block in blocks}
    gone = [block for block in cleaned if key(block.text) not in left]
    places = {key(segment.text): place for place, segment in enumerate(judged)} if gone else {}
    known_lines = [places[words] for block in gone if (words := key(block.text)) in places]
    reasons = dict(zip(known_lines, why_not(known_lines, rows, lines.groups, probability, model().trees), strict=True))
    at = [places.get(key(block.text), -1) for block in gone]
    kinds = [ruled.get(place) or _kind_of(reasons.get(place, [])) for place in at]
    return blocks, [Removed(kind=k, length=len(b.text), start=b.text[:60]) for k, b in zip(kinds, gone, strict=True)]


def examine(
    segments: Sequence[Segment],
    found: Sequence[Block],
    cleaned: Sequence[Block],
    title: str | None,
    lead: str | None,
) -> Lines:
    """The features of the page's lines, beside the answers and a second opinion."""
    return features(segments, [_text(cleaned), _text(found), "\n".join(main_lines(segments))], title, lead)


def choose(texts: Sequence[str], lines: Lines, probability: Probabilities) -> list[bool]:
    """Which lines make the text, out of their words, features and probabilities: those that maximize the expected F1 of
    the text, which are the most probable ones down to half of the best F1 (Lipton, Elkan and Naryanaswamy 2014). What
    the rules took out stays out, a table's cells are as probable as the table, and nothing is said twice.
    Headings, lists and tables that the rules kept amid the text stay, unless they are improbable.

    An estimate of F1 by expectations: 2 · right / (chosen + wanted), each in characters.
    """
    length = np.array([len(text) for text in texts], dtype=np.float64)
    hope = np.where(_taken_out(lines), 0.0, _by_table(probability, length, lines.tables))
    hope[list(_repeats(texts, hope))] = 0
    order = np.argsort(-hope, kind="stable")
    right, chosen = np.cumsum((hope * length)[order]), np.cumsum(length[order])
    f1 = 2 * right / (chosen + (hope * length).sum())
    choice = hope > f1.max(initial=0) / 2
    if lines.parts is not None:
        likely = (hope >= _AMID) & (lines.shares[:, CLEANED] >= 0.5)
        choice |= likely & lines.parts.between(choice, texts)
    choice[_copies(texts, choice)] = False
    return [bool(one) for one in choice]


def _taken_out(lines: Lines) -> NDArray[np.bool_]:
    """Which lines the rules took out."""
    return (lines.shares[:, FOUND] >= 0.5) & (lines.shares[:, CLEANED] < 0.5)


_AMID = 0.2
"""The least probability of such a line. Out of fold, the gold texts have two of three of these headings, half of the
lists' items and half of the tables' cells (news pages' gold leaves tables out, WCXB's has them): no set's F1 changes by
more than a page's noise, and a reader of breaches wants the list of what was lost and the table of who was hit."""


def _by_table(probability: Probabilities, length: Probabilities, tables: NDArray[np.intp]) -> Probabilities:
    """The probabilities, those of a table's cells evened: half of a table says nothing."""
    evened = probability.copy()
    for table in set(tables.tolist()) - {-1}:
        cells = tables == table
        evened[cells] = np.average(probability[cells], weights=length[cells])
    return evened


_REPEAT = 60
"""Characters from which a line counts as said before: shorter ones (a name in a list, "Yes.") may well come again."""
_COPY, _SHARED = 1_000, 0.8
"""Characters from which a line may be a copy of several others, and how much of it they must have."""


def _repeats(texts: Sequence[str], hope: Probabilities) -> set[int]:
    """All but one of lines of the same words, and the short lines said before that stand beside them: pages hold their
    text again for other screens. Of the copies of a text the more probable one stays, so that its order does."""
    keys = [key(text) for text in texts]
    said: defaultdict[str, list[int]] = defaultdict(list)
    for place in (place for place, text in enumerate(texts) if len(text) >= _REPEAT):
        said[keys[place]].append(place)
    again = [places for places in said.values() if len(places) > 1]
    copies: Counter[int] = Counter()
    for number, place in (pair for places in again for pair in enumerate(places)):
        copies[number] += hope[place]
    worse: set[int] = set()
    for places in again:
        least = max(hope[places]) / 2
        likely = [number for number, place in enumerate(places) if hope[place] >= least]
        kept = places[max(likely, key=lambda number: (copies[number], -number))]
        worse.update(place for place in places if place != kept)
    left = Counter(keys) if worse else Counter()
    for place in (place for place, text in enumerate(texts) if len(text) < _REPEAT):
        if left[keys[place]] > 1 and {place - 1, place + 1} & worse:
            left[keys[place]] -= 1
            worse.add(place)
    return worse


def _copies(texts: Sequence[str], chosen: NDArray[np.bool_]) -> list[int]:
    """The long lines among those chosen that the others say: a copy of the text without its paragraphs."""
    places = np.flatnonzero(chosen).tolist()
    copies: list[int] = []
    for place in (place for place in places if len(texts[place]) >= _COPY):
        others = {
            gram for other in places if other != place and other not in copies for gram in grams(words(texts[other]))
        }
        own = grams(words(texts[place]))
        if len(own & others) >= _SHARED * len(own):
            copies.append(place)
    return copies


def _kind_of(reasons: Sequence[str]) -> str:
    return f"judged by {' and '.join(reasons)}" if reasons else "judged"


def _text(blocks: Sequence[Block]) -> str:
    return "\n".join(block.text for block in blocks)


def _blocks(segments: Sequence[Segment], known: Mapping[str, Block]) -> Iterator[Block]:
    """The lines as blocks: as trafilatura had them (`known`, by text and by key), else by their element; cells as one
    row. White space is the page's: trafilatura loses some behind bold words and links."""
    for row, cells in groupby(segments, _row):
        for segment in [] if row is not None else cells:
            text = segment.text
            block = _code(segment) or known.get(text) or known.get(key(text)) or Block(text, *_kind(segment.element))
            alike = block.kind != "code" and "".join(block.text.split()) == "".join(text.split())
            yield replace(block, text=text) if alike else block
        if row is not None:
            text = " | ".join(segment.text for segment in cells)
            yield known.get(key(text)) or Block(text, "row")


def _code(segment: Segment) -> Block | None:
    """Indicators that were set as code, one in a line."""
    if segment.element.tag != "pre" or not is_indicator(segment.text):
        return None
    return Block(str(segment.element.text_content()).strip(), "code")


def _row(segment: Segment) -> HtmlElement | None:
    return next(
        (element for element in (segment.element, *segment.element.iterancestors()) if element.tag == "tr"), None
    )


def _kind(element: HtmlElement) -> tuple[Kind, int]:
    tag = str(element.tag)
    if re.fullmatch("h[1-6]", tag):
        return "heading", int(tag[1])
    around = {tag, *(str(parent.tag) for parent in element.iterancestors())}
    kind: Kind = "item" if "li" in around else "quote" if "blockquote" in around else "paragraph"
    return kind, 0
