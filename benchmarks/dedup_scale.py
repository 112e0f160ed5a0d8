"""What a near-duplicate decision costs in an archive of ten thousand, a hundred thousand, a million articles:
`python benchmarks/dedup_scale.py [--sizes 10000,100000,1000000] [--folder DIR] [--plot FILE.svg]`.

The index is filled with made-up articles (`dedup_scale_fill.py`). At each size a new process opens it, signs the
documents that come next, decides them and takes them in: most in segments of 500, the last one by one. Beside it,
datasketch's LSH in memory and in a Redis server on loopback (if `redis-server` and the package `redis` are there) hold
the same signatures up to their limits and find candidates; they verify nothing. Times are of the processor, so that
other work on the machine matters less; wall clock is named where it is meant. The index is measured several times at
each size, and each figure is its best. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run as a script, the path holds this folder alone

if TYPE_CHECKING:
    from archive import Article
    from pipelines.dedup import Signature

LOOKED_UP = 100
"""Documents whose candidates are looked up at once."""
MEASURED = 8000
"""Documents decided at each size in segments. A run keeps what the notices of a template have in common, so that the
first thousand cost more than the rest."""
SINGLY = 2000
"""Documents decided one by one after them."""


def main() -> None:
    """Fill, measure at each size, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="ascending, divided by commas")
    parser.add_argument("--folder", type=Path, help="where indexes are kept for another time (default: nowhere)")
    parser.add_argument("--plot", type=Path, help="write the curve there as SVG")
    parser.add_argument("--rounds", type=int, default=3, help="times each size is measured, in turns; told is the best")
    parser.add_argument("--peer-limit", type=int, default=100_000, help="documents for datasketch in memory")
    parser.add_argument("--redis-limit", type=int, default=10_000, help="documents for datasketch with Redis")
    parser.add_argument("--redis-server", default="redis-server", help="the program")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        kind, size = options.measure
        print(json.dumps(measure(kind, int(size), options)))
        return
    from benchmarks.dedup_scale_report import plot, tables
    from benchmarks.tables import print_table

    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="breachwire-") as temporary:
        options.folder = options.folder or Path(temporary)
        results = list(run(sizes, options))
    for table in tables(results):
        print_table(table)
    if options.plot:
        options.plot.write_text(plot(results), encoding="utf-8")


def run(sizes: Sequence[int], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """The measurements, each made in a process of its own."""
    from benchmarks.dedup_scale_fill import filled

    before = None
    for size in sizes:
        start = time.time()
        before = filled(options.folder, size, before)
        tell(f"{size:,} articles in the index after {time.time() - start:.0f} s")
    rounds = [{size: apart("store", size, options) for size in sizes} for _ in range(options.rounds)]
    yield from (best([each[size] for each in rounds]) for size in sizes)
    for kind, limit in (("memory", options.peer_limit), ("redis", options.redis_limit)):
        for size in sizes:
            if size <= limit:
                yield apart(kind, size, options)


def best(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Each time at its best: what other work on the machine adds is none of the index's."""
    times = {name: min(each[name] for each in rounds) for name in ("signing", "cold", "lookup")}
    pairs = {name: [min(each[name][at] for each in rounds) for at in (0, 1)] for name in ("batch", "single")}
    return rounds[0] | times | pairs


def apart(kind: str, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """A measurement by a new process."""
    command = [sys.executable, __file__, "--measure", kind, str(size), "--folder", str(options.folder)]
    command += ["--redis-server", options.redis_server]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    tell(told.decode().strip())
    found: dict[str, Any] = json.loads(told)
    return found


def tell(line: str) -> None:
    """Progress goes to standard error."""
    print(line, file=sys.stderr, flush=True)


def measure(kind: str, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """One measurement: seconds, bytes and counts, as JSON holds them."""
    from benchmarks.dedup_scale_fill import GENERATED, SEED
    from benchmarks.made_up_wire import Wire

    # Copies of what came last before them: of generated documents, not of repeated ones.
    start = min(size, GENERATED)
    articles = [Wire.of(SEED).document(number) for number in range(start, start + MEASURED + SINGLY)]
    if kind == "store":
        path = options.folder / "measured.sqlite"
        shutil.copy(options.folder / f"{size}.sqlite", path)
        try:
            return {"kind": kind, "size": size} | of_store(path, size, articles)
        finally:
            path.unlink()
    if kind == "memory":
        return {"kind": kind, "size": size} | of_peer(options.folder, size, None)
    if not shutil.which(options.redis_server) or not find_spec("redis"):
        return {"kind": kind, "size": size, "missing": "redis-server, or the package redis, is not installed"}
    with redis_on_loopback(options.redis_server) as port:
        return {"kind": kind, "size": size} | of_peer(options.folder, size, port)


def of_store(path: Path, size: int, articles: Sequence[Article]) -> dict[str, Any]:
    """Breachwire's own index at this size."""
    from benchmarks.dedup_scale_fill import SEGMENT, segment
    from pipelines.dedup import Ahead, Deduplicator, Document, Store, sign

    disk = sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))
    start = time.process_time()
    signatures = [sign(article.text) for article in articles]
    signing = (time.process_time() - start) / len(articles)
    before = memory()
    start = time.time()
    with Store.open(path) as store:
        store.candidates(signatures[0], 24)
        cold = time.time() - start
        ahead, texts = Ahead(store), dict[str, str]()
        decisions = Deduplicator(lambda id: texts.get(id) or store.text(id) or "", known=ahead)
        pairs = list(zip(articles, signatures, strict=True))
        lookup = clocked(lambda pair: store.candidates(pair[1], 24), pairs[:500])
        verdicts: Counter[str] = Counter()

        def decide(number: int, batch: Sequence[tuple[Article, Signature]]) -> None:
            decided = []
            for at, (article, signature) in enumerate(batch):
                if at % LOOKED_UP == 0:
                    ahead.expect([(Document.of(each), its) for each, its in batch[at : at + LOOKED_UP]], 24)
                document = Document.of(article)
                place = decisions.weigh(document, signature).dedup
                decisions.add(document, signature, place)
                texts[article.id] = article.text
                verdicts[place.verdict] += 1
                decided.append(signed_as(article, signature, place))
            ahead.take(segment(decided, f"measured-{size}-{number}"))
            texts.clear()

        batches = [pairs[at : at + SEGMENT] for at in range(0, MEASURED, SEGMENT)]
        batch = clocked(lambda item: decide(*item), list(enumerate(batches)), per=MEASURED)
        singles = [[pair] for pair in pairs[MEASURED:]]
        single = clocked(lambda item: decide(*item), list(enumerate(singles, len(batches))))
        used = memory() - before
    found = {"signing": signing, "cold": cold, "lookup": lookup[0], "batch": batch, "single": single}
    mean = sum(len(article.text.encode()) for article in articles) / len(articles)
    return found | {"memory": used, "disk": disk, "text": mean, "verdicts": verdicts}


def signed_as(article: Article, signature: Signature, place: Any) -> Article:
    """The article with its signature and its decision."""
    import msgspec

    from benchmarks.dedup_scale_fill import signed

    return msgspec.structs.replace(signed(article, signature), dedup=place)


def of_peer(folder: Path, size: int, port: int | None) -> dict[str, Any]:
    """datasketch's tables of bodies and leads, in memory or in Redis: cost of one more document, and of all."""
    from datasketch import MinHashLSH

    from benchmarks.dedup_scale_fill import GENERATED, SEGMENT, documents, generated
    from pipelines.dedup.signature import BODY_BANDS, BODY_ROWS, LEAD_BANDS, LEAD_ROWS, signature_of

    def table(name: bytes, bands: int, rows: int) -> MinHashLSH:
        redis = {"type": "redis", "basename": name, "redis": {"host": "127.0.0.1", "port": port}}
        return MinHashLSH(num_perm=bands * rows, params=(bands, rows), storage_config=redis if port else None)

    body, lead = table(b"body", BODY_BANDS, BODY_ROWS), table(b"lead", LEAD_BANDS, LEAD_ROWS)

    def insert(item: tuple[Article, Signature]) -> None:
        body.insert(item[0].id, item[1].body_minhash(), check_duplication=False)
        lead.insert(item[0].id, item[1].lead_minhash(), check_duplication=False)

    def query(item: tuple[Article, Signature]) -> None:
        body.query(item[1].body_minhash())
        lead.query(item[1].lead_minhash())

    before, loading = memory(), 0.0
    for first in range(0, size, SEGMENT):
        chunk = documents(folder, range(first, min(first + SEGMENT, size)))
        start = time.process_time()
        with body.insertion_session() as bodies, lead.insertion_session() as leads:  # many to a round trip
            for article in chunk:
                signature = signature_of(article)
                bodies.insert(article.id, signature.body_minhash(), check_duplication=False)
                leads.insert(article.id, signature.lead_minhash(), check_duplication=False)
        loading += time.process_time() - start
    used = memory() - before if port is None else redis_memory(port)
    new = [(article, signature_of(article)) for article in generated(range(GENERATED, GENERATED + 500))]
    lookup, inserting = clocked(query, new), clocked(insert, new)
    # A server works in its own process, so that only the wall clock tells what an answer costs.
    at = 1 if port else 0
    return {"cold": 0.0 if port else loading, "lookup": lookup[at], "insert": inserting[at], "memory": used}


def clocked(work: Callable[[Any], object], items: Sequence[Any], per: int | None = None) -> tuple[float, float]:
    """Seconds of the processor, and of the clock on the wall, for each item."""
    start, wall = time.process_time(), time.perf_counter()
    for item in items:
        work(item)
    count = per or len(items)
    return (time.process_time() - start) / count, (time.perf_counter() - wall) / count


def memory() -> int:
    """Bytes of memory that are this process's, those of mapped files left out."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssAnon"].split()[0]) * 1024


@contextmanager
def redis_on_loopback(program: str) -> Iterator[int]:
    """The port of a Redis server of our own, which keeps nothing on disk."""
    redis = import_module("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port)
        for _ in range(100):
            with suppress(redis.ConnectionError):
                client.ping()
                break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def redis_memory(port: int) -> int:
    """Bytes that the server holds."""
    redis = import_module("redis")
    return int(redis.Redis(port=port).info("memory")["used_memory"])


if __name__ == "__main__":
    main()
