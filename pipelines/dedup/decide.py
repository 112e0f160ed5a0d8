"""Decides, article by article in order of arrival, which are copies of one taken in before.

Exact match, then candidates by LSH, then a comparison of the texts themselves. What each verdict means:

- `duplicate`: a copy. `duplicate_of` and `cluster` are the cluster's first article, for a copy of a copy too.
- `revision`: the same address with another text. `cluster` is the earlier version's, `duplicate_of` is null.
- `related`: much text in common with another article, but another article: a follow-up that quotes its
  background. It has a cluster of its own; `Decision.against` names the other article, `duplicate_of` is null.
- `unique`: everything else. An article's own id is its cluster.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from archive.records import Access, Dedup, DedupEvidence
from pipelines.dedup.compare import Text, compare, containment
from pipelines.dedup.index import CandidateIndex
from pipelines.dedup.signature import Signature
from pipelines.dedup.tokens import fold, words

_EXACT = DedupEvidence(containment=1.0, lead=1.0, conflict=0.0, jaccard=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the decision reads of an article. Dates are RFC 3339; the caller makes addresses canonical."""

    id: str
    text: str
    title: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    source: str | None = None
    published: str | None = None
    access: Access = "full"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The article's addresses, each once."""
        return tuple(dict.fromkeys(url for url in (self.canonical_url, self.url) if url))


@dataclass(frozen=True, slots=True, kw_only=True)
class DedupConfig:
    """What the decision turns on. The figures are of the syndication and Reuters development sets."""

    containment: float = 0.6
    lead: float = 0.3
    conflict: float = 2.0
    related: float = 0.3
    """Containment from which an article that is no copy counts as related."""
    min_words: int = 80
    """Below this, and wherever access is not full, only an exact match counts: stubs of different stories
    look alike."""
    candidates: int = 24
    """Candidates whose texts are compared at most, best first."""
    cached_texts: int = 256
    """Texts kept ready for comparison; about 150 kB each for a long article."""


class Decision(NamedTuple):
    """The record's `Dedup`, and the id of the article that its evidence compares with."""

    dedup: Dedup
    against: str | None


class _Known(NamedTuple):
    id: str
    cluster: str
    digest: bytes
    comparable: bool


class Deduplicator:
    """The articles taken in so far, as signatures in memory; texts are asked for only to be compared.

    `texts(id)` gives the text of an article taken in before, or raises `KeyError` where it is gone (erased):
    that article is then no candidate. Not thread-safe.
    """

    def __init__(self, texts: Callable[[str], str], config: DedupConfig | None = None) -> None:
        self._texts = texts
        self._config = config or DedupConfig()
        self._known: list[_Known] = []
        self._ids: set[str] = set()
        self._by_digest: dict[bytes, _Known] = {}
        self._by_address: dict[str, _Known] = {}
        self._index = CandidateIndex()
        self._cache: OrderedDict[str, Text] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def load(
        self,
        id: str,
        signature: Signature,
        cluster: str,
        *,
        addresses: Iterable[str] = (),
        title: str | None = None,
        access: Access = "full",
    ) -> None:
        """Take in an article whose place is known already. Once is enough: a second time changes nothing."""
        if id in self._ids:
            return
        comparable = access == "full" and signature.words >= self._config.min_words
        known = _Known(id, cluster, _exact_key(signature, title, comparable), comparable)
        for address in addresses:
            self._by_address[address] = known
        # An exact copy is found through the first one's digest; indexing it too would only fill buckets.
        if known.digest not in self._by_digest:
            self._by_digest[known.digest] = known
            if comparable:
                self._index.add(len(self._known), signature)
        self._known.append(known)
        self._ids.add(id)

    def decide(self, document: Document, signature: Signature) -> Dedup:
        """The article's place among those taken in so far; takes nothing in."""
        return self.weigh(document, signature).dedup

    def add(self, document: Document, signature: Signature, dedup: Dedup) -> None:
        """Take in a decided article. Once is enough: a second time changes nothing."""
        self.load(
            document.id,
            signature,
            dedup.cluster or document.id,
            addresses=document.addresses,
            title=document.title,
            access=document.access,
        )

    def weigh(self, document: Document, signature: Signature) -> Decision:
        """`decide`, and which article the evidence compares with."""
        comparable = document.access == "full" and signature.words >= self._config.min_words
        for address in document.addresses:
            if (known := self._by_address.get(address)) is not None:
                return self._revision(document, known)
        exact = self._by_digest.get(_exact_key(signature, document.title, comparable))
        if exact is not None and signature.words:
            return _copy(exact, _EXACT)
        if comparable:
            return self._near(document, signature)
        return _own(document.id)

    def _revision(self, document: Document, known: _Known) -> Decision:
        text = self._text(known.id)
        evidence = compare(Text.of(document.text), text) if text else None
        return Decision(Dedup(verdict="revision", cluster=known.cluster, evidence=evidence), known.id)

    def _near(self, document: Document, signature: Signature) -> Decision:
        """The best copy among the candidates, else the most related, else unique."""
        config = self._config
        text = Text.of(document.text)
        related: tuple[DedupEvidence, _Known] | None = None
        for known, evidence in self._compared(text, signature):
            if evidence.conflict > config.conflict:
                continue
            if evidence.containment >= config.containment and evidence.lead >= config.lead:
                return _copy(known, evidence)
            if related is None:
                related = evidence, known
        if related is None:
            return _own(document.id)
        return Decision(Dedup(verdict="related", cluster=document.id, evidence=related[0]), related[1].id)

    def _compared(self, text: Text, signature: Signature) -> Iterable[tuple[_Known, DedupEvidence]]:
        """Candidates with enough text in common, most first, the earlier among equals."""
        close: list[tuple[float, int, Text]] = []
        for key in self._index.candidates(signature, self._config.candidates):
            other = self._text(self._known[key].id)
            if other is not None and (share := containment(text, other)) >= self._config.related:
                close.append((-share, key, other))
        for _, key, other in sorted(close, key=lambda item: item[:2]):
            yield self._known[key], compare(text, other)

    def _text(self, id: str) -> Text | None:
        """An earlier article's text, cut into words; the last ones used are kept."""
        if id in self._cache:
            self._cache.move_to_end(id)
            return self._cache[id]
        try:
            text = Text.of(self._texts(id))
        except KeyError:
            return None
        self._cache[id] = text
        if len(self._cache) > self._config.cached_texts:
            self._cache.popitem(last=False)
        return text


def _exact_key(signature: Signature, title: str | None, comparable: bool) -> bytes:
    """What exact copies have in common: their words; stubs, alike on a site, their headline too."""
    if comparable:
        return signature.digest
    return signature.digest + " ".join(fold(words(title or ""))).encode("utf-8", "surrogatepass")


def _copy(known: _Known, evidence: DedupEvidence) -> Decision:
    dedup = Dedup(verdict="duplicate", duplicate_of=known.cluster, cluster=known.cluster, evidence=evidence)
    return Decision(dedup, known.id)


def _own(id: str) -> Decision:
    return Decision(Dedup(verdict="unique", cluster=id), None)
