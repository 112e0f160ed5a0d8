"""WACZ 1.1.1: the captures behind articles in one file that ReplayWeb.page and its kin open.

https://specs.webrecorder.net/wacz/1.1.1/
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from archive.addresses import site_of
from archive.bucket import Bucket
from archive.errors import ArchiveError
from archive.records import Article, Capture
from archive.times import parse_time, rfc3339, utc_now
from archive.warc import RawResponse, encode_capture, read_capture

_VERSION = "1.1.1"
_WARC = "data.warc.gz"


@dataclass(slots=True)
class _Resource:
    """A file in the package, as it is written."""

    path: str
    out: IO[bytes]
    digest: Any
    size: int = 0

    def write(self, data: bytes) -> None:
        self.out.write(data)
        self.digest.update(data)
        self.size += len(data)


def write_wacz(bucket: Bucket, articles: Iterable[Article], file: IO[bytes], title: str) -> int:
    """Write the captures of the articles into the file; their number. Articles without one are passed over.

    Each is read and held against its digest, and written as a whole response: a revisit of the archive, whose payload
    is another's, too. The index and the list of pages are held in memory. Raises `ArchiveError` for a capture that is
    damaged or gone.
    """
    lines: list[str] = []
    pages = [{"format": "json-pages-1.0", "id": "pages", "title": "Articles"}]
    with ZipFile(file, "w") as package:
        with _resource(package, f"archive/{_WARC}", ZIP_STORED) as warc:
            for article, capture in _captures(articles):
                response = read_capture(bucket, capture)
                member = encode_capture(response).response
                lines.append(_cdxj(response, capture, article, warc.size, len(member)))
                pages.append(_page(article, response))
                warc.write(member)
        with _resource(package, "indexes/index.cdx", ZIP_DEFLATED) as index:
            for line in sorted(lines):
                index.write(line.encode())
        with _resource(package, "pages/pages.jsonl", ZIP_DEFLATED) as listed:
            for page in pages:
                listed.write(_json(page) + b"\n")
        _describe(package, (warc, index, listed), title)
    return len(lines)


def _captures(articles: Iterable[Article]) -> Iterator[tuple[Article, Capture]]:
    """Each capture once: a text that was extracted anew has that of the first time."""
    seen: set[tuple[str, int]] = set()
    for article in articles:
        capture = article.capture
        if capture is not None and (capture.warc, capture.offset) not in seen:
            seen.add((capture.warc, capture.offset))
            yield article, capture


def _cdxj(response: RawResponse, capture: Capture, article: Article, offset: int, length: int) -> str:
    mime = (article.http.content_type or "text/html").partition(";")[0].strip()
    told = {
        "url": response.url,
        "mime": mime,
        "status": str(response.status),
        "digest": capture.digest,
        "length": str(length),
        "offset": str(offset),
        "filename": _WARC,
    }
    return f"{sort_key(response.url)} {_moment(response.fetched):%Y%m%d%H%M%S} {_json(told).decode()}\n"


def sort_key(url: str) -> str:
    """The URL as indexes of web archives sort it (SURT).

    >>> sort_key("https://www.News.example:8080/A?b=2&a=1")
    'example,news:8080)/a?a=1&b=2'
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError as error:
        raise ArchiveError(f"capture of {url[:80]!r}: not a URL: {error}") from error
    host = ",".join(reversed((site_of(url) or "").split(".")))
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{host}{port}){parts.path or '/'}{'?' if query else ''}{query}".lower().replace(" ", "%20")


def _page(article: Article, response: RawResponse) -> dict[str, str]:
    return {
        "id": article.id,
        "url": response.url,
        "ts": _moment(response.fetched).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": article.title or response.url,
        "text": article.text,
    }


def _describe(package: ZipFile, resources: Iterable[_Resource], title: str) -> None:
    described = {
        "profile": "data-package",
        "wacz_version": _VERSION,
        "software": "Breachwire",
        "title": title,
        "created": rfc3339(utc_now())[:19] + "Z",
        "resources": [
            {
                "name": r.path.rpartition("/")[2],
                "path": r.path,
                "hash": f"sha256:{r.digest.hexdigest()}",
                "bytes": r.size,
            }
            for r in resources
        ],
    }
    with _resource(package, "datapackage.json", ZIP_DEFLATED) as written:
        written.write(json.dumps(described, indent=2).encode())
    with _resource(package, "datapackage-digest.json", ZIP_DEFLATED) as digest:
        digest.write(_json({"path": "datapackage.json", "hash": f"sha256:{written.digest.hexdigest()}"}))


@contextlib.contextmanager
def _resource(package: ZipFile, path: str, compression: int) -> Iterator[_Resource]:
    info = ZipInfo(path, utc_now().timetuple()[:6])
    info.compress_type = compression
    with package.open(info, "w", force_zip64=True) as out:
        yield _Resource(path, out, hashlib.sha256())


def _moment(fetched: str) -> Any:
    try:
        return parse_time(fetched)
    except ValueError as error:
        raise ArchiveError(f"a capture's WARC-Date is {error}") from error


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
