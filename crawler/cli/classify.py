"""Judges whether texts are about a data breach, or another topic: JSON lines of {"id", "title", "text"} come out the
same with `relevance` added: verdict, score, and the phrases that decided."""

from __future__ import annotations

import argparse

import msgspec

from crawler.cli.console import UsageError, json_lines, open_input, put_json

HELP = "judge JSON lines of articles: about a breach or not, and why"
EXAMPLES = """\
  breachwire classify articles.jsonl | jq -c 'select(.relevance.verdict != "no")'
  breachwire classify --topic my-topic.toml articles.jsonl.gz"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE|-", help="JSON lines, also .gz; - for standard input")
    parser.add_argument(
        "--topic",
        metavar="NAME|FILE",
        help="a packaged topic, or a profile of your own (default: the configuration's, or breach)",
    )


def run(args: argparse.Namespace) -> int:
    from crawler.cli.progress import bar_beside_results
    from crawler.config import load_config
    from pipelines.relevance import TopicError, judge, load_topic, surest

    names = (args.topic,) if args.topic else load_config(args.config).topics()
    try:
        topics = [load_topic(name) for name in names]
    except TopicError as error:
        raise UsageError(str(error)) from error
    with bar_beside_results() as progress:
        task = progress.add_task("judging", total=None)
        for entry in json_lines(open_input(args.file), args.file, needs=("id", "text")):
            title, text = entry.get("title"), entry["text"]
            if not isinstance(text, str) or not isinstance(title, str | None):
                raise UsageError(f"{args.file}: {entry['id']!r}: title and text are to be strings")
            verdict = surest([judge(topic, title, text) for topic in topics])
            put_json(entry | {"relevance": msgspec.to_builtins(verdict)})
            progress.advance(task)
    return 0
