"""What a run has decided and not committed yet, before what is archived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.segment import Segment
from pipelines.dedup.bands import FewBands
from pipelines.dedup.decide import Document
from pipelines.dedup.known import Candidate, InMemory, KnownArticle
from pipelines.dedup.signature import Signature
from pipelines.dedup.store import Looked, Store


class Ahead:
    """`KnownArticles` of a store, and before them what a run has decided that is not committed yet."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, tuple[KnownArticle, Signature | None, Sequence[str]]] = {}
        self._ahead = InMemory(FewBands())
        self._expected = Looked()

    def __len__(self) -> int:
        return len(self._store) + len(self._ahead)

    def add(self, article: KnownArticle, signature: Signature | None, addresses: Iterable[str]) -> None:
        entry = (article, signature, tuple(addresses))
        self._waiting[article.id] = entry
        self._ahead.add(*entry)

    def expect(self, articles: Sequence[tuple[Document, Signature]], limit: int) -> None:
        """Look up at once what is archived like these, which are decided next, before the next `take`. What another run
        commits in between is not seen, as if it had come later."""
        self._expected = self._store.look(articles, limit)

    def take(self, segment: Segment) -> None:
        """Move what a committed segment holds into the store."""
        self._expected = Looked()
        self._store.take(segment)
        for article in segment.articles:
            self._waiting.pop(article.id, None)
        self._ahead = InMemory(FewBands())
        for entry in self._waiting.values():
            self._ahead.add(*entry)

    def by_id(self, id: str) -> KnownArticle | None:
        return self._ahead.by_id(id) or self._store.by_id(id)

    def by_text(self, exact: bytes) -> KnownArticle | None:
        expected = self._expected.texts
        stored = expected[exact] if exact in expected else self._store.by_text(exact)
        return stored or self._ahead.by_text(exact)

    def by_address(self, address: str) -> KnownArticle | None:
        if (waiting := self._ahead.by_address(address)) is not None:
            return waiting
        expected = self._expected.addresses
        return expected[address] if address in expected else self._store.by_address(address)

    def leading(self, cluster: str) -> KnownArticle | None:
        if (waiting := self._ahead.leading(cluster)) is not None:
            return waiting
        expected = self._expected.leading
        return expected[cluster] if cluster in expected else self._store.leading(cluster)

    def candidates(self, signature: Signature, limit: int) -> list[Candidate]:
        stored = self._expected.candidates.get(signature)
        if stored is None:
            stored = self._store.candidates(signature, limit)
        waiting = self._ahead.candidates(signature, limit)
        return sorted(stored + waiting, key=lambda candidate: -candidate.bands)[:limit] if waiting else stored
