"""Makes a topic's linear model from labelled texts, with scikit-learn (the extra `train`).

Logistic regression over the terms of `model.py` whose share differs most between relevant and other texts, each
weighted by the logarithm of the ratio of those shares (NB-SVM: Wang & Manning, "Baselines and Bigrams", ACL 2012).
What the model says of a text for the fusion and for every figure comes from a model that has not seen that text
(cross-validation). The language of a text is a feature in training alone, so that words do not stand for a language
that has few relevant texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.relevance.model import MAIN_SHARE, MAX_MODEL_BYTES, Fusion, Model, read_words, scale_of, share_of, terms
from pipelines.relevance.score import rule_points, zone_words
from pipelines.relevance.topic import Topic

MAX_FEATURES = 12_000
"""Terms kept, if 300 kB hold them. On the training set 8,000 gave F1 .894, 12,000 .917 with two fusions."""
OTHER_BYTES = 10_000
"""Room in a model's file for what is not a term."""
DECIMALS = 2
"""Of a weight, which is enough."""
MIN_DOCUMENTS = 3
FOLDS = 4
COMMON_WORDS = 150
LONGEST_COMMON = 15
"""Letters of a common word: so all of them fit into `OTHER_BYTES`."""
MIN_FUSION = 20
"""Relevant texts, and others, that a fusion of their own wants; below, the rules decide alone."""
REGULARISATION = 10.0
"""scikit-learn's `C`; cross-validated on the training set, 1 gave F1 .916, 3 .920, 10 .924, 30 .921."""
LANGUAGE_WEIGHT = 5.0
MAYBE = 0.2
"""`maybe` begins where one text in five is relevant."""
PLATEAU = 4
"""Hundredths to each side over which the F1 of a threshold is a mean."""

Floats = NDArray[np.float64]


class TrainingError(ValueError):
    """Texts that no model can be made of, or no scikit-learn; the message holds the mend."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and whether it is about the topic."""

    title: str | None
    text: str
    relevant: bool
    language: str = ""


@dataclass(frozen=True)
class Trained:
    """A model, and the cross-validated probability of each text that it was made of."""

    model: Model
    labels: NDArray[np.bool_]
    scores: Floats
    languages: Sequence[str]
    folds: int


@dataclass(frozen=True)
class _Texts:
    """What the training needs of the texts, in their order."""

    labels: NDArray[np.bool_]
    points: Floats
    languages: Sequence[str]
    words: Sequence[Sequence[str]]
    found: Sequence[frozenset[tuple[str, str]]]
    """Zone and term."""
    scales: Sequence[Mapping[str, float]]


def train(topic: Topic, documents: Sequence[Labelled], folds: int = FOLDS) -> Trained:
    """A model beside the rules of the topic. Deterministic; the number of folds moves the fusions and the threshold,
    not the weights of the terms. Raises `TrainingError`."""
    relevant = sum(document.relevant for document in documents)
    if min(relevant, len(documents) - relevant) < 2 * folds:
        raise TrainingError(
            f"{relevant} of {len(documents)} texts are relevant: at least {2 * folds} relevant and {2 * folds} other "
            "ones are needed"
        )
    splits = _import("sklearn.model_selection").StratifiedKFold(folds, shuffle=True, random_state=0)
    texts = _read(topic, documents)
    vocabulary = _vocabulary(texts)
    matrix = _matrix(texts, vocabulary)
    margins = np.zeros(len(documents))
    for learned, left_out in splits.split(matrix, texts.labels):
        margins[left_out] = matrix[left_out] @ _fitting(vocabulary, _weights(matrix, texts, learned))
    common, is_main = _main_language(texts)
    main, other, scores = _fused(topic, texts, margins, is_main)
    yes = _best_threshold(texts.labels, scores)
    weights = _fitting(vocabulary, _weights(matrix, texts, np.arange(len(documents))))
    model = Model(
        topic=topic.version,
        yes=yes,
        maybe=MAYBE,
        common=common,
        main=main,
        other=other,
        title=_kept("title", vocabulary, weights),
        text=_kept("text", vocabulary, weights),
    )
    return Trained(model, texts.labels, scores, texts.languages, folds)


def _fused(topic: Topic, texts: _Texts, margins: Floats, is_main: NDArray[np.bool_]) -> tuple[Fusion, Fusion, Floats]:
    """The fusions of the main language and of the others, and each text's probability."""
    yes, scale = topic.profile.thresholds.yes, topic.profile.scale
    rules = Fusion(1 / scale, 0.0, -yes / scale)
    main = _free_fusion(texts, margins, is_main) or rules
    other = _fusion_on_rules(texts, margins, ~is_main, yes) or rules
    chosen = [main if here else other for here in is_main]
    odds = [f.log_odds(p, m) for f, p, m in zip(chosen, texts.points, margins, strict=True)]
    scores = 1 / (1 + np.exp(-np.array(odds)))
    return main, other, scores


def _import(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError as error:
        raise TrainingError(f"training needs scikit-learn ({error}): pip install 'breachwire[train]'") from error


def _read(topic: Topic, documents: Sequence[Labelled]) -> _Texts:
    points, words, found, scales = [], [], [], []
    for document in documents:
        zones = zone_words(topic, document.title, document.text)
        points.append(rule_points(topic, zones))
        words.append(read_words(zones["title"], zones["lead"], zones["body"]))
        by_zone = {"title": terms(zones["title"]), "text": terms(words[-1])}
        found.append(frozenset((zone, term) for zone, those in by_zone.items() for term in those))
        scales.append({zone: scale_of(those) for zone, those in by_zone.items()})
    labels = np.array([document.relevant for document in documents])
    return _Texts(labels, np.array(points), [d.language for d in documents], words, found, scales)


def _vocabulary(texts: _Texts) -> list[tuple[str, str]]:
    """The terms that can be chosen, by zone, in a fixed order."""
    counted = Counter(term for found in texts.found for term in found)
    return sorted(term for term, count in counted.items() if count >= MIN_DOCUMENTS)


def _matrix(texts: _Texts, vocabulary: Sequence[tuple[str, str]]) -> Any:
    """A row a text, a column a term."""
    place = {term: column for column, term in enumerate(vocabulary)}
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for found, scale in zip(texts.found, texts.scales, strict=True):
        those = sorted(place[term] for term in found if term in place)
        columns += those
        values += [scale[vocabulary[column][0]] for column in those]
        starts.append(len(columns))
    shape = (len(texts.found), len(vocabulary))
    return _import("scipy.sparse").csr_matrix((values, columns, starts), shape=shape)


def _weights(matrix: Any, texts: _Texts, rows: NDArray[np.intp]) -> Floats:
    """A weight for each term, learned from these rows; 0 for those that were not chosen."""
    sparse = _import("scipy.sparse")
    labels, learned = texts.labels[rows], matrix[rows]
    counts = np.asarray((learned > 0).sum(axis=0), dtype=float).ravel()
    relevant = np.asarray((learned[labels] > 0).sum(axis=0), dtype=float).ravel()
    # How far the term's share among the relevant is from that among the others, against what chance does.
    gap = (relevant + 0.5) / (labels.sum() + 1) - (counts - relevant + 0.5) / ((~labels).sum() + 1)
    chosen = np.sort(np.argsort(-np.abs(gap) / np.sqrt(counts + 1), kind="stable")[:MAX_FEATURES])
    speaks = relevant[chosen] + 0.5, counts[chosen] - relevant[chosen] + 0.5
    ratio = np.abs(np.log(speaks[0] / (labels.sum() + 1)) - np.log(speaks[1] / ((~labels).sum() + 1)))
    known = sorted(set(texts.languages))
    spoken = np.array([[LANGUAGE_WEIGHT * (texts.languages[row] == language) for language in known] for row in rows])
    features = sparse.hstack([learned[:, chosen] @ sparse.diags(ratio), sparse.csr_matrix(spoken)]).tocsr()
    weights = np.zeros(matrix.shape[1])
    weights[chosen] = _regress(features, labels)[0][: len(chosen)] * ratio
    return weights


def _fitting(vocabulary: Sequence[tuple[str, str]], weights: Floats) -> Floats:
    """The weights, the weakest of them 0 where a model's file has no room for all."""
    rounded = np.round(weights, DECIMALS)
    strongest = np.argsort(-np.abs(rounded), kind="stable")[: np.count_nonzero(rounded)]
    sizes = [len(f'"{vocabulary[column][1]}":{rounded[column]},'.encode()) for column in strongest]
    left_out = strongest[np.cumsum(sizes) > MAX_MODEL_BYTES - OTHER_BYTES]
    fitting = weights.copy()
    fitting[left_out] = 0
    return fitting


def _kept(zone: str, vocabulary: Sequence[tuple[str, str]], weights: Floats) -> dict[str, float]:
    """The zone's terms that count."""
    rounded = zip(vocabulary, np.round(weights, DECIMALS).tolist(), strict=True)
    return {term: weight for (its, term), weight in rounded if its == zone and weight}


def _regress(features: Any, labels: NDArray[np.bool_], *, fit_intercept: bool = True) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression."""
    logistic = _import("sklearn.linear_model").LogisticRegression
    regression = logistic(C=REGULARISATION, tol=1e-4, max_iter=3000, fit_intercept=fit_intercept)
    regression.fit(features, labels)
    return regression.coef_[0], float(np.ravel(regression.intercept_)[0])


def _main_language(texts: _Texts) -> tuple[list[str], NDArray[np.bool_]]:
    """The commonest words of the language that most relevant texts are in, and which texts are in it by those."""
    relevant = Counter(lang for lang, yes in zip(texts.languages, texts.labels, strict=True) if yes)
    language = relevant.most_common(1)[0][0]
    counted: Counter[str] = Counter()
    for words, spoken in zip(texts.words, texts.languages, strict=True):
        if spoken == language:
            counted.update({word for word in words if word[0].isalpha() and len(word) <= LONGEST_COMMON})
    common = sorted(sorted(counted), key=lambda word: -counted[word])[:COMMON_WORDS]
    known = frozenset(common)
    return common, np.array([share_of(known, words) >= MAIN_SHARE for words in texts.words])


def _free_fusion(texts: _Texts, margins: Floats, those: NDArray[np.bool_]) -> Fusion | None:
    """How much points and margin count in these texts; None where they are too few to say."""
    labels = texts.labels[those]
    if min(labels.sum(), (~labels).sum()) < MIN_FUSION:
        return None
    weights, bias = _regress(np.column_stack([texts.points[those], margins[those]]), labels)
    # Rules that say nothing of these texts still count a little: evidence is told in their points.
    return Fusion(max(round(float(weights[0]), 4), 0.01), round(float(weights[1]), 4), round(bias, 4))


def _fusion_on_rules(texts: _Texts, margins: Floats, those: NDArray[np.bool_], yes: float) -> Fusion | None:
    """The same, but even odds at the rules' threshold: where the model knows no word, as in a language that no text
    is in, the rules alone say yes or no."""
    labels = texts.labels[those]
    if min(labels.sum(), (~labels).sum()) < MIN_FUSION:
        return None
    weights, _ = _regress(np.column_stack([texts.points[those] - yes, margins[those]]), labels, fit_intercept=False)
    points = max(round(float(weights[0]), 4), 0.01)
    return Fusion(points, round(float(weights[1]), 4), round(-points * yes, 4))


def _best_threshold(labels: NDArray[np.bool_], scores: Floats) -> float:
    """The probability from which `yes` has the best F1, as a mean over its neighbours: a lone peak is chance."""
    grid = np.arange(round(MAYBE * 100), 100) / 100
    right = np.array([(labels & (scores >= threshold)).sum() for threshold in grid])
    found = np.array([(scores >= threshold).sum() for threshold in grid])
    f1 = np.pad(2 * right / (found + labels.sum()), PLATEAU, mode="edge")
    means = np.convolve(f1, np.full(2 * PLATEAU + 1, 1 / (2 * PLATEAU + 1)), mode="valid")
    best = np.flatnonzero(means > means.max() - 1e-9)
    return float(grid[best[len(best) // 2]])
