"""Erasing: articles, or only their captures, gone from every object of the archive, and kept from coming back.

The order makes it safe to kill at any step and to run again: first the tombstones stand, so that no reader shows and no
writer takes what is to go; then what is derived and local forgets it; then the segments that hold it are written again
without it, and the objects that held it are deleted with all their versions (`archive.keeping.carry_out`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from archive.addresses import parts_of
from archive.bucket import Bucket
from archive.errors import ArchiveError
from archive.host_lines import page_number
from archive.keeping.carry_out import Fate, Found, Receipt, carry_out, clear_orphans, look
from archive.keeping.told import Told, each_told, nobody
from archive.records import Article
from archive.standing import page_of
from archive.times import rfc3339, utc_now
from archive.tombstone import Tombstones, addresses, mark, put_tombstones

_TRIES = 20


class LocalState(Protocol):
    """What is derived from the archive and lies beside it: an index, a memory, a list of what is done."""

    def forget(self, erased: Tombstones) -> int:
        """Remove all that was derived from what was erased, down to the free pages of the file; the number of entries.
        Repeating it is harmless."""


def _no_article(_article: Article) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be erased: the articles that are `wanted`, and those that the `marks` hide (hashes of an address or a
    domain). `forms` gives other forms of an address under which it may come back. `is_quiet` says that no other machine
    writes: then what a killed run left without a commit goes at once, not after two days."""

    wanted: Callable[[Article], bool] = _no_article
    marks: frozenset[str] = frozenset()
    forms: Callable[[str], Iterable[str]] = lambda url: (url,)
    is_quiet: bool = False


def would_erase(bucket: Bucket, order: Order, told: Told = nobody) -> Found:
    """What an order would erase, with the other versions of the pages asked for. Changes nothing."""
    return _closure(bucket, order, Tombstones.of(bucket), told)[0]


def erase(
    bucket: Bucket,
    order: Order,
    local: Mapping[str, LocalState],
    clock: Callable[[], datetime] = utc_now,
    told: Told = nobody,
) -> Receipt:
    """Erase articles for good, each with all versions of its page. Tombstones keep them from coming back.

    Raises `ArchiveError` when the archive cannot be read or written; run it again then, it goes on where it was.
    """
    receipt = Receipt()
    before = Tombstones.of(bucket)
    found, marks = _closure(bucket, order, before, told)
    receipt.take(found)
    receipt.tombstones += put_tombstones(bucket, marks - before.hashes, rfc3339(clock()))
    erased = before.refreshed(bucket)
    receipt.local = _forgotten(local, erased, told)

    def fate(article: Article) -> Fate:
        return "gone" if erased.hides(article) else "stays"

    carry_out(bucket, fate, erased.hides_url, receipt, clock, told=told)
    clear_orphans(bucket, erased, order.is_quiet, receipt, clock)
    return receipt


def expire(
    bucket: Bucket,
    fate: Callable[[Article], Fate],
    local: Mapping[str, LocalState],
    clock: Callable[[], datetime] = utc_now,
    told: Told = nobody,
) -> Receipt:
    """Take out what was kept long enough. No tombstone: what is published again is archived again. Raises as `erase`.

    The local state forgets first: killed in between, the next run finds the records again, and goes on.
    """
    receipt = Receipt()
    found = look(bucket, fate, told=told)
    receipt.take(found)
    gone = Tombstones(mark("id", taken.id) for taken in found.taken.values() if taken.fate == "gone")
    if gone:
        receipt.local = _forgotten(local, gone, told)
    carry_out(bucket, fate, Tombstones().hides_url, receipt, clock, told=told)
    return receipt


def _forgotten(local: Mapping[str, LocalState], erased: Tombstones, told: Told) -> dict[str, int]:
    return {name: local[name].forget(erased) for name in each_told(list(local), "local state", told)}


def _closure(bucket: Bucket, order: Order, before: Tombstones, told: Told) -> tuple[Found, frozenset[str]]:
    """What is asked for with all that shares a page with it, and the marks of it all."""
    marks = order.marks
    for _ in range(_TRIES):
        erased, new = Tombstones(before.hashes | marks), set[str]()

        def fate(article: Article, erased: Tombstones = erased, new: set[str] = new) -> Fate:
            if not (order.wanted(article) or erased.hides(article)):
                return "stays"
            new |= marks_of(article, order.forms) - erased.hashes
            return "gone"

        found = look(bucket, fate, told=told)
        if not new:
            return found, marks
        marks |= new
    raise ArchiveError(f"{bucket.uri}: pages that name one another's addresses go on and on; erase them one by one")


def marks_of(article: Article, forms: Callable[[str], Iterable[str]]) -> set[str]:
    """The hashes by which an article, other versions of its page and what is derived from it are known.

    The address that a page gives itself counts unless it is a site's front page: many sites give that for every page.
    """
    page = page_of(article)
    names = [url for url in addresses(article) if url != article.canonical_url]
    names += [page] if parts_of(page).path.strip("/") else []
    urls = {mark("url", form) for url in names for form in (url, *forms(url))}
    return urls | {mark("id", article.id), mark("page", str(page_number(article)))}
