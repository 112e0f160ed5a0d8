"""What extractors made of a page, for asking how much of a line is in it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pipelines.extract.words import words

Gram = tuple[str, str, str]
"""Three words in a row."""


def grams(said: Sequence[str]) -> set[Gram]:
    """The 3-grams of words."""
    return set(zip(said, said[1:], said[2:], strict=False))


class Answer:
    """An extractor's text. `known` are the words of lines that it may have."""

    def __init__(self, text: str, known: Mapping[str, Sequence[str]]) -> None:
        lines = [known[line] if line in known else words(line) for line in re.split(r"\n| \| ", text)]
        said = [word for line in lines for word in line]
        self.grams = grams(said)
        self.joined = f" {' '.join(said)} "
        self.lines = {tuple(line) for line in lines}


def shares_of(line: Sequence[str], answers: Sequence[Answer]) -> list[float]:
    """The share of a line's 3-grams that each answer has; a shorter line is a line or cell of it or not."""
    if len(line) < 4:
        said = tuple(line)
        return [float(bool(said) and said in answer.lines) for answer in answers]
    joined, own = f" {' '.join(line)} ", grams(line)
    return [1.0 if joined in answer.joined else len(own & answer.grams) / len(own) for answer in answers]


def agreement(answers: Sequence[Answer], count: int) -> NDArray[np.float32]:
    """Of the page, for each of its `count` lines: how alike the answers are, how long each is beside the longest."""
    longest = max((len(answer.grams) for answer in answers), default=0) or 1
    row = [len(answer.grams) / longest for answer in answers]
    pairs = {(i, j): _alike(answers[i].grams, answers[j].grams) for i, j in combinations(range(len(answers)), 2)}
    for place in range(len(answers)):
        others = [alike for pair, alike in pairs.items() if place in pair] or [1.0]
        row.append(sum(others) / len(others))
    row += [math.log1p(longest), math.log1p(count)]
    return np.tile(np.array(row, dtype=np.float32), (count, 1))


def _alike(first: set[Gram], second: set[Gram]) -> float:
    return 2 * len(first & second) / ((len(first) + len(second)) or 1)
