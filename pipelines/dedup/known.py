"""The articles taken in so far, as the decision asks for them: by text, by address, by what they share with another.

`InMemory` holds them for the length of one run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from archive.records import Access
from pipelines.dedup.index import CandidateIndex
from pipelines.dedup.signature import Signature


class KnownArticle(NamedTuple):
    """What the decision reads of an article taken in before.

    `exact` is what exact copies have in common (`Deduplicator` makes it), `words` the length of the text, `site` the
    host it was read at, `credits` the hosts that it names as its origin. `leads` says whether it was the canonical copy
    of its cluster when it was decided: any verdict but a copy's; `related` whether that was its verdict. `own` is the
    name of the address at which it was read.
    """

    id: str
    cluster: str
    exact: bytes
    words: int
    title: str | None = None
    source: str | None = None
    published: str | None = None
    access: Access = "full"
    site: str | None = None
    credits: str = ""
    leads: bool = True
    related: bool = False
    own: bytes = b""


class Candidate(NamedTuple):
    """An article that may be a copy, and how many bands of the signature it shares."""

    bands: int
    article: KnownArticle


class KnownArticles(Protocol):
    """The memory behind the decision. "First" and "last" go by the order in which articles were taken in."""

    def __len__(self) -> int: ...

    def add(self, article: KnownArticle, signature: Signature | None, addresses: Iterable[str]) -> None:
        """Take an article in. One without a signature, and an exact copy, is no candidate. An id taken in before keeps
        its place in the order and all else; only `cluster`, `leads` and `related` are from then on what was said last
        (the whole archive was decided again)."""

    def by_id(self, id: str) -> KnownArticle | None:
        """The article itself, if it was taken in."""

    def by_text(self, exact: bytes) -> KnownArticle | None:
        """The first article with this `exact`."""

    def by_address(self, address: str) -> KnownArticle | None:
        """The last article with this address."""

    def leading(self, cluster: str) -> KnownArticle | None:
        """The canonical copy of a cluster: the last article of it that leads."""

    def candidates(self, signature: Signature, limit: int) -> list[Candidate]:
        """At most `limit` articles that share a band, those that share most first, the first among equals."""


class Index(Protocol):
    """Candidates by the numbers under which their signatures were taken in."""

    def add(self, key: int, signature: Signature) -> None: ...

    def candidates(self, signature: Signature, limit: int) -> list[tuple[int, int]]: ...


class InMemory:
    """`KnownArticles` in memory; `index` finds candidates, datasketch's LSH tables if none is given."""

    def __init__(self, index: Index | None = None) -> None:
        self._articles: list[KnownArticle] = []
        self._ids: dict[str, int] = {}
        self._by_text: dict[bytes, int] = {}
        self._by_address: dict[str, int] = {}
        self._leading: dict[str, int] = {}
        self._index = CandidateIndex() if index is None else index

    def __len__(self) -> int:
        return len(self._articles)

    def add(self, article: KnownArticle, signature: Signature | None, addresses: Iterable[str]) -> None:
        key = self._ids.setdefault(article.id, len(self._articles))
        if key < len(self._articles):
            self._articles[key] = self._articles[key]._replace(
                cluster=article.cluster, leads=article.leads, related=article.related
            )
        else:
            self._articles.append(article)
            for address in addresses:
                self._by_address[address] = key
            # An exact copy is found through the first one; indexing it too would only fill buckets.
            if article.exact not in self._by_text:
                self._by_text[article.exact] = key
                if signature is not None:
                    self._index.add(key, signature)
        if article.leads:
            self._leading[article.cluster] = max(key, self._leading.get(article.cluster, key))

    def by_id(self, id: str) -> KnownArticle | None:
        return self._at(self._ids.get(id))

    def by_text(self, exact: bytes) -> KnownArticle | None:
        return self._at(self._by_text.get(exact))

    def by_address(self, address: str) -> KnownArticle | None:
        return self._at(self._by_address.get(address))

    def leading(self, cluster: str) -> KnownArticle | None:
        found = self._at(self._leading.get(cluster))
        return found if found and found.leads and found.cluster == cluster else None

    def candidates(self, signature: Signature, limit: int) -> list[Candidate]:
        found = self._index.candidates(signature, limit)
        return [Candidate(bands, self._articles[key]) for key, bands in found]

    def _at(self, key: int | None) -> KnownArticle | None:
        return None if key is None else self._articles[key]
