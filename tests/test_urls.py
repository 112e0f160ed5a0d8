"""URL identity, and which addresses may be asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from crawler.addresses import PublicOnlyMiddleware, RefusedAddress, is_public, literal_address
from pipelines.urls import MAX_URL, canonical, is_web

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


PRIVATE = [
    "127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]", "[64:ff9b::a00:1]", "[2002:7f00:1::]",
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
