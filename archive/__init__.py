"""The archive of Breachwire: plain objects in a folder or on S3, written once and read by anybody.

    from archive import open_archive

    for article in open_archive("breachwire-archive").articles(since="2026-02-01", language="en"):
        print(article.published, article.title)

`open_archive(uri).to_pandas()` and its sisters give tables; `SegmentWriter` writes; `Index` is the local
index.
"""

from __future__ import annotations

from archive.articles import Articles
from archive.bucket import Bucket, open_bucket
from archive.errors import ArchiveError, BucketError, InvalidKey, InvalidQuery, ObjectConflict, ObjectMissing
from archive.follow import Batch
from archive.reader import Archive, Changes, open_archive
from archive.records import Article, Capture
from archive.segment import Segment, SegmentLimits, SegmentWriter
from archive.tombstone import Tombstones
from archive.warc import RawResponse, read_capture

__all__ = [
    "Archive",
    "ArchiveError",
    "Article",
    "Articles",
    "Batch",
    "Bucket",
    "BucketError",
    "Capture",
    "Changes",
    "InvalidKey",
    "InvalidQuery",
    "ObjectConflict",
    "ObjectMissing",
    "RawResponse",
    "Segment",
    "SegmentLimits",
    "SegmentWriter",
    "Tombstones",
    "open_archive",
    "open_bucket",
    "read_capture",
]
