"""The raw objects in the hands of the tools that others read WARC with: warcio, FastWARC, pywb."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive import ArchiveError, Capture, SegmentLimits, SegmentWriter, open_bucket, read_capture
from archive.keeping.verify import verify
from archive.warc import decode_capture
from tests.archive_samples import article, response
from tests.other_servers import free_port, running, wait_for

BODY = b"<html><body><h1>Breach at the port</h1><p>40,000 records were taken.</p></body></html>"
ASKED = (("User-Agent", "breachwire/0.1 (+mailto:a@b.example)"), ("Cookie", "secret"), ("Accept", "text/html"))


@pytest.fixture(scope="module")
def segment(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[Capture, ...]]:
    """Three captures: a page, another one, and a copy of the first under another address."""
    folder = tmp_path_factory.mktemp("archive")
    writer = SegmentWriter(open_bucket(folder))
    for name, body in (("a", BODY), ("b", b"other" * 500), ("c", BODY)):
        said = replace(response(name, body), request=ASKED, headers=(("Content-Type", "text/html; charset=utf-8"),))
        writer.add(article(name), said)
    written = writer.flush()
    assert written is not None
    return folder, tuple(each.capture for each in written.articles if each.capture)


@pytest.fixture(scope="module")
def raw(segment: tuple[Path, tuple[Capture, ...]]) -> Path:
    folder, captures = segment
    return folder / captures[0].warc


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def test_each_page_is_a_response_or_a_revisit_with_its_request_and_metadata(raw: Path) -> None:
    with raw.open("rb") as stream:
        records = [
            (r.rec_type, r.rec_headers, r.http_headers, r.content_stream().read()) for r in ArchiveIterator(stream)
        ]
    assert [kind for kind, *_ in records] == ["response", "request", "metadata"] * 2 + [
        "revisit",
        "request",
        "metadata",
    ]
    assert {headers.protocol for _, headers, _, _ in records} == {"WARC/1.1"}
    for kind, headers, _, _ in records:
        page = next(
            h
            for k, h, *_ in records
            if k in ("response", "revisit") and h["WARC-Target-URI"] == headers["WARC-Target-URI"]
        )
        if kind in ("request", "metadata"):
            assert headers["WARC-Concurrent-To"] == page["WARC-Record-ID"]
    _, first, _, _ = records[0]
    _, again, lines, body = records[6]
    assert body == b""
    assert lines.get_header("Content-Type") == "text/html; charset=utf-8"
    assert again["WARC-Payload-Digest"] == first["WARC-Payload-Digest"]
    assert again["WARC-Profile"] == "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
    assert again["WARC-Refers-To"] == first["WARC-Record-ID"]
    assert again["WARC-Refers-To-Target-URI"] == first["WARC-Target-URI"]
    assert again["WARC-Refers-To-Date"] == first["WARC-Date"]


def test_a_request_is_kept_as_it_was_sent_but_for_what_gives_access(raw: Path) -> None:
    with raw.open("rb") as stream:
        asked = next(record.http_headers for record in ArchiveIterator(stream) if record.rec_type == "request")
    assert (asked.protocol, asked.statusline) == ("GET", "/story?from=feed HTTP/1.1")
    assert asked.headers == [("Host", "a.example"), ASKED[0], ASKED[2]]


def test_a_copy_is_read_with_its_own_address_and_the_payload_of_the_first(
    segment: tuple[Path, tuple[Capture, ...]],
) -> None:
    folder, captures = segment
    copy = read_capture(open_bucket(folder), captures[2])
    assert (copy.url, copy.body) == ("https://c.example/story?from=feed", BODY)
    assert verify(open_bucket(folder)).captures == 3


def test_a_copy_without_its_first_is_refused(segment: tuple[Path, tuple[Capture, ...]], raw: Path) -> None:
    capture = segment[1][2]
    data = raw.read_bytes()
    member = data[capture.offset : capture.offset + capture.length]
    with pytest.raises(ArchiveError, match="not a response record"):
        decode_capture(member, capture)
    for wrong in (data[3:], b"", member):  # no record, nothing, a revisit where the first should be
        with pytest.raises(ArchiveError):
            decode_capture(member, capture, partial(beginning, wrong))


def beginning(data: bytes, offset: int, length: int) -> bytes:
    return data[:length]


def test_a_copy_never_refers_to_another_object(tmp_path: Path) -> None:
    writer = SegmentWriter(open_bucket(tmp_path), limits=SegmentLimits(articles=1))
    kinds = []
    for name in ("a", "b"):
        writer.add(article(name), response(name, BODY))
        segment = writer.flush()
        assert segment is not None
        assert segment.articles[0].capture is not None
        with (tmp_path / segment.articles[0].capture.warc).open("rb") as stream:
            kinds += [record.rec_type for record in ArchiveIterator(stream)]
    assert "revisit" not in kinds


def test_warcio_checks_and_indexes_it(segment: tuple[Path, tuple[Capture, ...]], raw: Path) -> None:
    check = run(sys.executable, "-m", "warcio.cli", "check", "-v", raw)
    assert check.returncode == 0, check.stdout
    assert check.stdout.count("digest pass") == 8
    index = run(sys.executable, "-m", "warcio.cli", "index", "-f", "offset,warc-type,http:status", raw).stdout
    for capture in segment[1]:
        assert f'"offset": "{capture.offset}"' in index
    assert index.count('"http:status": "200"') == 3


def test_fastwarc_checks_and_indexes_it(raw: Path) -> None:
    fastwarc = Path(sys.executable).with_name("fastwarc")
    if not fastwarc.exists():
        pytest.skip("fastwarc is not installed (it is in the extra 'test')")
    check = run(fastwarc, "check", raw)
    assert check.returncode == 0, check.stdout + check.stderr
    assert "9 records were verified successfully." in check.stdout
    assert len(run(fastwarc, "index", raw).stdout.splitlines()) == 9


# ---------------------------------------------------------------- pywb, where it is


@pytest.fixture(scope="module")
def wayback(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a pywb that replays the raw object. It wants older versions of what Scrapy needs, so it lies in an
    environment of its own, whose `bin` BREACHWIRE_PYWB names."""
    tool = shutil.which("wayback", path=os.environ.get("BREACHWIRE_PYWB", os.environ["PATH"]))
    if tool is None:
        pytest.skip("pywb is not installed; `.ci/servers` makes an environment with it")
    folder = tmp_path_factory.mktemp("pywb")
    manager = Path(tool).with_name("wb-manager")
    for command in (("init", "wire"), ("add", "wire", raw)):
        subprocess.run([str(manager), *map(str, command)], cwd=folder, check=True, capture_output=True)
    port = free_port()
    with running([tool, "-b", "127.0.0.1", "-p", port], folder):
        wait_for(port)
        yield port


@pytest.mark.parametrize(("name", "body"), [("a", BODY), ("b", b"other" * 500), ("c", BODY)])
def test_pywb_replays_each_page_a_copy_too(wayback: int, name: str, body: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", wayback, timeout=30)
    connection.request("GET", f"/wire/20260201115930id_/https://{name}.example/story?from=feed")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, body)
