"""Lists and tables of hashes, hosts and files behind the text of an article on an attack are part of it."""

from __future__ import annotations

import pytest

from pipelines.extract import extract
from pipelines.extract.indicators import is_indicator

STORY = [
    "Researchers have seen a group that they call Grey Heron break into hospitals and copy the files of patients.",
    "It sends invoices with a shortcut, which loads a program that asks a server for orders every single hour.",
    "The program then copies files to a rented server within two days, and leaves a note with an address.",
]
HASHES = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "d41d8cd98f00b204e9800998ecf8427e"]
HOSTS = ["heron-update[.]example", "hxxps://files.printdrv.example/get.php", "203.0.113[.]77", "198.51.100.23"]
FILES = ["invoice_2026.lnk", "printsvc.exe"]
HEAD = "Indicators of compromise"


def items(*lines: str) -> str:
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"


def text(behind: str, tag: str = "div", apart: str = "") -> list[str]:
    """What comes out behind the story."""
    related = "<h2>Related Articles</h2><ul><li><a href=/b>Bank loses the data of its customers in the north</a></ul>"
    tags = items("<a href=/t/1>Hospitals</a>", "<a href=/t/2>Ransomware</a>", "<a href=/t/3>Heron.example</a>")
    html = (
        "<html><title>Grey Heron breaks into hospitals</title><body><nav><a href=/>Home</a></nav><main>"
        f"<{tag}><h1>Grey Heron breaks into hospitals</h1>{''.join(f'<p>{line}</p>' for line in STORY)}{behind}</{tag}>"
        f"<div class=tags>{tags}</div>{related}{apart}</main><footer><p>© 2026 Lindow Labs</p></footer></body></html>"
    )
    found = extract(html, url="https://labs.example/heron").text.split("\n\n")
    assert found[: len(STORY)] == STORY
    return found[len(STORY) :]


@pytest.mark.parametrize("tag", ["article", "div"])
@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (items(*HASHES, *HOSTS), [*HASHES, *HOSTS]),
        (items(*(f"<code>{line}</code>" for line in HOSTS)), HOSTS),
        (items(*(f"<a href=https://look.example/{line}>{line}</a>" for line in HASHES), *HOSTS), [*HASHES, *HOSTS]),
        (items(*(f"C2: {line}" for line in HOSTS)), [f"C2: {line}" for line in HOSTS]),
        (f"<h3>Hosts</h3>{items(*HOSTS)}<h3>Files</h3>{items(*FILES)}", ["Hosts", *HOSTS, "Files", *FILES]),
        (f"<p>{'<br>'.join(HOSTS)}</p>", HOSTS),
        (f"<pre>{chr(10).join(HASHES * 9)}</pre>", ["\n".join(HASHES * 9)]),
        (f"{items(*HOSTS)}<h3>Rule</h3><pre>rule heron {{ $a }}</pre>", [*HOSTS, "Rule", "rule heron { $a }"]),
        (f"<dl><dt>MD5<dd>{HASHES[1]}<dt>IP<dd>{HOSTS[2]}</dl>", ["MD5", HASHES[1], "IP", HOSTS[2]]),
        (
            f"<div><table><tr><th>Type<th>Indicator<tr><td>MD5<td>{HASHES[1]}<tr><td>File<td>{FILES[1]}</table></div>",
            ["Type | Indicator", f"MD5 | {HASHES[1]}", f"File | {FILES[1]}"],
        ),
    ],
    ids=["list", "code", "linked", "labelled", "by kind", "lines", "preformatted", "rule", "terms", "table"],
)
def test_indicators_behind_the_text_are_part_of_it_with_their_heading(tag: str, markup: str, lines: list[str]) -> None:
    assert text(f"<h2>{HEAD}</h2>{markup}", tag) == [HEAD, *lines]


def test_they_stand_behind_a_text_that_the_page_has_twice() -> None:
    again = "".join(f"<p>{line}</p>" for line in STORY)
    assert text(f"<div class=phone>{again}</div><h2>{HEAD}</h2>{items(*HOSTS)}") == [HEAD, *HOSTS]


def test_lists_of_links_files_and_tags_are_not() -> None:
    links = items("<a href=https://a.example/x>https://a.example/x</a>", "<a href=https://b.example/y>b.example/y</a>")
    assert text(f"<h2>References</h2>{links}") == []
    assert HEAD not in text(f"<aside><h3>Downloads</h3>{items(*(f'<a href=/{f}>{f}</a>' for f in FILES))}</aside>")


def test_what_a_reader_adds_in_a_comment_is_not() -> None:
    said = "I have seen this one on the machines of our office as well, in case that anybody wants to look for it."
    assert text("", apart=f"<div class=notes><p>{said}</p>{items(*HASHES)}</div>") == []


@pytest.mark.parametrize(
    "line",
    [
        "Version 4.2.1 (stable)",
        "Read it at files.example",
        "The server at 203.0.113.77 answered, and nobody knew why it did so at that time of the day",
        "The group (see above) took all",
        "a" * 100_000,
        "[.]" * 5_000,
    ],
)
def test_other_lines_are_no_indicators(line: str) -> None:
    assert not is_indicator(line)
