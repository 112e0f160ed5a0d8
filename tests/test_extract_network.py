"""The network over a page's lines: what a line hears of others, and what is no network."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.extract.network import NetworkError, Networks, read_networks, to_json

WIDTH, HIDDEN = 3, 16


def parts(*dilations: int, whole_page: bool = False) -> dict[str, Any]:
    """A network of random weights, which hears of the page as a whole or does not."""
    random = np.random.default_rng(7)

    def matrix(rows: int, columns: int) -> list[list[float]]:
        return [list(map(float, row)) for row in random.normal(size=(rows, columns)).round(3)]

    def dense(rows: int, columns: int) -> dict[str, Any]:
        return {"weights": matrix(rows, columns), "bias": [0.5] * columns}

    layers = [
        {
            "dilation": dilation,
            "above": matrix(HIDDEN, HIDDEN),
            "itself": dense(HIDDEN, HIDDEN),
            "below": matrix(HIDDEN, HIDDEN),
            "out": dense(HIDDEN, HIDDEN),
        }
        for dilation in dilations
    ]
    page = (
        dense(2 * HIDDEN, HIDDEN) if whole_page else {"weights": [[0.0] * HIDDEN] * 2 * HIDDEN, "bias": [0.0] * HIDDEN}
    )
    return {
        "entry": dense(WIDTH, HIDDEN),
        "layers": layers,
        "page": page,
        "hidden": dense(HIDDEN, HIDDEN),
        "score": dense(HIDDEN, 1),
    }


def network(*dilations: int, whole_page: bool = False) -> Networks:
    return read_networks(to_json([0.0] * WIDTH, [1.0] * WIDTH, [parts(*dilations, whole_page=whole_page)]))


def page(lines: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(lines).normal(size=(lines, WIDTH)).astype(np.float32)


def heard_by(network: Networks, line: int, lines: int = 12) -> list[int]:
    """The lines whose scores change with that line."""
    before, after = page(lines), page(lines)
    after[line] += 1
    return np.flatnonzero(~np.isclose(network.scores(before), network.scores(after), atol=1e-6)).tolist()


def test_without_layers_each_line_stands_for_itself() -> None:
    assert heard_by(network(), 5) == [5]


def test_a_layer_hears_as_far_up_and_down_as_its_dilation() -> None:
    assert heard_by(network(1), 5) == [4, 5, 6]
    assert heard_by(network(3), 5) == [2, 5, 8]
    assert set(heard_by(network(1, 3), 5)) <= {1, 2, 3, 4, 5, 6, 7, 8, 9}


def test_beyond_the_ends_of_the_page_there_is_nothing() -> None:
    assert heard_by(network(3), 0) == [0, 3]
    assert heard_by(network(3), 11) == [8, 11]


def test_the_page_as_a_whole_is_told_to_each_line() -> None:
    assert heard_by(network(whole_page=True), 5) == list(range(12))


@given(st.integers(0, 9))
def test_a_page_may_be_shorter_than_a_layer_looks(lines: int) -> None:
    scores = network(1, 2, 4, 8, whole_page=True).scores(page(lines))
    assert scores.shape == (lines,)
    assert np.isfinite(scores).all()


def test_which_way_is_up_matters() -> None:
    assert not np.allclose(network(1).scores(page(9)), network(1).scores(page(9)[::-1])[::-1])


def test_a_number_beyond_reach_counts_as_one_at_its_end() -> None:
    far, farther = page(1), page(1)
    far[0, 0], farther[0, 0] = 1e6, 1e30
    assert network().scores(far) == network().scores(farther)


def test_the_score_of_networks_is_their_mean() -> None:
    both = read_networks(to_json([0.0] * WIDTH, [1.0] * WIDTH, [parts(1), parts(3)]))
    mean = (network(1).scores(page(9)) + network(3).scores(page(9))) / 2
    assert both.scores(page(9)) == pytest.approx(mean)


def test_a_long_page_scores_as_its_parts_do() -> None:
    """Products are taken some rows at a time."""
    lines = 40_000
    long, short = network(1).scores(page(lines)), network(1).scores(page(lines)[: lines // 2])
    assert long[: lines // 2 - 1] == pytest.approx(short[:-1], abs=1e-4)


@pytest.mark.parametrize("shape", [(2, WIDTH + 1), (WIDTH,)])
def test_rows_of_another_width_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="rows of 3 columns"):
        network().scores(np.zeros(shape, dtype=np.float32))


def broken(change: Callable[[dict[str, Any]], object]) -> bytes:
    model = {"format": 1, "mean": [0.0] * WIDTH, "scale": [1.0] * WIDTH, "networks": [parts(1)]}
    change(model)
    return json.dumps(model).encode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda model: model.update(format=2), "format 2"),
        (lambda model: model["networks"][0]["layers"][0].update(dilation=0), "dilation of 0"),
        (lambda model: model["networks"][0]["layers"][0].update(dilation=65), "dilation of 65"),
        (lambda model: model["networks"][0]["entry"]["weights"].pop(), r"shape \(3, 16\)"),
        (lambda model: model["networks"][0]["entry"]["weights"][0].pop(), "different lengths"),
        (lambda model: model["networks"][0]["score"].update(bias=[0.0, 0.0]), r"shape \(1,\)"),
        (lambda model: model["scale"].append(1.0), r"shape \(3,\)"),
        (lambda model: model.update(mean=[], scale=[]), "between 1 and"),
        (lambda model: model.update(mean=[1e39] * WIDTH), "not finite"),
        (lambda model: model["networks"][0].pop("page"), "page"),
        (lambda model: model.update(more=1), "more"),
        (lambda model: model.update(networks=[]), "a network"),
    ],
)
def test_what_is_wrong_with_a_network_is_said(change: Callable[[dict[str, Any]], object], says: str) -> None:
    with pytest.raises(NetworkError, match=says):
        read_networks(broken(change))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_networks_are_refused(data: bytes) -> None:
    with pytest.raises(NetworkError):
        read_networks(data)
