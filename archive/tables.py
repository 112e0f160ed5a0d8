"""Articles as tables: Arrow, pandas, Polars, DuckDB. The libraries are extras, imported when they are asked
for."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import msgspec

from archive.errors import ArchiveError
from archive.records import Article

_BATCH = 1000


class Tables(ABC):
    """What every iterable of articles offers: itself as a table, one row an article, columns as in the
    record.

    Dates are text, as in the record; `facts` and `extra` are JSON text, for they differ from article to
    article. Each method raises `ArchiveError` with the command to install what is missing.
    """

    @abstractmethod
    def __iter__(self) -> Iterator[Article]: ...

    def to_arrow(self, columns: Sequence[str] | None = None) -> Any:
        """A `pyarrow.Table` of these columns, in this order; of all of them if none are named.

        Of an archive that was compacted only the days and columns that are asked for are read.
        """
        pa = need("pyarrow", "arrow")
        schema = article_schema(pa)
        table = pa.Table.from_batches(batches(pa, self, schema), schema=schema)
        return table.select(list(columns)) if columns else table

    def to_pandas(self, columns: Sequence[str] | None = None) -> Any:
        """A `pandas.DataFrame`."""
        need("pandas", "pandas")
        return self.to_arrow(columns).to_pandas()

    def to_polars(self, columns: Sequence[str] | None = None) -> Any:
        """A `polars.DataFrame`."""
        return need("polars", "polars").from_arrow(self.to_arrow(columns))

    def duckdb(self, columns: Sequence[str] | None = None) -> Any:
        """A `duckdb.DuckDBPyConnection`, in memory, with the table `articles`."""
        connection = need("duckdb", "duckdb").connect(":memory:")
        connection.register("articles", self.to_arrow(columns))
        return connection


def write_parquet(articles: Iterable[Article], file: IO[bytes]) -> None:
    """Write articles into a file as Parquet, compressed with zstd, with the columns of `Tables.to_arrow`.

    Holds one batch in memory. Raises `ArchiveError` when pyarrow is not installed.
    """
    pa = need("pyarrow", "arrow")
    schema = article_schema(pa)
    with need("pyarrow.parquet", "arrow").ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches(pa, articles, schema):
            writer.write_batch(batch)


def from_row(row: dict[str, Any]) -> Article:
    """The article of a row of `as_row`. Raises `ValueError` when it is none."""
    texts = {name: msgspec.json.decode(row[name]) for name in ("facts", "extra") if name in row}
    return msgspec.convert(row | texts, Article)


def batches(pa: Any, articles: Iterable[Article], schema: Any) -> Iterator[Any]:
    rest = iter(articles)
    while rows := [as_row(article) for article in islice(rest, _BATCH)]:
        yield pa.RecordBatch.from_pylist(rows, schema=schema)


def need(module: str, extra: str) -> Any:
    """A library that is an extra. Raises `ArchiveError` with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ArchiveError(f"{module} is not installed; run: pip install 'breachwire[{extra}]'") from error


def is_installed(module: str) -> bool:
    """Whether a library that is an extra is there."""
    return sys.modules.get(module, ...) is not None and importlib.util.find_spec(module) is not None


def as_row(article: Article) -> dict[str, Any]:
    """The article as a row: `facts` and `extra` as JSON text."""
    row: dict[str, Any] = msgspec.to_builtins(article)
    for name in ("facts", "extra"):
        row[name] = msgspec.json.encode(row[name]).decode()
    return row


def article_schema(pa: Any) -> Any:
    """The columns of a table of articles, in their order."""
    text, real, whole = pa.string(), pa.float64(), pa.int64()
    texts = pa.list_(text)
    phrase = pa.struct({"phrase": text, "zone": text, "weight": real})
    evidence = pa.struct({"containment": real, "lead": real, "conflict": real, "jaccard": real})
    columns = {
        "schema": pa.int32(),
        "id": text,
        "url": text,
        "canonical_url": text,
        "source": text,
        "title": text,
        "text": pa.large_string(),
        "markdown": pa.large_string(),
        "summary": text,
        "authors": texts,
        "published": text,
        "modified": text,
        "language": text,
        "image": text,
        "tags": texts,
        "access": text,
        "rights": texts,
        "fetched": text,
        "discovered_by": text,
        "http": pa.struct({"status": pa.int32(), "etag": text, "last_modified": text, "content_type": text}),
        "relevance": pa.struct({"topic": text, "score": real, "verdict": text, "evidence": pa.list_(phrase)}),
        "dedup": pa.struct({"verdict": text, "duplicate_of": text, "cluster": text, "evidence": evidence}),
        "story": text,
        "facts": text,
        "capture": pa.struct({"warc": text, "offset": whole, "length": whole, "digest": text}),
        "removed": pa.list_(pa.struct({"kind": text, "length": whole, "start": text})),
        "versions": pa.struct({"breachwire": text, "extractor": text, "topic": text, "signature": text}),
        "signature": text,
        "extra": text,
    }
    return pa.schema(list(columns.items()))
