"""What a page costs that has four times as much of one thing: `python -m benchmarks.extraction_scaling [--count N]`.

Articles are made up with N of each structure amid their text, and with four times as many; what a page of 16,000
headed boxes costs shows where something grows with the square. Breachwire and trafilatura by processor time, in one
process.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import trafilatura

from benchmarks.tables import Table, print_table
from pipelines.extract import extract
from pipelines.items import ExtractionError

PROSE = "The clinic said on Monday that attackers had copied the records of 40,000 patients from its servers in March. "
STRUCTURES = {
    "paragraphs": f"<p>{PROSE}</p>",
    "short paragraphs": "<p>word</p>",
    "chapters": f"<h2>Chapter</h2><p>{PROSE}</p>",
    "headings": "<h2>Chapter</h2>",
    "lists": "<ul><li>one of it</li><li>two of it</li></ul>",
    "tables": "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
    "quotations": f"<blockquote>{PROSE}</blockquote>",
    "line breaks": f"{PROSE}<br><br>",
    "bold words": "<b>Bold words</b> and <i>more</i> ",
    "spans": "<span>word </span>",
    "links": "<a rel='tag' href='/t'>tag</a>, ",
    "authors": "<a rel='author' href='/a'>Ada Low</a>",
    "bylines": "<p class='byline'>By Ada Low</p>",
    "days": "<time datetime='2026-08-01'>1 August</time>",
    "pictures": "<figure><img src='/p.jpg'><figcaption>The clinic</figcaption></figure>",
    "headed boxes": "<aside><h3>Related</h3><ul><li><a href='/x'>Another story</a></li></ul></aside>",
    "pointers": "<p>Read also: <a href='/x'>Another story</a></p>",
    "cards": "<div class='card'><a href='/c'><h3>Card</h3><img src='x'><p>Teaser of a story</p></a></div>",
    "questions": f"<button>What happened?</button><div><p>{PROSE}</p></div>",
    "sign-ups": "<form><input type='email'><p>Sign up</p></form>",
    "comments": f"<div class='comment'><b>Somebody</b><p>{PROSE}</p></div>",
    "articles": f"<article><h2>Another story</h2><p>{PROSE}</p></article>",
    "templates": f"<template><p>{PROSE}</p></template>",
    "dashes": "- ",
    "quotation marks": "“a ” ",
    "sentences in Japanese": "情報が流出した。",
    "hashes": "<li>" + "0123456789abcdef" * 4 + "</li>",
}
LEAST = 0.02
"""Seconds below which a time is no measure."""


def page(piece: str, count: int) -> str:
    """An article with so many of a piece amid its text."""
    title = "Clinic says that records were copied"
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{PROSE * 3}</p><p>{PROSE * 2}</p>"
        f"<div>{piece * count}</div><p>{PROSE * 3}</p></article></body></html>"
    )


def seconds(extractor: Callable[[str], object], html: str) -> float:
    """Of the processor. A page that is refused costs what it took to refuse it."""
    begun = time.process_time()
    with suppress(ExtractionError):
        extractor(html)
    return time.process_time() - begun


def rows(count: int) -> Iterable[tuple[str, ...]]:
    """A row for each structure, those that grow most first."""
    ours = lambda html: extract(html, url="https://clinic.example/records")  # noqa: E731
    for extractor in (ours, trafilatura.extract):
        extractor(page("", 0))  # libraries load their tables at first use
    found = []
    for name, piece in STRUCTURES.items():
        few, many = page(piece, count), page(piece, 4 * count)
        times = [(seconds(each, few), seconds(each, many)) for each in (ours, trafilatura.extract)]
        growth = [more / max(LEAST, less) for less, more in times]
        cells = [f"{less:.2f}, {more:.2f}, {grown:.1f}" for (less, more), grown in zip(times, growth, strict=True)]
        found.append((growth[0], (name, *cells)))
    return (row for _, row in sorted(found, reverse=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2_000, metavar="N", help="of each structure (default: 2000)")
    count = parser.parse_args().count
    columns = (f"{count} and {4 * count} of", "breachwire", "trafilatura")
    note = (
        f"Seconds, and how many times as long four times as many take; 4 is in proportion. Below {LEAST} s: counted so."
    )
    print_table(Table("Growth with the page", columns, tuple(rows(count)), note))


if __name__ == "__main__":
    main()
