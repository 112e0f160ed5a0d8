"""The speed benchmark names every peer, installed or not, beside trafilatura's default."""

from __future__ import annotations

from pathlib import Path

from benchmarks.extraction_speed import LOOP, core_table, speed_table

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))


def test_every_extractor_has_its_figure_and_missing_ones_are_named() -> None:
    table = speed_table([("https://page.example/a", path.read_text("utf-8")) for path in PAGES])
    rows = {name: figures for name, *figures in table.rows}
    assert rows.keys() >= {
        "breachwire",
        "trafilatura",
        "readability-lxml",
        "newspaper4k (with metadata)",
        "Resiliparse",
    }
    assert rows["trafilatura"][1] == "1.00"
    assert all(float(speed) > 0 for speed, _ in rows.values() if speed != "not installed")


def test_the_pool_is_timed_with_one_worker_and_more_and_beside_a_peer_and_a_loop() -> None:
    pages = [("https://page.example/a", path.read_text("utf-8")) for path in PAGES[:2]]
    rows = core_table(pages, cores=2).rows
    assert [row[:2] for row in rows] == [(name, str(n)) for name in ("breachwire", "trafilatura", LOOP) for n in (1, 2)]
    assert all(float(figure) > 0 for row in rows for figure in row[2:])
    assert all(row[3:] == ("1.00", "1.00") for row in rows[::2])
