"""What a page says about its article."""

from __future__ import annotations

import json
import pickle

import pytest

from pipelines.extract import extract
from pipelines.items import Extraction
from tests.seeds import SEEDS, need_seeds

BODY = "<p>A stranger copied the readings of forty thousand meters, the utility said on Wednesday afternoon.</p>" * 3


def page(head: str = "", body: str = "", url: str = "https://www.page.example/a/b", **more: object) -> Extraction:
    headers = more.get("headers", ())
    html = f"<html><head>{head}</head><body><h1>Utility loses meter data</h1>{body}{BODY}</body></html>"
    return extract(html, url=url, headers=headers)  # type: ignore[arg-type]  # tests pass pairs


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="canonical" href="https://page.example/c?utm_medium=x">', "https://page.example/c"),
        ('<link rel="canonical" href="/c">', "https://www.page.example/c"),
        (
            '<link rel="canonical" href="https://elsewhere.example.org/c">',
            "https://www.page.example/a/b?id=1",
        ),
        ('<link rel="canonical" href="https://www.page.example/">', "https://www.page.example/a/b?id=1"),
        ('<link rel="canonical" href="javascript:alert(1)">', "https://www.page.example/a/b?id=1"),
        ('<link rel="canonical" href="http://[broken">', "https://www.page.example/a/b?id=1"),
        ('<meta property="og:url" content="https://page.example/d">', "https://page.example/d"),
        ("", "https://www.page.example/a/b?id=1"),
    ],
)
def test_canonical_url(head: str, expected: str) -> None:
    assert page(head, url="https://www.page.example/a/b?id=1&fbclid=2&utm_source=3#x").canonical_url == expected


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("Utility loses meter data | The Page", "Utility loses meter data"),
        ("The Page - Utility loses meter data", "Utility loses meter data"),
        ("Utility loses meter data", "Utility loses meter data"),
    ],
)
def test_title_is_without_the_sites_name(declared: str, expected: str) -> None:
    head = f'<title>{declared}</title><meta property="og:site_name" content="The Page">'
    html = f"<html><head>{head}</head><body>{BODY}</body></html>"
    assert extract(html, url="https://page.example/a").title == expected


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Opinion | Utility loses meter data", "Utility loses meter data"),
        ("Utility loses meter…", "Utility loses meter data"),
        ("Business : Utility loses meter data", "Utility loses meter data"),
        ("Utility\u200b loses meter data", "Utility loses meter data"),
        ("Crime: Utility loses meter data", "Crime: Utility loses meter data"),
        ("Utility loses meter data of forty thousand", "Utility loses meter data of forty thousand"),
        ("SZ Plus Utility loses meter data", "Utility loses meter data"),
        ("2026 Utility loses meter data", "2026 Utility loses meter data"),
        ("Forty thousand customers had their readings copied", "Forty thousand customers had their readings copied"),
        ("The Lindow Morning Page", "Utility loses meter data"),
    ],
)
def test_heading_is_without_section_and_whole(heading: str, expected: str) -> None:
    head = '<meta property="og:title" content="Utility loses meter data">'
    html = f"<html><head>{head}</head><body><h1>{heading}</h1>{BODY}</body></html>"
    assert extract(html, url="https://page.example/a").title == expected


def test_parts_of_a_heading_are_divided_as_the_declared_title_divides_them() -> None:
    head = '<meta property="og:title" content="Power / Utility loses meter data">'
    html = f"<html><head>{head}</head><body><h1><b>Power</b>Utility loses meter data</h1>{BODY}</body></html>"
    assert extract(html, url="https://page.example/a").title == "Power Utility loses meter data"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://page.example/a/amp/", "https://page.example/a/"),
        ("https://amp.page.example/a?amp=1&id=7", "https://page.example/a?id=7"),
        ("https://page-example.cdn.ampproject.org/c/s/page.example/a.amp.html", "https://page.example/a.html"),
    ],
)
def test_an_amp_page_without_a_canonical_link_is_known_by_the_page_behind_it(url: str, expected: str) -> None:
    html = f"<html amp><head></head><body><h1>Utility loses meter data</h1>{BODY}</body></html>"
    assert extract(html, url=url).canonical_url == expected


def test_only_amp_pages_lose_amp_from_their_address() -> None:
    assert page(url="https://page.example/amp/guitar").canonical_url == "https://page.example/amp/guitar"


def test_what_was_cut_within_a_character_is_read_without_the_half() -> None:
    told = r'{"@type": "NewsArticle", "headline": "x", "description": "Cut \ud83d", "keywords": "a\uD83D\uDE00b"}'
    found = page(f'<script type="application/ld+json">{told}</script>')
    assert found.summary == "Cut"
    assert pickle.loads(pickle.dumps(found)) == found  # as it leaves the worker process


@pytest.mark.parametrize(
    ("json_ld", "expected"),
    [
        ('"author": {"name": "By Ada Low"}', ("Ada Low",)),
        ('"author": [{"name": "Ada Low"}, {"name": "Bo Hi, Jr."}]', ("Ada Low", "Bo Hi Jr.")),
        ('"author": "Ada Low and Bo Hi"', ("Ada Low", "Bo Hi")),
        ('"author": {"name": "Staff Writer"}', ()),
        ('"author": {"name": "The Page"}, "publisher": {"name": "The Page"}', ()),
        ('"author": {"url": "https://page.example/ada"}', ()),
    ],
)
def test_authors_are_people(json_ld: str, expected: tuple[str, ...]) -> None:
    head = f'<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "x", {json_ld}}}</script>'
    assert page(head).authors == expected


def test_dates_keep_their_zone() -> None:
    head = '<meta property="article:published_time" content="2026-03-04T08:15:00+0900">'
    assert page(head).published == "2026-03-04T08:15:00+09:00"
    assert page('<meta name="date" content="2026-03-04">').published == "2026-03-04T00:00:00Z"
    assert page(body='<time datetime="2026-03-04">Wednesday</time>').published == "2026-03-04T00:00:00Z"


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ("", "", "full"),
        (
            '<script type="application/ld+json">{"@type": "Article", "isAccessibleForFree": "False"}</script>',
            "",
            "paywalled",
        ),
        (
            '<script type="application/ld+json">{"@type": "Article", "isAccessibleForFree": true}</script>',
            "",
            "full",
        ),
        ('<meta property="article:content_tier" content="locked">', "", "paywalled"),
    ],
)
def test_access(head: str, body: str, expected: str) -> None:
    assert page(head, body).access == expected


def test_a_text_that_breaks_off_is_truncated() -> None:
    html = f"<html><body>{BODY}<p>The regulator, which had been told a week before, then asked the …</p></body></html>"
    assert extract(html, url="https://page.example/a").access == "truncated"


def test_section_and_tags() -> None:
    head = '<meta property="article:section" content="Energy"><meta name="keywords" content="meters, #leak, Energy">'
    found = page(head)
    assert (found.extra, found.tags) == ({"section": "Energy"}, ("Energy", "meters", "leak"))


def test_rights_of_page_and_headers() -> None:
    head = '<meta name="robots" content="index, NOARCHIVE"><meta name="tdm-reservation" content="1">'
    headers = (("X-Robots-Tag", "noai, noimageai"), ("TDM-Reservation", "1"))
    expected = ("robots: noarchive", "x-robots-tag: noai", "x-robots-tag: noimageai", "tdm-reservation: 1")
    assert page(head, headers=headers).rights == expected


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("noarchive, googlebot: noindex", ["noarchive"]),
        ("googlebot: noindex, breachwire: noarchive", ["noarchive"]),
        ("googlebot: noindex, nosnippet", []),
        ("otherbot: unavailable_after: 25 Jun 2010 15:00:00 PST", []),
        ("unavailable_after: Friday, 25-Jun-10 15:00:00 PST, noarchive", ["unavailable_after: friday", "noarchive"]),
        ("breachwire: max-snippet: 5, noai", ["noai"]),
    ],
)
def test_a_directive_is_for_the_crawler_that_was_named_before_it_or_for_all(said: str, words: list[str]) -> None:
    assert page("", headers=(("X-Robots-Tag", said),)).rights == tuple(f"x-robots-tag: {word}" for word in words)


def test_json_ld_that_is_broken_or_endless_does_no_harm() -> None:
    for text in (
        "{broken",
        "[" * 100_000,
        '{"@type": {"@type": 3}, "author": [[[1]]]}',
        '{"@graph": ["x", 1, null]}',
    ):
        assert page(f'<script type="application/ld+json">{text}</script>').title == "Utility loses meter data"


def test_the_text_is_never_taken_from_json_ld() -> None:
    body = "Secret words of the full article behind the wall. " * 20
    head = f'<script type="application/ld+json">{{"@type": "Article", "articleBody": "{body}"}}</script>'
    assert "Secret words" not in page(head).text


@need_seeds
def test_seed_pages_come_out_clean_in_every_style() -> None:
    from benchmarks.seed_pages import seed_pages
    from benchmarks.text_scores import squeezed

    for seed in seed_pages(SEEDS):
        text = extract(seed.html, url="https://page.example/story").text
        assert tuple(map(squeezed, text.split("\n\n"))) == seed.body, seed.name


STORY = {"@type": "NewsArticle", "headline": "Utility loses meter data", "articleSection": "Power"}
OTHER = {
    "@type": "NewsArticle",
    "headline": "Bank closes its last branch",
    "articleSection": "Money",
    "author": "Bo Hi",
}


@pytest.mark.parametrize(
    "objects",
    [
        [STORY, OTHER],
        [{**STORY, "@type": "LiveBlogPosting", "liveBlogUpdate": [{**OTHER, "articleBody": "A"}]}],
        [STORY, {"@type": "ItemList", "itemListElement": [OTHER]}],
        [STORY, {"@type": "Product", "name": "Meter", "review": {**OTHER, "@type": "Review"}}],
        [{**STORY, "headline": "What the utility lost"}, {"@type": "Review", "name": "Utility"}],
    ],
)
def test_another_articles_declaration_is_not_the_pages(objects: list[object]) -> None:
    head = f'<title>Utility loses meter data</title><script type="application/ld+json">{json.dumps(objects)}</script>'
    assert page(head).extra.get("section") == "Power"


def test_a_review_of_a_product_on_the_page_says_nothing_of_its_article() -> None:
    review = {"@type": "Review", "author": "Bo Hi", "datePublished": "2021-01-01", "isAccessibleForFree": False}
    script = json.dumps({"@type": "Product", "name": "Meter", "review": review})
    found = page(f'<script type="application/ld+json">{script}</script>')
    assert (found.authors, found.published, found.access) == ((), None, "full")


def test_open_graphs_names_of_articles_count_behind_og_too() -> None:
    head = '<meta property="og:article:section" content="Power"><meta property="og:article:author" content="Ada Low">'
    found = page(head + '<meta property="og:article:content_tier" content="locked">')
    assert (found.extra["section"], found.authors, found.access) == ("Power", ("Ada Low",), "paywalled")


def test_without_a_heading_the_title_is_the_part_that_the_page_shows() -> None:
    for title in ("Page News - Utility loses meter data", "Page News: Utility loses meter data"):
        html = f"<title>{title}</title><b>Utility loses meter data</b><br>{BODY}"
        assert extract(html, url="https://page.example/a").title == "Utility loses meter data"


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("A library that lent its database", "A library that lent its database"),
        ("Others", "Old Blog: A library that lent its database"),
    ],
)
def test_a_sites_heading_before_a_colon_is_no_part_of_the_title(heading: str, title: str) -> None:
    head = "<title>Old Blog: A library that lent its database</title>"
    body = f"<body><h1>Old Blog</h1><h3>{heading}</h3><p>{'It was found on Monday. ' * 20}</p>"
    assert extract(f"<html>{head}{body}", url="https://blog.example/1").title == title


def test_what_was_escaped_twice_is_plain() -> None:
    story = {**STORY, "articleSection": "Law &amp; Order", "author": {"@type": "Person", "name": "Ada O&#8217;Neil"}}
    head = '<meta name="description" content="It&amp;#8217;s gone"><script type="application/ld+json">'
    found = page(f"{head}{json.dumps(story)}</script>")
    assert (found.extra["section"], found.authors, found.summary) == ("Law & Order", ("Ada O’Neil",), "It’s gone")


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:image:secure_url" content="https://page.example/a.jpg">',
        '<meta name="twitter:image:src" content="https://page.example/a.jpg">',
        '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "image": {"@id": "#lead"}}, '
        '{"@type": "ImageObject", "@id": "#lead", "url": "/a.jpg"}]}</script>',
    ],
)
def test_the_lead_image_by_its_other_names(head: str) -> None:
    assert page(head, url="https://page.example/1").image == "https://page.example/a.jpg"


def test_section_and_time_of_other_tags() -> None:
    assert page('<meta name="parsely-section" content="Security">').extra == {"section": "Security"}
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": 1772697600}</script>'
    assert page(head).published == "2026-03-05T08:00:00Z"
    assert page('<meta name="content_PublishedDate" content="2026-05-19 11:30:00">').published == "2026-05-19T11:30:00Z"
