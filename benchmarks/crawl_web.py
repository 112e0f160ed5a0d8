"""A web of many sites on loopback, as a process of its own: what `benchmarks/crawl.py` crawls.

It prints the sites' addresses as one JSON line, and for each line that it reads, how often what was asked for since the
last. It ends with its standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
from collections import Counter
from functools import cache

LATENCY, SPREAD = 0.12, 0.6
"""Seconds until a server answers: the median, and the spread of the logarithm."""
PARAGRAPHS, SENTENCES = 12, 4
_WORDS = [
    "the",
    "a",
    "of",
    "to",
    "in",
    "on",
    "and",
    "by",
    "for",
    "with",
    "from",
    "at",
    "that",
    "which",
    "after",
    "before",
    "customers",
    "accounts",
    "records",
    "company",
    "attacker",
    "network",
    "hospital",
    "supplier",
    "regulator",
    "police",
    "mailbox",
    "password",
    "address",
    "number",
    "letter",
    "spokesman",
    "week",
    "month",
    "investigation",
    "statement",
    "service",
    "system",
    "database",
    "vendor",
    "claim",
    "bank",
    "school",
    "insurer",
    "clinic",
    "airline",
    "retailer",
    "notice",
    "court",
    "lawyer",
    "expert",
]


@cache
def furniture() -> tuple[str, str]:
    """What stands before and after the article on every page: scripts, styles, menus, teasers: 110 kB."""
    script = "<script>" + "var config=[{id:1,name:'slot',sizes:[[300,250],[728,90]]}];" * 1_400 + "</script>"
    menu = "".join(f'<li class="item"><a href="/section/{n}">Section {n}</a></li>' for n in range(120))
    teasers = "".join(
        f'<div class="teaser"><a href="/other/{n}"><h3>Another story of the day {n}</h3></a><span>3 min</span></div>'
        for n in range(60)
    )
    head = f"<style>.a{{color:#123}}</style>{script}</head><body><nav><ul>{menu}</ul></nav><main>"
    return head, f"</main><aside><h2>Most read</h2>{teasers}</aside><footer><ul>{menu}</ul></footer></body></html>"


def page(number: int) -> str:
    """The page of that number: a story about a data breach that is no copy of another one."""
    pick = random.Random(number)
    name = "".join(pick.choices("bcdfglmnprst", k=1) + pick.choices("aeiou", k=1) + pick.choices("lmnrst", k=2)).title()
    name = f"{name}{pick.choice(('ford', 'corp', 'bank', 'med', 'net'))} {number}"
    title = f"Data breach at {name} exposes {pick.randint(2, 900)},000 customers"
    lead = f"<p>Hackers stole the personal data of customers of {name} in a data breach, the company said.</p>"
    body = lead + "".join(f"<p>{_paragraph(pick, name)}</p>" for _ in range(PARAGRAPHS))
    between, foot = furniture()
    meta = f'<meta property="og:title" content="{title}"><meta property="article:published_time" content="2026-11-20">'
    article = f'<article><h1>{title}</h1><p class="byline">By Alex Moor</p>{body}</article>'
    head = f'<head><meta charset="utf-8"><title>{title}</title>{meta}'
    return f'<!doctype html><html lang="en">{head}{between}{article}{foot}'


def _paragraph(pick: random.Random, name: str) -> str:
    sentences = (" ".join(pick.choices(_WORDS, k=pick.randint(9, 22))) for _ in range(SENTENCES))
    return f"{name} said: " + " ".join(f"{sentence.capitalize()}." for sentence in sentences)


class Web:
    """All sites; site `n` has the pages `n`, `n + sites`, …"""

    def __init__(self, sites: int, pages: int) -> None:
        self.sites, self.pages = sites, pages
        self.hits: Counter[str] = Counter()
        self.bases: list[str] = []

    async def serve(self, site: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await asyncio.sleep(random.lognormvariate(0.0, SPREAD) * LATENCY)
                status, kind, body = self._answer(site, head.split(" ", 2)[1], head)
                etag = 'ETag: "1"\r\n' if kind != "text/plain" else ""
                said = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{etag}\r\n"
                writer.write(said.encode() + body)
                await writer.drain()
        writer.close()

    def _answer(self, site: int, path: str, head: str) -> tuple[str, str, bytes]:
        if path == "/feed.xml":
            if 'if-none-match: "1"' in head.lower():
                self.hits["feed 304"] += 1
                return "304 Not Modified", "application/rss+xml", b""
            self.hits["feed"] += 1
            return "200 OK", "application/rss+xml", self._feed(site).encode()
        if path[1:].isdecimal() and int(path[1:]) < self.pages:
            self.hits["page"] += 1
            return "200 OK", "text/html; charset=utf-8", page(int(path[1:])).encode()
        self.hits[path.rpartition("/")[2] if path in ("/robots.txt", "/.well-known/tdmrep.json") else "other"] += 1
        return "404 Not Found", "text/plain", b""

    def _feed(self, site: int) -> str:
        items = "".join(
            f"<item><title>Data breach exposes customers {n}</title><link>{self.bases[site]}/{n}</link></item>"
            for n in range(site, self.pages, self.sites)
        )
        return f'<rss version="2.0"><channel><title>Site {site}</title><link>/</link>{items}</channel></rss>'


async def run(web: Web) -> None:
    """Serves until standard input ends."""
    for site in range(web.sites):
        server = await asyncio.start_server(lambda r, w, site=site: web.serve(site, r, w), "127.0.0.1", 0)  # type: ignore[misc]
        web.bases.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    print(json.dumps(web.bases), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip().isdecimal():
            web.pages = int(line)
        print(json.dumps(web.hits), flush=True)
        web.hits.clear()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--pages", type=int, default=20_000)
    args = parser.parse_args()
    asyncio.run(run(Web(args.sites, args.pages)))


if __name__ == "__main__":
    main()
