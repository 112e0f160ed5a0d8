"""Candidates: the articles taken in before whose signature shares a band with a new one's."""

from __future__ import annotations

from collections import Counter

from pipelines.dedup.signature import BODY_BANDS, BODY_ROWS, LEAD_BANDS, LEAD_ROWS, Signature
from pipelines.dedup.sketches import MinHash, MinHashLSH

MAX_BUCKET = 100
"""A bucket with more articles than this says only that they share a template, and is passed over. A copy
shares the bands that hold its own words too, whose buckets are small."""


class CandidateIndex:
    """Two datasketch LSH tables in memory, of bodies and of leads, keyed by numbers in order of arrival."""

    def __init__(self) -> None:
        self._body = _Bands(num_perm=BODY_BANDS * BODY_ROWS, params=(BODY_BANDS, BODY_ROWS))
        self._lead = _Bands(num_perm=LEAD_BANDS * LEAD_ROWS, params=(LEAD_BANDS, LEAD_ROWS))

    def add(self, key: int, signature: Signature) -> None:
        """Take in a signature under a key that was not used before."""
        self._body.insert(key, signature.body_minhash(), check_duplication=False)
        self._lead.insert(key, signature.lead_minhash(), check_duplication=False)

    def candidates(self, signature: Signature, limit: int) -> list[tuple[int, int]]:
        """At most `limit` keys with the bands shared, those sharing most first, then in order of arrival."""
        shared = self._body.shared(signature.body_minhash()) + self._lead.shared(signature.lead_minhash())
        return most_shared(shared, limit)


def most_shared(shared: Counter[int], limit: int) -> list[tuple[int, int]]:
    """At most `limit` keys with their counts, the highest counts first, then the lowest keys.

    >>> most_shared(Counter({7: 2, 3: 2, 1: 1}), 2)
    [(3, 2), (7, 2)]
    """
    return sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:limit]


class _Bands(MinHashLSH):  # type: ignore[misc]  # datasketch ships no types
    """MinHashLSH that counts the bands in common and passes over hot buckets."""

    def shared(self, minhash: MinHash) -> Counter[int]:
        found: Counter[int] = Counter()
        for (start, end), table in zip(self.hashranges, self.hashtables, strict=True):
            bucket = table.get(self._H(minhash.hashvalues[start:end]))
            if len(bucket) <= MAX_BUCKET:
                found.update(bucket)
        return found
