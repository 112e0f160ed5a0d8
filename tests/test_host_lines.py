"""Lines that other pages of a host have too: remembered from the archive alone, bounded, and taken out with care."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from archive import Archive, ArchiveError, Article, open_archive
from archive import host_lines as memory
from archive.host_lines import HostLines, Seen
from archive.records import Removed, article_id
from archive.state import state_folder
from crawler.demo.server import Request, Response, SiteServer, not_found, text_response
from pipelines.extract.blocks import Block
from pipelines.extract.host_lines import without_host_lines
from pipelines.extract.markdown import to_markdown
from tests.archive_samples import article, store
from tests.command import breachwire, write_config
from tests.trouble_site import article as article_page
from tests.trouble_site import rss

BOILERPLATE = "The Courier has been the voice of the harbour since 1871"
LONG = (
    "The commission said in a statement that it had not been told of the leak until a week after it was found by a boy."
)


def page(number: int, *lines: str, host: str = "courier.example", fetched: str = "2026-02-01T11:00:00Z") -> Article:
    """A page of the host with these lines and one of its own."""
    text = "\n\n".join((f"This is told on page {number} alone.", *lines))
    url = f"https://{host}/{number}"
    return msgspec.structs.replace(
        article(), url=url, canonical_url=url, id=article_id(url, text), title=f"Headline of the page {number}",
        text=text, markdown=to_markdown([Block(line) for line in text.split("\n\n")]), fetched=fetched,
    )  # fmt: skip


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return open_archive(tmp_path / "archive")


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[HostLines]:
    with HostLines(tmp_path / "lines.sqlite") as opened:
        yield opened


def cleaned(lines: HostLines, one: Article) -> Article:
    return without_host_lines(one, lines.seen(one, one.text.split("\n\n")))


def test_a_line_on_three_of_five_other_pages_goes_and_is_recorded(archive: Archive, lines: HostLines) -> None:
    others = [page(n, BOILERPLATE) for n in range(3)] + [page(n) for n in range(3, 5)]
    lines.take(store(archive.bucket, *others))
    found = cleaned(lines, page(9, "Something else that is said.", BOILERPLATE))
    assert found.text == "This is told on page 9 alone.\n\nSomething else that is said."
    assert found.markdown == found.text
    assert found.removed == (Removed(kind="host line", length=len(BOILERPLATE), start=BOILERPLATE[:60]),)


@pytest.mark.parametrize(("having", "known"), [(2, 5), (4, 4)], ids=["on too few pages", "of too small a host"])
def test_a_line_stays(having: int, known: int, archive: Archive, lines: HostLines) -> None:
    others = [page(n, BOILERPLATE) for n in range(having)] + [page(n) for n in range(having, known)]
    lines.take(store(archive.bucket, *others))
    one = page(9, "Something else that is said.", BOILERPLATE)
    assert cleaned(lines, one) == one


def test_a_long_sentence_stays_whatever_others_say(archive: Archive, lines: HostLines) -> None:
    lines.take(store(archive.bucket, *(page(n, LONG) for n in range(6))))
    one = page(9, "Something else that is said.", LONG)
    assert cleaned(lines, one) == one


def test_other_hosts_do_not_count(archive: Archive, lines: HostLines) -> None:
    lines.take(store(archive.bucket, *(page(n, BOILERPLATE, host=f"h{n}.example") for n in range(6))))
    one = page(9, "Something else that is said.", BOILERPLATE)
    assert cleaned(lines, one) == one


def test_a_copy_of_one_other_page_stays_whole(archive: Archive, lines: HostLines) -> None:
    said = ("Nobody was hurt.", "The mayor came by boat.", BOILERPLATE)
    lines.take(store(archive.bucket, page(0, *said), *(page(n, BOILERPLATE) for n in range(1, 7))))
    one = page(9, *said)
    assert cleaned(lines, one) == one


def test_no_text_is_emptied(archive: Archive, lines: HostLines) -> None:
    lines.take(store(archive.bucket, *(page(n, f"Line {n % 2}", BOILERPLATE) for n in range(8))))
    seen = Seen(pages=8, on={line: frozenset({n, n + 1, n + 2}) for n, line in enumerate(("a", "b", "c"))})
    one = msgspec.structs.replace(article(), text="a\n\nb\n\nc")
    assert without_host_lines(one, seen) == one


def test_the_headline_or_summary_of_another_page_goes_from_its_first_page_on(
    archive: Archive, lines: HostLines
) -> None:
    other = msgspec.structs.replace(page(1), summary="A harbour master lost the log of forty ships.")
    lines.take(store(archive.bucket, other))
    one = page(9, "Headline of the page 1", "A harbour master lost the log of forty ships.", "Headline of the page 9")
    found = cleaned(lines, one)
    assert found.text == "This is told on page 9 alone.\n\nHeadline of the page 9"
    assert [record.kind for record in found.removed] == ["teaser", "teaser"]


def test_a_headline_within_a_longer_paragraph_stays(archive: Archive, lines: HostLines) -> None:
    lines.take(store(archive.bucket, page(1)))
    one = page(9, "As reported under “Headline of the page 1”, nobody knew.")
    assert cleaned(lines, one) == one


def test_a_page_that_is_fetched_again_comes_out_as_before(archive: Archive, lines: HostLines) -> None:
    """What was kept when little was known is not taken out later, and what was taken out does not come back."""
    early = page(0, "Something else that is said.", BOILERPLATE)
    lines.take(store(archive.bucket, early, *(page(n, BOILERPLATE) for n in range(1, 6))))
    assert cleaned(lines, early) == early
    late = page(9, "The mayor came by boat.", BOILERPLATE)
    first = cleaned(lines, late)
    lines.take(store(archive.bucket, first))
    assert cleaned(lines, late).text == first.text != late.text


def test_what_was_taken_out_is_known_after_a_rebuild(archive: Archive, tmp_path: Path) -> None:
    """Pages that are left without the line still tell of it, by their records of what was removed."""
    record = Removed(kind="host line", length=len(BOILERPLATE), start=BOILERPLATE[:60])
    for number in range(6):
        store(archive.bucket, msgspec.structs.replace(page(number), removed=(record,)))
    with HostLines(tmp_path / "new.sqlite") as rebuilt:
        assert (rebuilt.catch_up(archive), rebuilt.catch_up(archive)) == (6, 0)
        assert BOILERPLATE not in cleaned(rebuilt, page(9, "Something else.", BOILERPLATE)).text


def test_a_segment_counts_once(archive: Archive, lines: HostLines) -> None:
    segment = store(archive.bucket, page(1))
    assert (lines.take(segment), lines.take(segment)) == (True, False)


def test_of_a_page_the_newest_version_counts_in_any_order(archive: Archive, lines: HostLines) -> None:
    new = page(1, "New line of the page.", fetched="2026-02-01T11:30:00Z")
    old = page(1, "Old line of the page.", fetched="2026-02-01T11:00:00Z")
    lines.take(store(archive.bucket, new))
    lines.take(store(archive.bucket, old))
    seen = lines.seen(page(2), ["New line of the page.", "Old line of the page."])
    assert set(seen.on or ()) == {"New line of the page."}


def test_the_newest_pages_and_hosts_are_remembered(
    archive: Archive, lines: HostLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "PAGES", 3)
    monkeypatch.setattr(memory, "HOSTS", 2)
    for host in range(3):
        for number in range(5):
            moment = f"2026-01-0{host + 1}T1{number}:00:00Z"
            lines.take(store(archive.bucket, page(number, f"Line {number}", host=f"h{host}.example", fetched=moment)))
    known = {host: lines.seen(page(9, host=f"h{host}.example"), [f"Line {n}" for n in range(5)]) for host in range(3)}
    assert [known[host].pages for host in range(3)] == [0, 3, 3]
    assert set(known[1].on or ()) == {"Line 2", "Line 3", "Line 4"}


def test_a_host_takes_no_more_bytes_than_promised(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "full.sqlite"
    with HostLines(path) as full:
        many = [page(n, *(f"Line {k} of page {n}" for k in range(300))) for n in range(memory.PAGES + 20)]
        full.take(store(archive.bucket, *many))
        assert full.seen(page(1), []).pages == memory.PAGES - 1
    assert path.stat().st_size < 700_000


def test_a_damaged_file_says_so_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "lines.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(ArchiveError, match="archive rebuild"):
        HostLines(path)


MOTTO = "The Courier counts the boats of the harbour at noon"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIRMS = ("Tollgate Mutual", "Lindow Ferries", "Storm Bank", "Hobbin Bakery", "Pell Clinic", "Orrery Phones", "Vets")


def test_a_crawl_learns_from_what_it_has_archived(tmp_path: Path) -> None:
    """Six pages keep the motto, for nothing was known of their site; the seventh, a run later, loses it."""

    def answer(request: Request) -> Response:
        name = request.path.strip("/")
        if name == "feed.xml":
            return text_response(rss(*(f"/{number}" for number in range(announced))), "application/rss+xml")
        if not name.isdigit():
            return not_found()
        firm, day = FIRMS[int(name)], DAYS[int(name)]
        paragraphs = (
            f"{firm} said on {day} that a data breach had exposed the personal data of {name}7,200 customers.",
            f"An attacker gained access to a mailbox of {firm} that nobody had used since {day}, a spokesman said.",
            MOTTO,
            f"The regulator was told on {day}, and letters go to all customers of {firm} who are concerned by it.",
        )
        return text_response(article_page(f"Data breach at {firm} told on {day}", paragraphs))

    announced = 6
    with SiteServer("courier", answer) as site:
        source = f'[[source]]\nname = "courier"\nhome = "{site.base}/"\nfeeds = ["{site.base}/feed.xml"]\n'
        config = write_config(tmp_path / "breachwire.toml", sources=source)
        where = ["--archive", tmp_path / "archive", "--config", config]
        assert breachwire("crawl", "courier", *where).code == 0
        announced = 7
        assert breachwire("crawl", "courier", *where).code == 0
    texts = {each.url[-1]: each for each in open_archive(tmp_path / "archive").articles(include=("related",))}
    assert [MOTTO in texts[str(number)].text for number in range(7)] == [True] * 6 + [False]
    last = texts["6"]
    assert last.text.count("Vets") == 3
    assert MOTTO not in (last.markdown or "")
    assert [record.kind for record in last.removed if record.start == MOTTO[:60]] == ["host line"]
    assert last.id == article_id(last.canonical_url, last.text)
    known = remembered(tmp_path / "archive")
    assert breachwire("archive", "rebuild", "--archive", tmp_path / "archive").code == 0
    assert remembered(tmp_path / "archive") == known
    assert len(known) > 7 * 3


def remembered(archive: Path) -> list[tuple[int, ...]]:
    """All that is remembered, once the last commit of the last run is taken in as the next run would."""
    path = state_folder(archive) / "lines.sqlite"
    with HostLines(path) as lines:
        lines.catch_up(open_archive(archive))
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT host, line, page, role FROM lines").fetchall()
