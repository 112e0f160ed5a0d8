"""A text's signature: two MinHash sketches that find candidates, and a digest that finds exact copies.

MinHash is Broder's ("On the resemblance and containment of documents", 1997), computed by datasketch. Its
hash values carry no trace of how they were made, so the scheme is named here, stored with every signature,
and another scheme is refused.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xxhash

from archive.records import Article
from pipelines.dedup.sketches import MinHash
from pipelines.dedup.tokens import TOKENIZER_VERSION, folded_words, shingles, word_count

BODY_BANDS, BODY_ROWS, BODY_SHINGLE = 42, 3, 5
"""Word 5-grams of the whole text. 42 bands of 3 rows find a pair of Jaccard .25 with probability .48 and
one of .5 with .996."""
LEAD_BANDS, LEAD_ROWS, LEAD_SHINGLE, LEAD_WORDS = 32, 4, 3, 120
"""Word 3-grams of the first 120 words: finds copies that were cut short or carry much noise at the end."""

SIGNATURE_SCHEME = (
    f"datasketch-affine32-seed1/xxh32/w{BODY_SHINGLE}x{BODY_BANDS * BODY_ROWS}"
    f"+lead{LEAD_WORDS}w{LEAD_SHINGLE}x{LEAD_BANDS * LEAD_ROWS}/tokens{TOKENIZER_VERSION}"
)
"""Names all that a signature depends on: permutations, hash, shingles, sizes, tokenizer."""

_HEAD = struct.Struct("<4sI16s")
_TAG = xxhash.xxh32_digest(SIGNATURE_SCHEME.encode())
_BODY_BYTES = 4 * BODY_BANDS * BODY_ROWS
_LEAD_BYTES = 4 * LEAD_BANDS * LEAD_ROWS
_BODY_PERMUTATIONS = MinHash(BODY_BANDS * BODY_ROWS, seed=1, scheme="affine32").permutations
_LEAD_PERMUTATIONS = MinHash(LEAD_BANDS * LEAD_ROWS, seed=1, scheme="affine32").permutations


class SignatureError(ValueError):
    """Bytes that are no signature, or a signature of another scheme."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text to find its copies: `digest` of its folded words, `words`, and two sketches.

    `body` and `lead` are MinHash values as little-endian 32-bit integers.
    """

    digest: bytes
    words: int
    body: bytes
    lead: bytes

    def to_bytes(self) -> bytes:
        """The signature in 1,040 bytes, marked with its scheme."""
        return _HEAD.pack(_TAG, self.words, self.digest) + self.body + self.lead

    @classmethod
    def from_bytes(cls, data: bytes) -> Signature:
        """The signature in these bytes. Raises `SignatureError` for another scheme or length."""
        if data[:4] != _TAG:
            raise SignatureError(
                f"signature of another scheme; this version reads {SIGNATURE_SCHEME}: rebuild the index from the texts"
            )
        if len(data) != _HEAD.size + _BODY_BYTES + _LEAD_BYTES:
            raise SignatureError(f"signature of {len(data)} bytes is cut short or too long: rebuild the index")
        _, count, digest = _HEAD.unpack_from(data)
        cut = _HEAD.size + _BODY_BYTES
        return cls(digest=digest, words=count, body=data[_HEAD.size : cut], lead=data[cut:])

    def body_minhash(self) -> MinHash:
        """The sketch of the whole text, for datasketch."""
        return _minhash(self.body, _BODY_PERMUTATIONS)

    def lead_minhash(self) -> MinHash:
        """The sketch of the first words, for datasketch."""
        return _minhash(self.lead, _LEAD_PERMUTATIONS)

    def jaccard(self, other: Signature) -> float:
        """The estimate of the two texts' Jaccard similarity over word 5-grams."""
        return float(np.mean(np.frombuffer(self.body, "<u4") == np.frombuffer(other.body, "<u4")))


def sign(text: str) -> Signature:
    """The signature of a text, as `SIGNATURE_SCHEME` names it.

    >>> sign("One text. ").digest == sign("ONE TEXT").digest
    True
    """
    words = folded_words(text)
    lead = " ".join(words.split(" ", LEAD_WORDS)[:LEAD_WORDS])
    return Signature(
        digest=_digest(words),
        words=word_count(words),
        body=_sketch(shingles(words, BODY_SHINGLE), _BODY_PERMUTATIONS),
        lead=_sketch(shingles(lead, LEAD_SHINGLE), _LEAD_PERMUTATIONS),
    )


def digest_of(text: str) -> bytes:
    """The digest alone: texts of the same words have the same.

    >>> digest_of("One text. ") == sign("ONE TEXT").digest
    True
    """
    return _digest(folded_words(text))


def signature_of(article: Article) -> Signature:
    """The record's signature; one that is missing, damaged or of another scheme is made again from the text."""
    try:
        return Signature.from_bytes(base64.b64decode(article.signature or "", validate=True))
    except ValueError:  # `SignatureError` is one
        return sign(article.text)


def _digest(words: str) -> bytes:
    return xxhash.xxh3_128_digest(words.encode("utf-8", "surrogatepass"))


def _sketch(parts: Sequence[bytes], permutations: np.ndarray) -> bytes:
    minhash = MinHash(
        len(permutations[0]),
        seed=1,
        scheme="affine32",
        hashfunc=xxhash.xxh32_intdigest,
        permutations=permutations,
    )
    if parts:
        minhash.update_batch(parts)
    return bytes(minhash.hashvalues.astype("<u4").tobytes())


def _minhash(values: bytes, permutations: np.ndarray) -> MinHash:
    return MinHash(seed=1, scheme="affine32", hashvalues=np.frombuffer(values, "<u4"), permutations=permutations)
