"""Keys: what they look like, what they say, and which ones no archive may have."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.errors import InvalidKey
from archive.layout import (
    CommitKey,
    DataKey,
    check_run_id,
    data_key,
    new_run_id,
    parse_key,
    validate_key,
    validate_prefix,
)

RUN = "20260201T093000Z-0badcafe"
runs = st.from_regex(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}", fullmatch=True)
places = st.builds(CommitKey, day=st.dates(), run=runs, seq=st.integers(0, 99_999))


def test_keys_are_those_of_the_contract() -> None:
    place = CommitKey(date(2026, 2, 1), RUN, 7)
    sha16 = hashlib.sha256(b"bytes").hexdigest()[:16]
    assert str(place) == f"commit/v1/dt=2026-02-01/{RUN}-00007.json"
    assert str(data_key("raw", place, b"bytes")) == f"raw/v1/dt=2026-02-01/{RUN}-00007-{sha16}.warc.gz"
    assert str(data_key("clean", place, b"bytes")) == f"clean/v1/dt=2026-02-01/{RUN}-00007-{sha16}.jsonl.gz"


@given(places, st.binary(max_size=20))
def test_every_key_that_is_built_is_valid_and_says_what_it_was_built_of(place: CommitKey, data: bytes) -> None:
    keys: list[CommitKey | DataKey] = [place, data_key("raw", place, data), data_key("clean", place, data)]
    for key in keys:
        assert parse_key(validate_key(str(key))) == key


@given(places, places)
def test_keys_sort_as_days_runs_and_segments_do(one: CommitKey, other: CommitKey) -> None:
    assert (one < other) == (str(one) < str(other))


@given(st.text())
@example(f"commit/v1/dt=2026-02-30/{RUN}-00001.json")
@example(f"raw/v1/dt=2026-02-01/{RUN}-00001-{'a' * 16}.jsonl.gz")
@example(f"commit/v1/dt=2026-02-01/{RUN}-00001.json\n")
@example(f"commit/v1/dt=٢٠٢٦-02-01/{RUN}-00001.json")
def test_what_is_no_key_of_a_segment_says_nothing(text: str) -> None:
    assert parse_key(text) is None


def test_run_ids_sort_by_time_and_differ_within_a_second() -> None:
    earlier, later = datetime(2026, 2, 1, 9, tzinfo=UTC), datetime(2026, 2, 1, 9, 0, 1, tzinfo=UTC)
    assert check_run_id(new_run_id(earlier)) < check_run_id(new_run_id(later))
    assert new_run_id(earlier) != new_run_id(earlier)


@pytest.mark.parametrize("run", ["", "../../etc", RUN + "/", RUN.upper(), RUN + "\n"])
def test_another_form_of_run_id_is_refused(run: str) -> None:
    with pytest.raises(InvalidKey, match="new_run_id"):
        check_run_id(run)


@pytest.mark.parametrize(
    "key",
    [
        *("", "/", "/a", "a/", "a//b", "a\\b", ".", "..", "../a", "a/../b", "a/..", "./a", "a/./b"),
        *(".state/index", "a/.state/b", ".tmp/x", "a\0b", "a\nb", "a\x7fb", "a\x85b", "a\u2028b", "a\ud800"),
        *("x" * 513, "ü" * 257),
    ],
)
def test_a_key_that_could_leave_the_archive_or_break_a_store_is_refused(key: str) -> None:
    with pytest.raises(InvalidKey, match="is not allowed"):
        validate_key(key)


@given(st.text(max_size=600))
def test_a_key_is_refused_or_it_is_a_plain_path(key: str) -> None:
    try:
        validate_key(key)
    except InvalidKey:
        return
    assert 1 <= len(key.encode()) <= 512
    assert not {"", ".", "..", ".state", ".tmp"} & set(key.split("/"))
    assert key.isprintable()
    assert "\\" not in key


def test_a_prefix_is_the_beginning_of_a_key_or_nothing() -> None:
    assert [validate_prefix(each) for each in ("", "raw", "raw/v1/", "raw/v1/dt=2026-0")]
    for wrong in ("/", "../", "raw//", ".state/"):
        with pytest.raises(InvalidKey):
            validate_prefix(wrong)
