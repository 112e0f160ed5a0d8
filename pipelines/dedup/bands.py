"""The bands of signatures: articles that share one are candidates.

The banding is that of datasketch's `MinHashLSH` with the same parameters; only where its buckets lie is our own: in a
file (`buckets`), or in memory for the few articles that a run has on its way there.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import xxhash

from pipelines.dedup.buckets import ARTICLE, NAME
from pipelines.dedup.index import MAX_BUCKET, most_shared
from pipelines.dedup.presence import Entries
from pipelines.dedup.signature import BODY_BANDS, BODY_ROWS, LEAD_BANDS, LEAD_ROWS, Signature

BANDS = BODY_BANDS + LEAD_BANDS
KEY = f"xxh64/{BODY_BANDS}x{BODY_ROWS}+{LEAD_BANDS}x{LEAD_ROWS}/39"
"""Names how a band becomes a key."""

_BODY = struct.Struct(f"{4 * BODY_ROWS}s" * BODY_BANDS)
_LEAD = struct.Struct(f"{4 * LEAD_ROWS}s" * LEAD_BANDS)
_SEEDS = (*range(0, _BODY.size, 4 * BODY_ROWS), *range(_BODY.size, _BODY.size + _LEAD.size, 4 * LEAD_ROWS))
"""A band's seed is its place."""


class FewBands:
    """Bands in memory, for the few articles that a run has decided and not committed yet: a row of keys for each. To
    look through all the rows of a thousand takes less time than to keep buckets."""

    def __init__(self) -> None:
        self._articles: list[int] = []
        self._keys = np.empty((64, BANDS), np.uint64)

    def add(self, key: int, signature: Signature) -> None:
        """Take in a signature under a key that was not used before."""
        if len(self._articles) == len(self._keys):
            self._keys = np.concatenate((self._keys, np.empty_like(self._keys)))
        self._keys[len(self._articles)] = _keys(signature)
        self._articles.append(key)

    def candidates(self, signature: Signature, limit: int) -> list[tuple[int, int]]:
        """At most `limit` keys with the bands shared, those sharing most first, then in order of arrival."""
        same = np.flatnonzero(self._keys[: len(self._articles)] == _keys(signature))
        if not len(same):  # as of most articles
            return []
        places, bands = np.divmod(same, BANDS)
        cold = np.bincount(bands, minlength=BANDS) <= MAX_BUCKET
        shared = np.bincount(places[cold[bands]])
        return most_shared(Counter({self._articles[at]: int(shared[at]) for at in np.flatnonzero(shared)}), limit)


def keys_of(signatures: Sequence[Signature]) -> Entries:
    """The hash of each band, a row for each signature, in the upper bits of an entry."""
    return np.array([_keys(signature) for signature in signatures], np.uint64).reshape(len(signatures), BANDS)


@lru_cache(maxsize=2_048)
def _keys(signature: Signature) -> Entries:
    """Remembered, for a new article is looked up, taken in ahead and taken in for good."""
    parts = (*_BODY.unpack(signature.body), *_LEAD.unpack(signature.lead))
    keys = list(map(xxhash.xxh64_intdigest, parts, _SEEDS))
    return np.array(keys, np.uint64) & ~(ARTICLE | NAME)
