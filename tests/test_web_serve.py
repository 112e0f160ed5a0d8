"""`breachwire serve`, as a user runs it: whom it listens to, what it refuses, and that it follows the archive."""

from __future__ import annotations

import http.client
import re
import signal
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from archive import Archive, open_archive
from archive.state import state_folder
from crawler.cli import main
from crawler.web.server import following
from crawler.web.stories import Stories, Wanted
from crawler.web.view import VIEW_FILE, View
from tests.archive_samples import NOON, article, store
from tests.command import start
from tests.web_samples import archived


def test_it_serves_on_loopback_until_it_is_told_to_end(tmp_path: Path) -> None:
    archived(tmp_path, article("a"))
    process = start("serve", "--archive", tmp_path, "--port", "0")
    assert process.stdout
    line = process.stdout.readline()
    address = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
    assert address, line
    connection = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=20)
    connection.request("GET", "/figures")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Server"]) == (200, None)
    assert b"The archive in figures" in answer.read()
    connection.request("GET", "/", headers={"Host": "attacker.example"})
    assert connection.getresponse().status == 421
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.communicate()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--host", "0.0.0.0"], "--token"),
        (["--host", "0.0.0.0", "--token", "short"], "16"),
        (["--port", "70000"], "70000"),
        (["--host", "203.0.113.1", "--token", "sixteen-letters!"], "cannot listen"),
    ],
)
def test_what_would_be_unsafe_or_cannot_be_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    archived(tmp_path, article("a"))
    assert main(["serve", "--archive", str(tmp_path), *options]) == 2
    assert said in capsys.readouterr().err


def test_an_archive_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert main(["serve", "--archive", str(tmp_path / "none"), "--port", "0"]) == 3


def test_what_is_committed_meanwhile_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archived(tmp_path, article("a"))
    view = state_folder(tmp_path) / VIEW_FILE
    View(view).close()
    taken, both, really = [0], threading.Event(), View.catch_up

    def catch_up(self: View, archive: Archive) -> int:
        taken[0] += (new := really(self, archive))
        if taken[0] == 2:
            both.set()
        return new

    monkeypatch.setattr(View, "catch_up", catch_up)
    with following(open_archive(tmp_path), view, every=0.01):
        store(open_archive(tmp_path).bucket, article("b"), when=NOON + timedelta(minutes=1))
        assert both.wait(60), "the view did not follow"
        with Stories(view) as stories:
            assert stories.listing(Wanted(), 1).total == 2


def test_an_archive_whose_folder_is_away_for_a_while_is_not_made_anew(tmp_path: Path) -> None:
    """A disk that is not mounted: an empty archive in its place would be shown, and written to."""
    away = tmp_path / "away"
    with following(open_archive(away), away / ".state" / VIEW_FILE):
        pass  # it looks once before it ends
    assert not away.exists()
