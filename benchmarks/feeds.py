"""Runs the feed reader over feedparser's own test-suite, its well-formed and its ill-formed feeds.

    pip download --no-deps --no-binary :all: feedparser==6.0.14 && tar xf feedparser-6.0.14.tar.gz
    python -m benchmarks.feeds feedparser-6.0.14/tests

The suite is not in this repository: it is 9 MB of two thousand files. Every document must be read or be refused as no
feed, and every entry with an address of the web must become a link. Exit code 1 where one is not.
"""

from __future__ import annotations

import argparse
import io
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

import feedparser

from crawler.discovery import DiscoveryError, read_feed
from pipelines.urls import is_web

URL = "http://127.0.0.1:8097/feed.xml"
PARTS = ("wellformed", "illformed", "encoding", "entities", "microformats")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="feedparser's `tests` folder")
    folder: Path = parser.parse_args().folder
    faults = 0
    slowest = (0.0, "")
    for part in PARTS:
        counts: Counter[str] = Counter()
        for file in sorted((folder / part).rglob("*.xml")):
            began = time.perf_counter()
            outcome, links = _read(file.read_bytes())
            slowest = max(slowest, (time.perf_counter() - began, file.name))
            counts["documents"] += 1
            counts["links"] += links
            counts[outcome] += 1
            if outcome not in ("read", "refused"):
                faults += 1
                print(f"{file}: {outcome}")
        if counts:
            print(f"{part}: " + ", ".join(f"{counts[key]} {key}" for key in ("documents", "read", "refused", "links")))
    print(f"faults: {faults}; slowest: {slowest[0] * 1000:.0f} ms, {slowest[1]}")
    return 1 if faults else 0


def _read(body: bytes) -> tuple[str, int]:
    """What became of a document, and the number of its links."""
    try:
        found = read_feed(body, url=URL, source="suite")
    except DiscoveryError:
        return "refused", 0
    except Exception as error:
        return f"{type(error).__name__}: {error}", 0
    wanted = {
        target
        for entry in feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL}).entries
        if (target := _absolute(entry.get("feedburner_origlink") or entry.get("link"))) and target != URL
    }
    missed = wanted - {link.url for link in found.links}
    return (f"links missed: {sorted(missed)[:3]}" if missed else "read"), len(found.links)


def _absolute(href: object) -> str | None:
    try:
        target = urljoin(URL, str(href or "").strip())
    except ValueError:
        return None
    return target if is_web(target) else None


if __name__ == "__main__":
    raise SystemExit(main())
