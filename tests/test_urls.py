"""URL identity, and which addresses may be asked."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scrapy import Request

from crawler.addresses import PublicOnlyMiddleware, RefusedAddress, is_public, literal_address
from crawler.sources import packaged_registry
from pipelines.urls import MAX_URL, canonical, identities, identity, is_web

segments = st.text("abcXYZ019-_.%あé", min_size=0, max_size=12)
queries = st.lists(st.tuples(st.sampled_from(["id", "p", "utm_source", "fbclid", "cid", "q"]), segments), max_size=4)


@st.composite
def urls(draw: st.DrawFn) -> str:
    path = "/".join(draw(st.lists(segments, max_size=4)))
    query = "&".join(f"{key}={value}" for key, value in draw(queries))
    scheme, port = draw(st.sampled_from(["http", "HTTPS"])), draw(st.sampled_from(["80", "443", "8080"]))
    return f"{scheme}://News.Example:{port}/{path}?{query}"


@given(urls())
def test_the_canonical_form_of_a_canonical_url_is_itself(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


@pytest.mark.parametrize("end", ["/;", "; /", ";%20/", "/.", "%/", "/amp;", ".amp", "/%2E", "%25"])
def test_an_end_of_a_path_that_is_made_to_be_read_again_and_again_costs_little(end: str) -> None:
    url = "https://a.example/x" + end * (1_900 // len(end))
    for address in (url, url + "/amp"):
        begun = time.process_time()
        identity(address)
        assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/x?id=1", "https://a.example/x?id=2"),
        ("https://a.example/x?cid=1", "https://a.example/x?cid=2"),
        ("https://a.example/x?source=1", "https://a.example/x?source=2"),
        ("https://a.example/X", "https://a.example/x"),
        ("https://a.example/x/", "https://a.example/x/y"),
        ("https://a.example:8080/x", "https://a.example/x"),
        ("https://a.example/?p=1", "https://a.example/"),
    ],
)
def test_two_articles_are_never_taken_for_one(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/x?utm_source=rss&utm_medium=feed",
        "https://A.EXAMPLE:443/x",
        "https://a.example/x#comments",
        " https://a.example/x?fbclid=abc ",
        "https://a.example/x;jsessionid=0A1B2C.node1",
        "https://a.example/x;JSESSIONID=0A1B?PHPSESSID=9f3a#top",
    ],
)
def test_where_a_reader_came_from_makes_no_difference(url: str) -> None:
    assert canonical(url) == "https://a.example/x"


@pytest.mark.parametrize(
    "url", ["", "x", "//a", "ftp://a/", "javascript:1", "http://", "http://a:99999/", "http://[/", "http://a@b/"]
)
def test_what_is_not_a_web_address_has_no_canonical_form(url: str) -> None:
    with pytest.raises(ValueError, match="not an http"):
        canonical(url)


def test_an_address_of_any_length_is_refused_beyond_what_servers_take() -> None:
    assert not is_web("https://a.example/" + "x" * MAX_URL)


def test_an_address_with_half_a_character_is_none() -> None:
    assert not is_web("https://a.example/\ud83d")


# -- one key for all spellings -------------------------------------------------------------------------------------

HOSTS = sorted({urlsplit(u).netloc for s in packaged_registry() for u in (s.home, *(p.url for p in s.places()))})
"""The hosts of the packaged registry's sites."""

slugs = st.lists(
    st.sampled_from(["data", "breach", "amp", "clinic", "m", "www", "2026", "病院"]), min_size=2, max_size=5
)
numbers = st.integers(1, 99_999_999)


@st.composite
def articles(draw: st.DrawFn) -> str:
    """Host, path and query of an article in one of the shapes that the registry's sites use."""
    slug, number = "-".join(draw(slugs)), draw(numbers)
    date = draw(st.sampled_from(["2026/03", "2025/12/31", "2026"]))
    section = draw(st.sampled_from(["news", "security", "articles/-", "en/ampere"]))
    shape = draw(
        st.sampled_from(
            [
                "/{date}/{slug}", "/{slug}", "/{section}/{slug}-{number}", "/{section}/{slug},{number}.html",
                "/{section}/{number}", "/{section}/a-{number}.html", "/?p={number}", "/index.php?id={number}",
                "/{section}.php?sid={number}&lang=en", "/{section}/article.aspx?newsid={number}",
                "/{slug}_{number}.shtml",
            ]
        )
    )  # fmt: skip
    host = draw(st.sampled_from(HOSTS)).removeprefix("www.")
    return host + shape.format(slug=slug, number=number, date=date, section=section)


@st.composite
def spellings(draw: st.DrawFn, article: str) -> str:
    """One of the addresses under which that article may be met."""
    host, _, rest = article.partition("/")
    path, _, query = rest.partition("?")
    scheme = draw(st.sampled_from(["http://", "https://", "HTTPS://"]))
    edition = draw(st.sampled_from(["", "www.", "m.", "amp.", "mobile.", "WWW."]))
    amp = draw(st.sampled_from(["", "/amp", "/amp/"])) if path and not path.endswith((".html", ".shtml")) else ""
    slash = draw(st.sampled_from(["", "/"])) if path and not amp and "." not in path else ""
    terms = [query] if query else []
    terms += draw(st.lists(st.sampled_from(["utm_source=rss", "fbclid=x", "amp=1", "outputType=amp"]), unique=True))
    draw(st.randoms()).shuffle(terms)
    fragment = draw(st.sampled_from(["", "#comments"]))
    return f"{scheme}{edition}{host}/{path}{amp}{slash}{'?' if terms else ''}{'&'.join(terms)}{fragment}"


@given(st.data(), articles())
def test_all_spellings_of_an_address_have_one_key(data: st.DataObject, article: str) -> None:
    assert identity(data.draw(spellings(article))) == identity(data.draw(spellings(article)))


@given(st.data(), articles(), articles())
def test_two_articles_of_the_registrys_sites_never_have_one_key(data: st.DataObject, one: str, other: str) -> None:
    same = one == other
    assert (identity(data.draw(spellings(one))) == identity(data.draw(spellings(other)))) == same


@given(urls() | articles().map("https://{}".format))
def test_the_key_of_a_key_is_itself(url: str) -> None:
    assert identity(identity(url)) == identity(url)


@given(st.text(st.characters(codec="utf-8"), max_size=60))
@example("a;/")
@example("..amp")
@example("%%41a")
@example("[;/amp")
def test_any_path_has_a_key_that_is_its_own(path: str) -> None:
    url = f"https://a.example/{path}"
    if is_web(url.strip()):
        key = identity(url)
        assert (identity(key), identity(canonical(url))) == (key, key)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://m.co.uk/a", "https://co.uk/a"),
        ("https://mobile.de/a", "https://de/a"),
        ("https://news.example/amp", "https://news.example/"),
        ("https://news.example/a?amp=7", "https://news.example/a"),
        ("https://news.example/amplifier/a", "https://news.example/a"),
        ("https://news.example/A", "https://news.example/a"),
        ("https://blog.news.example/a", "https://news.example/a"),
        ("https://news.example:8443/a", "https://news.example/a"),
        ("https://www.google.com/amp/s/a.example/x", "https://www.google.com/amp/s/b.example/x"),
    ],
)
def test_addresses_that_only_look_like_spellings_of_one_another(one: str, other: str) -> None:
    assert identity(one) != identity(other)


@pytest.mark.parametrize(
    ("answered", "declared", "also"),
    [
        ("https://a.example/2026/x/", "https://www.a.example/2026/x", ["https://a.example/2026/x"]),
        ("https://a.example/?p=1", "https://m.a.example/2026/x", ["https://a.example/2026/x"]),
        ("https://a.example/", "https://a.example/", []),  # a withdrawn article that leads to the front page
        ("https://b.example/x", "https://b.example/x", []),  # what lies on another site is that site's
        ("https://a.example/?p=1", None, []),
        ("https://a.example/?p=1", "javascript:1", []),
    ],
)
def test_a_fetched_page_is_known_by_where_redirects_led_and_by_what_it_declares(
    answered: str, declared: str | None, also: list[str]
) -> None:
    assert identities("http://a.example/?p=1", answered, declared) == ("https://a.example/?p=1", *also)


PRIVATE = [
    "127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]", "[64:ff9b::a00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "[::ffff:0:10.0.0.1]",
    "[64:ff9b:1::a00:1]", "[fec0::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_in_any_spelling_is_refused(host: str) -> None:
    guard = PublicOnlyMiddleware(frozenset(), "a@example.org")
    with pytest.raises(RefusedAddress, match="private address"):
        guard.process_request(Request(f"http://{host}/"))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/", "data:text/html,x", "http://user:pw@a.example/"]
)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(RefusedAddress):
        PublicOnlyMiddleware(frozenset(), "a@example.org").process_request(Request(url))


def test_only_the_address_that_was_allowed_is_open() -> None:
    guard = PublicOnlyMiddleware(frozenset({"127.0.0.1"}), None)
    guard.process_request(Request("http://127.0.0.1:8000/"))
    with pytest.raises(RefusedAddress, match="private address"):
        guard.process_request(Request("http://127.0.0.2:8000/"))
    with pytest.raises(RefusedAddress, match="no contact"):
        guard.process_request(Request("http://news.example/"))


def test_public_addresses_are_public() -> None:
    assert all(
        is_public(a) for a in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14")
    )


@given(st.text(max_size=40))
def test_any_host_is_an_address_or_a_name(host: str) -> None:
    address = literal_address(host)
    assert address is None or isinstance(is_public(address), bool)


@pytest.mark.parametrize("path", [".amp" * 500, "/amp" * 500 + "x", "/amp.amp" * 250 + "/"])
def test_an_address_made_of_amp_forms_costs_little(path: str) -> None:
    began = time.process_time()
    for number in range(100):
        identity(f"https://news.example/{number}{path}")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("name", ["gclid", "dclid", "yclid", "fbclid", "msclkid"])
def test_what_an_advertisement_adds_to_an_address_is_no_part_of_it(name: str) -> None:
    assert canonical(f"https://news.example/a?{name}=EAIaIQob&id=7") == "https://news.example/a?id=7"
