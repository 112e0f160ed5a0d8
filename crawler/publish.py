"""The feeds that a crawl writes when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from archive import Archive, Bucket
from archive.errors import ObjectMissing
from archive.export.feeds import Feed, atom, jsonfeed
from archive.export.stories import newest_stories
from archive.files import replace_file
from archive.keeping.removal import purge
from crawler.config import ExportTable

EXPORTS = "export/v1/"
"""Where they lie in an archive: beside what is archived, and the only objects there that are replaced."""
_FEEDS = {"feed.atom": atom, "feed.json": jsonfeed}


def publish(archive: Archive, export: ExportTable) -> None:
    """Writes `feed.atom` and `feed.json` where the table says, if it does; a file is replaced as a whole.

    Raises `ArchiveError` for the archive, and `OSError` for the folder.
    """
    if not (export.folder or export.archive):
        return
    for name, pieces in _feeds(archive, export):
        if export.folder:
            replace_file(Path(export.folder) / name, pieces)
        if export.archive:
            _replace(archive.bucket, EXPORTS + name, b"".join(pieces))


def unpublish(bucket: Bucket, export: ExportTable) -> None:
    """Removes the feeds, with every version that a bucket keeps: what was erased may stand in them, or in what a crawl
    that was stopped has left of them. The next crawl makes them again. Raises as `publish`."""
    for key in {*(key for key, _size in bucket.list(EXPORTS)), *(EXPORTS + name for name in _FEEDS)}:
        purge(bucket, key)
    for name in _FEEDS if export.folder else ():
        (Path(export.folder or "") / name).unlink(missing_ok=True)


def _feeds(archive: Archive, export: ExportTable) -> Iterator[tuple[str, list[bytes]]]:
    stories = newest_stories(archive, export.stories)
    for name, form in _FEEDS.items():
        feed = Feed(
            about=export.address or archive.bucket.uri,
            title=export.title,
            address=f"{export.address.rstrip('/')}/{name}" if export.address else None,
            content="text" if export.full_text else "summary",
        )
        yield name, list(form(stories, feed))


def _replace(bucket: Bucket, key: str, data: bytes) -> None:
    """A bucket changes no object, so this one goes, and another takes its place. If the crawl is stopped between the
    two, the next one makes it again."""
    try:
        if bucket.get(key) == data:
            return
        bucket.delete(key)
    except ObjectMissing:
        pass
    bucket.put(key, data)
