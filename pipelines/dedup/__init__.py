"""Near-duplicates: one article of each that many outlets printed, and no story lost."""

from pipelines.dedup.ahead import Ahead
from pipelines.dedup.compare import Text, compare
from pipelines.dedup.decide import Decision, Deduplicator, Document
from pipelines.dedup.known import InMemory, KnownArticle, KnownArticles
from pipelines.dedup.rules import DedupConfig
from pipelines.dedup.signature import SIGNATURE_SCHEME, Signature, SignatureError, sign
from pipelines.dedup.store import Store

__all__ = [
    "SIGNATURE_SCHEME",
    "Ahead",
    "Decision",
    "DedupConfig",
    "Deduplicator",
    "Document",
    "InMemory",
    "KnownArticle",
    "KnownArticles",
    "Signature",
    "SignatureError",
    "Store",
    "Text",
    "compare",
    "sign",
]
