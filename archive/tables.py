"""Articles as tables: Arrow, pandas, Polars, DuckDB, Hugging Face. The libraries are extras, imported when needed."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import msgspec

from archive.errors import ArchiveError, InvalidQuery
from archive.records import Article

_BATCH = 1000

Columns = Sequence[str] | None


class Tables(ABC):
    """What every iterable of articles offers: itself as a table, one row an article, columns as in the record.

    `columns` names those that are wanted, all of them if it is left out. Dates are text, as in the record; `facts` and
    `extra` are JSON text, for they differ from article to article. Each method raises `InvalidQuery` for a column that
    no record has, and `ArchiveError` with the command to install what is missing.
    """

    @abstractmethod
    def __iter__(self) -> Iterator[Article]: ...

    def to_batches(self, columns: Columns = None) -> Iterator[Any]:
        """The table as `pyarrow.RecordBatch`es of up to 1,000 rows, made as they are asked for.

        Of an archive that was compacted only the days and columns that are asked for are read.
        """
        pa = need("pyarrow", "arrow")
        return batches(pa, self, article_schema(pa, columns))

    def to_arrow(self, columns: Columns = None) -> Any:
        """A `pyarrow.Table`."""
        pa = need("pyarrow", "arrow")
        return pa.Table.from_batches(self.to_batches(columns), schema=article_schema(pa, columns))

    def to_pandas(self, columns: Columns = None) -> Any:
        """A `pandas.DataFrame`."""
        need("pandas", "pandas")
        return self.to_arrow(columns).to_pandas()

    def to_polars(self, columns: Columns = None) -> Any:
        """A `polars.DataFrame`."""
        return need("polars", "polars").from_arrow(self.to_arrow(columns))

    def to_dataset(self, columns: Columns = None) -> Any:
        """A `datasets.Dataset` of Hugging Face's library."""
        return need("datasets", "datasets").Dataset(self.to_arrow(columns))

    def duckdb(self, columns: Columns = None) -> Any:
        """A `duckdb.DuckDBPyConnection`, in memory, with the table `articles`."""
        connection = need("duckdb", "duckdb").connect(":memory:")
        connection.register("articles", self.to_arrow(columns))
        return connection


def write_parquet(articles: Iterable[Article], file: IO[bytes]) -> int:
    """Write articles into a file as Parquet, compressed with zstd, with the columns of `Tables.to_arrow`; their number.

    Holds one batch in memory. Raises `ArchiveError` when pyarrow is not installed.
    """
    pa = need("pyarrow", "arrow")
    schema = article_schema(pa)
    rows = 0
    with need("pyarrow.parquet", "arrow").ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in batches(pa, articles, schema):
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def from_row(row: dict[str, Any]) -> Article:
    """The article of a row of `as_row`. Raises `ValueError` when it is none."""
    texts = {name: msgspec.json.decode(row[name]) for name in ("facts", "extra") if name in row}
    return msgspec.convert(row | texts, Article)


def batches(pa: Any, articles: Iterable[Article], schema: Any) -> Iterator[Any]:
    """The articles as record batches with the columns of the schema, made as they are asked for."""
    rest = iter(articles)
    while rows := list(islice(rest, _BATCH)):
        arrays = [pa.array([_cell(article, field.name) for article in rows], field.type) for field in schema]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cell(article: Article, column: str) -> Any:
    value = getattr(article, column)
    if column in ("facts", "extra"):
        return msgspec.json.encode(value).decode()
    return value if isinstance(value, (str, int)) else msgspec.to_builtins(value)


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
    return {name: _cell(article, name) for name in article.__struct_fields__}


def article_schema(pa: Any, wanted: Columns = None) -> Any:
    """The columns of a table of articles, those that are wanted in the order asked for."""
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
    if unknown := [name for name in wanted or () if name not in columns]:
        raise InvalidQuery(f"columns: {unknown[0]!r} is none of {', '.join(columns)}")
    return pa.schema([(name, columns[name]) for name in wanted or columns])
