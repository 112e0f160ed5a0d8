"""What `breachwire dedup --all [--apply]` does: decides a whole archive again, tells what changes, and writes it."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from archive import Archive, SegmentWriter, open_archive
from archive.reader import Changes
from archive.records import Dedup
from archive.selection import INCLUDES
from archive.times import rfc3339, utc_now
from crawler.cli.console import put, put_json
from crawler.cli.progress import bar_beside_results
from pipelines.dedup import DedupConfig
from pipelines.dedup.whole import Change, WholePass, prepared

EXAMPLES = 5
"""Articles named for each kind of change."""
_READ_AHEAD = 4
_PROCESSES = 4


def decide_all(uri: str, config: DedupConfig, *, apply: bool, form: str) -> None:
    """Prints what would change, as `table` or `json`; with `apply` it is written into the archive, too."""
    archive = open_archive(uri)
    with tempfile.TemporaryDirectory(prefix="breachwire-") as folder, closing(WholePass(Path(folder), config)) as whole:
        snapshot = archive.articles_after(None, include=INCLUDES)
        with bar_beside_results() as progress:
            task = progress.add_task("reading", total=None)
            for article, ready in snapshot.articles.worked_on(prepared, min(_PROCESSES, os.cpu_count() or 1)):
                whole.take(article, ready)
                progress.advance(task)
            task = progress.add_task("deciding", total=None)
            for _ in whole.decide():
                progress.advance(task)
        written = _write(archive, whole, snapshot) if apply else None
        found = _report(whole) | {"written": written}
        if form == "json":
            put_json(found, indent=2)
        else:
            put("\n".join(_table(found)))


def _write(archive: Archive, whole: WholePass, snapshot: Changes) -> int:
    """Writes the records whose place changes through a run of its own; their number.

    A crawl may be under way: what it archived since the archive was listed is left alone, with all that it has to do
    with. Readers and indexes take the later record of an id for the true one.
    """
    if not any(True for _ in whole.changes()):
        return 0
    for article in archive.articles_after(snapshot.cursor, include=INCLUDES).articles:
        whole.leave_out(article)
    now = rfc3339(utc_now())
    for article in snapshot.articles.read_ahead(_READ_AHEAD):
        whole.keep(article, now)
    writer = SegmentWriter(archive.bucket)
    count = 0
    for article in whole.amended():
        count += 1
        if writer.add(article):
            writer.flush()
    while writer.flush() is not None:
        pass
    return count


def _report(whole: WholePass) -> dict[str, Any]:
    pairs = whole.verdicts()
    before, after = Counter[str](), Counter[str]()
    for (old, new), count in pairs.items():
        before[old] += count
        after[new] += count
    kinds: dict[tuple[str, str], list[Change]] = {}
    for change in whole.changes():
        kinds.setdefault((change.before.verdict, change.after.verdict), []).append(change)
    return {
        "articles": sum(pairs.values()),
        "verdicts": {verdict: {"before": before[verdict], "after": after[verdict]} for verdict in before | after},
        "changed": sum(map(len, kinds.values())),
        "changes": [
            {
                "before": old,
                "after": new,
                "count": len(changes),
                "examples": [_example(change) for change in changes[:EXAMPLES]],
            }
            for (old, new), changes in sorted(kinds.items(), key=lambda item: -len(item[1]))
        ],
    }


def _example(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "title": change.title,
        "before": _place(change.before),
        "after": _place(change.after),
    }


def _place(dedup: Dedup) -> dict[str, str | None]:
    return {"verdict": dedup.verdict, "duplicate_of": dedup.duplicate_of, "cluster": dedup.cluster}


def _table(found: dict[str, Any]) -> Iterator[str]:
    yield f"{'verdict':<12} {'before':>9} {'after':>9}"
    for verdict, counts in sorted(found["verdicts"].items()):
        yield f"{verdict:<12} {counts['before']:>9,} {counts['after']:>9,}"
    yield ""
    for kind in found["changes"]:
        old, new = kind["before"], kind["after"]
        yield f"{kind['count']:,} × {old} " + (f"→ {new}" if old != new else "with another canonical copy or cluster")
        for example in kind["examples"]:
            of = example["after"]["duplicate_of"]
            yield f"  {example['id']}  {example['title'] or '(no title)'}" + (f"  (copy of {of})" if of else "")
    changed, all_of_them, written = found["changed"], found["articles"], found["written"]
    yield f"\n{changed:,} of {all_of_them:,} articles change" + (
        f"; {written:,} records written" if written is not None else "; --apply writes it" if changed else ""
    )
