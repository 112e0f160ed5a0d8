"""Small convolutional networks over the lines of a page, as plain data: read from JSON, checked, applied with numpy.

Trees see a line and, in features that somebody thought of, what is around it. A network sees the page as a sequence:
its layers look ever further up and down (dilated convolutions with residuals, van den Oord et al. 2016), and the page
as a whole (means and maxima over its lines) is told to each line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from pipelines.extract.learned import Matrix, Packaged, check_width, decoded

_MAX_WIDTH, _MAX_DILATION = 4_096, 64
_REACH = 3.0
"""How many deviations from its mean a number may be; further ones count as that."""
_MULTIPLICATIONS = 250_000
"""In one product of matrices. From 2¹⁸ on OpenBLAS wakes a thread for each core (its `interface/gemm.c`), and they wait
for each other in a loop: on two cores 21 ms of processor time a page in place of 5, and more beside other workers."""


class NetworkError(ValueError):
    """Networks that cannot be used; the message names what is wrong with them."""


class Dense(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`x · weights + bias`: a row of weights for each number that comes in."""

    weights: list[list[float]]
    bias: list[float]


class Layer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a line hears of the lines `dilation` above it, of itself, and of those as far below, and what it makes of
    it. Beyond the page's ends there is nothing, 0."""

    dilation: int
    above: list[list[float]]
    itself: Dense
    below: list[list[float]]
    out: Dense


class Parts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The layers of one network, in their order."""

    entry: Dense
    layers: list[Layer]
    page: Dense
    hidden: Dense
    score: Dense


class _Model(Packaged, frozen=True):
    mean: list[float]
    scale: list[float]
    networks: list[Parts]


class Networks:
    """Networks over rows of `width` columns, a row for each line of a page, in their order."""

    def __init__(self, model: _Model) -> None:
        """Raises `NetworkError` where parts do not fit each other."""
        self.width = len(model.mean)
        if not 0 < self.width <= _MAX_WIDTH or not model.networks:
            raise NetworkError(f"between 1 and {_MAX_WIDTH:,} columns and a network are wanted")
        self._mean, self._scale = _array(model.mean, self.width), _array(model.scale, self.width)
        self._networks = [_Network(parts, self.width) for parts in model.networks]

    def scores(self, rows: Matrix) -> NDArray[np.float64]:
        """Of each line, the mean of the networks'; its logistic function is a probability. Raises `ValueError` for rows
        of another width."""
        check_width(rows, self.width)
        if not len(rows):
            return np.zeros(0)
        told = standardized(rows, self._mean, self._scale)
        return np.asarray(np.mean([network.scores(told) for network in self._networks], axis=0), dtype=np.float64)


class _Network:
    def __init__(self, parts: Parts, width: int) -> None:
        hidden = len(parts.entry.bias)
        if not 0 < hidden <= _MAX_WIDTH:
            raise NetworkError(f"between 1 and {_MAX_WIDTH:,} numbers of a line are wanted")
        self._entry = _dense(parts.entry, width, hidden)
        self._layers = []
        for layer in parts.layers:
            if not 0 < layer.dilation <= _MAX_DILATION:
                raise NetworkError(f"a dilation of {layer.dilation}: 1 to {_MAX_DILATION} are possible")
            around = (_array(layer.above, hidden, hidden), _array(layer.below, hidden, hidden))
            both = (_dense(layer.itself, hidden, hidden), _dense(layer.out, hidden, hidden))
            self._layers.append((layer.dilation, *around, *both))
        self._page = _dense(parts.page, 2 * hidden, hidden)
        self._hidden, self._score = _dense(parts.hidden, hidden, hidden), _dense(parts.score, hidden, 1)

    def scores(self, rows: Matrix) -> Matrix:
        lines = _positive(_apply(self._entry, rows))
        for dilation, above, below, itself, out in self._layers:
            heard = normalized(lines)
            sums = _apply(itself, heard)
            sums[dilation:] += _times(heard[:-dilation], above)
            sums[:-dilation] += _times(heard[dilation:], below)
            lines = lines + _apply(out, _positive(sums))
        page = np.concatenate([lines.mean(axis=0), lines.max(axis=0)])
        hidden = _positive(_apply(self._hidden, normalized(lines + _apply(self._page, page))))
        return np.asarray(_apply(self._score, hidden)[:, 0])


def standardized(rows: Matrix, mean: Matrix, scale: Matrix) -> Matrix:
    """Numbers as the networks take them: their logarithms, by mean and scale. Lengths and counts have long tails."""
    return np.asarray(np.clip((logarithms(rows) - mean) * scale, -_REACH, _REACH), dtype=np.float32)


def logarithms(rows: Matrix) -> Matrix:
    """Of 1 more than each number's size, with its sign."""
    return np.asarray(np.sign(rows) * np.log1p(np.abs(rows)))


def normalized(lines: Matrix) -> Matrix:
    """Each line with mean 0 and deviation 1 (layer normalization, Ba et al. 2016, without weights)."""
    centred = lines - lines.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(1e-5))
    return np.asarray(centred / deviation, dtype=np.float32)


def _positive(numbers: Matrix) -> Matrix:
    return np.maximum(numbers, np.float32(0))


def _apply(dense: tuple[Matrix, Matrix], numbers: Matrix) -> Matrix:
    weights, bias = dense
    return np.asarray(_times(numbers, weights) + bias, dtype=np.float32)


def _times(numbers: Matrix, weights: Matrix) -> Matrix:
    """The product of matrices, some rows at a time, so that it is done by the thread that asks."""
    rows = max(1, _MULTIPLICATIONS // weights.size)
    if len(numbers) <= rows or numbers.ndim == 1:
        return np.asarray(numbers @ weights)
    return np.concatenate([numbers[start : start + rows] @ weights for start in range(0, len(numbers), rows)])


def _dense(dense: Dense, rows: int, columns: int) -> tuple[Matrix, Matrix]:
    return _array(dense.weights, rows, columns), _array(dense.bias, columns)


def _array(numbers: list[Any], *shape: int) -> Matrix:
    try:
        with np.errstate(over="ignore"):  # it is told below
            array = np.array(numbers, dtype=np.float32)
    except ValueError as error:
        raise NetworkError("rows of different lengths") from error
    if array.shape != shape:
        raise NetworkError(f"numbers of shape {shape} are wanted, not {array.shape}")
    if not np.isfinite(array).all():
        raise NetworkError("a number that is not finite")
    return array


def read_networks(data: bytes) -> Networks:
    """The networks of a JSON object. Raises `NetworkError` with what is wrong with them."""
    return Networks(decoded(data, _Model, "networks", NetworkError))


def to_json(mean: list[float], scale: list[float], networks: Iterable[dict[str, Any]]) -> bytes:
    """Networks as JSON, of the parts of each by name; `read_networks` reads them back."""
    return msgspec.json.encode(_Model(1, mean, scale, [msgspec.convert(parts, Parts) for parts in networks]))
