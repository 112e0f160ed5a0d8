"""The ways to keep articles that `benchmarks/archive.py` measures: Breachwire's archive, plain Parquet files, a Delta
Lake table, a JSON object an article. Each in a folder or in an S3 bucket."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import boto3
import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs as pafs
import pyarrow.parquet as pq

from archive import Article, SegmentLimits, SegmentWriter, open_archive, open_bucket
from archive.layout import new_run_id
from archive.records import from_json, to_json
from archive.selection import INCLUDES
from archive.tables import article_schema, as_row


class Peer(Protocol):
    """One way to keep articles. All but `append` give the number of articles that they found."""

    name: str

    def append(self, articles: list[Article], when: datetime) -> None:
        """What a run that ended then has taken in, durable and seen by readers on return."""

    def count(self) -> int:
        """From what lists the articles, without reading them if that can be done."""

    def day(self, day: date) -> int:
        """Those that were fetched on that day, every field of them."""

    def aggregate(self) -> int:
        """A count by source."""

    def scan(self) -> int:
        """Every field of every article."""


class Breachwire:
    """The archive itself."""

    name = "Breachwire"

    def __init__(self, place: str) -> None:
        self.uri = place
        self._archive = open_archive(place)

    def append(self, articles: list[Article], when: datetime) -> None:
        limits = SegmentLimits(articles=len(articles), size=2**40)
        writer = SegmentWriter(self._archive.bucket, new_run_id(when), limits=limits, clock=lambda: when)
        for article in articles:
            writer.add(article)
        writer.flush()

    def count(self) -> int:
        return sum(commit.rows for commit in self._archive.commits())

    def day(self, day: date) -> int:
        return sum(1 for _ in self._archive.articles(since=day, until=day, include=INCLUDES))

    def aggregate(self) -> int:
        found = self._archive.articles(include=INCLUDES).read_ahead(4)
        rows = found.duckdb(columns=("source",)).execute("SELECT source, count(*) FROM articles GROUP BY source")
        return sum(int(count) for _, count in rows.fetchall())

    def aggregate_shown(self) -> int:
        """The same of what is shown unless it is asked for."""
        rows = self._archive.duckdb(columns=("source",)).execute(
            "SELECT source, count(*) FROM articles GROUP BY source"
        )
        return sum(int(count) for _, count in rows.fetchall())

    def scan(self) -> int:
        return sum(1 for _ in self._archive.articles(include=INCLUDES).read_ahead(4))


class PlainParquet:
    """A Parquet file a run, in a folder a day."""

    name = "Parquet files"

    def __init__(self, place: str) -> None:
        self._fs, self._root = _file_system(place)
        self._number = 0

    def append(self, articles: list[Article], when: datetime) -> None:
        folder = f"{self._root}/dt={when:%Y-%m-%d}"
        self._fs.create_dir(folder)
        self._number += 1
        pq.write_table(_table(articles), f"{folder}/{self._number:06}.parquet", filesystem=self._fs, compression="zstd")

    def count(self) -> int:
        return int(self._dataset().count_rows())

    def day(self, day: date) -> int:
        wanted = ds.field("dt") == day.isoformat()
        return len(self._dataset().to_table(filter=wanted).to_pylist())

    def aggregate(self) -> int:
        return _counted(self._dataset())

    def scan(self) -> int:
        return sum(len(batch.to_pylist()) for batch in self._dataset().to_batches())

    def _dataset(self) -> Any:
        layout = ds.partitioning(pa.schema([("dt", pa.string())]), flavor="hive")
        return ds.dataset(self._root, filesystem=self._fs, partitioning=layout, format="parquet")


class SyncedParquet(PlainParquet):
    """The same, but on the disk when `append` returns, as Breachwire's commits are."""

    name = "Parquet, synced"

    def append(self, articles: list[Article], when: datetime) -> None:
        super().append(articles, when)
        if isinstance(self._fs, pafs.LocalFileSystem):
            folder = Path(f"{self._root}/dt={when:%Y-%m-%d}")
            for path in (folder / f"{self._number:06}.parquet", folder):
                descriptor = os.open(path, os.O_RDONLY)
                os.fsync(descriptor)
                os.close(descriptor)


class Delta:
    """A Delta Lake table, appended to by each run."""

    name = "Delta Lake"

    def __init__(self, place: str) -> None:
        self._uri = place
        self._options = {"AWS_ALLOW_HTTP": "true", "AWS_CONDITIONAL_PUT": "etag"} if place.startswith("s3://") else None
        if self._options is None:
            Path(place).mkdir(parents=True)

    def append(self, articles: list[Article], when: datetime) -> None:
        from deltalake import write_deltalake

        table = _table(articles)
        days = pa.array([f"{when:%Y-%m-%d}"] * len(articles), pa.string())
        dated = table.append_column("dt", days)
        write_deltalake(self._uri, dated, mode="append", partition_by=["dt"], storage_options=self._options)

    def count(self) -> int:
        return int(self._dataset().count_rows())

    def day(self, day: date) -> int:
        return len(self._dataset().to_table(filter=ds.field("dt") == day.isoformat()).to_pylist())

    def aggregate(self) -> int:
        return _counted(self._dataset())

    def scan(self) -> int:
        return sum(len(batch.to_pylist()) for batch in self._dataset().to_batches())

    def _dataset(self) -> Any:
        from deltalake import DeltaTable

        return DeltaTable(self._uri, storage_options=self._options).to_pyarrow_dataset()


class JsonObjects:
    """A JSON object an article, in a folder a day; as files, they are not synced."""

    name = "JSON objects"

    def __init__(self, place: str) -> None:
        self._place = place
        self._bucket = open_bucket(place)

    def append(self, articles: list[Article], when: datetime) -> None:
        day = f"dt={when:%Y-%m-%d}"
        if self._place.startswith("s3://"):
            for article in articles:
                self._bucket.put(f"{day}/{article.id}.json", to_json(article))
            return
        folder = Path(self._place) / day
        folder.mkdir(parents=True, exist_ok=True)
        for article in articles:
            (folder / f"{article.id}.json").write_bytes(to_json(article))

    def count(self) -> int:
        return sum(1 for _ in self._bucket.list())

    def day(self, day: date) -> int:
        return sum(1 for _ in self._articles(f"dt={day.isoformat()}/"))

    def aggregate(self) -> int:
        return Counter(article.source for article in self._articles("")).total()

    def scan(self) -> int:
        return sum(1 for _ in self._articles(""))

    def _articles(self, prefix: str) -> Iterator[Article]:
        return (from_json(self._bucket.get(key)) for key, _size in self._bucket.list(prefix))


PEERS: tuple[type[Breachwire | PlainParquet | Delta | JsonObjects], ...] = (
    Breachwire,
    PlainParquet,
    SyncedParquet,
    Delta,
    JsonObjects,
)


def _table(articles: list[Article]) -> Any:
    return pa.Table.from_pylist([as_row(article) for article in articles], schema=article_schema(pa))


def _counted(dataset: Any) -> int:
    with duckdb.connect() as connection:
        connection.register("articles", dataset)
        rows = connection.execute("SELECT source, count(*) FROM articles GROUP BY source").fetchall()
    return sum(int(count) for _, count in rows)


def _file_system(place: str) -> tuple[Any, str]:
    if not place.startswith("s3://"):
        return pafs.LocalFileSystem(), place
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    return pafs.S3FileSystem(endpoint_override=endpoint, allow_bucket_creation=False), place.removeprefix("s3://")


def new_place(folder: Path, endpoint: str | None, name: str) -> str:
    """A place of its own for a peer: below the folder, or a new bucket."""
    if endpoint is None:
        return str(folder / name)
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=name)
    return f"s3://{name}/articles"


def days_of(year: int, runs: int) -> Iterator[datetime]:
    """The ends of so many runs, evenly over a year."""
    begin = datetime.fromisoformat(f"{year}-01-01T00:00:00+00:00")
    return (begin + timedelta(days=365) * (number + 0.5) / runs for number in range(runs))
