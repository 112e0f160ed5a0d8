"""Judges whether texts are about a data breach, or another topic: JSON lines of {"id", "title", "text"} come out the
same with `relevance` added: verdict, score, and the phrases that decided. With --explain they come out to be read."""

from __future__ import annotations

import argparse

import msgspec

from crawler.cli.console import JsonLines, UsageError, put, put_json
from crawler.cli.formats import explained
from crawler.report import ExitCode

HELP = "judge JSON lines of articles: about a breach or not, and why"
EXAMPLES = """\
  breachwire classify articles.jsonl | jq -c 'select(.relevance.verdict != "no")'
  breachwire classify --topic my-topic.toml articles.jsonl.gz
  breachwire classify --explain articles.jsonl | less"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE|-", help="JSON lines, also .gz; - for standard input")
    parser.add_argument(
        "--topic",
        metavar="NAME|FILE",
        help="a packaged topic, or a profile of your own (default: the configuration's, or breach)",
    )
    parser.add_argument("--explain", action="store_true", help="print the evidence of each text, instead of JSON")


def run(args: argparse.Namespace) -> int:
    from crawler.cli.progress import bar_beside_results
    from crawler.config import load_config
    from pipelines.relevance import TopicError, judge, load_topic, surest

    names = (args.topic,) if args.topic is not None else load_config(args.config).topics()
    try:
        topics = [load_topic(name) for name in names]
    except TopicError as error:
        raise UsageError(str(error)) from error
    lines = JsonLines(args.file, needs={"id": object, "text": str})
    with bar_beside_results() as progress:
        task = progress.add_task("judging", total=None)
        for entry in lines:
            title = entry.get("title")
            title = title if isinstance(title, str) else None
            verdict = surest([judge(topic, title, entry["text"]) for topic in topics])
            if args.explain:
                put("\n".join([f"{entry['id']}  {title or '(no title)'}", *explained(verdict), ""]))
            else:
                put_json(entry | {"relevance": msgspec.to_builtins(verdict)})
            progress.advance(task)
    return ExitCode.SOME_FAILED if lines.faults else ExitCode.WELL
