"""An index of as many made-up articles as one likes, for `dedup_scale.py`.

So that a million takes minutes, those beyond the first hundred thousand are these again, as if of other stories: under
other ids, all values of their signatures changed alike, so that they agree with one another as the first ones do.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterable, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path

import msgspec
import numpy as np

from archive import Article, Segment
from archive.commit import Commit
from archive.records import article_id, from_json, to_json
from benchmarks.made_up_wire import Wire
from pipelines.dedup import Signature, Store, sign
from pipelines.dedup.signature import signature_of

SEED = 7
SEGMENT = 500
GENERATED = 100_000


def filled(folder: Path, size: int, before: Path | None) -> Path:
    """The index of so many documents; what an earlier call made, or had begun, is not made again."""
    path, begun = folder / f"{size}.sqlite", folder / "begun.sqlite"
    if path.exists():
        return path
    if before and not begun.exists():
        shutil.copy(before, begun)
    with Store.open(begun) as store, Pool(2) as pool:
        chunks = [range(first, min(first + SEGMENT, size)) for first in range(len(store), size, SEGMENT)]
        for at in range(0, len(chunks), 50):  # a pool works ahead without bound
            for chunk, articles in enumerate(pool.imap(partial(documents, folder), chunks[at : at + 50]), at):
                store.take(segment(articles, f"fill-{chunks[chunk].start}"))
    return begun.rename(path)


def documents(folder: Path, numbers: range) -> list[Article]:
    """The signed documents of a chunk, each its own cluster."""
    first = numbers.start % GENERATED
    kept = folder / "documents" / f"{first}-{len(numbers)}.jsonl"
    if kept.exists():
        articles = [from_json(line) for line in kept.read_bytes().splitlines()]
    else:
        articles = generated(range(first, first + len(numbers)))
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(b"\n".join(map(to_json, articles)))
    turn = numbers.start // GENERATED
    return [repeated(article, turn) for article in articles] if turn else articles


def generated(numbers: Iterable[int]) -> list[Article]:
    """Documents of the wire, signed."""
    return [signed(article, sign(article.text)) for article in map(Wire.of(SEED).document, numbers)]


def repeated(article: Article, turn: int) -> Article:
    """The article as if it were of another story: all values of its signature are changed alike."""

    def changed(values: bytes) -> bytes:
        return (np.frombuffer(values, "<u4") ^ np.uint32(0x9E3779B1 * turn % 2**32)).tobytes()

    old = signature_of(article)
    new = Signature(changed(old.digest), old.words, changed(old.body), changed(old.lead))
    url = f"{article.url}-{turn}"
    return signed(msgspec.structs.replace(article, id=article_id(url, ""), url=url, canonical_url=url), new)


def signed(article: Article, signature: Signature) -> Article:
    """The article with its signature."""
    return msgspec.structs.replace(article, signature=base64.b64encode(signature.to_bytes()).decode())


def segment(articles: Sequence[Article], run: str) -> Segment:
    """The articles as if they had been committed."""
    when = "2026-02-01T12:00:00Z"
    commit = Commit(run=run, seq=1, written=when, rows=len(articles), fetched_first=when, fetched_last=when, objects=())
    return Segment(commit, tuple(articles))
