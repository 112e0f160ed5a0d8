"""One article and why it is here: where it was found, how it was extracted, by which evidence it was judged, what it
is a copy of, who else carried it, and its earlier versions."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from crawler.cli.console import complain, put

if TYPE_CHECKING:
    from archive import Archive, Article

HELP = "one article, and why it is in the archive"
EXAMPLES = """\
  breachwire show 4f2a9c0d17
  breachwire show https://news.example/2026/clinic-breach
  breachwire show --format json 4f2a9c0d17 | jq .removed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "article", metavar="ID|URL", help="an id (8 characters of it will do), a URL or a canonical URL"
    )
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text")


def run(args: argparse.Namespace) -> int:
    from archive import open_archive
    from crawler.cli.formats import markdown_of, pretty_json
    from crawler.config import load_config

    uri = load_config(args.config).archive_at(args.archive)
    archive = open_archive(uri)
    article = archive.find(args.article)
    if article is None:
        complain(f"{args.article}: is not in {uri}; `breachwire read` lists what is")
        return 1
    if args.format == "json":
        sys.stdout.buffer.write(pretty_json(article))
    elif args.format == "markdown":
        put(markdown_of(article))
    else:
        put("\n".join(_about(archive, article)))
        _put_versions(archive, article)
        put(f"\n{article.text}")
    return 0


def _about(archive: Archive, a: Article) -> Iterator[str]:
    yield a.title or "(no title)"
    yield ""
    for name, value in _facts(a):
        if value:
            yield f"{name:>11}  {value}"
    yield from _stated(a)
    yield from _relevance(a)
    yield from _copies(archive, a)
    yield from _removed(a)


def _facts(a: Article) -> Iterator[tuple[str, str | None]]:
    yield "id", a.id
    yield "url", a.url
    yield "canonical", a.canonical_url if a.canonical_url != a.url else None
    yield "source", a.source
    yield "found in", a.discovered_by
    yield "published", a.published
    yield "modified", a.modified
    yield "fetched", a.fetched
    yield "authors", ", ".join(a.authors)
    yield "language", a.language
    yield "access", a.access
    yield "rights", ", ".join(a.rights)
    yield "answer", f"HTTP {a.http.status}, {a.http.content_type}" if a.http.status else None
    yield "capture", f"{a.capture.warc} at byte {a.capture.offset}" if a.capture else None
    if a.versions:
        yield (
            "made by",
            f"breachwire {a.versions.breachwire}, {a.versions.extractor}, topic {a.versions.topic}",
        )


def _stated(a: Article) -> Iterator[str]:
    """The facts, each with the passages that state it."""
    from archive.facts import told

    if facts := told(a.facts):
        yield "\nFacts"
    for fact in facts:
        yield f"  {fact.name}: {fact.words}"
        for passage in fact.evidence:
            yield f"    {' '.join(passage.split())}"


def _relevance(a: Article) -> Iterator[str]:
    from crawler.cli.formats import explained

    if a.relevance is None:
        return
    yield ""
    yield from explained(a.relevance)
    if kind := a.extra.get("kind"):
        yield f"  kind of article: {kind}"


def _copies(archive: Archive, a: Article) -> Iterator[str]:
    """The verdict with its evidence, and who published which copy when."""
    yield f"\nCopies: {a.dedup.verdict}"
    if a.dedup.duplicate_of:
        yield f"  of {a.dedup.duplicate_of}"
    if related := a.extra.get("related_to"):
        yield f"  to {related}"
    if before := a.extra.get("supersedes"):
        yield f"  took over from {before} as the canonical copy"
    if evidence := a.dedup.evidence:
        yield (
            f"  shared text {evidence.containment:.0%}, shared lead {evidence.lead:.0%}, swapped names and numbers "
            f"{evidence.conflict:.1f} per 100 words, Jaccard {evidence.jaccard:.2f}"
        )
    carried = archive.copies(a)
    if len(carried) > 1:
        yield "  published by"
        for copy in carried:
            mark = "*" if copy.id == a.id else " "
            role = _role(copy, carried)
            yield f"  {mark} {_when(copy):<22} {copy.source:<20} {copy.id}  {len(copy.text):>7,} characters  {role}"


def _role(copy: Article, carried: list[Article]) -> str:
    """What an article is among its copies; of the versions of the canonical one the newest is."""
    if copy.dedup.duplicate_of:
        return "copy" if copy.dedup.verdict == "duplicate" else "copy, new version"
    leading = [other for other in carried if not other.dedup.duplicate_of]
    newest = max(reversed(leading), key=lambda other: other.fetched)  # of one second, the one archived last
    return "canonical" if copy.id == newest.id else "earlier version"


def _when(a: Article) -> str:
    """When it was published, in UTC, as precisely as it says; else when it was fetched."""
    from archive.times import parse_time

    told = a.published or a.fetched
    try:
        moment = f"{parse_time(told):%Y-%m-%d %H:%M} UTC" if "T" in told else told
    except ValueError:
        moment = told
    return moment if a.published else f"by {moment}"


def _removed(a: Article) -> Iterator[str]:
    if a.removed:
        yield f"\nTaken out by the cleaner: {len(a.removed)} blocks, {sum(r.length for r in a.removed):,} characters"
        width = max(len(block.kind) for block in a.removed)
        for block in a.removed:
            yield f"  {block.kind:<{width}} {block.length:>6}  {block.start}"


def _put_versions(archive: Archive, a: Article) -> None:
    """Each change of the text, word by word."""
    versions = archive.revisions(a)
    if len(versions) < 2:
        return
    from crawler.changes import changes
    from crawler.cli.marked import put_marked

    for before, after in itertools.pairwise(versions):
        put(f"\nChanged between {before.fetched} and {after.fetched} ({before.id} and {after.id}):\n")
        if before.title != after.title:
            put_marked([("Headline: ", None), (f"{before.title} ", "gone"), (f"{after.title}", "new")])
        put_marked(list(changes(before.text, after.text))[:-1])
