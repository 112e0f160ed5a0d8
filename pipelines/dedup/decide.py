"""Decides, article by article in order of arrival, which are copies of one taken in before.

Exact match, then candidates by LSH, then a comparison of the texts themselves. What each verdict means:

- `duplicate`: a copy. `duplicate_of` is the canonical copy of that moment, `cluster` the first article of all copies.
- `revision`: the same address with another text. `cluster` is the earlier version's; `duplicate_of` is null, but for
  the new version of a copy, when it is a copy still.
- `related`: much text in common with another article, but another article: a follow-up that quotes its
  background. It has a cluster of its own; `Decision.against` names the other article, `duplicate_of` is null.
- `unique`: everything else. An article's own id is its cluster, but for a copy that takes over as the canonical one:
  it has the cluster of the copies, and `Decision.supersedes` names the copy that was canonical before. Where that one
  was `related`, the new one is, too, if it still has much text in common with an article of another cluster.

So of a cluster's articles that are copies of none, the one taken in last is the canonical copy.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, Self

import msgspec

from archive.addresses import page_address, site_of
from archive.records import Access, Article, Dedup, DedupEvidence
from pipelines.dedup.canonical import Copy, credited, takes_over
from pipelines.dedup.compare import Text, compare, conflict, containment, evidence_of, least_lead, opening
from pipelines.dedup.containments import Containments
from pipelines.dedup.known import InMemory, KnownArticle, KnownArticles
from pipelines.dedup.names import address_name
from pipelines.dedup.rules import DedupConfig, Finding, Pair, Rule, days_apart, find, find_by_names, same_title
from pipelines.dedup.signature import Signature, digest_of
from pipelines.urls import canonical, is_web

_EXACT = DedupEvidence(containment=1.0, lead=1.0, conflict=0.0, jaccard=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What the decision reads of an article. Dates are RFC 3339; the caller makes addresses canonical.

    `agency` is the record's `extra.agency`: whom the text is credited to.
    """

    id: str
    text: str
    title: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    source: str | None = None
    published: str | None = None
    access: Access = "full"
    agency: str | None = None

    @classmethod
    def of(cls, article: Article) -> Self:
        """What the decision reads of an article's record."""
        # Most pages give their own address as the canonical one, which the record has in its canonical form.
        same = article.url == article.canonical_url
        url = article.url if same or not is_web(article.url) else canonical(article.url)
        return cls(
            id=article.id,
            text=article.text,
            title=article.title,
            url=url if is_web(url) else None,
            canonical_url=article.canonical_url,
            source=article.source,
            published=article.published,
            access=article.access,
            agency=agency if isinstance(agency := article.extra.get("agency"), str) else None,
        )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The article's addresses, each once, the one it was read at last; a canonical address on another site is none
        of its own."""
        page = page_address(self.url, self.canonical_url) if self.url and self.canonical_url else self.canonical_url
        return tuple(dict.fromkeys(url for url in (page, self.url) if url))


class Decision(NamedTuple):
    """The record's `Dedup`, the id of the article that its evidence compares with, the rule that decided, and the id of
    the canonical copy that this article takes over from."""

    dedup: Dedup
    against: str | None
    rule: Rule
    supersedes: str | None = None

    def links(self) -> dict[str, str]:
        """What the record's `extra` tells beside its `dedup`."""
        links = {"related_to": self.against if self.dedup.verdict == "related" else None, "supersedes": self.supersedes}
        return {name: id for name, id in links.items() if id}


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
        self._containments = Containments()

    def __len__(self) -> int:
        return len(self._known)

    def decide(self, document: Document, signature: Signature) -> Dedup:
        """The article's place among those taken in so far; takes nothing in."""
        return self.weigh(document, signature).dedup

    def add(self, document: Document, signature: Signature, dedup: Dedup) -> None:
        """Take in a decided article. A second time only its place among the copies can change."""
        article = known_article(document, signature, dedup, self._config)
        near = comparable(signature, document.access, self._config)
        self._known.add(article, signature if near else None, document.addresses)

    def standing(self, document: Document) -> Dedup | None:
        """Where an article that was taken in stands now, without evidence; None for one that was not."""
        known = self._known.by_id(document.id)
        if known is None:
            return None
        leading = self._known.leading(known.cluster)
        newest = [found.id for address in document.addresses if (found := self._known.by_address(address))]
        # The canonical copy may also be a new version of its own page.
        if leading is not None and leading.id not in (document.id, *newest):
            return Dedup(verdict="duplicate", duplicate_of=leading.id, cluster=known.cluster)
        return Dedup(verdict="related" if known.related else "unique", cluster=known.cluster)

    def weigh(self, document: Document, signature: Signature) -> Decision:
        """`decide`, and which article the evidence compares with, by which rule, and what is superseded."""
        decision = self._weighed(document, signature)
        if decision.supersedes and decision.dedup.verdict == "unique":
            before = self._known.leading(decision.dedup.cluster or document.id)
            if before is not None and before.related:
                return self._related_still(document, signature, decision)
        return decision

    def _weighed(self, document: Document, signature: Signature) -> Decision:
        key = exact_key(signature, document.title, document.access, self._config)
        if revision := self._revision(document, signature, key):
            return revision
        exact = self._known.by_text(key)
        if exact is not None and signature.words:
            return self._copy(document, signature, exact, _EXACT, Rule.EXACT)
        if comparable(signature, document.access, self._config):
            return self._near(document, signature)
        return _own(document.id, Rule.UNREADABLE)

    def _related_still(self, document: Document, signature: Signature, decision: Decision) -> Decision:
        """A copy that takes over from a related one, which is `related` itself where its own text says so: else a
        follow-up would come to be unique by its second copy. (One that takes over from a unique article stays unique,
        whatever follow-ups quote it.)"""
        text = Text.of(document.text)
        for known, other in self._close(text, signature):
            if known.cluster != decision.dedup.cluster:
                evidence, found = self._find(document, signature, text, known, other)
                if found.verdict == "related":
                    place = Dedup(verdict="related", cluster=decision.dedup.cluster, evidence=evidence)
                    return decision._replace(dedup=place, against=known.id, rule=found.rule)
        return decision

    def _revision(self, document: Document, signature: Signature, key: bytes) -> Decision | None:
        """The article as a new version of the one at its address: of one that was read there, or that has something of
        the text or the headline in common. Some sites give one canonical address to all their pages, and some pages
        give another story's."""
        for address in document.addresses:
            known = self._known.by_address(address)
            if known is None or known.exact == key:
                continue
            text = self._text(known.id)
            evidence = compare(Text.of(document.text), text) if text else None
            kin = evidence is not None and evidence.containment >= self._config.related
            read_here = address == document.url and known.own == address_name(address)
            if read_here or kin or same_title(document.title, known.title):
                return self._revised(document, signature, known, evidence)
        return None

    def _revised(
        self, document: Document, signature: Signature, known: KnownArticle, evidence: DedupEvidence | None
    ) -> Decision:
        """The new version of a canonical copy is canonical; that of another copy is judged again."""
        leading = self._known.leading(known.cluster)
        text = self._text(leading.id) if leading and leading.id != known.id else None
        if leading is None or text is None:
            return Decision(Dedup(verdict="revision", cluster=known.cluster, evidence=evidence), known.id, Rule.REVISED)
        _, found = self._find(document, signature, Text.of(document.text), leading, text)
        if found.verdict != "duplicate" or document.access != "full":
            return Decision(Dedup(verdict="revision", cluster=document.id, evidence=evidence), known.id, Rule.REVISED)
        decision = self._copy(document, signature, leading, evidence, Rule.REVISED)
        return decision._replace(dedup=msgspec.structs.replace(decision.dedup, verdict="revision"), against=known.id)

    def _copy(
        self,
        document: Document,
        signature: Signature,
        known: KnownArticle,
        evidence: DedupEvidence | None,
        rule: Rule,
    ) -> Decision:
        """The article as a copy: one that takes over, or one more copy of the canonical one."""
        leading = self._known.leading(known.cluster) or known
        place = Dedup(verdict="unique", cluster=known.cluster, evidence=evidence)
        copy = Copy(known_article(document, signature, place, self._config), lambda: Text.of(document.text))
        if takes_over(copy, Copy(leading, lambda: self._text(leading.id)), self._config):
            return Decision(place, known.id, rule, supersedes=leading.id)
        place = Dedup(verdict="duplicate", duplicate_of=leading.id, cluster=known.cluster, evidence=evidence)
        return Decision(place, known.id, rule)

    def _near(self, document: Document, signature: Signature) -> Decision:
        """The best copy among the candidates, else the most related, else unique."""
        first: Decision | None = None
        text = Text.of(document.text)
        for known, other in self._close(text, signature):
            evidence, found = self._find(document, signature, text, known, other)
            if found.verdict == "duplicate":
                return self._copy(document, signature, known, evidence, found.rule)
            if found.verdict == "related" and (first is None or first.dedup.verdict == "unique"):
                place = Dedup(verdict="related", cluster=document.id, evidence=evidence)
                first = Decision(place, known.id, found.rule)
            first = first or _own(document.id, found.rule)
        return first or _own(document.id, Rule.NO_CANDIDATE)

    def _find(
        self, document: Document, signature: Signature, text: Text, known: KnownArticle, other: Text
    ) -> tuple[DedupEvidence | None, Finding]:
        """What the two are to one another; the evidence is left out where the names are enough to tell."""
        words = min(signature.words, known.words)
        swapped = conflict(text, other, self._config.conflict)
        if others := find_by_names(swapped, words, self._config):
            return None, others
        pair = Pair(
            words=words,
            titles_agree=same_title(document.title, known.title),
            days=days_apart(document.published, known.published),
            opening=opening(text, other),
            least_lead=least_lead(text, other),
        )
        evidence = evidence_of(text, other, swapped)
        return evidence, find(evidence, pair, self._config)

    def _close(self, text: Text, signature: Signature) -> Iterable[tuple[KnownArticle, Text]]:
        """Candidates with enough text in common, most first, those that share more bands among equals."""
        candidates = [known for _, known in self._known.candidates(signature, self._config.candidates)]
        # Texts that are compared afterwards need more than that of themselves, and are asked one by one.
        if len(candidates) <= self._config.compared:
            shares = [containment(text, other) if (other := self._text(each.id)) else None for each in candidates]
        else:
            shares = self._containments.of(text, [each.id for each in candidates], self._read)
        close = [(-share, known) for share, known in zip(shares, candidates, strict=True) if share is not None]
        close = [each for each in close if -each[0] >= self._config.related]
        for _, known in sorted(close, key=itemgetter(0))[: self._config.compared]:
            if (other := self._text(known.id)) is not None:
                yield known, other

    def _text(self, id: str) -> Text | None:
        """An earlier article's text, to be cut into words; the last ones used are kept."""
        text = self._read(id)
        if text is not None:
            self._cache[id] = text
            self._cache.move_to_end(id)
            if len(self._cache) > self._config.cached_texts:
                self._cache.popitem(last=False)
        return text

    def _read(self, id: str) -> Text | None:
        """The same, for one look only."""
        if id in self._cache:
            return self._cache[id]
        try:
            return Text.of(self._texts(id))
        except KeyError:
            return None


def known_article(document: Document, signature: Signature, dedup: Dedup, config: DedupConfig) -> KnownArticle:
    """What is remembered of a decided article."""
    return KnownArticle(
        id=document.id,
        cluster=dedup.cluster or document.id,
        exact=exact_key(signature, document.title, document.access, config),
        words=signature.words,
        title=document.title,
        source=document.source,
        published=document.published,
        access=document.access,
        site=site_of(document.url or document.canonical_url),
        credits=credited(document.agency, document.url, document.canonical_url),
        leads=dedup.duplicate_of is None,
        related=dedup.verdict == "related",
        own=address_name(document.addresses[-1]) if document.addresses else b"",
    )


def exact_key(signature: Signature, title: str | None, access: Access, config: DedupConfig) -> bytes:
    """What exact copies have in common: their words; stubs, alike on a site, their headline too."""
    if access == "full" and signature.words >= config.min_words:
        return signature.digest
    return signature.digest + digest_of(title or "")


def comparable(signature: Signature, access: Access, config: DedupConfig) -> bool:
    """Whether the text is long enough, and all there, to be compared with others."""
    return access == "full" and signature.words >= config.short_words


def _own(id: str, rule: Rule) -> Decision:
    return Decision(Dedup(verdict="unique", cluster=id), None, rule)
