"""Patterns that are looked for by their marks first."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelines.extract import access, boxes, features
from pipelines.extract.patterns import Pattern

PATTERNS = {"pay": access._PAY, "register": access._REGISTER, "ago": boxes._AGO, "promotion": features._PROMOTION}


def alternatives(expression: str) -> Iterator[str]:
    """The expression, divided where a bar stands outside of all brackets."""
    start = depth = 0
    for place, letter in enumerate(expression):
        depth += (letter in "([") - (letter in ")]")
        if letter == "|" and not depth:
            yield expression[start:place]
            start = place + 1
    yield expression[start:]


def found_by(pattern: Pattern) -> st.SearchStrategy[tuple[str, ...]]:
    """A text that the pattern finds for each of its alternatives, with a blank for what may stand between words."""
    expression = re.sub(r"\.\{0,\d+\}", " ", pattern.expression.pattern)
    letters = st.sampled_from(sorted({*expression, "3", "３"}))
    parts = [re.compile(part, pattern.expression.flags) for part in alternatives(expression)]
    return st.tuples(*(st.from_regex(part, fullmatch=True, alphabet=letters) for part in parts))


FOUND = {name: found_by(pattern) for name, pattern in PATTERNS.items()}


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=10, phases=(Phase.reuse, Phase.generate))
@given(data=st.data())
def test_one_of_a_patterns_marks_is_in_all_that_it_finds(name: str, data: st.DataObject) -> None:
    texts = data.draw(FOUND[name])
    assert [text for text in texts if not PATTERNS[name].is_in(text)] == []
