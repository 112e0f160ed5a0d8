"""The pages of `breachwire serve`: what they show, and that nothing in an archive can do harm in them."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from archive.errors import InvalidQuery
from archive.records import DedupEvidence, PhraseHit, Relevance, Removed, article_id
from crawler.health import Health, SourceRun
from crawler.web.app import Guard
from crawler.web.query import Query
from tests.archive_samples import article, response
from tests.web_samples import Site, archived

RELEVANT = Relevance(
    topic="breach",
    score=0.9,
    verdict="yes",
    evidence=(
        PhraseHit(phrase="records were taken", zone="lead", weight=2.7),
        PhraseHit(phrase="port", zone="lead", weight=-0.8),
        PhraseHit(phrase="breach", zone="title", weight=6.84),
    ),
)


# -- the list ----------------------------------------------------------------------------------------------------------


def test_the_list_shows_each_story_with_source_time_size_and_who_else_carried_it(tmp_path: Path) -> None:
    first = msgspec.structs.replace(
        article("a", published="2026-02-01T09:30:00Z"),
        facts={"people_affected": {"value": 412_000, "qualifier": "at least", "unit": "patients"}},
    )
    copy = article("b", source="wire", verdict="duplicate", cluster=first.id, duplicate_of=first.id)
    archived(tmp_path, first, copy)
    page = Site(tmp_path).ask("/").text
    assert page.count('<li class="story">') == 1
    assert f'href="story/{first.id}"' in page
    for shown in (
        "The Harbour Post",
        ">09:30</time>",
        "at least 412,000 patients",
        "also in wire",
        "Sunday, 1 February 2026",
    ):
        assert shown in page


def test_filters_narrow_the_list_and_stay_in_its_form(tmp_path: Path) -> None:
    archived(tmp_path, article("a", language="de"), article("b", source="wire"))
    site = Site(tmp_path)
    german = site.ask("/?language=de").text
    assert "Breach at a" in german
    assert "Breach at b" not in german
    assert '<option value="de" selected>' in german
    assert "Breach at b" in site.ask("/?country=GB").text
    assert "Nothing here." in site.ask("/?country=FR").text
    assert "Nothing here." in site.ask("/?since=2026-02-02").text
    assert "Breach at a" in site.ask("/?since=2026-02-01&until=2026-02-01").text


def test_the_search_finds_words_and_shows_the_passage(tmp_path: Path) -> None:
    archived(tmp_path, article("a"), article("b", text="A ferry line lost the passports of 300 sailors."))
    site = Site(tmp_path)
    found = site.ask("/?q=passport").text
    assert "Breach at b" in found
    assert "Breach at a" not in found
    assert "<mark>passports</mark>" in found
    assert "Nothing here." in site.ask("/?q=zeppelin").text
    assert "Nothing here." in site.ask("/?q=passport&source=wire").text
    assert "Breach at b" in site.ask("/?q=passport&source=harbour-post&country=NO&language=en&until=2026-02-01").text
    assert "Nothing here." in site.ask("/?q=passport&source=harbour-post&country=GB").text


def test_a_word_that_is_still_being_typed_is_a_beginning(tmp_path: Path) -> None:
    archived(tmp_path, article("a"), article("b", text="The hospitals lost the passports of 300 sailors."))
    site = Site(tmp_path)
    for typed, told in {
        "pa": "pa*",
        "passpor": "passpo*",
        "lost hospita": "lost hospit*",
        "hospital": "hospital",
    }.items():
        page = site.ask("/?" + urlencode({"q": typed})).text
        assert "Breach at b" in page, typed
        assert f"for “{told}”" in page
    assert "<mark>passports</mark>" in site.ask("/?q=pa").text
    for typed in ("zep", "-pa", "p"):
        assert "Breach at b" not in site.ask(f"/?q={typed}").text


MANY = "&".join(f"source{number}=a" for number in range(50))
LONG = "page=000100000" + "9" * 5_000


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=%D9%A1", "since=yesterday", "q=%22", "q=" + "x" * 201, MANY, LONG]
)
def test_a_question_that_cannot_be_answered_is_refused_with_the_reason(tmp_path: Path, query: str) -> None:
    archived(tmp_path, article("a"))
    reply = Site(tmp_path).ask(f"/?{query}")
    assert reply.status == 400
    assert "Bad Request" in reply.text


def test_a_query_comes_back_as_it_was_given() -> None:
    query = Query(q="a b", source="x&y", since="2026-02-01", related=True, page=3)
    assert Query.parse(query.encoded()) == query
    assert Query.parse("nothing=known&utm_source=x") == Query()
    with pytest.raises(InvalidQuery, match="until"):
        Query.parse("until=2026-02-30")


def test_an_empty_archive_says_how_to_fill_it(tmp_path: Path) -> None:
    (tmp_path / "commit").mkdir()
    assert "breachwire crawl" in Site(tmp_path).ask("/").text


# -- a story -----------------------------------------------------------------------------------------------------------


def test_a_story_shows_its_evidence_in_the_text_and_what_was_removed_at_the_end(tmp_path: Path) -> None:
    story = msgspec.structs.replace(
        article("a"), relevance=RELEVANT, removed=(Removed(kind="teaser", length=90, start="Also read: Ferry"),)
    )
    archived(tmp_path, story)
    page = Site(tmp_path).ask(f"/story/{story.id}").text
    assert '<mark title="+2.70 points">records were taken</mark>' in page
    assert '<mark class="against" title="\N{MINUS SIGN}0.80 points">port</mark>' in page
    assert '<mark title="+6.84 points">Breach</mark>' in page
    assert re.search(r'<details class="removed".*?Also read: Ferry…', page, re.DOTALL)
    assert 'href="https://a.example/story?from=feed" rel="noopener noreferrer external">Read the original' in page


def test_a_story_shows_who_carried_it_and_what_it_is_among_them(tmp_path: Path) -> None:
    first = article("a", published="2026-02-01T08:00:00Z")
    copy = article("b", source="wire", cluster=first.id, verdict="duplicate", duplicate_of=first.id)
    shared = DedupEvidence(containment=0.94, lead=1.0, conflict=0.0, jaccard=0.8)
    copy = msgspec.structs.replace(copy, dedup=msgspec.structs.replace(copy.dedup, evidence=shared))
    archived(tmp_path, first, copy)
    site = Site(tmp_path)
    assert "kept as the story" in site.ask(f"/story/{first.id}").text
    page = site.ask(f"/story/{copy.id}").text
    assert f'This is a copy. <a href="../story/{first.id}">' in page
    assert "Shared text 94%" in page


def test_revisions_are_shown_word_by_word(tmp_path: Path) -> None:
    old = article("a", fetched="2026-02-01T10:00:00Z")
    text = old.text.replace("40,000", "58,000")
    new = article("a", text=text, verdict="revision", cluster=old.id)
    archived(tmp_path, old, msgspec.structs.replace(new, title="Breach at a grows"))
    site = Site(tmp_path)
    page = site.ask(f"/story/{new.id}").text
    assert "<del>40,000 </del><ins>58,000 </ins>" in page
    assert "<del>Breach at a</del> <ins>Breach at a grows</ins>" in page
    assert "an earlier version of its page" in site.ask(f"/story/{old.id}").text


def test_an_event_told_again_is_linked_both_ways_and_listed_if_asked(tmp_path: Path) -> None:
    first = article("a")
    again = msgspec.structs.replace(article("b", verdict="related"), extra={"related_to": first.id})
    archived(tmp_path, first, again)
    site = Site(tmp_path)
    assert "Breach at b" not in site.ask("/").text
    assert "Breach at b" in site.ask("/?related=1").text
    assert f'href="../story/{again.id}"' in site.ask(f"/story/{first.id}").text
    assert f'href="../story/{first.id}"' in site.ask(f"/story/{again.id}").text


def test_the_capture_is_shown_as_text_and_given_as_warc(tmp_path: Path) -> None:
    story = article("a")
    archived(tmp_path, (story, response("a", b"<script>alert(1)</script>")))
    site = Site(tmp_path)
    assert f'href="../capture/{story.id}"' in site.ask(f"/story/{story.id}").text
    page = site.ask(f"/capture/{story.id}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    whole = site.ask(f"/capture/{story.id}.warc.gz")
    assert whole.body.startswith(b"\x1f\x8b")
    assert whole.headers["Content-Disposition"] == f'attachment; filename="{story.id}.warc.gz"'
    assert whole.headers["Content-Type"] == "application/warc"


def test_facts_are_shown_as_words(tmp_path: Path) -> None:
    facts = {
        "data_types": [{"value": "passwords"}, {"value": "names"}],
        "odd": None,
        "list": [],
        "people_affected": {
            "value": 7_654_321,
            "qualifier": "exact",
            "unit": "users",
            "evidence": {"text": "It exposed 7,654,321 <b>users</b>.", "zone": "text", "offset": 0},
        },
    }
    story = msgspec.structs.replace(article("a"), facts=facts)
    archived(tmp_path, story)
    page = Site(tmp_path).ask(f"/story/{story.id}").text
    assert "<dt>Data types</dt><dd>passwords, names</dd>" in page
    assert "<dt>People affected</dt><dd>7,654,321 users<q" in page
    assert ">It exposed 7,654,321 &lt;b&gt;users&lt;/b&gt;.</q></dd>" in page


def test_the_figures_are_charts_with_a_table_that_says_the_same(tmp_path: Path) -> None:
    archived(tmp_path, article("a"), article("b", source="wire"))
    page = Site(tmp_path).ask("/figures").text
    assert page.count('<svg class="chart"') == 3
    assert "<title>2026-02-01: 2 stories, 0 copies removed</title>" in page
    assert '<th scope="row">2026-02-01</th>' in page
    assert "The Harbour Post" in page


def test_the_figures_tell_how_the_crawl_fares_where_it_runs(tmp_path: Path) -> None:
    archived(tmp_path, article("a"))
    site = Site(tmp_path)
    assert "What ails the crawl" not in site.ask("/figures").text
    well, ill = SourceRun(at="2026-02-01T12:00:00Z", polls=1, pages=9, failed=2), "no <b>answer"
    with Health(tmp_path / ".state") as health:
        for day in ("01", "02"):
            seen = SourceRun(at=f"2026-02-{day}T12:00:00Z", polls=1, poll_errors=1, last_error=ill)
            health.record(f"run-{day}", [("harbour-post", well), ("wire", seen)])
    page = site.ask("/figures").text
    assert "<title>2026-02-01: 18 pages asked for, 4 failed or without text, 1 polls without an answer</title>" in page
    assert "<dt>wire</dt><dd>no answer in the last 2 runs (no &lt;b&gt;answer)</dd>" in page


@pytest.mark.parametrize("path", ["/nothing", "/story/", "/story/0123", "/story/../x", "/capture/0123", "//", "/a/b/c"])
def test_what_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    archived(tmp_path, article("a"))
    assert Site(tmp_path).ask(path).status == 404


def test_an_archive_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    story = article("a")
    archived(tmp_path, (story, response("a")))
    site = Site(tmp_path)
    for key, _ in site.archive.bucket.list("raw/"):
        site.archive.bucket.delete(key)
    reply = site.ask(f"/capture/{story.id}")
    assert reply.status == 503
    assert "verify" in reply.text


# -- hostile content ---------------------------------------------------------------------------------------------------

EVIL = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'\x1b[31m\u202e"


def test_nothing_in_a_record_becomes_markup(tmp_path: Path) -> None:
    plain = article("a", text=f"{EVIL}\n\n{EVIL}", source=EVIL, language=EVIL)
    evil = msgspec.structs.replace(
        plain,
        id=article_id(plain.url, plain.text),
        title=EVIL,
        summary=EVIL,
        url="javascript:alert(1)",
        canonical_url="javascript:alert(2)",
        authors=(EVIL,),
        discovered_by=EVIL,
        relevance=Relevance(
            topic=EVIL, score=1, verdict="yes", evidence=(PhraseHit(phrase="img", zone="lead", weight=1),)
        ),
        removed=(Removed(kind=EVIL, length=5, start=EVIL),),
        facts={
            EVIL: {"value": EVIL, "unit": EVIL},
            "people_affected": {"value": 5, "unit": EVIL, "evidence": {"text": EVIL}},
        },
        extra={"kind": EVIL, "agency": EVIL},
    )
    archived(tmp_path, evil)
    site = Site(tmp_path)
    for path in ("/", f"/story/{evil.id}", "/figures", "/?q=alert", "/?q=%3Cscript%3Ealert&source=%3Cscript%3E"):
        page = site.ask(path).text
        assert "<script>" not in page, path
        assert "<img" not in page, path
        assert "javascript:" not in re.sub(r"<dd>[^<]*</dd>", "", page), path
        assert "\x1b" not in page, path
        assert "\u202e" not in page, path


@pytest.mark.parametrize("path", ["/", "/figures", "/nothing", "/style.css", "/?page=x"])
def test_every_answer_forbids_what_a_page_does_not_need(tmp_path: Path, path: str) -> None:
    archived(tmp_path, article("a"))
    reply = Site(tmp_path).ask(path)
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_no_page_has_a_style_or_script_within_it(tmp_path: Path) -> None:
    story = msgspec.structs.replace(article("a"), relevance=RELEVANT)
    archived(tmp_path, (story, response("a")))
    site = Site(tmp_path)
    for path in ("/", "/figures", f"/story/{story.id}", f"/capture/{story.id}", "/nothing"):
        page = site.ask(path).text
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=)", page), path
        assert not re.search(r'(?:src|href)="(?:https?:)?//', re.sub(r'<a href="[^"]*"', "", page)), path


@pytest.mark.parametrize("path", ["*", "figures", "x/y"])
def test_an_address_that_begins_with_no_slash_is_not_found(tmp_path: Path, path: str) -> None:
    """`GET * HTTP/1.1` comes so."""
    archived(tmp_path, article("a"))
    assert Site(tmp_path).ask(path).status == 404


def test_it_is_only_read(tmp_path: Path) -> None:
    archived(tmp_path, article("a"))
    site = Site(tmp_path)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        reply = site.ask("/", method=method)
        assert (reply.status, reply.headers["Allow"]) == (405, "GET, HEAD")
    head = site.ask("/", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(site.ask("/").body)


# -- who is let in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8350", 200),
        ("localhost", 200),
        ("[::1]:8350", 200),
        ("192.168.1.7:8350", 200),
        ("Wire.Example:8350", 200),
        ("rebound.attacker.example:8350", 421),
        ("127.0.0.1.attacker.example", 421),
        ("localhost:8350@attacker.example", 421),
        ("", 421),
    ],
)
def test_only_requests_for_its_own_names_are_answered(tmp_path: Path, host: str, status: int) -> None:
    archived(tmp_path, article("a"))
    assert Site(tmp_path, Guard(frozenset({"wire.example"}))).ask("/", host=host).status == status


def test_with_a_token_nothing_is_shown_without_it(tmp_path: Path) -> None:
    archived(tmp_path, article("a"))
    site = Site(tmp_path, Guard(token="sixteen-letters!"))

    def basic(password: str) -> str:
        return "Basic " + base64.b64encode(f"any:{password}".encode()).decode()

    for path in ("/", "/figures", "/style.css", "/nothing"):
        refused = site.ask(path)
        assert refused.status == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
        assert b"Breach at" not in refused.body
    wrong = [
        "Bearer sixteen-letters",
        "Bearer",
        "Basic !",
        basic(""),
        basic("x"),
        "Digest sixteen-letters!",
        "Basic /w==",
    ]
    assert {site.ask("/", authorization=header).status for header in wrong} == {401}
    for header in ("Bearer sixteen-letters!", basic("sixteen-letters!")):
        assert "Breach at a" in site.ask("/", authorization=header).text
