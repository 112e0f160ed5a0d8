"""What the first look at a page loses, saves and costs: `python benchmarks/first_look.py --data DIR [--texts N]`.

DIR holds the folders `extraction` and `relevance`. Pages of the extraction sets are judged by each packaged topic; as
few of them are about one, N texts of the relevance sets, half of them relevant, are laid into pages of the extraction
sets in place of the article. A page is *lost* if its full extraction is judged `yes` or `maybe` and the first look ends
it; it is *told* if both say no. Cost is processor time, every page through each in turn. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from benchmarks.tables import Table
    from pipelines.relevance import Topic

SETS = ("zyte-dev", "publishers-dev", "wcxb-articles-dev", "snippets-dev")
SHELLS = ("zyte-dev", "publishers-dev")
TOPICS = ("breach", "ransomware", "vulnerabilities")
_MAX_SHELL = 400_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    parser.add_argument("--texts", type=int, default=1000, metavar="N", help="texts laid into pages (default: 1000)")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: no such folder: {options.data}")
    # Run as a script, Python's path holds this folder and not the one with the packages.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.extraction_speed import sample
    from benchmarks.tables import print_table

    print_table(cost_table(sample(options.data, 120)))
    with ProcessPoolExecutor(2) as pool:
        for title, pages in (("Pages of the sets", _pages(options.data)), ("Texts laid into pages", _laid(options))):
            print_table(outcome_table(title, list(pool.map(outcomes, pages, chunksize=4))))


def cost_table(sampled: Sequence[tuple[str, str]]) -> Table:
    """Milliseconds a page, beside trafilatura's default."""
    import trafilatura

    from benchmarks.tables import Table
    from pipelines.extract import extract
    from pipelines.items import ExtractionError

    pages = [(url, html.encode("utf-8", "ignore")) for url, html in sampled]
    runs: dict[str, Callable[[bytes, str], object]] = {
        "trafilatura": lambda html, url: trafilatura.extract(html, url=url, include_comments=False),
        "first look, one topic": lambda html, _: look(html, TOPICS[:1]),
        "first look, three topics": lambda html, _: look(html, TOPICS),
        "full extraction": lambda html, url: extract(html, url=url),
    }
    spent = dict.fromkeys(runs, 0.0)
    for place, (url, html) in enumerate((*pages[:5], *pages)):
        for name, run in runs.items():
            begun = time.process_time()
            with suppress(ExtractionError):
                run(html, url)
            spent[name] += time.process_time() - begun if place >= 5 else 0.0
    rows = [(n, f"{1000 * s / len(pages):.1f}", f"{s / spent['trafilatura']:.2f}") for n, s in spent.items()]
    note = f"{len(pages)} news pages, by processor time of one process; from bytes to the decision or the text."
    return Table("Cost of the first look", ("step", "ms a page", "of trafilatura's default"), tuple(rows), note)


def look(html: str | bytes, topics: Sequence[str]) -> list[bool]:
    """What the first look says of each topic: True where the page is surely about something else."""
    from pipelines.extract.decode import parse
    from pipelines.extract.first import ENOUGH, first_text
    from pipelines.relevance import surely_not

    title, text = first_text(parse(html))
    return [len(text) >= ENOUGH and surely_not(_topic(name), title, text) for name in topics]


def outcomes(html: str) -> list[tuple[bool, bool]]:
    """By topic, whether the full extraction is wanted and whether the first look ends the page. Empty: no article."""
    from pipelines.extract import extract
    from pipelines.items import ExtractionError
    from pipelines.relevance import judge

    try:
        found = extract(html, url="https://example.org/")
        ended = look(html, TOPICS)
    except ExtractionError:
        return []
    wanted = [judge(_topic(name), found.title, found.text).verdict != "no" for name in TOPICS]
    return list(zip(wanted, ended, strict=True))


def outcome_table(title: str, found: Sequence[list[tuple[bool, bool]]]) -> Table:
    """What is lost and what is told, by topic."""
    from benchmarks.tables import Table

    rows = []
    for place, topic in enumerate(TOPICS):
        counts = Counter(page[place] for page in found if page)
        wanted, unwanted = counts[True, True] + counts[True, False], counts[False, True] + counts[False, False]
        share = f"{counts[False, True] / (unwanted or 1):.3f}"
        rows.append((topic, str(wanted), str(counts[True, True]), str(unwanted), share))
    columns = ("topic", "yes or maybe in full", "of these lost", "no in full", "of these told")
    return Table(title, columns, tuple(rows))


def _pages(data: Path) -> Iterator[str]:
    from benchmarks.extraction_quality import read_records

    for name in SETS:
        yield from (record["html"] for record in read_records(data / "extraction" / f"{name}.jsonl.gz"))


def _laid(options: argparse.Namespace) -> Iterator[str]:
    """Texts of the relevance sets as pages, relevant and other ones in equal number, the same in every run."""
    from benchmarks.extraction_quality import read_records

    shells: list[str] = []
    for name in SHELLS:
        records = read_records(options.data / "extraction" / f"{name}.jsonl.gz")
        shells += [record["html"] for record in records if len(record["html"]) < _MAX_SHELL]
    rows: list[dict[str, Any]] = []
    for name in ("train", "dev"):
        with gzip.open(options.data / "relevance" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows += map(json.loads, lines)
    chance = random.Random(1)
    for label in (1, 0):
        those = [row for row in rows if row["label"] == label]
        for row in chance.sample(those, min(len(those), options.texts // 2)):
            yield lay(chance.choice(shells), row["title"] or row["text"][:80], row["text"].split("\n"))


def lay(html: str, title: str, paragraphs: Sequence[str]) -> str:
    """The page with another article: in the container of most of its paragraphs' text, headings and title changed."""
    from pipelines.extract.decode import parse

    tree = parse(html)
    sizes: Counter[Any] = Counter()
    for element in tree.iter("p"):
        sizes[element.getparent()] += len(element.text_content())
    home = sizes.most_common(1)[0][0] if sizes else tree.find("body")
    home.clear()
    for paragraph in paragraphs:
        etree.SubElement(home, "p").text = paragraph
    for element in tree.iter("title", "h1"):
        element.clear()
        element.text = title
    for element in list(tree.iter("script", "meta")):
        element.drop_tree()
    return etree.tostring(tree, encoding="unicode", method="html")


@cache
def _topic(name: str) -> Topic:
    from pipelines.relevance import load_topic

    return load_topic(name)


if __name__ == "__main__":
    main()
