"""What `breachwire dedup --explain A B` prints: two texts compared, what was decided by which rule, what they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from archive import open_archive
from archive.bucket import folder_of
from crawler.cli.console import UsageError, put, visible
from crawler.cli.html_page import write_page
from crawler.cli.marked import put_marked
from pipelines.dedup import Decision, DedupConfig, Deduplicator, Document, Text, compare, sign
from pipelines.dedup.compare import kinship, least_lead, opening, swaps
from pipelines.dedup.explain import Passage, passages
from pipelines.dedup.rules import Rule, days_apart

MAX_BYTES = 20_000_000
"""Of a text file; more than that is no article."""


def explain(names: Sequence[str], config: DedupConfig, archive: str, html: str | None = None) -> None:
    """Prints the comparison of two texts, each a file, or the id or address of an article in the archive; `html` names
    a file that it is written to, too.

    Raises `UsageError` for a name that is neither, and a file that cannot be written.
    """
    ours, theirs = (_document(name, archive) for name in names)
    summary = "\n".join(_summary(ours, theirs, config))
    marked = passages(ours.text, theirs.text)
    if html:
        write_page(Path(html), "breachwire dedup --explain", _page(summary, *marked))
    put(summary)
    for name, other, text in (("A", "B", marked[0]), ("B", "A", marked[1])):
        put(f"\n--- {name}; what {other} has too is marked ---\n")
        put_marked((passage.text, "shared" if passage.shared else None) for passage in text)


def _page(summary: str, ours: Sequence[Passage], theirs: Sequence[Passage]) -> Iterator[str]:
    yield f"<pre>{escape(visible(summary))}</pre>\n<table><tr><th>A</th><th>B</th></tr>\n<tr>"
    for text in (ours, theirs):
        parts = (f"<mark>{escape(part.text)}</mark>" if part.shared else escape(part.text) for part in text)
        yield f'<td class="text">{"".join(parts)}</td>'
    yield "</tr></table>\n"


def _document(name: str, archive: str) -> Document:
    path = Path(name)
    try:
        if path.is_file():
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise UsageError(f"{name}: is larger than {MAX_BYTES:,} bytes; expected the text of one article")
            return Document(id=name, text=data.decode("utf-8", "replace"))
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror or error}") from error
    folder = folder_of(archive)
    article = open_archive(archive).find(name) if folder is None or folder.is_dir() else None
    if article is None:
        raise UsageError(
            f"{name}: there is no file of this name, and no article with this id or address in {archive}; "
            "name its archive with --archive URI"
        )
    return Document.of(article)


def _summary(ours: Document, theirs: Document, config: DedupConfig) -> Iterator[str]:
    for letter, document in (("A", ours), ("B", theirs)):
        told = (document.title, document.source, document.published, None if document.access == "full" else "not full")
        yield f"{letter}  {'  '.join([document.id, *filter(None, told)])}"
    yield ""
    yield from _figures(ours, theirs, config)
    yield ""
    yield from _swapped(ours, theirs)
    yield f"B after A: {_told(*_decided(ours, theirs, config), 'A')}"
    yield f"A after B: {_told(*_decided(theirs, ours, config), 'B')}"


def _figures(ours: Document, theirs: Document, config: DedupConfig) -> Iterator[str]:
    """Each value of the evidence, and what it is held against."""
    a, b, c = Text.of(ours.text), Text.of(theirs.text), config
    evidence, lengths = compare(a, b), sorted((sign(ours.text).words, sign(theirs.text).words))
    days = days_apart(ours.published, theirs.published)
    short, long = (a, b) if len(a.tokens) <= len(b.tokens) else (b, a)
    enough = (
        f"{c.containment} with lead {c.lead}, {c.cut_containment} with lead {c.same_lead}; related from {c.related}"
    )
    short_rule = f"containment and lead {c.short_containment}, one headline, nothing swapped"
    rows = [
        ("containment", f"{evidence.containment:.2f}", enough),
        ("lead", f"{evidence.lead:.2f}", ""),
        ("least lead", f"{least_lead(a, b):.2f}", f"{c.least_lead} where the lead counts"),
        (
            "opening",
            f"{opening(a, b):.2f}",
            f"{c.opening} where the lead counts; {c.stub_opening} under {c.stub_words} words",
        ),
        ("conflict", f"{evidence.conflict:.2f}", f"at most {c.conflict} names or numbers swapped per 100 words"),
        ("days", "–" if days is None else f"{days:.1f}", f"at most {c.window_days:g} apart, or word for word the same"),
        ("words", f"{lengths[0]}", f"from {c.min_words}; from {c.short_words} by {short_rule}"),
        (
            "longer by",
            f"{lengths[1] / max(1, lengths[0]) - 1:.0%}",
            f"over {c.fuller:.0%}, kinship {c.kinship}: fuller",
        ),
        ("kinship", f"{kinship(long, short):.2f}", ""),
        ("jaccard", f"{evidence.jaccard:.2f}", "(decides nothing)"),
    ]
    yield f"  {'':<12} {'value':>6}  [dedup]"
    for name, value, threshold in rows:
        yield f"  {name:<12} {value:>6}  {threshold}".rstrip()


def _swapped(ours: Document, theirs: Document) -> Iterator[str]:
    found = swaps(Text.of(ours.text), Text.of(theirs.text))
    if found:
        yield "A has, and in its place B:"
        yield from (f"  {swap.one}  |  {swap.other}" for swap in found[:20])
        yield from [f"  and {len(found) - 20} more"] * (len(found) > 20)
        yield ""


def _decided(first: Document, then: Document, config: DedupConfig) -> tuple[Decision, bool]:
    """What a crawl decides of the second article after the first; and whether it is the same article altogether."""
    known = Deduplicator({first.id: first.text}.__getitem__, config)
    signature = sign(first.text)
    known.add(first, signature, known.decide(first, signature))
    return known.weigh(then, sign(then.text)), first.id == then.id


def _told(decision: Decision, itself: bool, first: str) -> str:
    verdict = decision.dedup.verdict
    if itself:
        return "the same article"
    if decision.supersedes:
        copy = "copy" if verdict == "unique" else verdict
        return f"{copy} that takes over from {first} as the canonical one – {decision.rule}"
    link = {"duplicate": f" of {first}", "related": f" to {first}", "revision": f" of {first}"}.get(verdict, "")
    note = "; a crawl would not compare these two" if decision.rule is Rule.NO_CANDIDATE else ""
    return f"{verdict}{link} – {decision.rule}{note}"
