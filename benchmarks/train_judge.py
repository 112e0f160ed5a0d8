"""Train the judge of lines: `python -m benchmarks.train_judge --data DIR [--folds 5] [--write FOLDER]`.

DIR holds the folder `extraction` with the development sets. Prints the scores of the rules alone and of rules and
judge together, each page judged by a model that has seen no page of its site. With `--write`, a model of all
pages is written: `judge_terms.json`, `judge_trees.json` and `judge_networks.json` (the packaged ones are in
`pipelines/extract`). Wants scikit-learn and PyTorch (`pip install '.[bench-judge]'`).

Terms first: a logistic regression gives each a weight. Trees and networks then see the scores that each page has by
weights which were learned from other sites, in training as in use.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchmarks.extraction_quality import SETS, SNIPPETS, Record, read_records
from benchmarks.tables import Table, print_table
from benchmarks.text_scores import SnippetCounts, snippet_counts, squeezed
from benchmarks.train_network import Example, fit_networks
from pipelines.extract import judge, metadata
from pipelines.extract.blocks import Block
from pipelines.extract.body import read_body
from pipelines.extract.clean import clean
from pipelines.extract.declared import read_declared
from pipelines.extract.decode import parse
from pipelines.extract.features import Lines
from pipelines.extract.learned import Matrix
from pipelines.extract.model import FILES, Model, read_model
from pipelines.extract.segments import Segment
from pipelines.extract.terms import Terms, Weights
from pipelines.extract.trees import to_json
from pipelines.extract.words import words
from pipelines.items import ExtractionError

_WORKERS = 2
_SNIPPET_WEIGHT = 0.9
"""Of a page's lines that hold a wanted or unwanted snippet, beside 1 for a page whose lines are all labelled."""

_TREES = {
    "max_iter": 150,
    "learning_rate": 0.08,
    "max_leaf_nodes": 16,
    "min_samples_leaf": 40,
    "l2_regularization": 3.0,
    "max_features": 0.3,
    "max_bins": 128,
    "random_state": 0,
}

_TERMS = {"loss": "log_loss", "alpha": 3e-4, "max_iter": 12, "tol": None, "average": True, "random_state": 0}
_LEAST_SITES = (6, 4)
"""Sites that a term of words, and one of names, must be on to be learned."""
_MOST_TERMS = 6_000
"""Terms of each kind that are kept, those with the largest weights on the most sites."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """A page made ready: what the rules made of it, its lines with features, labels and weights."""

    rules: str
    texts: tuple[str, ...]
    title: str | None
    lines: Lines | None
    labels: NDArray[np.bool_]
    weights: Floats

    def text(self, model: Model) -> str:
        """The text by rules and judge."""
        if self.lines is None or not len(self.lines.places):
            return self.rules
        texts = [self.texts[place] for place in self.lines.places]
        chosen = judge.choose(texts, self.lines, model.probabilities(model.rows(self.lines)))
        blocks = [Block(text) for text, keep in zip(texts, chosen, strict=True) if keep]
        return "\n\n".join(block.text for block in clean(blocks, self.title)[0]) or self.rules


def sample(record: Record) -> Sample:
    """A record of a development set as a sample; one without lines where there is no article."""
    empty = Sample("", (), None, None, np.zeros(0, dtype=np.bool_), np.zeros(0))
    try:
        page = parse(record["html"])
        declared = read_declared(page)
        title, lead = metadata.title(page, declared), metadata.summary(declared)
        body = read_body(page, title, lead)
    except ExtractionError:
        return empty
    segments, found = body.segments, body.found
    cleaned, _ = clean(found, title)
    rules = "\n\n".join(block.text for block in cleaned)
    if not segments:
        return Sample(rules, (), title, None, empty.labels, empty.weights)
    lines = judge.examine(segments, found, cleaned, title, lead)
    labels, weights = _gold_labels(segments, record) if record["body"] else _snippet_labels(segments, record)
    return Sample(rules, tuple(segment.text for segment in segments), title, lines, labels, weights)


def _gold_labels(segments: Sequence[Segment], record: Record) -> tuple[NDArray[np.bool_], Floats]:
    """True for lines that are part of the gold text. Each page weighs 100 in all, a line by its characters."""
    labels = np.array(covered([segment.text for segment in segments], [_parent(s) for s in segments], record["body"]))
    sizes = np.array([len(segment.text) for segment in segments], dtype=np.float64)
    return labels, sizes / sizes.sum() * (100 if labels.any() else 0)


def covered(lines: Sequence[str], containers: Sequence[object], gold: str) -> list[bool]:
    """Which lines the gold text is made of.

    Lines of four words or more use up its 3-grams, those of the container with the most of it first, so that a teaser
    or hidden copy of a paragraph does not count; a shorter one must stand in it and next to a line that counts.
    """
    said = words(gold)
    left, joined = Counter(_grams(said)), f" {' '.join(said)} "
    tokens = [words(line) for line in lines]
    shares = [_share(_grams(line), left) for line in tokens]
    strength: Counter[object] = Counter()
    for container, line, share in zip(containers, tokens, shares, strict=True):
        strength[container] += len(line) if share >= 0.5 else 0
    found = [False] * len(lines)
    for place in sorted(range(len(lines)), key=lambda place: (-strength[containers[place]], place)):
        grams = Counter(_grams(tokens[place]))
        if shares[place] >= 0.5 and (grams & left).total() >= 0.5 * grams.total() and len(tokens[place]) > 3:
            found[place] = True
            left -= grams
    long = list(found)
    for place, line in enumerate(tokens):
        if 0 < len(line) < 4 and any(long[max(0, place - 2) : place + 3]) and f" {' '.join(line)} " in joined:
            found[place] = True
    return found


def _grams(line: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(line, line[1:], line[2:], strict=False))


def _share(grams: Sequence[tuple[str, ...]], gold: Mapping[tuple[str, ...], int]) -> float:
    return sum(gram in gold for gram in set(grams)) / max(1, len(set(grams)))


def _parent(segment: Segment) -> object:
    return segment.element.getparent()


def _snippet_labels(segments: Sequence[Segment], record: Record) -> tuple[NDArray[np.bool_], Floats]:
    """Labels of the lines that hold a snippet; the others weigh nothing."""
    labels, weights = np.zeros(len(segments), dtype=np.bool_), np.zeros(len(segments))
    total = sum(len(segment.text) for segment in segments)
    for snippets, label in ((record["with"], True), (record["without"], False)):
        for snippet in filter(lambda text: len(text) > 3, map(squeezed, snippets or ())):
            for place, segment in enumerate(segments):
                if snippet in segment.text:
                    labels[place] = label
                    weights[place] = min(400, len(segment.text)) / total * 100 * _SNIPPET_WEIGHT
    return labels, weights


class Trainer:
    """Models of parts of the pages, numbered by `fold`. Weights that were learned once are kept."""

    def __init__(self, pages: Iterable[tuple[Record, Sample]], folds: int) -> None:
        self.pages = [(record, one, fold(record, folds)) for record, one in pages]
        self.folds = folds
        self._weights: dict[frozenset[int], Weights] = {}
        judged = [(record, one.lines, one, part) for record, one, part in self.pages if one.lines is not None]
        self._parts = np.repeat([part for *_, part in judged], [len(lines.places) for _, lines, _, _ in judged])
        self._labels = np.concatenate([one.labels[lines.places] for _, lines, one, _ in judged])
        self._line_weights = np.concatenate([one.weights[lines.places] for _, lines, one, _ in judged])
        sites = [site(record) for record, lines, _, _ in judged for _ in lines.places]
        said = [terms for _, lines, _, _ in judged for terms in lines.said]
        named = [names.own | names.above for _, lines, _, _ in judged for names in lines.named]
        self._terms = [_Lines.read(said, sites, _LEAST_SITES[0]), _Lines.read(named, sites, _LEAST_SITES[1])]

    def model(self, *without: int) -> Model:
        """A model of all pages but those of the given parts."""
        return read_model(*self.files(*without))

    def files(self, *without: int) -> tuple[bytes, bytes, bytes]:
        """The same as its files, in the order of `FILES`."""
        examples = self._examples(*without)
        rows, labels, weights = map(np.concatenate, zip(*examples, strict=True))
        used = weights > 0
        trees = _fit_trees(rows[used], labels[used], weights[used])
        return msgspec.json.encode(self.weights(*without)), trees, fit_networks(examples)

    def _examples(self, *without: int) -> list[Example]:
        """The lines of all pages but those of the given parts; a page's terms were weighed without its own part."""
        found = []
        for _, one, part in self.pages:
            if part not in without and one.lines is not None and len(one.lines.places):
                told = self.weights(*without, part).columns(one.lines.said, one.lines.named)
                rows = np.column_stack([one.lines.rows, told])
                found.append(Example(rows, one.labels[one.lines.places], one.weights[one.lines.places]))
        return found

    def weights(self, *without: int) -> Weights:
        """The weights of terms by all pages but those of the given parts."""
        parts = frozenset(without)
        if parts not in self._weights:
            used = np.flatnonzero(~np.isin(self._parts, list(parts)) & (self._line_weights > 0))
            labels, weights = self._labels[used], self._line_weights[used]
            (words, bias), (names, other) = (lines.fit(used, labels, weights) for lines in self._terms)
            self._weights[parts] = Weights(words, names, (bias, other))
        return self._weights[parts]


@dataclass(frozen=True, slots=True)
class _Lines:
    """The terms of all lines as a sparse matrix (each there or not), read once for all folds, and each line's site."""

    vocabulary: NDArray[Any]
    rows: Any
    sites: Any
    least: int
    """Sites that a term must be on to be learned."""

    @classmethod
    def read(cls, lines: Sequence[Terms], sites: Sequence[str], least: int) -> _Lines:
        from scipy.sparse import csr_matrix  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from sklearn.feature_extraction.text import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
            CountVectorizer,
        )

        reader = CountVectorizer(analyzer=list, binary=True)
        rows = reader.fit_transform(lines)
        _, numbers = np.unique(np.array(sites), return_inverse=True)
        places = csr_matrix((np.ones(len(sites)), (numbers, np.arange(len(sites)))))
        return cls(reader.get_feature_names_out(), rows, places, least)

    def fit(self, used: NDArray[np.intp], labels: NDArray[np.bool_], weights: Floats) -> tuple[dict[str, float], float]:
        """Weights of the terms that enough sites have among the lines `used`, and the bias."""
        from sklearn.linear_model import SGDClassifier  # type: ignore[import-not-found,import-untyped,unused-ignore]

        rows = self.rows[used]
        seen = (self.sites[:, used] @ rows > 0).sum(axis=0).A1
        known = np.flatnonzero(seen >= self.least)
        classifier = SGDClassifier(**_TERMS)
        classifier.fit(rows[:, known], labels, sample_weight=_evened(weights))
        weight = classifier.coef_[0]
        telling = np.argsort(-np.abs(weight) * np.sqrt(seen[known]), kind="stable")[:_MOST_TERMS]
        found = {str(self.vocabulary[known[place]]): float(f"{weight[place]:.3g}") for place in np.sort(telling)}
        return found, float(classifier.intercept_[0])


def _evened(weights: Floats) -> Floats:
    """The roots of the weights, 1 on average: long lines have more terms anyway."""
    roots = np.sqrt(weights)
    return np.asarray(roots / roots.mean())


def _fit_trees(rows: Matrix, labels: NDArray[np.bool_], weights: Floats) -> bytes:
    """Trees as JSON."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-not-found,import-untyped,unused-ignore]

    classifier = HistGradientBoostingClassifier(**_TREES)
    classifier.fit(rows, labels, sample_weight=weights)
    trees = [_tree(predictor.nodes) for (predictor,) in classifier._predictors]
    return to_json(rows.shape[1], float(classifier._baseline_prediction.item()), trees)


def _tree(nodes: NDArray[Any]) -> dict[str, list[Any]]:
    """scikit-learn's nodes as lists, numbers to five digits."""
    leaf = nodes["is_leaf"].astype(bool)
    value = np.where(leaf, nodes["value"], nodes["num_threshold"])
    return {
        "feature": np.where(leaf, -1, nodes["feature_idx"]).tolist(),
        "value": [float(f"{number:.5g}") for number in value],
        "left": np.where(leaf, 0, nodes["left"]).tolist(),
        "right": np.where(leaf, 0, nodes["right"]).tolist(),
    }


def fold(record: Record, folds: int) -> int:
    """The part that a page is in: pages of one registered domain (its last two labels) are in one."""
    return int(hashlib.sha256(site(record).encode()).hexdigest(), 16) % folds


def site(record: Record) -> str:
    """The registered domain of a page, about: the last two labels of its host."""
    host = urlsplit(record.get("url") or "").hostname or record["id"]
    return ".".join(host.split(".")[-2:])


def cross_validate(data: Mapping[str, Sequence[tuple[Record, Sample]]], trainer: Trainer) -> Table:
    """Scores on pages of sites that the model has not seen, beside the rules'."""
    texts: dict[int, str] = {}
    for part in range(trainer.folds):
        model = trainer.model(part)
        texts |= {id(record): one.text(model) for record, one, own in trainer.pages if own == part}
    rows = []
    for name, method in (("rules", lambda _, one: one.rules), ("rules and judge", lambda r, _: texts[id(r)])):
        for gold in SETS:
            scores = [gold.metric(record["body"], method(record, one)) for record, one in data[gold.file]]
            cells = [f"{sum(column) / len(scores):.4f}" for column in zip(*scores, strict=True)]
            f1 = sorted(score.f1 for score in scores)
            tenth = f1[: len(f1) // 10]
            worst = (f"{sum(tenth) / len(tenth):.4f}", str(sum(value < 0.3 for value in f1)))
            rows.append((gold.file.removesuffix("-dev"), str(len(scores)), name, *cells, *worst))
        pages = data[SNIPPETS]
        counts = [snippet_counts(record["with"], record["without"], method(record, one)) for record, one in pages]
        total = SnippetCounts(*map(sum, zip(*counts, strict=True))).score()
        rows.append(("snippets", str(len(pages)), name, *(f"{value:.4f}" for value in total), "–", "–"))
    columns = ("set", "pages", "method", "precision", "recall", "F1", "F1, worst tenth", "F1 < .3")
    return Table(f"Out of fold ({trainer.folds} folds by site)", columns, tuple(rows))


def _read(data: Path) -> Iterator[tuple[str, list[tuple[Record, Sample]]]]:
    with ProcessPoolExecutor(_WORKERS) as pool:
        for name in (*(gold.file for gold in SETS), SNIPPETS):
            records = list(read_records(data / "extraction" / f"{name}.jsonl.gz"))
            yield name, list(zip(records, pool.map(sample, records, chunksize=4), strict=True))


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    parser.add_argument("--folds", type=int, default=5, help="parts of the cross-validation")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the model of all pages into this folder")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: no such folder: {options.data}")
    data = dict(_read(options.data))
    trainer = Trainer((pair for pairs in data.values() for pair in pairs), options.folds)
    print_table(cross_validate(data, trainer))
    if options.write:
        for name, content in zip(FILES, trainer.files(), strict=True):
            (options.write / name).write_bytes(content)


if __name__ == "__main__":
    main()
