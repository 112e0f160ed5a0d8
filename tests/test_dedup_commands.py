"""`breachwire dedup`: the filter, and two texts explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive import open_bucket
from archive.layout import new_run_id
from pipelines.dedup import DedupConfig
from tests.archive_samples import article, store
from tests.command import Finished, breachwire
from tests.wire_texts import FOLLOW_UP, HOSPITAL, NOTICE_OF_ANOTHER, NOTICE_OF_ONE

BRIEF = "\n\n".join(HOSPITAL.split("\n\n")[:4])


def explained(tmp_path: Path, a: str, b: str) -> Finished:
    for name, text in (("a.txt", a), ("b.txt", b)):
        (tmp_path / name).write_text(text, "utf-8")
    return breachwire("dedup", "--explain", "a.txt", "b.txt", cwd=tmp_path)


def ways(done: Finished) -> list[str]:
    """B after A, A after B."""
    assert done.code == 0, done.err
    return [line.partition(": ")[2] for line in done.out.splitlines() if line.startswith(("B after A", "A after B"))]


@pytest.mark.parametrize(
    ("a", "b", "forth", "back"),
    [
        (HOSPITAL, FOLLOW_UP, "related to A – much text", "related to B – much text"),
        (NOTICE_OF_ONE, NOTICE_OF_ANOTHER, "unique – a template", "unique – a template"),
        (HOSPITAL, HOSPITAL, "duplicate of A – the same words", "duplicate of B – the same words"),
        (HOSPITAL, BRIEF, "duplicate of A – text and lead", "copy that takes over from B"),
    ],
    ids=["follow-up", "template", "exact", "cut"],
)
def test_explain_tells_the_verdict_each_way_and_the_rule(tmp_path: Path, a: str, b: str, forth: str, back: str) -> None:
    found = ways(explained(tmp_path, a, b))
    assert found[0].startswith(forth)
    assert found[1].startswith(back)


def test_explain_shows_figures_beside_thresholds_swaps_and_shared_passages(tmp_path: Path) -> None:
    out = explained(tmp_path, NOTICE_OF_ONE, NOTICE_OF_ANOTHER).out
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.startswith("  ") and line.split()}
    assert float(rows["conflict"][1]) > DedupConfig().conflict
    assert rows["conflict"][2:5] == ["at", "most", str(DedupConfig().conflict)]
    assert "Calder Federal Credit Union  |  Brightwater Dental Partners" in out
    assert "[[is writing to tell you about an incident" in out


def test_explain_takes_articles_of_an_archive_by_id_and_address(tmp_path: Path) -> None:
    first, copy = article("a", text=HOSPITAL), article("b", text=f"(AP) - {HOSPITAL}", published="2026-02-01")
    store(open_bucket(tmp_path / "archive"), first, copy, run=new_run_id())
    done = breachwire("dedup", "--explain", first.id[:8], copy.url, "--archive", tmp_path / "archive")
    assert ways(done)[0].startswith("duplicate of A")
    assert "Breach at a" in done.out
    same = breachwire("dedup", "--explain", first.id, first.url, "--archive", tmp_path / "archive")
    assert ways(same) == ["the same article"] * 2


def test_nothing_of_a_text_reaches_the_terminal_unescaped(tmp_path: Path) -> None:
    done = explained(tmp_path, "\x1b]0;gone\x07" + HOSPITAL, HOSPITAL + "\x9b2J\u202e")
    assert not set(done.out) & set("\x1b\x07\x9b\u202e")


def test_explain_writes_a_page_in_which_nothing_of_the_texts_is_markup(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"<script>alert(1)</script> {HOSPITAL} {name}", "utf-8")
    done = breachwire("dedup", "--explain", "a.txt", "b.txt", "--explain-html", "page.html", cwd=tmp_path)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert ways(done)[0].startswith("duplicate of A")
    assert "<mark>&lt;script&gt;alert(1)&lt;/script&gt; A hospital group" in page
    assert "<script" not in page
    assert "B after A: duplicate of A" in page
    nowhere = breachwire("dedup", "--explain", "a.txt", "b.txt", "--explain-html", "none/page.html", cwd=tmp_path)
    assert (nowhere.code, nowhere.out) == (2, "")


def test_what_is_neither_file_nor_article_is_told_with_the_mend(tmp_path: Path) -> None:
    store(open_bucket(tmp_path / "archive"), article("a"))
    (tmp_path / "a.txt").write_text("text")
    for archive in ("archive", "no-archive-here"):
        done = breachwire("dedup", "--explain", "a.txt", "nothing.txt", "--archive", archive, cwd=tmp_path)
        assert (done.code, done.out) == (2, "")
        told = f"nothing.txt: there is no file of this name, and no article with this id or address in {archive}; "
        assert told in done.err
        assert "--archive" in done.err


def test_the_filter_reads_dates_and_lets_a_fuller_copy_take_over(tmp_path: Path) -> None:
    lines = [
        {"id": 1, "text": BRIEF, "published": "2026-03-03"},
        {"id": 2, "text": HOSPITAL, "published": "2026-03-04"},
        {"id": 3, "text": f"(AP) - {HOSPITAL}", "published": "2026-03-05T10:00:00+09:00"},
        {"id": 4, "text": f"LONDON (AP) - {HOSPITAL}", "published": "2026-05-05"},
    ]
    done = breachwire("dedup", "-", input="\n".join(map(json.dumps, lines)))
    assert [(e["id"], e["verdict"], e["duplicate_of"], e["cluster"]) for e in done.lines] == [
        (1, "unique", None, 1),
        (2, "unique", None, 1),
        (3, "duplicate", 2, 1),
        (4, "related", None, 4),
    ]
    assert done.lines[1]["evidence"]["containment"] == 1


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("containmnt = 0.5", "unknown key `containmnt`; known are containment, lead"),
        ("window_days = -1", "window_days: write a number from 0 to 10000"),
        ("lead = 2", "lead is a share of a text"),
        ("candidates = 0.5", "candidates"),
        ("conflict = nan", "conflict"),
        ("lead = 'much'", "lead"),
    ],
)
def test_a_parameter_that_is_wrong_is_told_before_anything_runs(tmp_path: Path, table: str, told: str) -> None:
    (tmp_path / "breachwire.toml").write_text(f"[dedup]\n{table}\n")
    done = breachwire("crawl", "--contact", "me@news.example", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert "breachwire.toml: [dedup]" in done.err
    assert told in done.err
    assert not (tmp_path / "breachwire-archive").exists()
