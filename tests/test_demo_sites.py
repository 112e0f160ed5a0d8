"""The demonstration sites serve exactly what they promise; every other end-to-end test stands on that."""

from __future__ import annotations

import gzip
import html
import http.client
import re
import socket
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from crawler.demo import DemoSite, DemoWeb, ExpectedPage
from crawler.demo.content import load_sites, load_stories
from tests.demo_http import Reply

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def web() -> Iterator[DemoWeb]:
    with DemoWeb() as web:
        yield web


@pytest.fixture(scope="module")
def second_day() -> Iterator[DemoWeb]:
    with DemoWeb() as web:
        web.next_day()
        yield web


def site(web: DemoWeb, name: str) -> DemoSite:
    return next(site for site in web.sites if site.name == name)


def of_day(web: DemoWeb, day: int) -> list[ExpectedPage]:
    return [page for page in web.expected if page.day == day]


def page(web: DemoWeb, name: str, story: str, day: int = 1) -> ExpectedPage:
    return next(one for one in of_day(web, day) if (one.site, one.story) == (name, story))


def feed_links(feed_url: str) -> list[str]:
    parsed = feedparser.parse(Reply(feed_url).body)
    assert not parsed.bozo, parsed.bozo_exception
    return [entry.link for entry in parsed.entries]


# What there is


def test_five_sites_in_three_languages_with_about_sixty_articles(web: DemoWeb) -> None:
    assert [(site.name, site.language, site.kind) for site in web.sites] == [
        ("courier", "en", "newspaper"),
        ("ledger", "en", "newspaper"),
        ("wirepool", "en", "aggregator"),
        ("minato", "ja", "newspaper"),
        ("falken", "de", "newspaper"),
    ]
    assert len(of_day(web, 1)) == 56
    assert len(of_day(web, 2)) == 59
    assert len({site.style for site in load_sites()}) == 5


def test_every_kind_of_outcome_is_expected_of_some_page(web: DemoWeb) -> None:
    outcomes = Counter(page.outcome for page in of_day(web, 1))
    assert outcomes == {
        "archived": 19,
        "duplicate": 7,
        "irrelevant": 26,
        "paywalled": 1,
        "robots": 1,
        "failed": 1,
        "too_large": 1,
    }


def test_every_announced_page_answers_with_the_promised_status(second_day: DemoWeb) -> None:
    for one in of_day(second_day, 2):
        reply = Reply(one.url, "HEAD")
        if one.outcome == "failed":
            assert reply.status == 404
        elif one.url != one.lands_on:
            assert (reply.status, reply.headers["Location"]) == (301, one.lands_on)
            assert Reply(one.lands_on, "HEAD").status == 200
        else:
            assert reply.status == 200, one.url


def test_every_link_within_a_site_leads_to_a_page(second_day: DemoWeb) -> None:
    for one in second_day.sites:
        base = one.home.rstrip("/")
        replies = [Reply(base + path) for path in second_day.paths(one.name) if "live-every" not in path]
        pages = [reply.text for reply in replies if "html" in reply.headers["Content-Type"]]
        links = {link for text in pages for link in re.findall(r'<a[^>]* href="(/[^"]*)"', text)}
        assert len(links) > 5
        assert {Reply(base + link, "HEAD").status for link in links} == {200}


def test_an_unknown_address_is_not_found(web: DemoWeb) -> None:
    assert Reply(site(web, "courier").home + "no/such/page").status == 404


# What the pages hold


def test_a_page_holds_its_paragraphs_whole_and_in_order(web: DemoWeb) -> None:
    for one in of_day(web, 1):
        if one.outcome in ("failed", "too_large"):
            continue
        text = html.unescape(Reply(one.lands_on).text)
        assert one.title in " ".join(text.split()), one.url
        places = [text.find(paragraph) for paragraph in one.text.split("\n\n")]
        assert -1 not in places, one.url
        assert places == sorted(places), one.url


def test_the_main_stories_have_the_length_of_real_news() -> None:
    for story in load_stories().values():
        if story.kind == "breach" and story.id not in ("draft-probe", "withdrawn", "live-album"):
            size = len(story.text) if story.language == "ja" else len(story.text.split())
            low = 500 if story.language == "ja" else 170
            assert low <= size <= 800, story.id
            assert len(story.paragraphs(1)) >= 5, story.id


def test_the_aggregators_related_stories_are_longer_than_its_article(web: DemoWeb) -> None:
    for story in ("larkfield", "tessaly", "annual-report"):
        one = page(web, "wirepool", story)
        text = Reply(one.url).text
        related = "".join(re.findall(r"</h4><p>(.*?)</p>", text, re.DOTALL))
        assert len(related) > 1.2 * len(one.text)
        assert "#DataBreach" in text
        assert "No comments yet" in text
        assert "Hashtags" in text


def test_one_article_is_not_a_third_as_long_as_its_related_stories(web: DemoWeb) -> None:
    one = page(web, "wirepool", "annual-report")
    related = "".join(re.findall(r"</h4><p>(.*?)</p>", Reply(one.url).text, re.DOTALL))
    assert len(related) > 3 * len(one.text)


def test_the_old_site_has_bullets_print_buttons_and_also_read(web: DemoWeb) -> None:
    text = Reply(page(web, "ledger", "university").url).text
    assert "<br><br>" in text
    assert "Also Read : <a" in text
    assert "&bull; ransomware" in text
    assert "PRINT" in text
    assert "<article" not in text


def test_the_semantic_site_says_in_json_ld_what_it_is(web: DemoWeb) -> None:
    text = Reply(page(web, "courier", "larkfield").url).text
    assert '"@type": "NewsArticle"' in text
    assert '"isAccessibleForFree": true' in text


def test_a_copy_is_whole_cut_or_has_a_local_lead(web: DemoWeb) -> None:
    whole = page(web, "wirepool", "larkfield").text
    standfirst = load_stories()["larkfield"].summary
    assert page(web, "courier", "larkfield").text == f"{standfirst}\n\n{whole}"
    local = page(web, "ledger", "larkfield").text
    assert local.endswith(whole)
    assert local != whole
    cut = page(web, "ledger", "tessaly").text
    assert page(web, "wirepool", "tessaly").text.startswith(cut + "\n\n")
    assert {one.copy_of for one in of_day(web, 1)} == {
        None,
        "larkfield",
        "tessaly",
        "annual-report",
        "ja-hospital",
    }


def test_each_group_of_copies_has_one_that_is_archived_first(web: DemoWeb) -> None:
    for group in ("larkfield", "tessaly", "annual-report", "ja-hospital"):
        outcomes = [one.outcome for one in of_day(web, 1) if one.copy_of == group]
        assert outcomes[0] == "archived"
        assert set(outcomes[1:]) == {"duplicate"}


def test_the_follow_up_quotes_its_background_but_is_no_copy(web: DemoWeb) -> None:
    first, follow_up = page(web, "courier", "larkfield"), page(web, "courier", "larkfield-inquiry")
    quoted = set(first.text.split("\n\n")) & set(follow_up.text.split("\n\n"))
    assert len(quoted) == 3
    assert follow_up.copy_of is None
    assert follow_up.allowed == ("archived", "related")
    assert 0.2 < containment(five_grams(first.text), five_grams(follow_up.text)) < 0.5


def test_the_paywalled_page_shows_standfirst_and_two_paragraphs_and_says_so(web: DemoWeb) -> None:
    one = page(web, "courier", "dunmere")
    text = Reply(one.url).text
    assert one.text.split("\n\n") == [load_stories()["dunmere"].summary, *load_stories()["dunmere"].paragraphs(1)[:2]]
    assert '"isAccessibleForFree": false' in text
    assert "Subscribe to continue reading" in text
    assert load_stories()["dunmere"].paragraphs(1)[2] not in html.unescape(text)


def test_robots_txt_forbids_the_private_page_and_asks_for_a_delay(web: DemoWeb) -> None:
    courier = site(web, "courier")
    robots = Reply(courier.home + "robots.txt")
    assert robots.headers["Content-Type"].startswith("text/plain")
    assert "Disallow: /private/\nCrawl-delay: 0.1\n" in robots.text
    assert f"Sitemap: {courier.sitemaps[0]}" in robots.text
    assert urlsplit(page(web, "courier", "draft-probe").url).path.startswith("/private/")


def test_the_windows_1252_page_says_so_in_its_meta_tag_only(web: DemoWeb) -> None:
    reply = Reply(page(web, "ledger", "cafe-bookings").url)
    assert reply.headers["Content-Type"] == "text/html"
    assert b'<meta charset="windows-1252">' in reply.body
    assert "“Tips well”".encode("cp1252") in reply.body


def test_the_shift_jis_page_says_so_in_its_header(web: DemoWeb) -> None:
    reply = Reply(page(web, "minato", "ja-shop").url)
    assert reply.headers["Content-Type"] == "text/html; charset=shift_jis"
    assert "千鳥庵はまや".encode("shift_jis") in reply.body


def test_the_huge_page_has_twenty_mebibytes_and_arrives_in_pieces(web: DemoWeb) -> None:
    url = page(web, "wirepool", "live-album").url
    assert Reply(url, "HEAD").headers["Content-Length"] == str(20 * MIB)
    assert len(Reply(url).body) == 20 * MIB


def test_no_two_stories_share_text_by_accident() -> None:
    grams = {story.id: five_grams(story.text) for story in load_stories().values() if story.follows is None}
    for one, other in combinations(grams, 2):
        assert containment(grams[one], grams[other]) < 0.05, (one, other)


def containment(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """Shared 5-grams over those of the shorter text."""
    return len(one & other) / min(len(one), len(other))


def five_grams(text: str) -> set[tuple[str, ...]]:
    """The text's word 5-grams; a Japanese character counts as a word."""
    words = re.findall(r"[ぁ-ヿ一-鿿]|[^\Wぁ-ヿ一-鿿]+", text.lower())
    return {tuple(words[start : start + 5]) for start in range(max(1, len(words) - 4))}


# Feeds, sitemap, sections


def test_each_feed_parses_from_bytes_and_announces_the_promised_pages(web: DemoWeb) -> None:
    for one in web.sites:
        promised = [page.url for page in of_day(web, 1) if page.site == one.name and "feed" in page.found]
        assert feed_links(one.feeds[0]) == promised


def test_the_feeds_are_rss_atom_and_rdf_in_four_charsets(web: DemoWeb) -> None:
    kinds = {}
    for one in web.sites:
        parsed = feedparser.parse(Reply(one.feeds[0]).body)
        kinds[one.name] = (parsed.version, parsed.encoding.lower())
    assert kinds == {
        "courier": ("rss20", "utf-8"),
        "ledger": ("atom10", "utf-8"),
        "wirepool": ("atom10", "utf-8"),
        "minato": ("rss10", "euc-jp"),
        "falken": ("rss20", "iso-8859-1"),
    }


def test_a_feed_entry_says_title_summary_and_date(web: DemoWeb) -> None:
    for one in web.sites:
        pages = {page.url: page for page in of_day(web, 1) if page.site == one.name}
        for entry in feedparser.parse(Reply(one.feeds[0]).body).entries:
            assert re.sub(r"\s", " ", entry.title) == re.sub(r"\s", " ", pages[entry.link].title)
            assert entry.summary
            # RSS 1.0 has one date only, which feedparser calls `updated`.
            date = entry.get("published_parsed") or entry.updated_parsed
            assert date[:5] == pages[entry.link].published.utctimetuple()[:5]


def test_the_news_sitemap_lists_articles_that_the_feed_does_not_have(web: DemoWeb) -> None:
    courier = site(web, "courier")
    tree = etree.fromstring(Reply(courier.sitemaps[0]).body)
    names = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "n": "http://www.google.com/schemas/sitemap-news/0.9",
    }
    listed = [node.text for node in tree.iterfind("s:url/s:loc", names)]
    assert listed == [one.url for one in of_day(web, 1) if "sitemap" in one.found]
    assert len(set(listed) - set(feed_links(courier.feeds[0]))) == 3
    assert len(tree.findall("s:url/n:news/n:publication_date", names)) == len(listed)


def test_a_section_page_mixes_articles_with_other_links(web: DemoWeb) -> None:
    ledger = site(web, "ledger")
    links = {link for url in ledger.sections for link in re.findall(r'href="([^"]*)"', Reply(url).text)}
    promised = {urlsplit(one.url).path for one in of_day(web, 1) if "section" in one.found}
    assert promised < links
    assert {"/about", "/contact", "javascript:void(0)", "mailto:desk@example.invalid"} <= links
    assert {one.story for one in of_day(web, 1) if one.found == ("section",)} == {"vets", "clocks"}


# The second day


def test_the_second_day_adds_two_stories_and_a_late_copy(web: DemoWeb) -> None:
    seen = {(one.site, one.story) for one in of_day(web, 1)}
    new = {(one.site, one.story): one for one in of_day(web, 2) if (one.site, one.story) not in seen}
    assert {key: one.outcome for key, one in new.items()} == {
        ("courier", "ferry"): "archived",
        ("minato", "ja-nursery"): "archived",
        ("wirepool", "pellworth"): "duplicate",
    }
    assert all(Reply(one.url).status == 404 for one in new.values())


def test_the_second_day_changes_one_article_and_nothing_else() -> None:
    with DemoWeb() as web:
        first = served(web)
        web.next_day()
        second = served(web)
    assert first.keys() <= second.keys()
    assert {key for key, body in second.items() if first.get(key) != body} == {
        ("courier", "/"),
        ("courier", "/2026/09/skerry-line-cyberattack/"),
        ("courier", "/feed.xml"),
        ("ledger", "/city/4401.html"),
        ("ledger", "/atom.xml"),
        ("wirepool", "/"),
        ("wirepool", "/a/7kv9/council-e-mail-exposes-addresses"),
        ("wirepool", "/latest.atom"),
        ("minato", "/"),
        ("minato", "/article/20260916-003.html"),
        ("minato", "/index.rdf"),
    }


def served(web: DemoWeb) -> dict[tuple[str, str], bytes]:
    """Every body that a site serves; the huge page is left out."""
    return {
        (one.name, path): Reply(one.home[:-1] + path).body
        for one in web.sites
        for path in web.paths(one.name)
        if "live-every" not in path
    }


def test_the_edited_article_has_another_text_and_a_later_update_in_its_feed(second_day: DemoWeb) -> None:
    before, after = page(second_day, "ledger", "university", 1), page(second_day, "ledger", "university", 2)
    assert (after.outcome, after.url) == ("revision", before.url)
    assert "71,500" in after.text
    assert "71,500" in html.unescape(Reply(after.url).text)
    entries = {entry.link: entry for entry in feedparser.parse(Reply(site(second_day, "ledger").feeds[0]).body).entries}
    assert entries[after.url].updated.startswith("2026-09-16")
    assert entries[after.url].published.startswith("2026-09-14")


def test_on_the_second_day_what_was_archived_is_unchanged(web: DemoWeb) -> None:
    first = {(one.url): one for one in of_day(web, 1)}
    again = [one for one in of_day(web, 2) if one.url in first]
    kept = [one for one in again if first[one.url].outcome in ("archived", "duplicate")]
    assert Counter(one.outcome for one in kept) == {"unchanged": 25, "revision": 1}


def test_the_reason_of_a_failure_is_not_compared(web: DemoWeb) -> None:
    gone = page(web, "ledger", "withdrawn")
    assert gone.matches("failed: 404 Not Found")
    assert not gone.matches("archived")


# HTTP


def test_a_feed_answers_304_to_its_own_validators_until_it_changes() -> None:
    with DemoWeb() as web:
        url = site(web, "courier").feeds[0]
        first = Reply(url)
        etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
        for headers in ({"If_None_Match": etag}, {"If_Modified_Since": modified}):
            reply = Reply(url, **headers)
            assert (reply.status, reply.body) == (304, b"")
            assert reply.headers["ETag"] == etag
        assert Reply(url, If_None_Match='"other"', If_Modified_Since=modified).status == 200
        web.next_day()
        assert Reply(url, If_None_Match=etag).status == 200
        assert Reply(url, If_Modified_Since=modified).status == 200


def test_a_senseless_date_gets_the_whole_answer(web: DemoWeb) -> None:
    assert Reply(site(web, "courier").feeds[0], If_Modified_Since="yesterday").status == 200


def test_gzip_is_sent_to_those_who_accept_it(web: DemoWeb) -> None:
    url = page(web, "courier", "larkfield").url
    plain, packed = Reply(url), Reply(url, Accept_Encoding="gzip, deflate")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert int(packed.headers["Content-Length"]) == len(packed.body)


def test_one_connection_serves_many_requests(web: DemoWeb) -> None:
    courier = site(web, "courier")
    connection = http.client.HTTPConnection(urlsplit(courier.home).netloc, timeout=5)
    for path in ("/", "/feed.xml", "/no-such-page", "/news/8812", "/"):
        connection.request("GET", path)
        connection.getresponse().read()
    assert connection.sock is not None
    connection.close()


def test_a_head_request_sends_no_body(web: DemoWeb) -> None:
    reply = Reply(site(web, "courier").home, "HEAD")
    assert int(reply.headers["Content-Length"]) > 0
    assert reply.body == b""


def test_every_request_is_noted_in_order_with_its_status() -> None:
    with DemoWeb() as web:
        courier, ledger = site(web, "courier"), site(web, "ledger")
        Reply(courier.home + "robots.txt", User_Agent="test/1")
        Reply(ledger.home + "nothing?a=1")
        assert web.requests == [("courier", "/robots.txt", 200), ("ledger", "/nothing?a=1", 404)]
        assert web.hits[0].user_agent == "test/1"
        assert web.hits[0].at <= web.hits[1].at


def test_the_sites_listen_on_loopback_and_are_up_in_half_a_second() -> None:
    start = time.process_time()  # by the clock, other work on the machine would count
    with DemoWeb() as web:
        assert time.process_time() - start < 0.5
        assert {urlsplit(one.home).hostname for one in web.sites} == {"127.0.0.1"}
        urllib.request.urlopen(web.sites[-1].home).close()


def test_after_close_nobody_answers() -> None:
    with DemoWeb() as web:
        home = web.sites[0].home
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(home, timeout=2)


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            DemoWeb(port=taken.getsockname()[1])
