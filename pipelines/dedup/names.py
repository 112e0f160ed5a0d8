"""By which names an article is found: its id, its text, its addresses; and the keys of names in `buckets`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import xxhash

from pipelines.dedup.buckets import ARTICLE, NAME
from pipelines.dedup.presence import Entries

_DIGEST = 8


def id_name(id: str) -> bytes:
    return b"i" + id.encode("utf-8", "surrogatepass")


def text_name(exact: bytes) -> bytes:
    """`exact` as in `KnownArticle`."""
    return b"t" + exact


def address_name(address: str) -> bytes:
    """Eight bytes in place of an address. Cryptographic, so that nobody makes one that is taken for another."""
    digest = hashlib.blake2b(address.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
    return b"a" + digest


def packed(addresses: Sequence[bytes]) -> bytes:
    """The names of an article's addresses as a row holds them."""
    return b"".join(name[1:] for name in addresses)


def unpacked(data: bytes) -> list[bytes]:
    """What was `packed`.

    >>> names = [address_name("https://a.example/1"), address_name("https://a.example/2")]
    >>> unpacked(packed(names)) == names
    True
    """
    return [b"a" + data[at : at + _DIGEST] for at in range(0, len(data), _DIGEST)]


def keys_of_names(names: Sequence[bytes]) -> Entries:
    """The hash of each, in the upper bits of an entry. Two names may have one key: the row tells them apart."""
    return np.array(list(map(xxhash.xxh64_intdigest, names)), np.uint64) & ~ARTICLE | NAME
