"""An index of as many made-up articles as one likes, for `dedup_scale.py`.

So that a million takes minutes, those beyond the first hundred thousand are these again, as if of other stories: under
other ids, all values of their signatures changed alike, so that they agree with one another as the first ones do.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from archive import Article, Segment
from archive.commit import Commit
from archive.database import Database
from archive.records import from_json, to_json
from benchmarks.made_up_wire import Wire
from pipelines.dedup import DedupConfig, Signature, Store, sign
from pipelines.dedup.lookup import Lookup, Name
from pipelines.dedup.names import id_name, packed, text_name, unpacked
from pipelines.dedup.store import STORE_VERSION

SEED = 7
SEGMENT = 500
GENERATED = 100_000
PORTION = 25_000


def filled(folder: Path, size: int, before: Path | None) -> Path:
    """The index of so many documents; what an earlier call made, or had begun, is not made again."""
    path, begun = folder / f"{size}.sqlite", folder / "begun.sqlite"
    if path.exists():
        return path
    if before and not begun.exists():
        shutil.copy(before, begun)
    with Store.open(begun) as store, Pool(2) as pool:
        last = min(size, GENERATED)
        chunks = [range(first, min(first + SEGMENT, last)) for first in range(len(store), last, SEGMENT)]
        for at in range(0, len(chunks), 50):  # a pool works ahead without bound
            for chunk, articles in enumerate(pool.imap(partial(documents, folder), chunks[at : at + 50]), at):
                store.take(segment(articles, f"fill-{chunks[chunk].start}"))
        taken = len(store)
    while taken < size:
        first, taken = taken, min(taken - taken % PORTION + PORTION, size)
        repeat(begun, folder, range(first, taken))
    return begun.rename(path)


def repeat(path: Path, folder: Path, numbers: range) -> None:
    """Takes documents in that are earlier ones again, with what the store would write of them, many at a time."""
    turn, start = divmod(numbers.start, GENERATED)
    offset = numbers.start - start
    span = (start + 1, start + len(numbers))  # the store counts from one
    with closing(Database(path, "", STORE_VERSION)) as database, database.transaction():
        short = DedupConfig().short_words
        again: list[tuple[Any, ...]] = []
        names: list[Name] = []
        near = set()
        for number, id, cluster, exact, *rest in database.all(
            "SELECT * FROM articles WHERE number BETWEEN ? AND ?", span
        ):
            addresses = [b"a" + _turned(name[1:], turn) for name in unpacked(rest[-3])]
            id, exact = id[:-1] + chr(ord("f") + turn), _turned(exact, turn)
            again.append((number + offset, id, cluster, exact, *rest[:-3], packed(addresses), *rest[-2:]))
            names += [(number + offset, name) for name in (id_name(id), *addresses)]
            if rest[-1] is not None:  # the first with its text
                names.append((number + offset, text_name(exact)))
                near |= {number} if rest[0] >= short and rest[4] == "full" else set()
        database.run_many(f"INSERT INTO articles VALUES ({', '.join('?' * len(again[0]))})", again)
        signed = enumerate(signatures(folder, range(start, start + len(numbers))), span[0])
        Lookup(database).add(names, [(at + offset, turned(each, turn)) for at, each in signed if at in near])


def _turned(data: bytes, turn: int) -> bytes:
    return bytes([data[0] ^ turn, *data[1:]])


class _Signed(msgspec.Struct):
    """What is read of a document that is only looked for."""

    signature: str


def signatures(folder: Path, numbers: range) -> Iterator[Signature]:
    """Of documents that were made before, in whole chunks."""
    for first in range(numbers.start, numbers.stop, SEGMENT):
        for line in _kept(folder, range(first, first + SEGMENT)).read_bytes().splitlines():
            yield Signature.from_bytes(base64.b64decode(msgspec.json.decode(line, type=_Signed).signature))


def documents(folder: Path, numbers: range) -> list[Article]:
    """The signed documents of a chunk, each its own cluster."""
    kept = _kept(folder, numbers)
    if kept.exists():
        return [from_json(line) for line in kept.read_bytes().splitlines()]
    articles = generated(numbers)
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(b"\n".join(map(to_json, articles)))
    return articles


def _kept(folder: Path, numbers: range) -> Path:
    return folder / "documents" / f"{numbers.start}-{len(numbers)}.jsonl"


def generated(numbers: Iterable[int]) -> list[Article]:
    """Documents of the wire, signed."""
    return [signed(article, sign(article.text)) for article in map(Wire.of(SEED).document, numbers)]


def turned(old: Signature, turn: int) -> Signature:
    """The signature of another story: all values are changed alike."""

    def changed(values: bytes) -> bytes:
        return (np.frombuffer(values, "<u4") ^ np.uint32(0x9E3779B1 * turn % 2**32)).tobytes()

    return Signature(changed(old.digest), old.words, changed(old.body), changed(old.lead))


def signed(article: Article, signature: Signature) -> Article:
    """The article with its signature."""
    return msgspec.structs.replace(article, signature=base64.b64encode(signature.to_bytes()).decode())


def segment(articles: Sequence[Article], run: str) -> Segment:
    """The articles as if they had been committed."""
    when = "2026-02-01T12:00:00Z"
    commit = Commit(run=run, seq=1, written=when, rows=len(articles), fetched_first=when, fetched_last=when, objects=())
    return Segment(commit, tuple(articles))
