"""The run report: it adds up, says what went wrong, and gives the contract's exit code."""

from __future__ import annotations

import json

import pytest
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import SSLError
from twisted.python.failure import Failure

from archive.records import DedupVerdict
from crawler.addresses import RefusedAddress
from crawler.cli.reports import table_of
from crawler.outcomes import outcome_of, trouble_of
from crawler.report import ExitCode, RunReport
from crawler.robots import ForbiddenByRobots, RobotsUnreadable
from tests.archive_samples import article


def report(*outcomes: str, polls: int = 1, errors: tuple[str, ...] = ()) -> RunReport:
    made = RunReport(run="r", archive="a", started="2026-03-01T08:00:00+00:00")
    source = made.source("kyodo")
    source.polls, source.poll_errors = polls, list(errors)
    for outcome in outcomes:
        source.taken += 1
        made.ended("kyodo", outcome)
    return made


@pytest.mark.parametrize(
    ("verdict", "copy_of", "outcome"),
    [
        ("unique", None, "archived"),
        ("revision", None, "archived"),
        ("duplicate", "x", "duplicate"),
        ("revision", "x", "duplicate"),
        ("related", None, "related"),
    ],
)
def test_what_is_archived_counts_as_what_readers_will_see(
    verdict: DedupVerdict, copy_of: str | None, outcome: str
) -> None:
    assert outcome_of(article("a", verdict=verdict, duplicate_of=copy_of)) == outcome


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (report("archived", "irrelevant", "robots"), ExitCode.WELL),
        (report(), ExitCode.WELL),
        (report(polls=0), ExitCode.WELL),
        (report("archived", "failed: HTTP 404"), ExitCode.SOME_FAILED),
        (report("archived", polls=2, errors=("feed x: DNS",)), ExitCode.SOME_FAILED),
        (report(errors=("feed x: DNS",)), ExitCode.NOTHING_FETCHED),
        (report("failed: timeout", errors=("feed x: DNS",)), ExitCode.NOTHING_FETCHED),
        (report("archived", errors=("feed x: DNS",)), ExitCode.SOME_FAILED),
    ],
)
def test_the_exit_code_says_how_the_run_went(made: RunReport, code: ExitCode) -> None:
    assert made.exit_code() is code


def test_an_archive_that_cannot_be_written_goes_before_everything_else() -> None:
    made = report("failed: timeout")
    made.interrupted, made.archive_error = True, "full"
    assert made.exit_code() is ExitCode.ARCHIVE_UNUSABLE


def test_the_json_form_has_sources_totals_and_exit_code() -> None:
    table = json.loads(report("archived", "archived", "failed: DNS").to_json())
    assert table["totals"]["outcomes"] == {"archived": 2, "failed: DNS": 1}
    assert [source["name"] for source in table["sources"]] == ["kyodo"]
    assert table["exit_code"] == 1


def test_the_table_has_a_row_a_source_a_sum_and_every_reason_of_failure() -> None:
    text = table_of(report("archived", "failed: DNS", "failed: HTTP 404", errors=("feed x: DNS",)), 100)
    assert "kyodo" in text
    assert "failed: 1 × DNS" in text
    assert "failed: 1 × HTTP 404" in text
    assert "kyodo: feed x: DNS" in text


def test_where_no_source_is_due_the_key_that_says_when_is_named() -> None:
    none_due = RunReport(run="1", archive="a", started="2026-01-01T00:00:00+00:00")
    assert "each is polled again after [crawl] poll_every seconds" in table_of(none_due, 120)


def test_an_archive_that_cannot_be_used_does_not_pass_for_nothing_to_do() -> None:
    broken = RunReport(run="1", archive="a", started="2026-01-01T00:00:00+00:00", archive_error="no space")
    assert "due" not in table_of(broken, 120)


def test_the_table_shows_no_control_characters_that_a_server_sent() -> None:
    assert "\x1b" not in table_of(report(errors=("feed http://x/\x1b[31m: DNS",)), 100)


def http(status: int, **headers: str) -> HttpError:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return HttpError(Response("http://a.example/", status=status, headers=named))


@pytest.mark.parametrize(
    ("error", "outcome", "passing", "retry_after"),
    [
        (http(404), "failed: HTTP 404", False, None),
        (http(429, Retry_After="120"), "failed: HTTP 429", True, 120.0),
        (http(503, Retry_After="Sun, 01 Mar 2026 08:02:00 GMT"), "failed: HTTP 503", True, 120.0),
        (http(503, Retry_After="soon"), "failed: HTTP 503", True, None),
        (http(429, Retry_After="9" * 30), "failed: HTTP 429", True, 604_800.0),
        (http(429, Retry_After="99999999"), "failed: HTTP 429", True, 604_800.0),
        (http(302), "failed: HTTP 302 without a usable address", False, None),
        (http(304), "failed: HTTP 304", True, None),
        (ForbiddenByRobots("no"), "robots", False, None),
        (RobotsUnreadable(None), "failed: robots.txt unreachable", True, None),
        (RobotsUnreadable(CannotResolveHostError("x")), "failed: DNS", True, None),
        (RobotsUnreadable(RefusedAddress("x")), "failed: address refused", True, None),
        (RobotsUnreadable(http(302)), "failed: robots.txt unreachable", True, None),
        (SSLError(), "failed: TLS", True, None),  # type: ignore[no-untyped-call]
        (DownloadTimeoutError("x"), "failed: timeout", True, None),
    ],
)
def test_each_refusal_of_a_network_has_its_own_outcome(
    error: Exception, outcome: str, passing: bool, retry_after: float | None
) -> None:
    trouble = trouble_of(Failure(error), now=1_772_352_000.0)  # type: ignore[no-untyped-call]  # Twisted's own gap
    assert (trouble.outcome, trouble.passing, trouble.retry_after) == (outcome, passing, retry_after)
