"""The model card: what a model was made of and what it can be trusted with, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.relevance.train import Trained

_THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_BINS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.01)


def card(trained: Trained, source: str) -> str:
    """What `breachwire train` prints and writes beside the model; `source` names the labelled texts."""
    return "\n".join(_lines(trained, source)) + "\n"


def _lines(trained: Trained, source: str) -> Iterator[str]:
    model, labels, scores = trained.model, trained.labels, trained.scores
    yield f"# Linear model of topic {model.topic}\n"
    yield (
        f"Made by `breachwire train` from {len(labels):,} labelled texts ({source}), {labels.sum():,} of them "
        f"relevant: {len(model.title):,} terms of headlines and {len(model.text):,} of texts with their weights. "
        "It holds no text."
    )
    yield (
        f"\nAll figures are cross-validated ({trained.folds} folds) for rules and model together: no text was judged "
        "by a model that had seen it. The two fusions (three numbers each) and the threshold were fitted to those same "
        "scores, and if the rules were written with these texts in sight, the figures flatter them."
    )
    yield f"\n`yes` from {model.yes} on (best F1), `maybe` from {model.maybe}.\n"
    yield "| language | texts | relevant | P | R | F1 | AP |\n|---|---|---|---|---|---|---|"
    for language in ["all", *sorted(set(trained.languages))]:
        those = np.array([language in ("all", spoken) for spoken in trained.languages])
        yield _row(language or "not told", labels[those], scores[those], model.yes)
    yield "\nWhat another threshold would give:\n\n| `yes` from | P | R | F1 |\n|---|---|---|---|"
    for threshold in sorted({*_THRESHOLDS, model.yes}):
        yield f"| {threshold} | {' | '.join(f'{value:.3f}' for value in _scores(labels, scores >= threshold))} |"
    yield "\nWhether the score is a probability:\n\n| score | texts | mean score | relevant |\n|---|---|---|---|"
    for low, high in pairwise(_BINS):
        those = (scores >= low) & (scores < high)
        if those.any():
            means = f"{scores[those].mean():.3f} | {labels[those].mean():.3f}"
            yield f"| {low} to {min(high, 1.0)} | {those.sum()} | {means} |"
    yield (
        "\nWhere the model knows no word, as in a language without texts here, the odds are even at the rules' "
        "threshold of `yes`: there the rules decide."
    )


def _row(name: str, labels: NDArray[np.bool_], scores: NDArray[np.float64], threshold: float) -> str:
    size = f"| {name} | {len(labels)} | {labels.sum()} |"
    if not labels.any():
        return f"{size} – | – | – | – |"
    values = (*_scores(labels, scores >= threshold), _average_precision(labels, scores))
    return f"{size} {' | '.join(f'{value:.3f}' for value in values)} |"


def _scores(labels: NDArray[np.bool_], found: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    right = int((labels & found).sum())
    precision, recall = right / (int(found.sum()) or 1), right / (int(labels.sum()) or 1)
    return precision, recall, 2 * precision * recall / ((precision + recall) or 1)


def _average_precision(labels: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """The mean of the precision down to each relevant text; among equal scores the others come first."""
    ranked = labels[np.lexsort((labels, -scores))]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(precision[ranked].mean())
