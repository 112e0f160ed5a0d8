"""The judge's model: how probable each line of a page is to be of the article, and what speaks against a line.

Its parts are learned from labelled pages by `python -m benchmarks.train_judge` and packaged as plain data: weights of
terms, whose scores are features as well (`terms`), boosted trees over each line's features (`trees`), and networks over
the page's lines in their order (`network`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from pipelines.extract.features import Lines
from pipelines.extract.learned import Matrix, Probabilities, logistic
from pipelines.extract.network import Networks, read_networks
from pipelines.extract.terms import Weights, read_weights
from pipelines.extract.trees import Trees, read_trees

_OF_NETWORKS = 0.3
"""How much of a line's score is the networks', the rest the trees'. On the development sets, out of fold, .2 to .4 did
as well, and either alone worse."""
_TELLING = 0.1
"""By how much a group of features must lower a line's probability to be named as a reason."""


class Model(NamedTuple):
    """The weights of terms, and the trees and networks over features and the terms' scores."""

    weights: Weights
    trees: Trees
    networks: Networks

    def rows(self, lines: Lines) -> Matrix:
        """What trees and networks see of each line."""
        return np.column_stack([lines.rows, self.weights.columns(lines.said, lines.named)])

    def probabilities(self, rows: Matrix) -> Probabilities:
        """The probability of each judged line of a page that it belongs to the article."""
        return logistic((1 - _OF_NETWORKS) * self.trees.scores(rows) + _OF_NETWORKS * self.networks.scores(rows))


FILES = ("judge_terms.json", "judge_trees.json", "judge_networks.json")
"""Of a model, in the order in which `read_model` takes them."""


def read_model(weights: bytes, trees: bytes, networks: bytes) -> Model:
    """A model of its files. Raises `TermsError`, `TreesError` or `NetworkError`."""
    return Model(read_weights(weights), read_trees(trees), read_networks(networks))


@cache
def model() -> Model:
    """The packaged model."""
    return read_model(*(files("pipelines.extract").joinpath(name).read_bytes() for name in FILES))


def why_not(
    lines: Sequence[int], rows: Matrix, groups: Mapping[str, int], probability: Probabilities, trees: Trees
) -> list[list[str]]:
    """What speaks most against each line: at most two of the groups of features that would make it more probable
    to the trees if they were those of the page's surest line, and of the networks, if it were more probable without
    them. `rows` is what the trees see, `groups` the widths of its first columns.
    """
    if not lines:
        return []
    groups = {**groups, "words and names": rows.shape[1] - sum(groups.values())}
    surest, changed, start = rows[int(np.argmax(probability))], np.repeat(rows[lines][:, None, :], len(groups), 1), 0
    for group, width in enumerate(groups.values()):
        changed[:, group, start : start + width] = surest[start : start + width]
        start += width
    alone = trees.probabilities(rows[lines])
    better = trees.probabilities(changed.reshape(-1, rows.shape[1])).reshape(len(lines), -1)
    told = np.column_stack([better - alone[:, None], alone - probability[lines]])
    gains = [dict(zip([*groups, "the page as a whole"], row, strict=True)) for row in told.tolist()]
    return [
        [group for group in sorted(gain, key=gain.__getitem__, reverse=True)[:2] if gain[group] >= _TELLING]
        for gain in gains
    ]
