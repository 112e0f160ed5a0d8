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
from operator import itemgetter
from typing import NamedTuple

from archive.records import Access, Dedup, DedupEvidence
from pipelines.dedup.compare import Text, compare, containment
from pipelines.dedup.known import InMemory, KnownArticle, KnownArticles
from pipelines.dedup.rules import DedupConfig, relation, same_title
from pipelines.dedup.signature import Signature, sign

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


class Decision(NamedTuple):
    """The record's `Dedup`, and the id of the article that its evidence compares with."""

    dedup: Dedup
    against: str | None


class Deduplicator:
    """Decides against the articles taken in so far; their texts are asked for only to be compared.

    `texts(id)` gives the text of an article taken in before, or raises `KeyError` where it is gone (erased):
    that article is then no candidate. `known` is where articles are remembered, in memory if not given. Not
    thread-safe.
    """

    def __init__(
        self,
        texts: Callable[[str], str],
        config: DedupConfig | None = None,
        known: KnownArticles | None = None,
    ) -> None:
        self._texts = texts
        self._config = config or DedupConfig()
        self._known = InMemory() if known is None else known
        self._cache: OrderedDict[str, Text] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def decide(self, document: Document, signature: Signature) -> Dedup:
        """The article's place among those taken in so far; takes nothing in."""
        return self.weigh(document, signature).dedup

    def add(self, document: Document, signature: Signature, dedup: Dedup) -> None:
        """Take in a decided article. Once is enough: a second time changes nothing."""
        article = known_article(document, signature, dedup.cluster or document.id, self._config)
        near = comparable(signature, document.access, self._config)
        self._known.add(article, signature if near else None, document.addresses)

    def weigh(self, document: Document, signature: Signature) -> Decision:
        """`decide`, and which article the evidence compares with."""
        key = exact_key(signature, document.title, document.access, self._config)
        for address in document.addresses:
            known = self._known.by_address(address)
            if known is not None and known.exact != key:
                return self._revision(document, known)
        exact = self._known.by_text(key)
        if exact is not None and signature.words:
            return _copy(exact, _EXACT)
        if comparable(signature, document.access, self._config):
            return self._near(document, signature)
        return _own(document.id)

    def _revision(self, document: Document, known: KnownArticle) -> Decision:
        text = self._text(known.id)
        evidence = compare(Text.of(document.text), text) if text else None
        return Decision(Dedup(verdict="revision", cluster=known.cluster, evidence=evidence), known.id)

    def _near(self, document: Document, signature: Signature) -> Decision:
        """The best copy among the candidates, else the most related, else unique."""
        related: Decision | None = None
        for known, evidence in self._compared(Text.of(document.text), signature):
            shorter = min(signature.words, known.words)
            found = relation(evidence, shorter, same_title(document.title, known.title), self._config)
            if found == "duplicate":
                return _copy(known, evidence)
            if found == "related" and related is None:
                related = Decision(Dedup(verdict="related", cluster=document.id, evidence=evidence), known.id)
        return related or _own(document.id)

    def _compared(self, text: Text, signature: Signature) -> Iterable[tuple[KnownArticle, DedupEvidence]]:
        """Candidates with enough text in common, most first, those that share more bands among equals."""
        close: list[tuple[float, KnownArticle, Text]] = []
        for _, known in self._known.candidates(signature, self._config.candidates):
            other = self._text(known.id)
            if other is not None and (share := containment(text, other)) >= self._config.related:
                close.append((-share, known, other))
        for _, known, other in sorted(close, key=itemgetter(0))[: self._config.compared]:
            yield known, compare(text, other)

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


def known_article(document: Document, signature: Signature, cluster: str, config: DedupConfig) -> KnownArticle:
    """What is remembered of a decided article."""
    return KnownArticle(
        id=document.id,
        cluster=cluster,
        exact=exact_key(signature, document.title, document.access, config),
        words=signature.words,
        title=document.title,
        source=document.source,
        published=document.published,
        access=document.access,
    )


def exact_key(signature: Signature, title: str | None, access: Access, config: DedupConfig) -> bytes:
    """What exact copies have in common: their words; stubs, alike on a site, their headline too."""
    if access == "full" and signature.words >= config.min_words:
        return signature.digest
    return signature.digest + sign(title or "").digest


def comparable(signature: Signature, access: Access, config: DedupConfig) -> bool:
    """Whether the text is long enough, and all there, to be compared with others."""
    return access == "full" and signature.words >= config.short_words


def _copy(known: KnownArticle, evidence: DedupEvidence) -> Decision:
    dedup = Dedup(verdict="duplicate", duplicate_of=known.cluster, cluster=known.cluster, evidence=evidence)
    return Decision(dedup, known.id)


def _own(id: str) -> Decision:
    return Decision(Dedup(verdict="unique", cluster=id), None)
