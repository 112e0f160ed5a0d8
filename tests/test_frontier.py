"""The frontier: a URL is fetched once, is never lost, and is done only when nothing of it can be lost."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from archive import ArchiveError, Article, Segment, open_bucket
from archive.records import DedupVerdict, Http
from crawler.ends import LOOKS
from crawler.frontier import FIRST_RETRY, MAX_ATTEMPTS, Frontier, Look, runs_under_way
from crawler.hosts import Hosts
from crawler.offers import ALL_AT_ONCE, FOLD_AFTER
from crawler.polls import LEASE, LONGEST_WAIT, LOOK_EVERY, SLOWEST, Polled, Validators
from crawler.runlock import RunLock, alive_runs
from pipelines.items import Link
from tests.archive_samples import NOON, article, store


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def link(number: int = 1, updated: str | None = None) -> Link:
    url = f"https://news.example/story-{number}"
    return Link(url=url, source="news", discovered_by="https://news.example/feed", title="Título", updated=updated)


def archived(number: int, verdict: DedupVerdict = "unique", **fields: Any) -> Article:
    made = article(f"story-{number}", source="news", verdict=verdict)
    return msgspec.structs.replace(made, url=link(number).url, **fields)


def segment(folder: Path, *articles: Article) -> Segment:
    """The articles, committed."""
    return store(open_bucket(folder / "archive"), *articles)


def looked_at(frontier: Frontier) -> list[Look]:
    return frontier.waiting(["news"], 10)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_new_link_is_taken_once(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        assert frontier.offer([link(1), link(2), link(1)]) == [link(1), link(2)]
        assert frontier.offer([link(1), link(2)]) == []


def test_the_same_story_under_a_tracking_parameter_is_the_same_link(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        tracked = Link(url="https://NEWS.example/story-1?utm_source=rss#top", source="news", discovered_by="x")
        assert frontier.offer([tracked]) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://www.news.example/story-1/",
        "https://amp.news.example/story-1",
        "https://m.news.example/story-1/amp/?utm_source=feed",
        "https://news.example/2026/the-story/",  # where its page says that it is
        "https://news.example/2026/moved",  # where the redirect led to
    ],
)
def test_a_page_is_fetched_once_whatever_it_is_called(tmp_path: Path, clock: Clock, url: str) -> None:
    page = archived(1, canonical_url="https://www.news.example/2026/the-story")
    asked = {"requested_url": link(1).url}
    page = msgspec.structs.replace(page, url="https://news.example/2026/moved", extra=asked)
    with Frontier(tmp_path, "run-a", clock) as frontier:
        assert frontier.offer([link(1)])
        frontier.take(segment(tmp_path, page))
        assert frontier.offer([replace(link(1), url=url)]) == []
        assert frontier.offer([link(2)])


def test_what_another_run_works_on_is_left_to_it(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as one, Frontier(tmp_path, "run-b", clock) as other:
        assert one.offer([link(1)]) == [link(1)]
        assert other.offer([link(1), link(2)]) == [link(2)]
        assert other.take_over() == 0


def test_a_run_that_ends_gives_back_what_it_did_not_come_to(tmp_path: Path, clock: Clock) -> None:
    one = Frontier(tmp_path, "run-a", clock)
    one.offer([link(1), link(2)])
    one.done(link(1), "irrelevant")
    one.close()
    assert one.given_back == 1
    with Frontier(tmp_path, "run-b", clock) as other:
        assert other.waiting(["news"], 10) == [Look(link(2))]


def test_what_there_is_no_room_for_waits_for_this_run_or_another_the_newest_first(tmp_path: Path, clock: Clock) -> None:
    links = [link(day, updated=f"1970-01-{day:02}T00:00:00+00:00") for day in (3, 5, 1, 4, 2)]
    with Frontier(tmp_path, "run-a", clock) as one, Frontier(tmp_path, "run-b", clock) as other:
        one.park(one.offer(links))
        assert one.count_waiting("news", clock.now) == 5
        assert [look.link for look in one.waiting(["news"], 2)] == [links[1], links[3]]
        assert [look.link for look in other.waiting(["news"], 10)] == [links[0], links[4], links[2]]
        assert one.count_waiting("news", clock.now) == 0


def test_a_run_does_not_come_back_to_what_came_due_since_it_began(tmp_path: Path, clock: Clock) -> None:
    begun = clock.now
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1), link(2)])
        frontier.failed(link(1), "failed: HTTP 500")
        frontier.take(segment(tmp_path, archived(2, fetched=NOON.isoformat(), published=None)))
        clock.now = NOON.timestamp() + 7_200
        assert frontier.waiting(["news"], 10, begun) == []
        assert [look.link.url for look in frontier.waiting(["news"], 10)] == [link(1).url, link(2).url]


def _dies(folder: Path) -> None:
    frontier = Frontier(folder, "run-dead", Clock())
    frontier.offer([link(1)])
    frontier.polls.claim("https://news.example/feed", "news")
    os._exit(9)


def test_what_a_dead_run_had_leased_is_taken_over_at_once(tmp_path: Path, clock: Clock) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_dies, args=(tmp_path,))
    process.start()
    process.join()
    assert process.exitcode == 9
    with Frontier(tmp_path, "run-b", clock) as frontier:
        assert frontier.polls.claim("https://news.example/feed", "news") is not None
        assert frontier.take_over() == 1
        assert frontier.waiting(["news"], 10) == [Look(link(1))]
        assert runs_under_way(tmp_path) == ["run-b"]


def test_a_done_url_comes_up_again_only_when_its_feed_says_that_it_changed(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1, updated="2026-03-01T08:00:00+00:00")])
        frontier.done(link(1), "archived")
        assert frontier.offer([link(1)]) == []
        assert frontier.offer([link(1, updated="2026-03-01T08:00:00+00:00")]) == []
    clock.now += 900
    with Frontier(tmp_path, "run-b", clock) as frontier:
        newer = link(1, updated="2026-03-01T09:00:00+00:00")
        assert frontier.offer([newer]) == [newer]


def test_a_story_whose_address_another_page_gave_for_its_own_is_fetched_if_its_headline_is_another(
    tmp_path: Path, clock: Clock
) -> None:
    """A template that names the wrong canonical address hides no story; a second address of one story costs nothing."""
    title = "Clinic tells 40,000 patients of a theft of records"
    other = archived(1, canonical_url=link(2).url, title=title, fetched=epoch(clock))
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        frontier.take(segment(tmp_path, other))
    clock.now += 900
    with Frontier(tmp_path, "run-b", clock) as frontier:
        same = replace(link(2), title="Clinic tells 40,000 patients of theft of records | News")
        assert frontier.offer([same]) == frontier.offer([replace(link(2), title=None)]) == []
        another = replace(link(2), title="Airline says loyalty accounts were copied")
        assert frontier.offer([another]) == [another]
        frontier.done(another, "archived")
        assert frontier.offer([same, link(1)]) == []


def test_what_a_run_has_fetched_and_its_feed_then_calls_newer_is_for_the_next_run(tmp_path: Path, clock: Clock) -> None:
    newer = link(1, updated="2026-03-01T09:00:00+00:00")
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1, updated="2026-03-01T08:00:00+00:00")])
        frontier.done(link(1), "archived")
        clock.now += 60
        assert frontier.offer([newer]) == []
        assert frontier.waiting(["news"], 10, before=clock.now - 60) == []
    with Frontier(tmp_path, "run-b", clock) as frontier:
        assert len(looked_at(frontier)) == 1


@pytest.mark.parametrize(("known", "asked"), [(ALL_AT_ONCE - 1, True), (ALL_AT_ONCE, False)])
def test_a_document_that_gives_all_it_holds_a_newer_time_tells_when_it_was_made(
    tmp_path: Path, clock: Clock, known: int, asked: bool
) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        for number in range(known):
            frontier.offer([link(number, updated="2026-03-01T08:00:00+00:00")])
            frontier.done(link(number), "archived")
    clock.now += 900
    restamped = [link(number, updated="2026-03-01T09:00:00+00:00") for number in range(known)]
    new = link(99, updated="2026-03-01T09:00:00+00:00")
    with Frontier(tmp_path, "run-b", clock) as frontier:
        assert frontier.offer([*restamped, new]) == [*(restamped if asked else []), new]
        assert frontier.offer([*restamped[1:], link(0, updated="2026-03-01T08:00:00+00:00")]) == (
            [] if asked else restamped[1:]
        )


def test_a_feed_and_a_sitemap_that_differ_about_a_time_do_not_have_it_fetched_twice(
    tmp_path: Path, clock: Clock
) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1, updated="2026-03-01T08:00:00+00:00"), link(1, updated="2026-03-01T10:05:00+01:00")])
        frontier.done(link(1), "archived")
        assert frontier.offer([link(1, updated="2026-03-01T09:05:00+00:00")]) == []


def test_a_section_page_that_is_read_before_the_feed_does_not_have_a_page_of_another_time_fetched_twice(
    tmp_path: Path, clock: Clock
) -> None:
    told = link(1, updated="2026-03-01T08:00:00+00:00")
    with Frontier(tmp_path, "run-a", clock) as frontier:
        assert frontier.offer([link(1)]) == [link(1)]
        assert frontier.offer([told]) == []
        frontier.take(segment(tmp_path, archived(1, fetched=epoch(clock), published="2026-03-01T03:00:00+00:00")))
    clock.now += 900
    with Frontier(tmp_path, "run-b", clock) as frontier:
        assert frontier.offer([told]) == []


def test_a_frontier_made_again_from_the_archive_still_notices_what_changed(tmp_path: Path, clock: Clock) -> None:
    clock.now = 2_000_000_000.0  # after it was fetched
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.take(segment(tmp_path, archived(1, modified="2026-03-01T08:00:00+09:00")))
        assert frontier.offer([link(1, updated="2026-02-28T23:00:00+00:00")]) == []
        newer = link(1, updated="2026-02-28T23:30:00+00:00")
        assert frontier.offer([newer]) == [newer]


def test_a_passing_failure_is_tried_again_later_and_later_until_it_is_given_up(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        taken = frontier.offer([link(1)])
        waits = []
        while taken:
            frontier.failed(link(1), "failed: timeout")
            before = clock.now
            while frontier.outcome(link(1).url) and frontier.counts() != {"done": 1}:
                if taken := frontier.offer([link(1)]):
                    break
                clock.now += FIRST_RETRY
            else:
                break
            waits.append(clock.now - before)
        assert waits == [FIRST_RETRY * 4**n for n in range(MAX_ATTEMPTS - 1)]
        assert frontier.outcome(link(1).url) == "failed: timeout"


def test_without_a_network_nothing_is_given_up_and_no_poll_is_put_back(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        frontier.failed(link(1), "failed: timeout")
        for _ in range(2 * MAX_ATTEMPTS):
            clock.now += FIRST_RETRY
            assert frontier.waiting(["news"], 1) == [Look(link(1))]
            frontier.failed(link(1), "failed: DNS", counts=False)
            assert frontier.polls.claim(FEED, "news") is not None
            frontier.polls.failed(FEED, FIRST_RETRY, counts=False)


def test_a_clock_that_was_wrong_for_a_run_does_not_silence_a_source_for_years(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier, Hosts(tmp_path, clock) as hosts:
        right = clock.now
        clock.now += 3 * 365 * 86_400
        assert frontier.polls.claim(FEED, "news") is not None
        frontier.polls.unchanged(FEED, 900)
        hosts.pause("news.example", clock.now + 604_800)
        assert (frontier.polls.claim(FEED, "news"), hosts.paused("news.example")) == (None, clock.now + 604_800)
        clock.now = right
        assert frontier.polls.claim(FEED, "news") is not None
        assert hosts.paused("news.example") is None


def test_a_clock_that_was_wrong_for_a_run_does_not_put_off_a_page_for_years(tmp_path: Path, clock: Clock) -> None:
    right = clock.now
    with Frontier(tmp_path, "run-a", clock) as frontier:
        clock.now += 3 * 365 * 86_400
        frontier.offer([link(1), link(2)])
        frontier.failed(link(1), "failed: HTTP 503")
        clock.now = right
        frontier.failed(link(2), "failed: HTTP 503", retry_after=604_800)
    with Frontier(tmp_path, "run-b", clock) as frontier:
        frontier.take_over()
        assert [look.link for look in looked_at(frontier)] == [link(1)]


def test_a_server_that_asks_for_longer_gets_longer(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        frontier.failed(link(1), "failed: HTTP 429", retry_after=86_400)
        clock.now += 86_000
        assert frontier.waiting(["news"], 1) == []
        clock.now += 1_000
        assert frontier.waiting(["news"], 1) == [Look(link(1))]


def test_a_commit_marks_its_urls_done_however_often_it_is_told(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        held = segment(tmp_path, archived(1), archived(9, verdict="duplicate"))
        assert [frontier.take(held), frontier.take(held)] == [True, False]
        assert frontier.counts() == {"done": 2}
        assert frontier.outcome(link(9).url) == "duplicate"


def test_an_address_is_polled_by_one_run_and_not_before_it_is_due(tmp_path: Path, clock: Clock) -> None:
    feed = "https://news.example/feed"
    with Frontier(tmp_path, "run-a", clock) as one, Frontier(tmp_path, "run-b", clock) as other:
        assert one.polls.claim(feed, "news") == Validators()
        assert other.polls.claim(feed, "news") is None
        one.polls.answered(feed, Validators('"x"', "Mon"), 900, new=0)
        assert other.polls.claim(feed, "news") is None
        clock.now += 900
        assert other.polls.claim(feed, "news") == Validators('"x"', "Mon")


def test_an_address_that_fails_is_asked_less_and_less_but_never_dead_for_ever(tmp_path: Path, clock: Clock) -> None:
    feed = "https://news.example/feed"
    with Frontier(tmp_path, "run-a", clock) as frontier:
        for expected in (900, 1800, 3600, *[86_400] * 60):
            assert frontier.polls.claim(feed, "news") is not None
            frontier.polls.failed(feed, 900)
            if expected < 86_400:
                clock.now += expected - 1
                assert frontier.polls.claim(feed, "news") is None
                clock.now += 1
            else:
                clock.now += 86_400


def epoch(clock: Clock) -> str:
    return datetime.fromtimestamp(clock.now, UTC).isoformat()


def test_an_archived_article_is_looked_at_again_less_and_less_often(tmp_path: Path, clock: Clock) -> None:
    begun = clock.now
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        held = archived(1, fetched=epoch(clock), http=Http(etag='"7"', last_modified="Mon"))
        frontier.take(segment(tmp_path, held))
        seen = []
        while clock.now < begun + 20 * 86_400:
            clock.now += 600
            for look in looked_at(frontier):
                seen.append(clock.now - begun)
                assert look == Look(link(1), Validators('"7"', "Mon"))
                frontier.done(look.link, "unchanged")
        assert seen == list(LOOKS)


def test_looks_that_were_missed_are_not_made_up_for(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.take(segment(tmp_path, archived(1, fetched=epoch(clock))))
        clock.now += LOOKS[2] - 60
        (look,) = looked_at(frontier)
        frontier.done(look.link, "unchanged")
        assert looked_at(frontier) == []
        clock.now += 60
        assert len(looked_at(frontier)) == 1


def test_a_revision_found_by_a_look_does_not_begin_the_schedule_anew(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.take(segment(tmp_path, archived(1, fetched=epoch(clock))))
        clock.now += LOOKS[0]
        assert len(looked_at(frontier)) == 1
        frontier.take(segment(tmp_path, archived(1, verdict="revision", fetched=epoch(clock))))
        clock.now += LOOKS[0]
        assert looked_at(frontier) == []


@pytest.mark.parametrize("published", ["1970-01-01T00:00:00Z", "1970-01-05"])
def test_an_article_that_was_old_when_it_was_found_is_not_looked_at_again(
    tmp_path: Path, clock: Clock, published: str
) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.take(segment(tmp_path, archived(1, fetched=epoch(clock), published=published)))
        clock.now += LOOKS[1]
        assert looked_at(frontier) == []


def test_what_has_no_article_is_not_looked_at_again(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        for number, outcome in enumerate(("irrelevant", "failed: HTTP 404", "robots", "too_large")):
            frontier.offer([link(number)])
            frontier.done(link(number), outcome)
        clock.now += LOOKS[3]
        assert looked_at(frontier) == []


def test_new_links_come_before_second_looks(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.take(segment(tmp_path, archived(1, fetched=epoch(clock))))
        clock.now += LOOKS[0]
        frontier.offer([link(2)])
        frontier.give_back(link(2))
        assert [look.link.url for look in looked_at(frontier)] == [link(2).url, link(1).url]


def test_a_lease_that_a_hung_run_holds_for_a_day_is_free_again(tmp_path: Path, clock: Clock) -> None:
    feed = "https://news.example/feed"
    with Frontier(tmp_path, "run-a", clock) as hung, Frontier(tmp_path, "run-b", clock) as other:
        hung.offer([link(1)])
        hung.polls.claim(feed, "news")
        clock.now += LEASE - 1
        assert (other.take_over(), other.polls.claim(feed, "news")) == (0, None)
        clock.now += 2
        assert other.take_over() == 1
        assert other.polls.claim(feed, "news") is not None
        assert looked_at(other) == [Look(link(1))]


def test_an_address_that_another_run_has_claimed_stays_claimed_when_a_fill_puts_it_off(
    tmp_path: Path, clock: Clock
) -> None:
    feed = "https://news.example/feed"
    runs = (Frontier(tmp_path, name, clock) for name in ("run-a", "run-b", "run-c"))
    with next(runs) as one, next(runs) as fill, next(runs) as third:
        assert one.polls.claim(feed, "news") is not None
        fill.polls.put_off(feed, 0.0)
        assert third.polls.claim(feed, "news") is None
        one.polls.put_off(feed, 0.0)
        assert third.polls.claim(feed, "news") is not None


def test_what_a_run_commits_that_dies_as_the_next_one_begins_is_not_taken_over(tmp_path: Path, clock: Clock) -> None:
    """The next run has caught up with the archive by then, and would fetch again what it does not know to be there."""
    one = Frontier(tmp_path, "run-a", clock)
    one.offer([link(1)])
    with Frontier(tmp_path, "run-b", clock) as other:
        segment(tmp_path, archived(1))
        one._lock.release()  # as the system does
        assert other.take_over() == 0
        assert looked_at(other) == []


def test_what_a_run_has_in_hand_as_its_source_is_renamed_is_the_new_name_s(tmp_path: Path, clock: Clock) -> None:
    feed = "https://news.example/feed"
    one = Frontier(tmp_path, "run-a", clock)
    with Frontier(tmp_path, "run-b", clock) as other:
        one.polls.claim(feed, "news")
        one.offer([link(1)])
        other.rename({feed: "journal"}, {"journal"})
        one.close()
        assert [look.link for look in other.waiting(["journal"], 10)] == [replace(link(1), source="journal")]


def test_a_run_is_never_taken_for_dead_while_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks which runs are alive clears the files away that nobody has locked."""

    def flock(handle: int, operation: int) -> None:
        monkeypatch.undo()
        assert alive_runs(tmp_path) == []
        fcntl.flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    lock = RunLock(tmp_path, "run-a")
    assert alive_runs(tmp_path) == ["run-a"]
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_what_is_put_off_is_due_when_its_host_said(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        frontier.give_back(link(1), clock.now + 3_600)
        assert (frontier.offer([link(1)]), looked_at(frontier)) == ([], [])
        clock.now += 3_600
        assert looked_at(frontier) == [Look(link(1))]


def test_what_is_done_for_good_is_folded_after_a_month_and_still_known(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        for number in range(5):
            frontier.offer([link(number, updated="1970-01-10T00:00:00+00:00")])
        for number in range(3):
            frontier.done(link(number), "irrelevant")
        frontier.failed(link(3), "failed: timeout")
        clock.now += FOLD_AFTER - 60
        assert frontier.fold() == 0
        clock.now += 120
        assert frontier.fold() == 3
        assert frontier.counts() == {"pending": 1, "leased": 1}
        assert frontier.offer([link(number, updated="1970-01-12T00:00:00+00:00") for number in range(3)]) == []
        assert frontier.offer([link(0)]) == []


def test_a_folded_url_comes_up_again_if_its_feed_says_that_it_changed_since(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([link(1)])
        frontier.done(link(1), "archived")
        clock.now += FOLD_AFTER + 60
        assert frontier.fold() == 1
        changed = link(1, updated=epoch(clock))
        assert frontier.offer([changed, changed]) == [changed]
        frontier.done(changed, "unchanged")
        assert frontier.offer([changed]) == []


def test_a_folded_url_does_not_come_up_again_each_month_for_a_date_of_the_future(tmp_path: Path, clock: Clock) -> None:
    ahead = link(1, updated="1999-01-01T00:00:00+00:00")
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.offer([ahead])
        frontier.done(ahead, "archived")
        clock.now += FOLD_AFTER + 60
        assert frontier.fold() == 1
        assert frontier.offer([ahead]) == []


FEED = "https://news.example/feed"


def poll(frontier: Frontier, clock: Clock, new: int, every: float = 900) -> float:
    """Waits until the feed is due, polls it; the seconds that it took."""
    before = clock.now
    while frontier.polls.claim(FEED, "news") is None:
        clock.now += 60
    frontier.polls.answered(FEED, Validators(digest=str(clock.now)), every, new=new)
    return clock.now - before


def test_a_feed_without_news_is_asked_less_often_and_one_with_news_more(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        waits = [poll(frontier, clock, new=0) for _ in range(30)]
        assert waits == sorted(waits)
        assert waits[:2] == [0, 900]
        assert waits[-1] == SLOWEST * 900
        busy = [poll(frontier, clock, new=1) for _ in range(8)]
        assert busy == sorted(busy, reverse=True)
        assert busy[-1] == 900


def test_a_feed_that_is_polled_once_a_day_and_brings_nothing_is_asked_at_least_once_a_week_and_not_by_each_run(
    tmp_path: Path, clock: Clock
) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        waits = [poll(frontier, clock, new=0, every=86_400) for _ in range(16)]
        assert waits == sorted(waits)
        assert waits[-1] == LONGEST_WAIT
        frontier.polls.claim(FEED, "news")
        frontier.polls.failed(FEED, 2 * 86_400)
        assert poll(frontier, clock, new=0) == 2 * 86_400


def test_files_of_an_index_that_bring_news_bring_the_next_poll_near(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        for _ in range(30):
            poll(frontier, clock, new=0)
        frontier.polls.found_more(FEED, 900)
        assert poll(frontier, clock, new=0) == 900


def test_a_feed_that_asks_for_longer_gets_longer_and_an_answer_ends_its_failures(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.polls.claim(FEED, "news")
        frontier.polls.failed(FEED, 900, retry_after=7_200)
        assert poll(frontier, clock, new=0) == 7_200
        frontier.polls.claim(FEED, "news")
        frontier.polls.failed(FEED, 900)
        assert poll(frontier, clock, new=0) == 900


def test_an_address_is_asked_for_its_body_once_a_day_whatever_its_validators_say(tmp_path: Path, clock: Clock) -> None:
    given = Validators('"x"', "Mon", "digest")
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.polls.claim(FEED, "news")
        frontier.polls.answered(FEED, given, 0, new=1)
        begun = clock.now
        while clock.now < begun + LOOK_EVERY:
            assert frontier.polls.claim(FEED, "news") == given
            frontier.polls.unchanged(FEED, 0)
            clock.now += 7_200
        assert frontier.polls.claim(FEED, "news") == Validators(digest="digest")
        frontier.polls.answered(FEED, given, 0, new=0)
        assert frontier.polls.claim(FEED, "news") == given


def test_a_server_whose_validators_lie_is_not_asked_by_them_again(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.polls.claim(FEED, "news")
        frontier.polls.answered(FEED, Validators('"x"', digest="monday"), 0, new=5)
        clock.now += LOOK_EVERY
        frontier.polls.claim(FEED, "news")
        frontier.polls.answered(FEED, Validators('"x"', digest="tuesday"), 0, new=2)
        assert frontier.polls.claim(FEED, "news") == Validators(digest="tuesday")


def test_how_an_address_does_is_kept(tmp_path: Path, clock: Clock) -> None:
    with Frontier(tmp_path, "run-a", clock) as frontier:
        frontier.polls.claim(FEED, "news")
        for newest in ("2026-03-02T00:00:00+00:00", "2026-03-01T00:00:00+00:00", None):
            frontier.polls.answered(FEED, Validators(), 900, new=1, newest=newest)
        expected = Polled(FEED, "news", clock.now, clock.now + 900, 900, 0, "2026-03-02T00:00:00+00:00")
        assert frontier.polls.of("news") == [expected]


def test_a_file_that_is_no_database_is_told_with_the_mend(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "frontier.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(ArchiveError, match="archive rebuild"):
        Frontier(tmp_path, "run-a", clock)


class NothingIsLost(RuleBasedStateMachine):
    """Two runs offer, finish, fail and end in any order: every URL stays pending, leased or done, and a URL is never
    with both runs at once."""

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.number = 0
        self.runs = [self._start(), self._start()]
        self.held: list[set[int]] = [set(), set()]
        self.offered: set[int] = set()
        self.done: set[int] = set()

    def _start(self) -> Frontier:
        self.number += 1
        return Frontier(Path(self.folder.name), f"run-{self.number}", self.clock)

    @rule(run=st.integers(0, 1), numbers=st.lists(st.integers(0, 9), max_size=5))
    def offer(self, run: int, numbers: list[int]) -> None:
        taken = {int(taken.url.rpartition("-")[2]) for taken in self.runs[run].offer(map(link, numbers))}
        assert not taken & (self.held[0] | self.held[1] | self.done)
        self.offered |= set(numbers)
        self.held[run] |= taken

    @rule(run=st.integers(0, 1))
    def finish(self, run: int) -> None:
        if self.held[run]:
            number = self.held[run].pop()
            self.runs[run].done(link(number), "archived")
            self.done.add(number)

    @rule(run=st.integers(0, 1))
    def fail(self, run: int) -> None:
        if self.held[run]:
            number = self.held[run].pop()
            self.runs[run].failed(link(number), "failed: timeout")
            if self.runs[run].counts().get("done", 0) > len(self.done):
                self.done.add(number)

    @rule(run=st.integers(0, 1))
    def end(self, run: int) -> None:
        self.runs[run].close()
        assert self.runs[run].given_back == len(self.held[run])
        self.held[run] = set()
        self.runs[run] = self._start()

    @rule(hours=st.integers(1, 100))
    def wait(self, hours: int) -> None:
        self.clock.now += 3600 * hours

    @invariant()
    def every_url_is_accounted_for(self) -> None:
        counts = self.runs[0].counts()
        assert sum(counts.values()) == len(self.offered)
        assert counts.get("done", 0) == len(self.done)
        assert counts.get("leased", 0) == len(self.held[0] | self.held[1])

    def teardown(self) -> None:
        if hasattr(self, "runs"):
            for run in self.runs:
                run.close()
            self.folder.cleanup()


TestNothingIsLost = NothingIsLost.TestCase
TestNothingIsLost.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
