"""Runs that wrote at the same time did not see each other's articles: the next run that sees both decides these again.

Which runs met is told by the commits alone: the span of a run is from the second in its id to its last commit. Where
two spans meet, the articles of one that lead a cluster of their own are held against the other's; a story that both
took in is decided again with all that stands in the two clusters, and written as amended records. Each says in
`extra.reconciled` which clusters came together, and in `extra.amended` when.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from archive import Archive, Article, SegmentWriter
from archive.articles import Articles
from archive.commit import Commit
from archive.database import Database
from archive.layout import CommitKey
from archive.selection import INCLUDES, Selection
from archive.standing import cluster_of
from archive.times import parse_time, rfc3339, utc_now
from pipelines.dedup.decide import Deduplicator, Document
from pipelines.dedup.rules import DedupConfig
from pipelines.dedup.signature import signature_of
from pipelines.dedup.whole import WholePass, prepared

RECONCILED = "reconciled"
"""The key in the `extra` of an amended record: the ids of the clusters that came together."""
FILE = "reconciled.sqlite"
"""What is remembered of the commits, in the folder of local state."""

_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS seen (
    run TEXT NOT NULL, seq INTEGER NOT NULL, day TEXT NOT NULL, written TEXT NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS seen_written ON seen (written);
"""
_APART = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""
_FRESH = timedelta(days=2)
"""How far back is looked where nothing is remembered, as on a new machine: other runs have looked at what is older."""
_MOST = 20_000
"""Articles of runs that met that are decided again here. More are left to `breachwire dedup --all --apply`."""


def reconcile(archive: Archive, folder: Path, config: DedupConfig) -> int:
    """Looks at the commits that came since the last time; the number of records that were written.

    `folder` is that of the archive's local state. Repeating it changes nothing, and neither does another machine that
    does it at the same time. Raises `ArchiveError` where the archive or the state cannot be used.
    """
    with closing(Database(folder / FILE, _TABLES, _VERSION)) as seen:
        new = _unseen(seen, archive)
        meeting = _meeting(seen, new)
        written = _unite(archive, meeting, config) if meeting else 0
        _remember(seen, new)
    return written


def _unseen(seen: Database, archive: Archive) -> dict[CommitKey, str]:
    """The commits that were not looked at yet, and when each was written."""
    known = set(seen.all("SELECT run, seq FROM seen"))
    missing = [key for key in archive.commit_keys() if (key.run, key.seq) not in known]
    if not known and missing:
        since = max(key.day for key in missing) - _FRESH
        _remember(seen, {key: rfc3339(_start(key.run)) for key in missing if key.day < since})
        missing = [key for key in missing if key.day >= since]
    return {commit.place: commit.written for commit in archive.commits(set(missing))} if missing else {}


def _remember(seen: Database, commits: dict[CommitKey, str]) -> None:
    rows = [(key.run, key.seq, key.day.isoformat(), written) for key, written in commits.items()]
    with seen.transaction():
        seen.run_many("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", rows)


def _meeting(seen: Database, new: dict[CommitKey, str]) -> list[CommitKey]:
    """The new commits that another run could not see when it decided, and that run's commits."""
    if not new:
        return []
    begun = min(_start(key.run) for key in new) - _APART
    rows = seen.all("SELECT run, seq, day, written FROM seen WHERE written >= ?", (rfc3339(begun),))
    everything = {CommitKey(date.fromisoformat(day), run, seq): written for run, seq, day, written in rows} | new
    meeting: set[CommitKey] = set()
    for key, written in new.items():
        others = {
            other
            for other, its in everything.items()
            if other.run != key.run
            and parse_time(its) >= _start(key.run) - _APART
            and parse_time(written) >= _start(other.run) - _APART
        }
        if others:
            meeting |= others | {key}
    return sorted(meeting)


def _unite(archive: Archive, meeting: list[CommitKey], config: DedupConfig) -> int:
    """Finds the stories that were taken in twice, and writes their records again; the number of these."""
    keys = [key for key in archive.commit_keys() if key.day >= meeting[0].day]
    together = _together(_in_order(archive, set(meeting).intersection(keys)), config)
    if not together:
        return 0
    records = Articles(archive.bucket, Selection.of({"include": INCLUDES}), tuple(keys))
    with tempfile.TemporaryDirectory(prefix="breachwire-") as folder, closing(WholePass(Path(folder), config)) as whole:
        for article in records:
            if cluster_of(article) in together:
                whole.take(article, prepared(article))
        for _ in whole.decide():
            pass
        if not any(True for _ in whole.changes()):
            return 0
        since = tuple(key for key in archive.commit_keys() if key not in set(keys))
        for article in Articles(archive.bucket, Selection.of({"include": INCLUDES}), since):
            whole.leave_out(article)
        now = rfc3339(utc_now())
        for article in records:
            if clusters := together.get(cluster_of(article)):
                said = article.extra | {RECONCILED: sorted(clusters)}
                whole.keep(msgspec.structs.replace(article, extra=said), now)
        return _write(archive, whole.amended())


def _in_order(archive: Archive, keys: Iterable[CommitKey]) -> list[Article]:
    """The articles of those commits in the order in which they were committed."""
    segments = [archive.segment(key) for key in keys]
    segments.sort(key=lambda segment: _order(segment.commit))
    return [article for segment in segments for article in segment.articles]


def _order(commit: Commit) -> tuple[str, str, int]:
    return commit.written, commit.run, commit.seq


def _together(articles: list[Article], config: DedupConfig) -> dict[str, frozenset[str]]:
    """The clusters that hold one story, each with those that it belongs together with."""
    leading = {each.id: each for each in articles if cluster_of(each) == each.id and not each.dedup.duplicate_of}
    if len(leading) > _MOST:
        return {}
    decisions = Deduplicator(lambda id: leading[id].text, config)
    groups: dict[str, frozenset[str]] = {}
    for id, article in leading.items():
        document, signature = Document.of(article), signature_of(article)
        dedup = decisions.decide(document, signature)
        decisions.add(document, signature, dedup)
        if dedup.cluster not in (None, id):
            group = groups.get(id, frozenset({id})) | groups.get(dedup.cluster, frozenset({dedup.cluster}))
            groups |= dict.fromkeys(group, group)
    return groups


def _write(archive: Archive, articles: Iterable[Article]) -> int:
    """Through a run of its own."""
    writer = SegmentWriter(archive.bucket)
    count = 0
    for article in articles:
        count += 1
        if writer.add(article):
            writer.flush()
    while writer.flush() is not None:
        pass
    return count


def _start(run: str) -> datetime:
    """When the run began, by its id."""
    return parse_time(f"{run[:4]}-{run[4:6]}-{run[6:11]}:{run[11:13]}:{run[13:16]}")
