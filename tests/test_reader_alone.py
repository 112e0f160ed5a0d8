"""The `archive` package by itself: with nothing but msgspec, lazily, in bounded memory; and followed over restarts."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import tracemalloc
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import archive as package
from archive import Archive, Article, InvalidQuery, SegmentLimits, SegmentWriter, open_archive
from archive.id_set import IdSet
from archive.records import DedupVerdict
from archive.tombstone import mark, put_tombstones
from tests.archive_samples import NOON, article, at, days, store

# ---------------------------------------------------------------- alone


CRAWLING = (
    *("scrapy", "twisted", "w3lib", "trafilatura", "htmldate", "courlan", "lxml", "datasketch", "xxhash", "feedparser"),
    *("pebble", "jinja2", "waitress", "pipelines", "crawler", "spiders"),
)
"""What crawls, cleans and serves: packages of others and of Breachwire."""

BLOCKED = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {CRAWLING!r}:
            raise ModuleNotFoundError(f"{{name}} is not installed here", name=name)
sys.meta_path.insert(0, Blocked())
"""
READ = """
from archive import open_archive, Article
archive = open_archive(ARCHIVE)
(found,) = archive.articles(since="2026-02-01", language="en")
assert isinstance(found, Article)
assert [hit.article.id for hit in archive.search("流出")] == [found.id]
assert [len(batch.articles) for batch in archive.follow()] == [2]
"""


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of an article and a copy."""
    folder = tmp_path_factory.mktemp("wire")
    store(open_archive(folder).bucket, article("a", text="個人情報が流出した。"), article("b", verdict="duplicate"))
    return folder


def python(code: str, *options: str) -> list[str]:
    """What a Python of its own prints; it may complain of nothing."""
    done = subprocess.run([sys.executable, "-E", *options, "-c", code], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_nothing_that_crawls_is_imported_for_reading_following_searching_and_tables(wire: Path) -> None:
    """As with the extra `reader`, or with this package alone: an import of what crawls would fail."""
    pytest.importorskip("duckdb")
    pytest.importorskip("polars")
    code = f"""
{BLOCKED}
sys.path.insert(0, {str(Path(package.__file__).parent.parent)!r})
ARCHIVE = {str(wire)!r}
{READ}
every = archive.articles(include=["duplicates"])
print(every.to_arrow().num_rows, len(every.to_pandas()), every.to_polars(columns=["title"]).height)
print(every.duckdb().execute("SELECT count(*) FROM articles WHERE dedup.verdict = 'duplicate'").fetchone())
"""
    assert python(code) == ["2 2 2", "(1,)"]


def test_the_archive_package_reads_with_msgspec_as_all_that_is_installed(wire: Path, tmp_path: Path) -> None:
    """A Python without site-packages, given two folders: msgspec, and the package as its own distribution has it."""
    source = tmp_path / "source"
    shutil.copytree(Path(package.__file__).parent, source, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    with ZipFile(next(tmp_path.glob("breachwire_archive-*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    assert msgspec.__file__ is not None
    (tmp_path / "site" / "msgspec").symlink_to(Path(msgspec.__file__).parent)
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path / "site")!r})
ARCHIVE = {str(wire)!r}
{READ}
try:
    archive.to_pandas()
except Exception as error:
    print(error)
print(sorted({{name.partition(".")[0] for name, module in sys.modules.items()
               if str(getattr(module, "__file__", "")).startswith({str(tmp_path)!r})}}))
"""
    assert python(code, "-S") == [
        "pandas is not installed; run: pip install 'breachwire[pandas]'",
        "['archive', 'msgspec']",
    ]


def test_the_archive_s_own_distribution_has_the_packages_and_ranges_of_the_whole() -> None:
    folder = Path(package.__file__).parent
    told = tomllib.loads((folder / "pyproject.toml").read_text())
    whole = tomllib.loads((folder.parent / "pyproject.toml").read_text())["project"]
    packages = {".".join(path.parent.relative_to(folder.parent).parts) for path in folder.rglob("__init__.py")}
    assert set(told["tool"]["setuptools"]["packages"]) == packages
    assert told["project"]["version"] == whole["version"]
    ranges = {line for lines in whole["optional-dependencies"].values() for line in lines} | set(whole["dependencies"])
    extras = told["project"]["optional-dependencies"]
    own = {line for name, lines in extras.items() if name != "reader" for line in lines}
    assert own | set(told["project"]["dependencies"]) <= ranges


# ---------------------------------------------------------------- lazily


def fill(archive: Archive, count: int) -> None:
    """Articles of 20 kB in segments of 25."""
    writer = SegmentWriter(archive.bucket, limits=SegmentLimits(articles=25), clock=at(NOON))
    for number in range(count):
        if writer.add(article(f"a{number}", text=f"{number} lost records. " * 1200)):
            writer.flush()
    writer.flush()


def peak(archive: Archive) -> int:
    """The most bytes of memory that iterating took at any time."""
    tracemalloc.start()
    try:
        for _ in archive.articles(language="en"):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_iterating_takes_the_memory_of_a_segment_however_long_the_archive_is(tmp_path: Path) -> None:
    short, long = open_archive(tmp_path / "short"), open_archive(tmp_path / "long")
    fill(short, 100)
    fill(long, 800)
    _, _ = peak(short), peak(long)  # what is imported and remembered at first use is not counted
    more = peak(long) - peak(short)
    assert more < 700 * 300  # what tells that an id came before, and 28 commits; the articles themselves are 14 MB


@given(st.lists(st.text("0123456789abcdef", min_size=20, max_size=20) | st.text(max_size=21)))
def test_the_set_of_ids_is_a_set(added: list[str]) -> None:
    ids, plain = IdSet(), set[str]()
    for name in added:
        assert (name in ids) == (name in plain)
        ids.add(name)
        plain.add(name)
    assert len(ids) == len(plain)


def test_the_set_of_ids_takes_little_memory_also_where_the_ids_were_made_up_to_meet() -> None:
    tracemalloc.start()
    try:
        ids = IdSet()
        for number in range(20_000):
            ids.add(f"{number:020x}")
        assert tracemalloc.get_traced_memory()[0] < 20_000 * 35
    finally:
        tracemalloc.stop()
    assert all(f"{number:020x}" in ids for number in range(20_000))
    assert f"{20_000:020x}" not in ids


def test_batches_are_made_as_they_are_asked_for_with_the_columns_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    archive = open_archive(tmp_path)
    store(archive.bucket, article("a"), article("b"))
    (batch,) = archive.articles().to_batches(["title", "published"])
    assert batch.to_pydict() == {"title": ["Breach at b", "Breach at a"], "published": [None, None]}
    assert archive.to_pandas(columns=["id"]).shape == (2, 1)
    assert archive.to_polars(columns=["source"]).columns == ["source"]
    assert archive.duckdb(columns=["source"]).execute("SELECT * FROM articles").fetchall() == [("harbour-post",)] * 2
    with pytest.raises(InvalidQuery, match="'tittle' is none of schema, id"):
        archive.to_arrow(["tittle"])


def test_articles_are_a_data_set_of_hugging_face(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    archive = open_archive(tmp_path)
    store(archive.bucket, article("a"), article("b"))
    assert archive.to_dataset(columns=["title"])[:] == {"title": ["Breach at b", "Breach at a"]}


# ---------------------------------------------------------------- followed


def names(articles: tuple[Article, ...]) -> str:
    return "".join(each.canonical_url.split("/")[2].split(".")[0] for each in articles)


def test_following_gives_each_segment_once_over_restarts(tmp_path: Path) -> None:
    """Stopped after each batch, with only the cursor kept."""
    archive = open_archive(tmp_path)
    for number, name in enumerate("abcdef"):
        store(archive.bucket, article(name), when=NOON + days(number))
    cursor, seen = None, ""
    for _ in range(6):
        batch = next(open_archive(tmp_path).follow(cursor))
        seen, cursor = seen + names(batch.articles), batch.cursor
    assert seen == "abcdef"
    assert list(archive.follow(cursor)) == []
    store(archive.bucket, article("g"), article("h"), when=NOON + days(1))  # of a run that was slow
    assert [names(batch.articles) for batch in archive.follow(cursor)] == []  # settled: days back
    store(archive.bucket, article("i"), when=NOON + days(5))
    assert [names(batch.articles) for batch in archive.follow(cursor)] == ["i"]


def test_following_delivers_copies_and_new_versions_as_such(tmp_path: Path) -> None:
    archive, first = open_archive(tmp_path), article("a")
    verdicts: list[tuple[str, DedupVerdict]] = [("b", "duplicate"), ("c", "related"), ("d", "revision")]
    store(
        archive.bucket,
        first,
        *(article(n, verdict=v, duplicate_of=first.id if n == "b" else None) for n, v in verdicts),
    )
    store(archive.bucket, msgspec.structs.replace(first, title="Amended"), when=NOON + timedelta(hours=1))
    one, two = archive.follow()
    assert [each.dedup.verdict for each in one.articles] == ["unique", "duplicate", "related", "revision"]
    assert one.articles[1].dedup.duplicate_of == first.id
    assert [(each.id, each.title) for each in two.articles] == [(first.id, "Amended")]
    assert one.written < two.written


def test_a_follower_s_cursor_is_one_for_articles_after_too(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    store(archive.bucket, article("a"))
    store(archive.bucket, article("b"), when=NOON + days(1))
    first = next(archive.follow())
    assert names(tuple(archive.articles_after(first.cursor).articles)) == "b"
    assert list(archive.follow(archive.articles_after(None).cursor)) == []
    with pytest.raises(InvalidQuery, match="cursor"):
        next(archive.follow("nonsense"))


def test_following_delivers_what_was_erased_once(tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    store(archive.bucket, article("a"), article("b"))
    (batch,) = archive.follow()
    mine = list(batch.articles)
    put_tombstones(archive.bucket, [mark("id", article("a").id)], "2026-02-02T00:00:00Z")
    put_tombstones(archive.bucket, [mark("domain", "c.example")], "2026-02-03T00:00:00Z")
    store(archive.bucket, article("c"), article("d"), when=NOON + days(1))
    erasing, bringing = archive.follow(batch.cursor)
    assert (erasing.articles, erasing.written) == ((), "2026-02-03T00:00:00Z")
    assert [erasing.erased.hides(each) for each in (*mine, article("c"))] == [True, False, True]
    assert (names(bringing.articles), len(bringing.erased)) == ("d", 0)
    assert names(next(archive.follow(erasing.cursor)).articles) == "d"
    assert list(archive.follow(bringing.cursor)) == []
    assert list(archive.follow(archive.articles_after(bringing.cursor).cursor)) == []
