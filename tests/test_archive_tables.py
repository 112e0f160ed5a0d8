"""Articles as tables of the libraries that people read them with."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest

from archive import Archive, ArchiveError, Article, open_archive
from tests.archive_samples import article, store


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    rich = msgspec.structs.replace(article("a"), facts={"affected": {"value": 40_000}}, authors=("A. Nonymous",))
    filled = open_archive(tmp_path)
    store(filled.bucket, rich, article("b", language="ja"), article("c", verdict="duplicate"))
    return filled


def test_articles_are_a_table_in_each_library(archive: Archive) -> None:
    table = archive.to_arrow()
    assert table.column_names == [field.name for field in msgspec.structs.fields(Article)]
    assert table["id"].to_pylist() == [article("b", language="ja").id, article("a").id]
    assert json.loads(table["facts"][1].as_py()) == {"affected": {"value": 40_000}}
    assert archive.to_pandas()["authors"][1].tolist() == ["A. Nonymous"]
    assert archive.to_polars()["relevance"].struct.field("score").to_list() == [2.5, 2.5]
    query = "SELECT language, count(*) FROM articles GROUP BY language ORDER BY language"
    assert archive.duckdb().execute(query).fetchall() == [("en", 1), ("ja", 1)]


def test_a_selection_is_a_table_too_and_may_be_empty(archive: Archive) -> None:
    assert archive.articles(language="ja").to_arrow().num_rows == 1
    assert archive.articles(language="fr").to_pandas().shape == (0, 29)


def test_a_library_that_is_not_installed_is_named_with_the_command(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("pyarrow", "pandas", "polars", "duckdb"):
        monkeypatch.setitem(sys.modules, library, None)
    for name, method in [
        ("pandas", archive.to_pandas),
        ("duckdb", archive.duckdb),
        ("arrow", archive.to_arrow),
    ]:
        with pytest.raises(ArchiveError, match=rf"pip install 'breachwire\[{name}\]'"):
            method()
