"""Verifying: every commit, object, record and capture against what its commit says of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.bucket import Bucket
from archive.clean import decode_clean
from archive.commit import Commit, ObjectRef, read_commit, read_object
from archive.errors import ArchiveError
from archive.layout import CLEAN, COMMITS, RAW, CommitKey, parse_key
from archive.records import Article, Capture
from archive.warc import decode_capture, read_capture


@dataclass(frozen=True, slots=True)
class Problem:
    """An object of the archive and what is wrong with it."""

    key: str
    what: str


@dataclass(slots=True)
class VerifyReport:
    """What was looked at and what was found. Orphans are objects that no commit names: what a crash leaves,
    or the work of a run that is under way. They do no harm, and do not count as problems."""

    commits: int = 0
    articles: int = 0
    captures: int = 0
    size: int = 0
    problems: list[Problem] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything that was committed is as it was committed."""
        return not self.problems


def verify(bucket: Bucket) -> VerifyReport:
    """Read the whole archive and hold every byte against its digest. Raises `ArchiveError` only when the
    place itself cannot be read; what is wrong inside is in the report."""
    report = VerifyReport()
    # Objects are listed before commits: a segment that is committed meanwhile is then no orphan.
    present = [key for prefix in (RAW, CLEAN) for key, _size in bucket.list(prefix)]
    named: set[str] = set()
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
        named.update(ref.key for ref in commit.objects)
        _verify_segment(bucket, commit, report)
    report.orphans = [key for key in present if key not in named]
    return report


def _verify_segment(bucket: Bucket, commit: Commit, report: VerifyReport) -> None:
    raw = _verified(bucket, commit.raw, report) if commit.raw else None
    clean = _verified(bucket, commit.clean, report)
    if clean is None:
        return
    rows = 0
    try:
        for article in decode_clean(commit.clean.key, clean):
            rows += 1
            _verify_capture(bucket, article, commit, raw, report)
    except ArchiveError as error:
        report.problems.append(Problem(commit.clean.key, str(error)))
        return
    report.articles += rows
    if rows != commit.rows:
        report.problems.append(Problem(commit.clean.key, f"its commit says {commit.rows} rows, there are {rows}"))


def _verified(bucket: Bucket, ref: ObjectRef, report: VerifyReport) -> bytes | None:
    try:
        data = read_object(bucket, ref)
    except ArchiveError as error:
        report.problems.append(Problem(ref.key, str(error)))
        return None
    report.size += len(data)
    return data


def _verify_capture(bucket: Bucket, article: Article, commit: Commit, raw: bytes | None, report: VerifyReport) -> None:
    """Hold the article's capture, if it has one, against the record it points at."""
    if article.capture is None:
        return
    try:
        _read(bucket, article.capture, commit, raw)
    except ArchiveError as error:
        report.problems.append(Problem(article.capture.warc[:512], f"article {article.id[:40]!r}: {error}"))
    else:
        report.captures += 1


def _read(bucket: Bucket, capture: Capture, commit: Commit, raw: bytes | None) -> None:
    if commit.raw is None or capture.warc != commit.raw.key:
        read_capture(bucket, capture)  # an article that was extracted anew points at the capture of then
    elif raw is not None:  # else the object itself has been reported
        data = raw
        decode_capture(
            data[capture.offset : capture.offset + capture.length],
            capture,
            lambda offset, length: data[offset : offset + length],
        )
