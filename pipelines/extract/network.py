"""A small convolutional network over the lines of a page, as plain data: read from JSON, checked, applied with numpy.

Trees see a line and, in features that somebody thought of, what is around it. The network sees the page as a sequence:
its layers look ever further up and down (dilated convolutions with residuals, van den Oord et al. 2016), and the page
as a whole (means and maxima over its lines) is told to each line.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

_MAX_WIDTH, _MAX_DILATION = 4_096, 64
_REACH = 3.0
"""How many deviations from its mean a number may be; further ones count as that."""


class NetworkError(ValueError):
    """A network that cannot be used; the message names what is wrong with it."""


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


class _Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    format: int
    mean: list[float]
    scale: list[float]
    entry: Dense
    layers: list[Layer]
    page: Dense
    hidden: Dense
    score: Dense


class Network:
    """A network over rows of `width` columns, a row for each line of a page, in their order."""

    def __init__(self, model: _Model) -> None:
        """Raises `NetworkError` where parts do not fit each other."""
        self.width, hidden = len(model.mean), len(model.entry.bias)
        if not 0 < self.width <= _MAX_WIDTH or not 0 < hidden <= _MAX_WIDTH:
            raise NetworkError(f"between 1 and {_MAX_WIDTH:,} columns and numbers of a line are wanted")
        self._mean, self._scale = _array(model.mean, self.width), _array(model.scale, self.width)
        self._entry = _dense(model.entry, self.width, hidden)
        self._layers = []
        for layer in model.layers:
            if not 0 < layer.dilation <= _MAX_DILATION:
                raise NetworkError(f"a dilation of {layer.dilation}: 1 to {_MAX_DILATION} are possible")
            around = (_array(layer.above, hidden, hidden), _array(layer.below, hidden, hidden))
            parts = (_dense(layer.itself, hidden, hidden), _dense(layer.out, hidden, hidden))
            self._layers.append((layer.dilation, *around, *parts))
        self._page = _dense(model.page, 2 * hidden, hidden)
        self._hidden, self._score = _dense(model.hidden, hidden, hidden), _dense(model.score, hidden, 1)

    def scores(self, rows: Matrix) -> NDArray[np.float64]:
        """Of each line; the logistic function of a score is a probability. Raises `ValueError` for rows of another
        width."""
        if rows.ndim != 2 or rows.shape[1] != self.width:
            raise ValueError(f"rows of {self.width} columns are wanted, not of shape {rows.shape}")
        if not len(rows):
            return np.zeros(0)
        lines = _positive(_apply(self._entry, standardized(rows, self._mean, self._scale)))
        for dilation, above, below, itself, out in self._layers:
            heard = normalized(lines)
            sums = _apply(itself, heard)
            sums[dilation:] += heard[:-dilation] @ above
            sums[:-dilation] += heard[dilation:] @ below
            lines = lines + _apply(out, _positive(sums))
        page = np.concatenate([lines.mean(axis=0), lines.max(axis=0)])
        hidden = _positive(_apply(self._hidden, normalized(lines + _apply(self._page, page))))
        return np.asarray(_apply(self._score, hidden)[:, 0], dtype=np.float64)


def standardized(rows: Matrix, mean: Matrix, scale: Matrix) -> Matrix:
    """Numbers as the network takes them: their logarithms, by mean and scale. Lengths and counts have long tails."""
    told = (np.sign(rows) * np.log1p(np.abs(rows)) - mean) * scale
    return np.asarray(np.clip(told, -_REACH, _REACH), dtype=np.float32)


def normalized(lines: Matrix) -> Matrix:
    """Each line with mean 0 and deviation 1 (layer normalization, Ba et al. 2016, without weights)."""
    centred = lines - lines.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(1e-5))
    return np.asarray(centred / deviation, dtype=np.float32)


def _positive(numbers: Matrix) -> Matrix:
    return np.maximum(numbers, np.float32(0))


def _apply(dense: tuple[Matrix, Matrix], numbers: Matrix) -> Matrix:
    weights, bias = dense
    return np.asarray(numbers @ weights + bias, dtype=np.float32)


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


def read_networks(data: bytes) -> tuple[Network, ...]:
    """The networks of a JSON list. Raises `NetworkError` with what is wrong with it."""
    try:
        models = msgspec.json.decode(data, type=list[_Model])
    except msgspec.MsgspecError as error:
        raise NetworkError(f"no networks: {error}") from error
    for model in models:
        if model.format != 1:
            raise NetworkError(f"network of format {model.format}; this version reads format 1")
    return tuple(map(Network, models))


def to_json(models: Iterable[dict[str, Any]]) -> bytes:
    """Networks as JSON, of the parts of each by name; `read_networks` reads them back."""
    return msgspec.json.encode([msgspec.convert({"format": 1, **model}, _Model) for model in models])
