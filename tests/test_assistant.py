"""The server of the Model Context Protocol, asked by the SDK's own client over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive import open_archive
from crawler.cli import main
from tests.archive_samples import article, store
from tests.command import breachwire, environment

mcp = pytest.importorskip("mcp")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wire") / "archive"
    archive, first = open_archive(folder), article("a", source="wire", text="The clinic lost records. " * 1000)
    copy = article("b", source="post", verdict="duplicate", cluster=first.id, duplicate_of=first.id)
    store(archive.bucket, first, copy, article("c", text="病院で個人情報が流出した。", language="ja"))
    return folder


def ask(folder: Path, *questions: tuple[str, dict[str, Any]]) -> list[Any]:
    """The answers to calls of tools; first comes what tools there are."""
    command = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "crawler", "mcp", "--archive", str(folder)],
        env=environment(PYTHONPATH=str(Path(__file__).parent.parent)),
    )

    async def talk() -> list[Any]:
        async with mcp.Client(command) as client:
            tools = await client.list_tools()
            return [tools.tools, *[await client.call_tool(name, given) for name, given in questions]]

    return asyncio.run(talk())


def test_an_assistant_searches_reads_and_lists_the_latest(folder: Path) -> None:
    first = article("a", source="wire", text="The clinic lost records. " * 1000)
    tools, japanese, latest, whole, rest, by_url, nothing, wrong, date = ask(
        folder,
        ("search", {"query": "個人情報", "language": "ja"}),
        ("recent_stories", {"limit": 5}),
        ("read", {"article": first.id}),
        ("read", {"article": first.id, "start": 20_000}),
        ("read", {"article": "https://b.example/story"}),
        ("read", {"article": "no such"}),
        ("search", {"query": "-"}),
        ("search", {"query": "clinic", "since": "soon"}),
    )
    assert {tool.name for tool in tools} == {"search", "read", "recent_stories"}
    assert all(tool.annotations.read_only_hint for tool in tools)
    (found,) = japanese.structured_content["result"]
    assert (found["title"], found["text"]) == ("Breach at c", "病院で個人情報が流出した。")
    stories = latest.structured_content["result"]
    assert [(each["title"], each["carried_by"]) for each in stories] == [
        ("Breach at c", ["harbour-post"]),
        ("Breach at a", ["wire", "post"]),
    ]
    begin, end = whole.structured_content, rest.structured_content
    assert begin["text"] + end["text"] == first.text
    assert (begin["next_start"], "next_start" in end) == (20_000, False)
    assert by_url.structured_content["source"] == "post"
    for answer, said in ((nothing, "not in the archive"), (wrong, "query"), (date, "since")):
        assert answer.is_error
        assert said in answer.content[0].text


def test_an_article_is_read_by_the_address_that_a_list_gives(tmp_path: Path) -> None:
    """Also a copy whose canonical address is that of the original, on another site."""
    origin = article("a")
    copy = msgspec.structs.replace(article("portal", text="The port lost all."), canonical_url=origin.canonical_url)
    store(open_archive(tmp_path).bucket, origin, copy)
    _, latest = ask(tmp_path, ("recent_stories", {}))
    listed = {each["id"]: each["url"] for each in latest.structured_content["result"]}
    _, *found = ask(tmp_path, *(("read", {"article": url}) for url in listed.values()))
    assert [answer.structured_content["id"] for answer in found] == list(listed)


def test_an_archive_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    done = breachwire("mcp", "--archive", tmp_path / "none", input="")
    assert (done.code, done.out) == (3, "")
    assert "no archive here" in done.err


def test_without_the_extra_the_command_that_installs_it_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name == "crawler.assistant" or name.startswith("mcp.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mcp", None)
    assert main(["mcp", "--archive", str(folder)]) == 2
    assert "pip install 'breachwire[mcp]'" in capsys.readouterr().err
