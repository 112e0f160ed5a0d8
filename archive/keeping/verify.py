"""Verifying: every commit, object, record and capture against what its commit says of it."""

from __future__ import annotations

import contextlib
import hashlib
import math
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from archive.blank import stem
from archive.bucket import Bucket
from archive.clean import decode_clean
from archive.commit import Commit, ObjectRef, read_commit, read_object
from archive.errors import ArchiveError, ObjectMissing
from archive.keeping.told import Told, each_told, nobody
from archive.keeping.warc_check import Record, records_of
from archive.layout import CLEAN, COMMITS, RAW, SETTLED, TOMBSTONES, CommitKey, DataKey, parse_key
from archive.live import counting
from archive.parquet import DamagedTable, Table, table_keys
from archive.records import Article, Capture
from archive.settled import is_whole
from archive.tables import is_installed
from archive.tombstone import read_tombstone
from archive.warc import read_capture

_THREADS = 4
"""Segments that are read at a time: the network, and zlib and sha256, work beside Python."""
_MOST_GONE = 1000
"""Missing commits that are named one by one."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An object of the archive and what is wrong with it."""

    key: str
    what: str


@dataclass(slots=True)
class VerifyReport:
    """What was looked at and what was found. Orphans are objects that no commit names: what a crash leaves,
    or the work of a run that is under way. They do no harm, and do not count as problems.

    Every commit is read, and every object looked for; `segments` counts those whose bytes were read, too.
    """

    commits: int = 0
    segments: int = 0
    articles: int = 0
    captures: int = 0
    records: int = 0
    size: int = 0
    problems: list[Problem] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything that was committed is as it was committed."""
        return not self.problems

    def add(self, other: VerifyReport) -> None:
        """Takes in what was found of another part of the archive."""
        for name in ("commits", "segments", "articles", "captures", "records", "size"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.problems += other.problems


def verify(
    bucket: Bucket,
    *,
    sample: float = 1.0,
    known: Iterable[tuple[str, int]] = (),
    chance: random.Random | None = None,
    told: Told = nobody,
) -> VerifyReport:
    """Read the archive and hold every byte against its digest. Raises `ArchiveError` only when the place itself
    cannot be read; what is wrong inside is in the report.

    With a `sample` below 1 the bytes of that share of the segments are read, chosen by `chance`; of the others it is
    looked whether their objects are there, of the right size. `known` are segments, by run and number, that were seen
    before: one that is gone is a problem.
    """
    report = VerifyReport()
    seen = {*known, *_tabled(bucket)}
    # Objects are listed before commits: a segment that is committed meanwhile is then no orphan.
    present = {key: size for prefix in (RAW, CLEAN) for key, size in bucket.list(prefix)}
    commits = list(_commits(bucket, report))
    named = {ref.key for commit in commits for ref in commit.objects}
    report.problems += _gone(bucket, commits, seen)
    commits = counting(commits)  # what others take the place of may be half deleted
    count = len(commits) if sample >= 1 else min(len(commits), math.ceil(sample * len(commits)))
    chosen = set((chance or random.SystemRandom()).sample(range(len(commits)), count))
    with ThreadPoolExecutor(_THREADS) as threads:
        results = threads.map(
            lambda each: _read_segment(bucket, each[1]) if each[0] in chosen else _look(bucket, each[1], present),
            enumerate(commits),
        )
        for _ in each_told(commits, "verifying segments", told):
            report.add(next(results))
    report.orphans = [key for key in present if key not in named]
    if sample >= 1:
        report.problems += _derived(bucket)
    return report


def _derived(bucket: Bucket) -> Iterator[Problem]:
    """The tables and tombstones that are not what they are named by."""
    for key, _size in table_keys(bucket):
        with contextlib.suppress(ObjectMissing):  # replaced meanwhile
            if hashlib.sha256(bucket.get(str(key))).hexdigest()[:16] != key.sha16:
                yield Problem(str(key), "is damaged; delete it, `breachwire archive compact` makes it again")
    for name, _size in bucket.list(SETTLED):
        with contextlib.suppress(ObjectMissing):
            if not is_whole(bucket, name):
                yield Problem(name, "is damaged; delete it, `breachwire archive compact` makes it again")
    for name, _size in bucket.list(TOMBSTONES):
        try:
            read_tombstone(bucket, name)
        except ArchiveError as error:
            yield Problem(name, str(error))


def _commits(bucket: Bucket, report: VerifyReport) -> Iterator[Commit]:
    for key, size in bucket.list(COMMITS):
        if not isinstance(parse_key(key), CommitKey):
            report.problems.append(Problem(ascii(key)[1:-1], "not the key of a commit object"))
            continue
        try:
            commit = read_commit(bucket, key)
        except ArchiveError as error:
            report.problems.append(Problem(key, str(error)))
            continue
        report.commits += 1
        report.size += size
        yield commit


def _tabled(bucket: Bucket) -> Iterator[tuple[str, int]]:
    """The segments that tables were made of: they were committed, and no rewrite leaves one out."""
    for key, size in table_keys(bucket) if is_installed("pyarrow") else ():
        with contextlib.suppress(ObjectMissing, DamagedTable):
            yield from ((part.run, part.seq) for part in Table(bucket, key, size).segments)


def _gone(bucket: Bucket, commits: list[Commit], seen: set[tuple[str, int]]) -> Iterator[Problem]:
    """The segments whose commit must be there: a run writes each only once the one before is committed."""
    found = {(part.run, part.seq) for commit in commits for part in commit.parts}
    found |= {(commit.run, commit.seq) for commit in commits}
    wanted = set(seen)
    for run, last in dict(sorted(found)).items():
        wanted.update((run, seq) for seq in range(1, last))
    if missing := sorted(wanted - found):
        # A run may have gone on while the commits were listed.
        listed = {
            (key.run, key.seq) for name, _ in bucket.list(COMMITS) if isinstance(key := parse_key(name), CommitKey)
        }
        damaged = listed - found  # reported already
        for run, seq in missing[:_MOST_GONE]:
            if (run, seq) not in damaged:
                yield Problem(f"{COMMITS}dt=*/{run}-{seq:05d}.json", "the commit object is missing")
        if len(missing) > _MOST_GONE:
            yield Problem(COMMITS, f"{len(missing) - _MOST_GONE} more commit objects are missing")


def _look(bucket: Bucket, commit: Commit, present: dict[str, int]) -> VerifyReport:
    """Whether the segment's objects are there, of the right size."""
    report = VerifyReport()
    for ref in commit.objects:
        try:
            # One that was written since the listing is there all the same.
            size = present[ref.key] if ref.key in present else len(bucket.get_range(ref.key, 0, ref.size + 1))
            if size != ref.size:
                report.problems.append(Problem(ref.key, f"its commit says {ref.size} bytes, there are {size}"))
        except ObjectMissing as error:
            report.problems.append(Problem(ref.key, str(error)))
    return report


def _read_segment(bucket: Bucket, commit: Commit) -> VerifyReport:
    """Every byte of the segment."""
    report = VerifyReport(segments=1)
    raws = {stem(ref.key): _records(bucket, ref, report) for ref in commit.objects if ref.key != commit.clean.key}
    clean = _verified(bucket, commit.clean, report)
    if clean is None:
        return report
    rows = 0
    try:
        for article in decode_clean(commit.clean.key, clean):
            rows += 1
            _verify_capture(bucket, article, raws, report)
    except ArchiveError as error:
        report.problems.append(Problem(commit.clean.key, str(error)))
        return report
    report.articles += rows
    if rows != commit.rows:
        report.problems.append(Problem(commit.clean.key, f"its commit says {commit.rows} rows, there are {rows}"))
    return report


def _verified(bucket: Bucket, ref: ObjectRef, report: VerifyReport) -> bytes | None:
    try:
        data = read_object(bucket, ref)
    except ArchiveError as error:
        report.problems.append(Problem(ref.key, str(error)))
        return None
    report.size += len(data)
    return data


def _records(bucket: Bucket, ref: ObjectRef, report: VerifyReport) -> dict[int, Record] | None:
    """The records of a raw object by their offset; None if it is damaged, which is reported."""
    data = _verified(bucket, ref, report)
    if data is None:
        return None
    try:
        records = {record.offset: record for record in records_of(data)}
    except ArchiveError as error:
        report.problems.append(Problem(ref.key, str(error)))
        return None
    report.records += len(records)
    return records


def _verify_capture(
    bucket: Bucket, article: Article, raws: dict[str, dict[int, Record] | None], report: VerifyReport
) -> None:
    """Hold the article's capture, if it has one, against the record it points at."""
    capture = article.capture
    if capture is None:
        return
    try:
        name = stem(capture.warc)
        if name not in raws:
            read_capture(bucket, capture)  # an article that was extracted anew points at the capture of then
        elif (records := raws[name]) is not None:  # else the object itself has been reported
            _compare(capture, records)
    except ArchiveError as error:
        key = capture.warc if isinstance(parse_key(capture.warc), DataKey) else ascii(capture.warc[:512])[1:-1]
        report.problems.append(Problem(key, f"article {article.id[:40]!r}: {error}"))
    else:
        report.captures += 1


def _compare(capture: Capture, records: dict[int, Record]) -> None:
    record = records.get(capture.offset)
    if record is None or record.length != capture.length or record.kind not in ("response", "revisit"):
        raise ArchiveError(f"no response lies at {capture.offset}+{capture.length}")
    if record.payload != capture.digest:
        raise ArchiveError(f"the payload at {capture.offset} does not have the digest {capture.digest}")
    if record.kind == "revisit" and not any(
        other.kind == "response" and other.payload == record.payload for other in records.values()
    ):
        raise ArchiveError(f"the revisit at {capture.offset} has its payload nowhere in the object")
