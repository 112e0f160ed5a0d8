"""`breachwire serve` and `site` over an archive in a bucket, as a user runs them: every page, from the server's list to
the capture in the bucket."""

from __future__ import annotations

import http.client
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.archive_s3_server import CREDENTIALS, new_bucket
from tests.command import breachwire, start
from tests.web_samples import ALSO_READ, fill_wire

Ask = Callable[[str], tuple[int, bytes]]


@pytest.fixture
def settings(tmp_path: Path, aws: pytest.MonkeyPatch) -> dict[str, str]:
    """What a command finds in its environment: the store's credentials, and a place for local state."""
    return CREDENTIALS | {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def uri(s3_endpoint: str, settings: dict[str, str]) -> str:
    """An archive in a bucket."""
    place = f"s3://{new_bucket(s3_endpoint)}/wire?endpoint={s3_endpoint}"
    fill_wire(place)
    return place


@pytest.fixture
def ask(uri: str, settings: dict[str, str]) -> Iterator[Ask]:
    """Asks the server, once it has taken the archive in."""
    process = start("serve", "--archive", uri, "--port", "0", env=settings)
    assert process.stdout
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", line := process.stdout.readline())
    assert address, line
    connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=30)

    def get(path: str) -> tuple[int, bytes]:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    try:
        until = time.monotonic() + 60
        while b"Breach at n7" not in get("/?q=ferry+7")[1]:  # 503 while the index is made
            assert time.monotonic() < until
        yield get
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.communicate()


def test_all_pages_of_an_archive_in_a_bucket_are_served(ask: Ask) -> None:
    status, page = ask("/")
    assert (status, page.count(b'<li class="story">')) == (200, 30)
    assert b"<mark>Ferry</mark>" in ask("/?q=ferry+17")[1]
    name = re.search(rb'href="story/([0-9a-f]+)"[^>]*>Breach at a<', page)
    assert name
    story = ask(f"/story/{name[1].decode()}")[1]
    assert b"58,000" in story
    (before,) = re.findall(rb'href="\.\./story/([0-9a-f]+)">The version before', story)
    assert b'<mark title="+1.00 points">records</mark>' in ask(f"/story/{before.decode()}")[1]
    status, blocks = ask(f"/story/{before.decode()}/removed")
    assert (status, ALSO_READ.encode() in blocks) == (200, True)
    status, capture = ask(f"/capture/{before.decode()}.warc.gz")
    assert (status, capture[:2]) == (200, b"\x1f\x8b")
    assert b"Stories a day" in ask("/figures")[1]


def test_an_archive_in_a_bucket_becomes_a_static_site(uri: str, settings: dict[str, str], tmp_path: Path) -> None:
    done = breachwire("site", "--archive", uri, "--out", tmp_path / "site", env=settings)
    assert done.code == 0, done.err
    assert (tmp_path / "site" / "index.html").read_text().count('<li class="story">') == 30
    assert len(list((tmp_path / "site" / "story").iterdir())) == 34


def test_what_the_configuration_says_of_the_store_holds_for_an_archive_that_is_named(
    uri: str, settings: dict[str, str], tmp_path: Path
) -> None:
    place, _, options = uri.partition("?endpoint=")
    config = tmp_path / "breachwire.toml"
    config.write_text(f'[archive]\nendpoint = "{options}"\n')
    done = breachwire("site", "--archive", place, "--config", config, "--out", tmp_path / "site", env=settings)
    assert done.code == 0, done.err
    process = start("serve", "--archive", place, "--config", str(config), "--port", "0", env=settings)
    assert process.stdout
    assert "Reading s3://" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.communicate()
