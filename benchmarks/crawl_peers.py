"""What a crawl is measured beside, each as a process of its own.

    python crawl_peers.py scrapy|news-please|extraction FILE

`FILE` has URLs as JSON: feeds for `scrapy`, pages for the others. Each prints how many articles it got, `extraction`
also the seconds of processor time that they took without the start. Stands alone: it runs with the Python of a peer,
which has nothing of Breachwire.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any


def scrapy(feeds: list[str]) -> int:
    """The spider that a tutorial would write: feeds, links, trafilatura, JSON lines."""
    import trafilatura
    from scrapy import Request, Spider
    from scrapy.crawler import CrawlerProcess

    kept = Path(sys.argv[2]).with_suffix(".jsonl")

    class Plain(Spider):
        name = "plain"
        start_urls = feeds

        def parse(self, response: Any) -> Any:
            for url in re.findall(r"<link>(http[^<]+)</link>", response.text):
                yield Request(url, callback=self.parse_page)

        def parse_page(self, response: Any) -> Any:
            found = trafilatura.extract(response.text, url=response.url, with_metadata=True, output_format="json")
            if found:
                yield json.loads(found)

    settings = {
        "LOG_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 64,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 4,
        "DOWNLOAD_DELAY": 0,
        "REMOTE_CONTROL_ENABLED": False,
        "FEEDS": {str(kept): {"format": "jsonlines", "overwrite": True}},
    }
    process = CrawlerProcess(settings)
    process.crawl(Plain)
    process.start()
    return len(kept.read_text("utf-8").splitlines())


def news_please(urls: list[str]) -> int:
    """news-please as a library, which spares it its own crawler's process for each site."""
    import logging

    from newsplease import NewsPlease  # type: ignore[import-not-found]  # in a Python of its own

    logging.disable(logging.CRITICAL)
    found = NewsPlease.from_urls(urls, request_args={"timeout": 30}, fetch_images=False)  # without: no article at all
    return sum(1 for article in found.values() if getattr(article, "maintext", None))


def extraction(urls: list[str]) -> str:
    """Breachwire's extraction of the same pages and nothing else."""
    from benchmarks.crawl_web import page
    from pipelines.extract import extract

    pages = [(page(int(url.rpartition("/")[2])), url) for url in urls]
    extract(pages[0][0], url=urls[0])
    begun = time.process_time()
    for html, url in pages:
        extract(html, url=url)
    return f"{len(urls)} {time.process_time() - begun}"


if __name__ == "__main__":
    peer = {"scrapy": scrapy, "news-please": news_please, "extraction": extraction}[sys.argv[1]]
    print(peer(json.loads(Path(sys.argv[2]).read_text("utf-8"))))
