"""The commands one by one, and in a shell pipe."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from archive import open_archive, open_bucket
from archive.records import from_json
from crawler.cli import COMMANDS, FIRST_STEPS, build_parser
from crawler.cli.console import visible
from crawler.cli.formats import csv_rows, jsonl, markdown
from crawler.demo import DemoWeb, ExpectedPage
from tests.archive_s3_server import CREDENTIALS, new_bucket
from tests.archive_samples import article, store
from tests.command import Finished, breachwire, environment, write_config
from tests.trouble_site import article as page_of


class Demo:
    """The demonstration's sites, with what `breachwire fetch` needs to reach them."""

    def __init__(self, folder: Path, web: DemoWeb) -> None:
        self.web = web
        self.archive = folder / "archive"
        self.where = ["--archive", self.archive, "--config", write_config(folder / "breachwire.toml", web.sites)]

    def page(self, outcome: str, **also: str) -> ExpectedPage:
        """The first page of the first day with that outcome."""
        pages = (p for p in self.web.expected if p.day == 1 and p.outcome == outcome)
        return next(p for p in pages if all(getattr(p, key) == value for key, value in also.items()))

    def fetch(self, url: str, *more: object) -> Finished:
        return breachwire("fetch", url, *self.where, *more)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with DemoWeb() as web:
        yield Demo(tmp_path, web)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that `breachwire demo` made."""
    folder = tmp_path_factory.mktemp("demo") / "archive"
    done = breachwire("demo", "--archive", folder)
    assert done.code == 0
    assert "First crawl" in done.out
    assert str(folder) in done.out
    assert done.out.count("\n  breachwire ") == 4
    return folder


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_teaches_with_examples(command: str) -> None:
    done = breachwire(*filter(None, [command]), "--help")
    assert (done.code, done.err) == (0, "")
    assert "first steps:" in done.out or "examples:\n  " in done.out


@pytest.mark.parametrize("command", [*COMMANDS, "sources list", "sources check", "sources add", "archive erase"])
def test_the_examples_of_help_are_understood_as_they_are_printed(command: str) -> None:
    said = breachwire(*command.split(), "--help").out + FIRST_STEPS.partition("`")[0]
    for line in filter(re.compile(r"  .*\bbreachwire ").match, said.partition("examples:\n")[2].splitlines()):
        words = shlex.shlex(line, posix=True, punctuation_chars="|&>;")
        words.whitespace_split = True
        typed = list(itertools.takewhile(lambda word: word[0] not in "|&>;", words))
        if "breachwire" in typed:
            at = len(typed) - typed[::-1].index("breachwire")
            assert build_parser().parse_args(typed[at:])


@pytest.mark.parametrize(
    "arguments", [["--help"], ["read", "--archive", "ARCHIVE"], ["crawl", "--help"], ["classify", "/dev/null"]]
)
def test_what_does_not_crawl_does_not_import_scrapy(arguments: list[str], archive: Path) -> None:
    script = (
        "import sys\nfrom crawler.cli import main\n"
        f"sys.argv[1:] = {[str(archive) if a == 'ARCHIVE' else a for a in arguments]!r}\n"
        "try: main()\nexcept SystemExit: pass\n"
        "bad = {'scrapy', 'twisted', 'trafilatura', 'datasketch', 'boto3', 'numpy', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'imported: {bad}' if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    assert done.returncode == 0, done.stderr


def test_the_demonstration_wants_a_folder_of_its_own(archive: Path) -> None:
    done = breachwire("demo", "--archive", archive)
    assert (done.code, done.out) == (2, "")
    assert "give another --archive" in done.err


def test_nothing_but_results_is_on_standard_output_and_no_colour_is_in_a_pipe(archive: Path) -> None:
    done = breachwire("read", "--archive", archive)
    assert done.err == ""
    assert "\x1b" not in done.out
    assert len(done.lines) == len(list(open_archive(archive)))


# -- fetch ---------------------------------------------------------------------------------------------------------


def test_fetch_prints_clean_markdown_and_archives_what_is_about_a_breach(demo: Demo) -> None:
    page = demo.page("archived", site="ledger")
    done = demo.fetch(page.url)
    assert done.code == 0
    assert done.out.startswith(f"# {page.title}\n\n- source: ")
    assert all(paragraph in done.out for paragraph in page.text.split("\n\n"))
    assert "about a data breach; archived as " in done.err
    (kept,) = open_archive(demo.archive)
    assert (kept.url, kept.discovered_by) == (page.lands_on, "manual")


def test_fetch_says_that_an_article_is_a_copy_of_one_in_the_archive(demo: Demo) -> None:
    first = demo.page("archived", story="larkfield")
    copy = demo.page("duplicate", story="larkfield")
    demo.fetch(first.url)
    (kept,) = open_archive(demo.archive)
    done = demo.fetch(copy.url)
    assert f"a copy of {kept.id}" in done.err
    assert done.code == 0
    again = demo.fetch(copy.url, "--format", "json")
    assert f"a copy of {kept.id}; archived already as " in again.err
    assert again.lines[0]["dedup"]["duplicate_of"] == kept.id


def test_fetch_says_that_an_article_is_in_the_archive_already(demo: Demo) -> None:
    page = demo.page("archived", site="ledger")
    demo.fetch(page.url)
    done = demo.fetch(page.url)
    assert "archived already as " in done.err
    assert len(list(open_archive(demo.archive))) == 1


def test_fetch_prints_what_is_not_about_a_breach_and_archives_it_only_by_force(demo: Demo) -> None:
    page = demo.page("irrelevant", kind="unrelated")
    done = demo.fetch(page.url)
    assert (done.code, page.title in done.out) == (0, True)
    assert "not about a data breach; not archived" in done.err
    assert list(open_archive(demo.archive)) == []
    demo.fetch(page.url, "--force")
    assert [a.url for a in open_archive(demo.archive)] == [page.lands_on]


def test_fetch_without_an_archive_writes_nothing(demo: Demo) -> None:
    done = demo.fetch(demo.page("archived").url, "--no-archive", "--format", "json")
    assert done.lines[0]["relevance"]["verdict"] == "yes"
    assert not demo.archive.exists()


def test_fetch_prints_several_in_the_order_asked_for_and_exits_with_1_if_one_fails(demo: Demo) -> None:
    one, other = demo.page("archived", site="courier"), demo.page("archived", site="falken")
    missing = next(p for p in demo.web.expected if p.outcome.startswith("failed"))
    done = breachwire("fetch", other.url, missing.url, one.url, *demo.where, "--format", "json")
    assert [line["url"] for line in done.lines] == [other.lands_on, one.lands_on]
    assert f"{missing.url}: failed: HTTP 404" in done.err
    assert done.code == 1


def test_what_fetch_archived_is_not_fetched_again_by_the_next_crawl(demo: Demo) -> None:
    page = demo.page("archived", site="falken")
    demo.fetch(page.url)
    before = len(demo.web.hits)
    breachwire("crawl", "falken", *demo.where)
    asked = {hit.path for hit in demo.web.hits[before:] if hit.site == "falken"}
    assert asked
    assert not [path for path in asked if page.lands_on.endswith(path)]


# -- the filters ---------------------------------------------------------------------------------------------------


def test_extract_classify_and_dedup_work_in_a_shell_pipe(tmp_path: Path) -> None:
    pages = [
        {"id": 7, "url": "https://a.example/1", "html": page_of()},
        {"id": "x", "url": "https://b.example/1", "html": page_of()},
        {"id": "y", "url": "https://c.example/1", "html": ""},
    ]
    (tmp_path / "pages.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))
    python = f"{sys.executable} -m crawler"
    script = f"{python} extract pages.jsonl | {python} classify - | tee judged.jsonl | {python} dedup -"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, env=environment())
    decided = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(d["id"], d["verdict"]) for d in decided] == [(7, "unique"), ("x", "duplicate"), ("y", "unique")]
    assert decided[1]["duplicate_of"] == 7
    assert list(decided[1]) == ["id", "verdict", "duplicate_of", "cluster", "evidence"]
    judged = [json.loads(line) for line in (tmp_path / "judged.jsonl").read_text().splitlines()]
    assert [entry["relevance"]["verdict"] for entry in judged] == ["yes", "yes", "no"]
    assert judged[2]["error"] == "empty page"


def test_classify_explains_itself_on_request() -> None:
    story = {"id": 7, "title": "Bank leaks\x1b[31m customer data", "text": "Customer data was stolen from the bank."}
    done = breachwire("classify", "-", "--explain", input=json.dumps(story))
    assert (done.code, done.err) == (0, "")
    first, verdict, *evidence = done.out.splitlines()
    assert first == "7  Bank leaks\ufffd[31m customer data"
    assert verdict == "Relevance to breach: yes, score 1.00"
    zones = [line.split()[1] for line in evidence if line]
    assert (zones[0], zones[-1]) == ("title", "model")


@pytest.mark.parametrize("form", ["markdown", "text", "json", "jsonl"])
def test_extract_cleans_a_saved_page_from_a_file_or_standard_input(tmp_path: Path, form: str) -> None:
    (tmp_path / "page.html").write_text(page_of())
    from_file = breachwire("extract", "page.html", "--format", form, cwd=tmp_path)
    from_input = breachwire("extract", "-", "--format", form, input=page_of())
    assert "7,200 savers, after an attacker gained" in from_file.out
    assert (from_file.code, from_input.code) == (0, 0)
    if form in ("markdown", "text"):
        assert from_file.out == from_input.out


def test_extract_exits_with_1_if_a_page_holds_no_article(tmp_path: Path) -> None:
    (tmp_path / "empty.html").write_text("")
    done = breachwire("extract", "empty.html", cwd=tmp_path)
    assert (done.code, done.err) == (1, "breachwire: empty.html: empty page\n")


def test_a_line_that_is_no_object_is_told_and_the_others_are_judged(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "text": "a"}',
        "[1]",
        '{"id": 2}',
        '{"id": 3, "text": 3}',
        '{"id": 4, "text": "cut',
        '{"id": 5, "text": "e"}',
    ]
    (tmp_path / "lines.jsonl").write_text("\n".join(lines))
    done = breachwire("classify", "lines.jsonl", cwd=tmp_path)
    assert [line["id"] for line in done.lines] == [1, 5]
    assert [line.split(": ")[2] for line in done.err.splitlines()] == ["line 2", "line 3", "line 4", "line 5"]
    assert done.code == 1


def test_an_object_that_raw_line_breaks_have_torn_is_put_together(tmp_path: Path) -> None:
    (tmp_path / "lines.jsonl").write_text('{"id": 1, "text": "a\nb\nc"}\n{"id": 2, "text": "d"}\n')
    done = breachwire("classify", "lines.jsonl", cwd=tmp_path)
    assert [(line["id"], line["text"]) for line in done.lines] == [(1, "a\nb\nc"), (2, "d")]
    assert (done.code, done.err) == (0, "")


# -- read and show -------------------------------------------------------------------------------------------------


def test_read_leaves_copies_out_until_they_are_asked_for(archive: Path) -> None:
    kept = breachwire("read", "--archive", archive).lines
    everything = breachwire("read", "--archive", archive, "--include", "duplicates,related").lines
    assert {entry["dedup"]["verdict"] for entry in kept} <= {"unique", "revision"}
    assert len(everything) > len(kept)


def test_read_finds_the_articles_that_hold_all_words_of_a_query(archive: Path) -> None:
    found = breachwire("read", "--archive", archive, "--query", "patients CLINICS").lines
    assert found
    assert all("patients" in (e["title"] + e["text"]).lower() for e in found)
    assert breachwire("read", "--archive", archive, "--query", "patients xyzzy").lines == []


def test_read_gives_the_best_first_with_the_passage_that_fits(archive: Path) -> None:
    lines = breachwire("read", "--archive", archive, "--query", "data* -xyzzy", "--limit", "3").lines
    scores = [entry["extra"]["search"]["score"] for entry in lines]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3
    assert all("**" in entry["extra"]["search"]["snippet"] for entry in lines)
    japanese = breachwire("read", "--archive", archive, "--query", "流出", "--format", "markdown").out
    assert "- found: " in japanese
    assert "**流出**" in japanese
    assert breachwire("read", "--archive", archive, "--query", "-").code == 2


def test_a_cursor_and_a_search_go_together(archive: Path, tmp_path: Path) -> None:
    where = ["read", "--archive", archive, "--cursor", tmp_path / "wire.cursor", "--query", "clinic*"]
    first, second = breachwire(*where), breachwire(*where)
    assert {e["id"] for e in first.lines} == {
        e["id"] for e in breachwire("read", "--archive", archive, "--query", "clinic*").lines
    }
    assert (second.code, second.out) == (0, "")
    refused = breachwire(*where, "--limit", 1)
    assert (refused.code, "--limit" in refused.err) == (2, True)


def test_rebuild_makes_the_search_again(archive: Path) -> None:
    before = breachwire("read", "--archive", archive, "--query", "clinic*").lines
    database = archive / ".state" / "search.sqlite"
    database.write_bytes(b"damaged" * 5000)
    damaged = breachwire("read", "--archive", archive, "--query", "clinic*")
    assert (damaged.code, "archive rebuild" in damaged.err) == (3, True)
    assert breachwire("archive", "rebuild", "--archive", archive).code == 0
    assert database.exists()
    assert breachwire("read", "--archive", archive, "--query", "clinic*").lines == before


def test_rebuild_takes_away_what_runs_saw_only_where_it_is_damaged(archive: Path) -> None:
    health, shapes = archive / ".state" / "health.sqlite", archive / ".state" / "shapes.sqlite"
    sound = health.read_bytes()
    shapes.write_bytes(b"damaged" * 5000)
    assert breachwire("archive", "rebuild", "--archive", archive).code == 0
    assert (health.read_bytes(), shapes.exists()) == (sound, False)


@pytest.mark.parametrize("address", ["http://[", "", "mailto:desk@a.example", "https://a.example:99999999/"])
def test_records_under_no_address_of_the_web_are_kept_like_others(address: str, tmp_path: Path) -> None:
    odd = msgspec.structs.replace(article("odd"), url=address, canonical_url=address)
    store(open_bucket(str(tmp_path)), odd, article("gone"))
    for command in (["rebuild"], ["erase", "--domain", "gone.example", "--yes"]):
        done = breachwire("archive", *command, "--archive", tmp_path)
        assert done.code == 0, done.err
    assert [entry["url"] for entry in breachwire("read", "--archive", tmp_path).lines] == [address]


def test_read_filters_by_language_source_and_time(archive: Path) -> None:
    japanese = breachwire("read", "--archive", archive, "--language", "ja").lines
    assert {entry["source"] for entry in japanese} == {"minato"}
    assert breachwire("read", "--archive", archive, "--until", "2020-01-01").lines == []
    assert breachwire("read", "--archive", archive, "--source", "falken", "--since", "2020-01-01").lines


@pytest.mark.parametrize("filter", [["--since", "soon"], ["--include", "everything"], ["--cursor", "nonsense!"]])
def test_read_tells_a_filter_that_it_does_not_understand(archive: Path, filter: list[str]) -> None:
    done = breachwire("read", "--archive", archive, *filter)
    assert (done.code, done.out) == (2, "")
    assert filter[1] in done.err or "cursor" in done.err


def test_read_in_every_format_gives_the_same_articles(archive: Path, tmp_path: Path) -> None:
    titles = [entry["title"] for entry in breachwire("read", "--archive", archive).lines]

    def read(form: str) -> str:
        return breachwire("read", "--archive", archive, "--format", form).out

    rows = list(csv.DictReader(io.StringIO(read("csv"))))
    assert [row["title"].lstrip("'") for row in rows] == titles
    names = {"a": "http://www.w3.org/2005/Atom"}
    atom = ElementTree.fromstring(read("atom"))
    assert [e.findtext("a:title", namespaces=names) for e in atom.findall("a:entry", names)] == titles
    assert [item["title"] for item in json.loads(read("jsonfeed"))["items"]] == titles
    assert [line[2:] for line in read("markdown").splitlines() if line.startswith("# ")] == titles


def test_read_as_parquet_is_read_by_pandas(archive: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    command = [sys.executable, "-m", "crawler", "read", "--archive", str(archive), "--format", "parquet"]
    done = subprocess.run(command, capture_output=True, env=environment(), check=True)
    frame = pandas.read_parquet(io.BytesIO(done.stdout))
    assert list(frame["id"]) == [entry["id"] for entry in breachwire("read", "--archive", archive).lines]


def test_read_with_a_cursor_file_gives_each_article_once(archive: Path, tmp_path: Path) -> None:
    cursor = tmp_path / "wire.cursor"
    first = breachwire("read", "--archive", archive, "--cursor", cursor)
    second = breachwire("read", "--archive", archive, "--cursor", cursor)
    assert len(first.lines) == len(list(open_archive(archive)))
    assert (second.code, second.out) == (0, "")


def test_show_says_why_an_article_is_here_and_who_else_carried_it(archive: Path) -> None:
    copy = next(e for e in open_archive(archive).articles(include=("duplicates",)) if e.dedup.verdict == "duplicate")
    done = breachwire("show", copy.id[:10], "--archive", archive)
    assert done.code == 0
    assert copy.relevance is not None
    verdict = f"Relevance to breach: yes, score {copy.relevance.score:.2f}"
    for part in (copy.url, verdict, f"of {copy.dedup.duplicate_of}", "published by", copy.text[:40]):
        assert part in done.out
    assert json.loads(breachwire("show", copy.url, "--archive", archive, "--format", "json").out)["id"] == copy.id


def test_show_shows_what_a_new_version_changed(archive: Path) -> None:
    revised = next(a for a in open_archive(archive) if a.dedup.verdict == "revision")
    done = breachwire("show", revised.id, "--archive", archive)
    assert "Changed between" in done.out
    assert "personal data of [-58,000-] {+71,500+} present" in done.out
    assert f"{revised.id}" in done.out
    assert "canonical" in done.out
    assert "earlier version" in done.out


def test_show_of_what_is_not_there_exits_with_1(archive: Path) -> None:
    done = breachwire("show", "https://news.example/nowhere", "--archive", archive)
    assert (done.code, done.out) == (1, "")


# -- sources and archive -------------------------------------------------------------------------------------------


def test_sources_list_has_the_packaged_registry(tmp_path: Path) -> None:
    sources = json.loads(breachwire("sources", "list", "--country", "JP", "--format", "json", cwd=tmp_path).out)
    assert len(sources) > 10
    assert {source["country"] for source in sources} == {"JP"}


def test_verify_names_the_object_that_was_damaged(demo: Demo) -> None:
    demo.fetch(demo.page("archived").url)
    assert breachwire("archive", "verify", *demo.where).code == 0
    (clean,) = demo.archive.glob("clean/v1/*/*")
    data = bytearray(clean.read_bytes())
    data[len(data) // 2] ^= 1
    clean.write_bytes(data)
    done = breachwire("archive", "verify", *demo.where)
    assert done.code == 1
    assert clean.name in done.out


def test_local_state_that_is_lost_is_made_again_from_the_archive(demo: Demo) -> None:
    first, copy = demo.page("archived", story="larkfield"), demo.page("duplicate", story="larkfield")
    demo.fetch(first.url)
    for file in (demo.archive / ".state").glob("*.sqlite*"):
        file.unlink()
    assert breachwire("archive", "rebuild", *demo.where).code == 0
    assert "a copy of" in demo.fetch(copy.url).err


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_takes_nothing_for_a_formula(sign: str) -> None:
    evil = msgspec.structs.replace(article(text=f"{sign}HYPERLINK(1)", source=f"{sign}evil"), title="a;=1+1\t@x")
    (row,) = csv.DictReader(io.StringIO(b"".join(csv_rows([evil])).decode(), newline=""))
    assert row["text"].startswith("'")
    assert row["source"].startswith("'")
    assert row["title"] == "a;'=1+1\t'@x"  # also where a semicolon or a tab cuts cells


def test_a_terminal_obeys_nothing_of_what_is_printed() -> None:
    """Not even when it comes through a pipe: JSON holds it escaped, Markdown and CSV show a mark."""
    evil = article(text="a\x1b[31m\x9b2Jb\u202ec\x7f\u2028d", source="\x1b]0;x\x07")
    for form in (jsonl, csv_rows, markdown):
        told = b"".join(form([evil])).decode().replace("\r\n", "\n")
        assert visible(told) == told
    assert from_json(b"".join(jsonl([evil]))) == evil


def test_a_terminal_takes_nothing_for_a_command() -> None:
    assert visible("a\x1b]0;title\x07b\u202ec\tд\n") == "a�]0;title�b�c\tд\n"


def test_a_bucket_serves_as_well_as_a_folder(demo: Demo, s3_endpoint: str, tmp_path: Path) -> None:
    bucket = f"s3://{new_bucket(s3_endpoint)}/wire"
    env = CREDENTIALS | {"AWS_ENDPOINT_URL": s3_endpoint, "XDG_STATE_HOME": str(tmp_path / "state")}
    where = ["--archive", bucket, *demo.where[2:]]
    with Path(str(demo.where[3])).open("a") as config:
        config.write("[export]\narchive = true\n")
    first = breachwire("crawl", "falken", *where, "--report", "json", env=env)
    again = breachwire("crawl", "falken", *where, "--report", "json", env=env)
    assert (first.code, first.err) == (0, "")
    assert first.report["totals"]["outcomes"]["archived"] == 2
    assert again.report["totals"]["taken"] == 0
    assert {entry["source"] for entry in breachwire("read", *where, env=env).lines} == {"falken"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        feed = open_bucket(bucket).get("export/v1/feed.atom")
    assert feed.count(b"<entry>") == 2
    assert breachwire("archive", "verify", *where, env=env).code == 0


def test_a_crawl_ends_with_feeds_and_says_when_they_cannot_be_written(demo: Demo, tmp_path: Path) -> None:
    with Path(str(demo.where[3])).open("a") as config:
        config.write('[export]\nfolder = "public"\n')
    (tmp_path / "public").write_text("no folder")
    failed = breachwire("crawl", "falken", *demo.where, "--contact", "me@example.org")
    assert (failed.code, "[export]: the feeds could not be written" in failed.err) == (1, True)
    (tmp_path / "public").unlink()
    assert breachwire("crawl", "falken", *demo.where, "--contact", "me@example.org").code == 0
    feed = json.loads((tmp_path / "public" / "feed.json").read_text())
    assert {item["url"] for item in feed["items"]} == {each.canonical_url for each in open_archive(demo.archive)}


def test_a_bucket_that_is_not_there_is_told_and_exits_with_3(demo: Demo, s3_endpoint: str, tmp_path: Path) -> None:
    env = CREDENTIALS | {"AWS_ENDPOINT_URL": s3_endpoint, "XDG_STATE_HOME": str(tmp_path / "state")}
    done = breachwire("crawl", "falken", "--archive", "s3://no-such-bucket-here/wire", *demo.where[2:], env=env)
    assert done.code == 3
    assert "no-such-bucket-here" in done.err
    assert "Traceback" not in done.err
