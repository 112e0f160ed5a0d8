"""Which URLs were ever done with, in the fewest bytes: for those so old that nothing else need be known of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from archive.database import Database

TABLE = "CREATE TABLE IF NOT EXISTS seen (url INTEGER PRIMARY KEY)"
"""The number itself is the row: 13 bytes each in the tree that SQLite keeps anyway (`benchmarks/frontier.py`)."""


class SeenSet:
    """A set of URLs by 8 bytes of their digest. Of ten million, one in 10¹² others is taken for one of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __contains__(self, url: str) -> bool:
        return self._database.one("SELECT 1 FROM seen WHERE url = ?", (_number(url),)) is not None

    def add(self, urls: Iterable[str]) -> None:
        """Takes URLs in, within the caller's transaction. In the order of their numbers: each page is written once."""
        numbers = sorted({_number(url) for url in urls})
        self._database.run_many("INSERT OR IGNORE INTO seen VALUES (?)", ((number,) for number in numbers))


def _number(url: str) -> int:
    """A digest that is an SQLite integer. Cryptographic, so that nobody makes a URL that is taken for another."""
    digest = hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
