"""Whether one key ever stands for two articles: over the URLs of labelled documents, beside courlan's and w3lib's.

    python -m benchmarks.url_identity DATA/*/*.jsonl.gz

Each line is a JSON object with `url` and `title`. Two URLs that get one key although their titles differ are printed,
to be looked at: a headline may have been rewritten. A key that is not its own key is a fault. Exit code 1 for a fault.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from courlan import clean_url
from w3lib.url import canonicalize_url

from crawler.cli.console import JsonLines
from pipelines.urls import canonical, identity, is_web


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    titles = _titles(parser.parse_args().files)
    faults = [url for url in titles if identity(identity(url)) != identity(url)]
    print(f"{len(titles)} URLs; keys that are not their own: {len(faults)}")
    identity("https://www.a.example/")  # it loads courlan, once
    ways: dict[str, Callable[[str], str]] = {
        "identity": identity,
        "w3lib": canonicalize_url,
        "courlan": lambda url: clean_url(url) or url,
    }
    for name, key in ways.items():
        identity.cache_clear()
        canonical.cache_clear()
        began = time.perf_counter()
        groups = defaultdict(list)
        for url in titles:
            groups[key(url)].append(url)
        each = (time.perf_counter() - began) / max(1, len(titles)) * 1e6
        merged = [urls for urls in groups.values() if len({titles[url] for url in urls}) > 1]
        print(f"{name}: {len(groups)} keys, {len(merged)} of URLs with different titles, {each:.0f} µs a URL")
        for urls in merged[:10]:
            print(*(f"  {titles[url]!r} {url}" for url in urls[:3]), sep="\n")
    return 1 if faults else 0


def _titles(files: list[Path]) -> dict[str, str]:
    titles: dict[str, str] = {}
    for file in files:
        for entry in JsonLines(str(file), {"id": str}):
            url = entry.get("url")
            if isinstance(url, str) and is_web(url):
                titles[url] = " ".join(str(entry.get("title") or "").lower().split())
    return titles


if __name__ == "__main__":
    raise SystemExit(main())
