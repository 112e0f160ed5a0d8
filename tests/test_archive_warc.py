"""Captures: what is kept of a response, and that other tools can read it."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive import ArchiveError, Capture, RawResponse, SegmentWriter, open_bucket, read_capture
from archive import warc as warc_module
from archive.warc import decode_capture, encode_capture
from tests.archive_samples import article, response

RAW_KEY = "raw/v1/dt=2026-02-01/20260201T093000Z-0badcafe-00001-0123456789abcdef.warc.gz"

headers = st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60)), max_size=6).map(tuple)
urls = st.builds("{}://{}".format, st.sampled_from(["http", "https", "HTTPS"]), st.text(min_size=1, max_size=60))
responses = st.builds(
    RawResponse,
    url=urls,
    fetched=st.just("2026-02-01T09:30:00Z"),
    status=st.integers(100, 599),
    headers=headers,
    body=st.binary(max_size=300),
    via=st.none() | st.text(max_size=60),
)


def capture_of(member: bytes, digest: str) -> Capture:
    return Capture(warc=RAW_KEY, offset=0, length=len(member), digest=digest)


@given(responses)
def test_any_response_comes_back_with_its_body_and_status(given_response: RawResponse) -> None:
    encoded = encode_capture(given_response)
    back = decode_capture(encoded.response, capture_of(encoded.response, encoded.digest))
    assert (back.body, back.status) == (given_response.body, given_response.status)


@given(responses)
def test_the_same_response_gives_the_same_bytes(given_response: RawResponse) -> None:
    assert encode_capture(given_response) == encode_capture(replace(given_response))


@given(responses)
def test_content_cannot_break_out_of_its_header(given_response: RawResponse) -> None:
    """Whatever names, values and URLs hold: as many headers and records come out as were put in."""
    encoded = encode_capture(given_response)
    records = []
    for record in ArchiveIterator(io.BytesIO(encoded.response + encoded.metadata), check_digests="raise"):
        records.append((record.rec_type, len(record.rec_headers.headers)))
        if record.rec_type == "response":
            assert len(record.http_headers.headers) <= len(given_response.headers) + 1
            assert record.http_headers.headers[-1] == ("Content-Length", str(len(given_response.body)))
        else:
            fields = record.content_stream().read().splitlines()
            assert len(fields) == 1 + (given_response.via is not None)
    assert records == [("response", 8), ("metadata", 8)]


def test_a_header_with_a_line_break_stays_one_header() -> None:
    smuggled = replace(response(), headers=(("X-A", "1\r\nX-B: 2"), ("X\r\nC", "3"), ("Set-Cookie", "a=b")))
    encoded = encode_capture(smuggled)
    back = decode_capture(encoded.response, capture_of(encoded.response, encoded.digest))
    assert back.headers[:2] == (("X-A", "1 X-B: 2"), ("Set-Cookie", "a=b"))


def test_headers_that_were_true_of_the_wire_only_are_kept_under_another_name() -> None:
    wire = (
        ("Content-Encoding", "br"),
        ("transfer-encoding", "chunked"),
        ("Content-Length", "99"),
        ("ETag", "x"),
    )
    encoded = encode_capture(replace(response(body=b"12345"), headers=wire))
    back = decode_capture(encoded.response, capture_of(encoded.response, encoded.digest))
    assert back.headers == (
        ("X-Archive-Orig-Content-Encoding", "br"),
        ("X-Archive-Orig-transfer-encoding", "chunked"),
        ("X-Archive-Orig-Content-Length", "99"),
        ("ETag", "x"),
        ("Content-Length", "5"),
    )


def test_a_url_comes_back_as_it_was_and_what_is_no_url_character_is_escaped() -> None:
    for url, kept in [
        ("https://a.example/%E6%BC%8F?q=1&r=[2]#f", "https://a.example/%E6%BC%8F?q=1&r=[2]#f"),
        ("https://a.example/漏 <x>", "https://a.example/%E6%BC%8F%20%3Cx%3E"),
    ]:
        encoded = encode_capture(replace(response(), url=url))
        assert decode_capture(encoded.response, capture_of(encoded.response, encoded.digest)).url == kept


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": "file:///etc/passwd"}, "http"),
        ({"url": "https:"}, "http"),
        ({"fetched": "yesterday"}, "RFC 3339"),
        ({"status": 7}, "status 7"),
    ],
)
def test_a_response_that_no_record_can_hold_is_refused(change: dict[str, object], named: str) -> None:
    with pytest.raises(ArchiveError, match=named):
        encode_capture(replace(response(), **change))  # type: ignore[arg-type]  # wrong on purpose


@pytest.fixture
def segment(tmp_path: Path) -> tuple[Path, tuple[Capture, ...]]:
    writer = SegmentWriter(open_bucket(tmp_path))
    for name in ("a", "b", "c"):
        writer.add(article(name), response(name, body=name.encode() * 1000))
    written = writer.flush()
    assert written is not None
    return tmp_path, tuple(each.capture for each in written.articles if each.capture)


def test_a_capture_is_read_with_its_own_bytes_only(segment: tuple[Path, tuple[Capture, ...]]) -> None:
    folder, captures = segment
    bodies = [read_capture(open_bucket(folder), capture).body for capture in captures]
    assert bodies == [b"a" * 1000, b"b" * 1000, b"c" * 1000]


def test_warcio_accepts_and_indexes_the_raw_object(segment: tuple[Path, tuple[Capture, ...]]) -> None:
    folder, captures = segment
    tool = [sys.executable, "-m", "warcio.cli"]
    raw = str(folder / captures[0].warc)
    check = subprocess.run([*tool, "check", "-v", raw], capture_output=True, text=True, check=False)
    assert (check.returncode, check.stdout.count("digest pass")) == (0, 6), check.stdout
    index = subprocess.run([*tool, "index", "-f", "offset,warc-type", raw], capture_output=True, text=True, check=True)
    offsets = [f'{{"offset": "{capture.offset}", "warc-type": "response"}}' for capture in captures]
    assert [line for line in index.stdout.splitlines() if "response" in line] == offsets


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"offset": 1}, "not a gzip member"),
        ({"length": 20}, "not one whole gzip member"),
        ({"length": 10**9}, "no record can lie"),
        ({"offset": -1}, "no record can lie"),
        ({"offset": 10**6}, "not one whole gzip member"),
        ({"digest": "sha256:AAAA"}, "does not have the digest"),
        ({"warc": "../../etc/passwd"}, "not the key of a raw object"),
        ({"warc": RAW_KEY}, "is missing"),
    ],
)
def test_a_capture_that_points_elsewhere_is_refused(
    segment: tuple[Path, tuple[Capture, ...]], change: dict[str, object], named: str
) -> None:
    folder, captures = segment
    fields = {name: getattr(captures[1], name) for name in ("warc", "offset", "length", "digest")}
    with pytest.raises(ArchiveError, match=named):
        read_capture(open_bucket(folder), Capture(**(fields | change)))


def test_a_record_that_expands_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc_module, "MAX_RECORD_BYTES", 2**20)
    bomb = gzip.compress(b"\0" * 2**22)
    with pytest.raises(ArchiveError, match="at most 1048576 bytes"):
        decode_capture(bomb, capture_of(bomb, "sha256:"))


@given(st.binary(max_size=200))
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    for member in (data, gzip.compress(data)):
        with pytest.raises(ArchiveError):
            decode_capture(member, capture_of(member, "sha256:"))
