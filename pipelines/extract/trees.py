"""Boosted trees as plain data: read from JSON, checked, applied with numpy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipelines.extract.learned import Matrix, Packaged, Probabilities, check_width, decoded, logistic

_LEAF = -1
_MAX_NODES = 100_000
"""Nodes that a model may have; the packaged one has under 10,000."""


class TreesError(ValueError):
    """A model that cannot be used; the message names what is wrong with it."""


class _Tree(msgspec.Struct, forbid_unknown_fields=True):
    """The nodes of a tree, root first. A leaf has feature -1; a branch names its left child, and the right one
    stands behind it in `right`. `value` is a branch's threshold (left: not above it) or a leaf's score."""

    feature: list[int]
    value: list[float]
    left: list[int]
    right: list[int]


class _Model(Packaged, frozen=True):
    width: int
    baseline: float
    trees: list[_Tree]


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of trees over rows of `width` columns; its logistic function is a probability."""

    width: int
    baseline: float
    depth: int
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    value: NDArray[np.float32]
    children: NDArray[np.int32]
    """Of each node, the left child and the right one, in turn."""

    def scores(self, rows: Matrix) -> NDArray[np.float64]:
        """Of each row; the logistic function of a score is a probability. Raises `ValueError` for rows of another
        width."""
        check_width(rows, self.width)
        numbers = np.ascontiguousarray(rows, dtype=np.float32).ravel()
        line = (np.arange(len(rows), dtype=np.int32) * self.width)[:, None]
        node = np.repeat(self.roots[None, :], len(rows), axis=0)
        for _ in range(self.depth):
            above = numbers.take(self.feature.take(node) + line) > self.value.take(node)
            node = self.children.take(2 * node + above)
        return np.asarray(self.baseline + self.value.take(node).sum(axis=1, dtype=np.float64))

    def probabilities(self, rows: Matrix) -> Probabilities:
        """The probability of each row, 0 to 1. Raises `ValueError` for rows of another width."""
        return logistic(self.scores(rows))


def read_trees(data: bytes) -> Trees:
    """The model of a JSON object. Raises `TreesError` with what is wrong with it."""
    model = decoded(data, _Model, "trees", TreesError)
    if not math.isfinite(model.baseline):
        raise TreesError("baseline is no finite number")
    if sum(len(tree.feature) for tree in model.trees) > _MAX_NODES:
        raise TreesError(f"more than {_MAX_NODES:,} nodes")
    depth = max((_depth(number, tree, model.width) for number, tree in enumerate(model.trees)), default=0)
    return _joined(model, depth)


def _depth(number: int, tree: _Tree, columns: int) -> int:
    """The longest way from root to leaf; children stand behind their parent, so that every way ends."""
    size = len(tree.feature)
    if not size or not size == len(tree.value) == len(tree.left) == len(tree.right):
        raise TreesError(f"tree {number}: feature, value, left and right must be of one length and not empty")
    depths = [0] * size
    for node in range(size - 1, -1, -1):
        if not _LEAF <= tree.feature[node] < columns:
            raise TreesError(f"tree {number}, node {node}: no column {tree.feature[node]}")
        if not math.isfinite(tree.value[node]):
            raise TreesError(f"tree {number}, node {node}: value is no finite number")
        if tree.feature[node] != _LEAF:
            children = (tree.left[node], tree.right[node])
            if not all(node < child < size for child in children):
                raise TreesError(f"tree {number}, node {node}: a child must stand behind it")
            depths[node] = 1 + max(depths[child] for child in children)
    return depths[0]


def _joined(model: _Model, depth: int) -> Trees:
    """All trees in one array; a leaf is its own child (its column is 0, its value never a threshold that counts)."""
    feature: list[int] = []
    children: list[int] = []
    roots: list[int] = []
    for tree in model.trees:
        start = len(feature)
        roots.append(start)
        for node, column in enumerate(tree.feature):
            leaf = column == _LEAF
            feature.append(0 if leaf else column)
            children += [start + (node if leaf else child) for child in (tree.left[node], tree.right[node])]
    values = [value for tree in model.trees for value in tree.value]
    return Trees(
        width=model.width,
        baseline=model.baseline,
        depth=depth,
        roots=np.array(roots, dtype=np.int32),
        feature=np.array(feature, dtype=np.int32),
        value=np.array(values, dtype=np.float32),
        children=np.array(children, dtype=np.int32),
    )


def to_json(width: int, baseline: float, trees: list[dict[str, Any]]) -> bytes:
    """A model as one JSON object; `read_trees` reads it back."""
    model = _Model(1, width, baseline, [msgspec.convert(tree, _Tree) for tree in trees])
    return msgspec.json.encode(model)
