"""What the learned parts of the judge share: JSON that is read and checked, rows of the right width, scores."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
"""A row of numbers for each line."""
Probabilities = NDArray[np.float64]


class Packaged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model as it is written: one JSON object."""

    format: int


P = TypeVar("P", bound=Packaged)


def decoded(data: bytes, kind: type[P], what: str, error: type[ValueError]) -> P:
    """The model of a JSON object of format 1. Raises the error, with `what` was wanted and why it is none."""
    try:
        model = msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as cause:
        raise error(f"not a model of {what}: {cause}") from cause
    if model.format != 1:
        raise error(f"model of format {model.format}; this version reads format 1")
    return model


def check_width(rows: Matrix, width: int) -> None:
    """Raises `ValueError` for rows of another width."""
    if rows.ndim != 2 or rows.shape[1] != width:
        raise ValueError(f"rows of {width} columns are wanted, not of shape {rows.shape}")


def logistic(scores: NDArray[np.float64]) -> Probabilities:
    """The probabilities that scores, which are log-odds, stand for."""
    return np.asarray(1 / (1 + np.exp(-scores)))
