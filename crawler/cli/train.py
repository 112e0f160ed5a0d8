"""Makes a topic's linear model from labelled texts: JSON lines of {"title", "text", "label"} and, where known,
"language"; label is 1 for what is about the topic, 0 for the rest. Writes the model and, beside it, its card with the
cross-validated figures and the threshold's trade-off; the card is printed too. Name the model in the profile
(`model = "breach.json"`) and it is used. Needs scikit-learn: pip install 'breachwire[train]'."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.console import JsonLines, UsageError, put
from crawler.report import ExitCode

if TYPE_CHECKING:
    from pipelines.relevance.train import Labelled

HELP = "make a topic's model from labelled JSON lines"
EXAMPLES = """\
  breachwire train labelled.jsonl.gz --output breach.json
  breachwire train labelled.jsonl --folds 10 --topic my-topic.toml --output my-topic.json"""

MAX_FOLDS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="LABELLED.jsonl|-", help="JSON lines, also .gz; - for standard input")
    parser.add_argument("--topic", metavar="NAME|FILE", default="breach", help="the profile whose rules it joins")
    parser.add_argument("--folds", metavar="N", type=int, default=4, help="parts of the cross-validation (4)")
    parser.add_argument("--output", metavar="FILE", default="model.json", help="the model; the card is FILE's .md")


def run(args: argparse.Namespace) -> int:
    import msgspec

    from pipelines.relevance import TopicError, load_rules
    from pipelines.relevance.card import card
    from pipelines.relevance.model import MAX_MODEL_BYTES
    from pipelines.relevance.train import TrainingError, train

    output = Path(args.output)
    if output.suffix != ".json":
        raise UsageError(f"--output: {args.output}: is to end in .json")
    if not output.parent.is_dir():  # told before the training, not after it
        raise UsageError(f"--output: {args.output}: there is no folder {output.parent}")
    if not 2 <= args.folds <= MAX_FOLDS:
        raise UsageError(f"--folds: {args.folds}: is to be 2 to {MAX_FOLDS}")
    lines = JsonLines(args.file, needs={"label": int, "text": str})
    try:
        trained = train(load_rules(args.topic), list(_labelled(lines)), args.folds)
    except (TopicError, TrainingError) as error:
        raise UsageError(str(error)) from error
    model = msgspec.json.encode(trained.model)
    assert len(model) <= MAX_MODEL_BYTES
    said = card(trained, Path(args.file).name)
    try:
        output.write_bytes(model)
        output.with_suffix(".md").write_text(said, "utf-8")
    except OSError as error:
        raise UsageError(f"--output: {args.output}: cannot be written: {error.strerror or error}") from error
    put(said)
    return ExitCode.SOME_FAILED if lines.faults else ExitCode.WELL


def _labelled(lines: JsonLines) -> Iterator[Labelled]:
    from pipelines.relevance.train import Labelled

    for entry in lines:
        if entry["label"] not in (0, 1):
            lines.refuse(f"'label' is to be 1 or 0, not {entry['label']}")
            continue
        title = entry.get("title")
        language = entry.get("language") or entry.get("lang")
        yield Labelled(
            title if isinstance(title, str) else None,
            entry["text"],
            entry["label"] == 1,
            language if isinstance(language, str) else "",
        )
