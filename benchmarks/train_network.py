"""Trains the judge's networks (`pipelines/extract/network.py`) with PyTorch; `benchmarks/train_judge.py` calls it.

The loss is that of the lines' labels (cross entropy) and of the page's text (1 - F1 with probabilities for lines, which
is what the choice of lines maximizes), both with a line's weight. Against learning the pages by heart: few numbers,
dropout, noise on all that comes in, weight decay, few rounds, and the mean of the weights over the last steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.extract.learned import Matrix
from pipelines.extract.network import logarithms, read_networks, standardized, to_json

_NETWORKS = 2
"""That are trained, from other beginnings; their mean is steadier."""
_HIDDEN, _DILATIONS = 32, (1, 2, 4, 8)
_ROUNDS, _BATCH, _RATE, _WARMING = 9, 8, 2e-3, 0.15
_DECAY, _DROPPED, _NOISE, _OF_TEXT = 0.01, 0.2, 0.4, 0.5
_STEADY = 0.995
"""How much of the mean of the weights stays at each step."""
_ALIKE = 1e-3
"""How far the scores with numpy may be from PyTorch's."""

Parameters = dict[str, Any]


class Example(NamedTuple):
    """The lines of a page: rows, whether each is of the article, and what it weighs (0: not known)."""

    rows: Matrix
    labels: NDArray[np.bool_]
    weights: NDArray[np.float64]


def fit_networks(pages: Sequence[Example]) -> bytes:
    """Networks of these pages, as JSON."""
    import torch  # type: ignore[import-not-found,unused-ignore]

    torch.set_num_threads(1)  # so that the same pages give the same weights
    pages = [page for page in pages if page.weights.sum() > 0]
    rows = np.vstack([page.rows for page in pages])
    told = logarithms(rows)
    mean, scale = _short(told.mean(axis=0)), _short(1 / (told.std(axis=0) + 1e-3))
    inputs = [
        page._replace(rows=standardized(page.rows, mean.astype(np.float32), scale.astype(np.float32))) for page in pages
    ]
    trained = [_trained(inputs, seed) for seed in range(_NETWORKS)]
    data = to_json(mean.tolist(), scale.tolist(), map(_parts, trained))
    one, there = torch.from_numpy(inputs[0].rows)[None], torch.ones(1, len(inputs[0].labels))
    wanted = np.mean([_scores(parameters, one, there)[0].numpy() for parameters in trained], axis=0)
    if not np.allclose(read_networks(data).scores(pages[0].rows), wanted, atol=_ALIKE):
        raise RuntimeError("the networks with numpy do not score as those with PyTorch")
    return data


def _trained(pages: Sequence[Example], seed: int) -> Parameters:
    """The mean of the weights over the last steps of one training, in three digits each."""
    import torch  # type: ignore[import-not-found,unused-ignore]

    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    parameters = _beginning(pages[0].rows.shape[1])
    optimizer = torch.optim.AdamW(parameters.values(), lr=_RATE, weight_decay=_DECAY)
    steps = _ROUNDS * -(-len(pages) // _BATCH)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps, pct_start=_WARMING)
    steady = {name: value.detach().clone() for name, value in parameters.items()}
    batches = (batch for _ in range(_ROUNDS) for batch in _batches(pages, random))
    for step, batch in enumerate(batches, 1):
        loss = _loss(parameters, *map(torch.from_numpy, batch))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimizer.step()
        rate.step()
        kept = min(_STEADY, (1 + step) / (10 + step))
        for name, value in parameters.items():
            steady[name].mul_(kept).add_(value.detach(), alpha=1 - kept)
    return {name: torch.from_numpy(_short(value.numpy()).astype(np.float32)) for name, value in steady.items()}


def _beginning(width: int) -> Parameters:
    """Random weights within 1/√n of n numbers that come in, as PyTorch's own layers have them."""
    import torch  # type: ignore[import-not-found,unused-ignore]

    def random(rows: int, columns: int, incoming: int) -> Any:
        return torch.empty(rows, columns).uniform_(-(incoming**-0.5), incoming**-0.5).requires_grad_()

    found: Parameters = {}
    into = {"entry": width, "page": 2 * _HIDDEN, "hidden": _HIDDEN, "score": _HIDDEN}
    for number in range(len(_DILATIONS)):
        found |= {f"{number} {part}": random(_HIDDEN, _HIDDEN, 3 * _HIDDEN) for part in ("above", "below")}
        into |= {f"{number} {part}": _HIDDEN for part in ("itself", "out")}
    for name, incoming in into.items():
        columns = 1 if name == "score" else _HIDDEN
        found[name], found[f"{name} bias"] = random(incoming, columns, incoming), random(1, columns, incoming)
    return found


def _batches(pages: Sequence[Example], random: np.random.Generator) -> Iterator[tuple[NDArray[Any], ...]]:
    """Every page once, pages of like length together: rows, which are lines at all, labels and weights."""
    order = random.permutation(len(pages))
    groups = [order[start : start + 8 * _BATCH] for start in range(0, len(order), 8 * _BATCH)]
    order = np.concatenate([sorted(group, key=lambda place: len(pages[place].labels)) for group in groups])
    for start in range(0, len(order), _BATCH):
        some = [pages[place] for place in order[start : start + _BATCH]]
        shape = (len(some), max(len(page.labels) for page in some))
        rows = np.zeros((*shape, some[0].rows.shape[1]), dtype=np.float32)
        there, labels, weights = (np.zeros(shape, dtype=np.float32) for _ in range(3))
        for place, page in enumerate(some):
            size = len(page.labels)
            rows[place, :size], labels[place, :size], weights[place, :size] = page
            there[place, :size] = 1
        yield rows, there, labels, weights


def _loss(parameters: Parameters, rows: Any, there: Any, labels: Any, weights: Any) -> Any:
    import torch  # type: ignore[import-not-found,unused-ignore]
    from torch.nn import functional  # type: ignore[import-not-found,unused-ignore]

    score = _scores(parameters, rows + _NOISE * torch.randn_like(rows), there, dropped=_DROPPED)
    entropy = functional.binary_cross_entropy_with_logits(score, labels, reduction="none")
    chosen, wanted = torch.sigmoid(score) * weights, labels * weights
    f1 = (2 * (chosen * labels).sum(1) + 1) / (chosen.sum(1) + wanted.sum(1) + 1)
    return (entropy * weights).sum() / (weights.sum() + 1e-6) + _OF_TEXT * (1 - f1).mean()


def _scores(parameters: Parameters, rows: Any, there: Any, *, dropped: float = 0.0) -> Any:
    """Of each line of some pages, as `Networks.scores` has them of one; `there` is 0 behind a page's end."""
    import torch  # type: ignore[import-not-found,unused-ignore]
    from torch.nn import functional  # type: ignore[import-not-found,unused-ignore]

    def apply(name: str, numbers: Any) -> Any:
        return numbers @ parameters[name] + parameters[f"{name} bias"]

    mask = there[..., None]
    lines = functional.dropout(functional.relu(apply("entry", rows)), dropped)
    for number, dilation in enumerate(_DILATIONS):
        heard = functional.layer_norm(lines, lines.shape[-1:]) * mask
        padded = functional.pad(heard, (0, 0, dilation, dilation))
        above, below = padded[:, : -2 * dilation], padded[:, 2 * dilation :]
        sums = apply(f"{number} itself", heard) + above @ parameters[f"{number} above"]
        sums = functional.relu(sums + below @ parameters[f"{number} below"])
        lines = lines + functional.dropout(apply(f"{number} out", sums), dropped)
    means = (lines * mask).sum(1) / mask.sum(1)
    most = lines.masked_fill(mask == 0, -1e4).max(1).values
    lines = lines + apply("page", torch.cat([means, most], 1))[:, None]
    hidden = functional.relu(apply("hidden", functional.layer_norm(lines, lines.shape[-1:])))
    return apply("score", functional.dropout(hidden, dropped))[..., 0]


def _parts(parameters: Parameters) -> dict[str, Any]:
    """The weights by their names in the file."""
    said = {name: _short(value.numpy()).tolist() for name, value in parameters.items()}

    def dense(name: str) -> dict[str, Any]:
        return {"weights": said[name], "bias": said[f"{name} bias"][0]}

    layers = [
        {
            "dilation": dilation,
            "above": said[f"{number} above"],
            "below": said[f"{number} below"],
            "itself": dense(f"{number} itself"),
            "out": dense(f"{number} out"),
        }
        for number, dilation in enumerate(_DILATIONS)
    ]
    return {"layers": layers, **{name: dense(name) for name in ("entry", "page", "hidden", "score")}}


def _short(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Three digits of each, which is what the file holds."""
    return np.array([float(f"{number:.3g}") for number in numbers.ravel()]).reshape(numbers.shape)
