"""DuckDB over the tables of a folder archive: it reads them itself, and is told which of their rows do not count.

Of the days that a compaction has settled (`archive.settled`) these rows are written down. What came later is read
record by record, as everywhere; of the settled rows only those are looked at that it may speak of. All text in the SQL
is quoted by `_text`: names of columns are of the schema.
"""

# ruff: noqa: S608
from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from archive.articles import Articles
from archive.bucket import Bucket, folder_of
from archive.choice import Choice
from archive.live import commit_keys
from archive.records import Article, Dedup
from archive.selection import Selection
from archive.settled import Settled, read_settled, row_schema
from archive.standing import cluster_of, is_copy
from archive.tables import Columns, article_schema, batches, need
from archive.tombstone import Tombstones

_GLOB = frozenset("*?[]{}")


def scanned(bucket: Bucket, wanted: Selection, columns: Columns) -> Any | None:
    """A DuckDB connection with the view `articles` of the articles that are wanted, whenever they were fetched. None
    where the tables do not serve for it: the archive lies in a bucket, or something in its compacted days has changed
    since they were settled."""
    duckdb, pa = need("duckdb", "duckdb"), need("pyarrow", "arrow")
    schema = article_schema(pa, columns)
    root = None if "://" in bucket.uri else folder_of(bucket.uri)
    if root is None or not _GLOB.isdisjoint(str(root)):
        return None
    keys, erased = list(commit_keys(bucket)), Tombstones.of(bucket)
    settled = read_settled(bucket, keys, erased)
    files = _files(root, settled) if settled else None
    if settled is None or files is None:
        return None
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE SCHEMA breachwire")
    changed = settled.rows.append_column("filename", pa.array(files, pa.string()).take(settled.rows["table"]))
    _keep(connection, "changed", changed.select(_change_schema(pa).names))
    has_tail = any(key.day >= settled.head.before for key in keys)
    if has_tail:
        tail = _Tail(bucket, wanted, Choice(wanted, erased, schema.names), settled.head.before)
        _keep(connection, "tail", pa.Table.from_batches(batches(pa, tail, schema), schema=schema))
        if not tail.is_heard(connection, files):
            return None
    parts = [_settled_part(connection, files, wanted, schema.names)]
    parts += [f"SELECT {_listed(schema.names)} FROM breachwire.tail"] if has_tail else []
    connection.execute("CREATE VIEW articles AS " + " UNION ALL ".join(filter(None, parts)))
    return connection


def _files(root: Path, settled: Settled) -> list[str] | None:
    """The paths of the tables; None when one of them is not there any more, as it was."""
    files = [(f"{root}/{key}", size) for key, size in settled.tables]
    try:
        return [path for path, _ in files] if all(Path(path).stat().st_size == size for path, size in files) else None
    except FileNotFoundError:
        return None


def _change_schema(pa: Any) -> Any:
    """As `row_schema`, with the path of the table for its number."""
    return row_schema(pa).remove(0).append(pa.field("filename", pa.string()))


class _Tail:
    """The articles of the days that are not settled, as far as they are wanted, the newest first; and what all records
    there say of settled ones, once they were iterated over."""

    def __init__(self, bucket: Bucket, wanted: Selection, choice: Choice, begins: date) -> None:
        self._articles = Articles(bucket, wanted, days=(begins, date.max))
        self._choice = choice
        self._ids: set[str] = set()

    def __iter__(self) -> Iterator[Article]:
        for segment in self._articles.segments():
            self._ids.update(article.id for article in segment)
            yield from filter(None, map(self._choice.one, reversed(segment)))

    def is_heard(self, connection: Any, files: list[str]) -> bool:
        """Notes in `changed` which rows of the tables these records hide or move. False where that cannot be told: a
        newer record takes back what a row has said of older ones."""
        pa = need("pyarrow", "arrow")
        now = []
        for row in self._spoken_of(connection, files):
            standing = self._standing(row)
            if standing is None:
                return False
            now.append(standing)
        connection.register("now", pa.Table.from_pylist(now, schema=_change_schema(pa)))
        connection.execute(
            "DELETE FROM breachwire.changed AS old USING now WHERE (old.filename, old.row) = (now.filename, now.row)"
        )
        connection.execute("INSERT INTO breachwire.changed SELECT * FROM now")
        connection.unregister("now")
        return True

    def _spoken_of(self, connection: Any, files: list[str]) -> list[dict[str, Any]]:
        """The rows of the tables that stand so far, and that these records may speak of, with their standing so far."""
        pa, newer = need("pyarrow", "arrow"), self._choice.newer
        asked = {"ids": self._ids, "pages": newer.revised, "clusters": newer.leading}
        for name, values in asked.items():
            _keep(connection, name, pa.table({"name": pa.array(list(values), pa.string())}))
        ids, pages, clusters = (f"(FROM breachwire.{name})" for name in asked)
        spoken = [f"id IN {ids}"]
        spoken += [f"url IN {pages} OR canonical_url IN {pages}"] if newer.revised else []
        spoken += [f"coalesce(nullif(dedup.cluster, ''), id) IN {clusters}"] if newer.leading else []
        found = connection.execute(
            f"SELECT t.filename, t.file_row_number AS row, id, url, canonical_url, dedup.verdict AS was_verdict, "
            f"dedup.duplicate_of AS was_copy_of, dedup.cluster AS was_cluster, c.revised, c.moved, c.verdict, "
            f"c.duplicate_of FROM {_read(files, _FILE)} AS t {_CHANGES} "
            f"WHERE NOT coalesce(c.hidden, false) AND ({' OR '.join(spoken)})"
        )
        names = [column[0] for column in found.description]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]

    def _standing(self, row: dict[str, Any]) -> dict[str, Any] | None:
        newer = self._choice.newer
        dedup = Dedup(verdict=row["was_verdict"], duplicate_of=row["was_copy_of"], cluster=row["was_cluster"])
        names = {name: row[name] for name in ("id", "url", "canonical_url")}
        article = Article(**names, source="", fetched="", dedup=dedup)
        is_led = cluster_of(article) in newer.leading
        hidden = newer.has(article)
        leads = not is_copy(dedup) and cluster_of(article) != article.id
        if hidden and ((dedup.verdict == "revision" and not newer.replaces(article)) or (leads and not is_led)):
            return None
        standing = {name: row[name] for name in ("filename", "row", "moved", "verdict", "duplicate_of")}
        if is_led:
            now = newer.today(article).dedup
            standing |= {"moved": now is not dedup, "verdict": now.verdict, "duplicate_of": now.duplicate_of}
        return standing | {"hidden": hidden, "revised": bool(row["revised"]) or newer.replaces(article)}


# -- SQL -------------------------------------------------------------------------------------------------------------

_FILE = "filename = true, file_row_number = true"
_CHANGES = "LEFT JOIN breachwire.changed AS c ON c.filename = t.filename AND c.row = t.file_row_number"
_MOVED = """CASE WHEN c.moved THEN struct_pack(verdict := c.verdict, duplicate_of := c.duplicate_of,
 cluster := t.dedup.cluster, evidence := t.dedup.evidence) ELSE t.dedup END AS dedup"""


def _keep(connection: Any, name: str, table: Any) -> None:
    """A table of DuckDB's own, under the schema `breachwire`."""
    connection.register("kept", table)
    connection.execute(f"CREATE TABLE breachwire.{name} AS SELECT * FROM kept")
    connection.unregister("kept")


def _settled_part(connection: Any, files: list[str], wanted: Selection, columns: list[str]) -> str:
    """The rows of the tables that are wanted: of those in which all rows stand as they were archived, of the others."""
    touched = {name for (name,) in connection.execute("SELECT DISTINCT filename FROM breachwire.changed").fetchall()}
    parts = []
    if same := [file for file in files if file not in touched]:
        where = _where(wanted, "dedup.verdict", "dedup.duplicate_of")
        parts.append(f"SELECT {_listed(columns)} FROM {_read(same)} AS t{_and(where)}")
    if touched:
        where = ["NOT coalesce(c.hidden, false)"]
        where += ["NOT coalesce(c.revised, false)"] if wanted.leaves_out_revised else []
        verdict, copy_of = (f"CASE WHEN c.moved THEN c.{name} ELSE t.dedup.{name} END" for name in _DEDUP)
        where += _where(wanted, verdict, copy_of)
        shown = ", ".join(_MOVED if name == "dedup" else f't."{name}"' for name in columns)
        parts.append(f"SELECT {shown} FROM {_read(sorted(touched), _FILE)} AS t {_CHANGES}{_and(where)}")
    return " UNION ALL ".join(parts)


_DEDUP = ("verdict", "duplicate_of")


def _where(wanted: Selection, verdict: str, copy_of: str) -> list[str]:
    """`Selection.takes` in SQL."""
    found = []
    if "duplicates" not in wanted.include:
        found += [f"({verdict}) <> 'duplicate'", f"({copy_of}) IS NULL"]
    if "related" not in wanted.include:
        found.append(f"({verdict}) <> 'related'")
    if wanted.source is not None:
        found.append(f"t.source = {_text(wanted.source)}")
    if wanted.language is not None:
        found.append(f"starts_with(lower(t.language) || '-', lower({_text(wanted.language)}) || '-')")
    if wanted.topic is not None:
        found.append(f"t.relevance.topic = {_text(wanted.topic)} AND t.relevance.verdict <> 'no'")
    return found


def _and(conditions: list[str]) -> str:
    return " WHERE " + " AND ".join(conditions) if conditions else ""


def _read(files: list[str], more: str = "") -> str:
    options = ", ".join(filter(None, ("hive_partitioning = false", more)))
    return f"read_parquet([{', '.join(map(_text, files))}], {options})"


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
