"""The configuration: what it may hold, and how a fault in it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Config, ConfigError, load_config, parse_config
from crawler.configure import settings_for
from crawler.sources import UnknownSource, packaged_registry
from pipelines.items import SiteRules

KYODO = {"name": "kyodo", "home": "https://kyodo.example/", "feeds": ["https://kyodo.example/feed/"]}


def faults(tables: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_config(tables, "breachwire.toml")
    return str(caught.value).splitlines()


def test_without_a_file_the_packaged_registry_and_topic_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config()
    assert len(config.registry()) >= 80
    assert config.topics() == ("breach",)


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "breachwire.toml").write_text('[archive]\nuri = "a"\n[crawl]\ncontact = "a@example.org"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BREACHWIRE_ARCHIVE", "s3://bucket/wire")
    config = load_config()
    assert (config.archive.uri, config.crawl.contact) == ("s3://bucket/wire", "a@example.org")


def test_a_file_that_the_environment_names_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREACHWIRE_CONFIG", str(tmp_path / "wire.toml"))
    with pytest.raises(ConfigError, match=r"wire\.toml: cannot be read"):
        load_config()


def test_a_variable_that_is_empty_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "breachwire.toml").write_text('[archive]\nuri = "wire"\n[crawl]\ncontact = "a@example.org"\n')
    monkeypatch.chdir(tmp_path)
    for name in ("ARCHIVE", "CONTACT", "CONFIG"):
        monkeypatch.setenv(f"BREACHWIRE_{name}", "")
    config = load_config()
    assert (config.archive.uri, config.crawl.contact) == ("wire", "a@example.org")


def test_a_source_of_ones_own_is_added() -> None:
    config = parse_config({"source": [KYODO]}, "breachwire.toml")
    (source,) = config.registry().select(["kyodo"])
    assert [place.url for place in source.places()] == KYODO["feeds"]


def test_a_packaged_source_is_changed_by_naming_it_and_what_is_to_differ() -> None:
    name = next(iter(packaged_registry())).name
    config = parse_config({"source": [{"name": name, "enabled": False}]}, "breachwire.toml")
    registry = config.registry()
    assert len(registry) == len(packaged_registry())
    assert name not in {source.name for source in registry.select([])}
    assert registry.select([name])[0].home.startswith("https://")


def test_feeds_are_written_into_a_folder_beside_the_file_that_names_it() -> None:
    config = parse_config({"export": {"folder": "public", "stories": 9}}, "/etc/wire/breachwire.toml")
    assert (config.export.folder, config.export.stories) == ("/etc/wire/public", 9)
    assert parse_config({"export": {"folder": "/srv/www"}}, "/etc/wire/breachwire.toml").export.folder == "/srv/www"
    (address, unknown) = faults({"export": {"address": "ftp://x"}}) + faults({"export": {"format": "rss"}})
    assert "[export] address" in address
    assert "unknown key `format`; known are folder, archive" in unknown


def test_a_topic_profile_is_found_beside_the_file_that_names_it() -> None:
    config = parse_config({"topic": {"mine": {"profile": "mine.toml"}}}, "/etc/wire/breachwire.toml")
    assert config.topics() == ("/etc/wire/mine.toml",)


def test_a_packaged_topic_stands_by_its_name_beside_topics_of_ones_own() -> None:
    tables = {"topic": {"mine": {"profile": "mine.toml"}, "breach": {"profile": "breach"}}}
    assert parse_config(tables, "/etc/wire/breachwire.toml").topics() == ("/etc/wire/mine.toml", "breach")


def test_a_file_that_is_nested_without_end_is_told(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text("a = " + "[" * 5_000)
    with pytest.raises(ConfigError, match=r"deep\.toml: is not TOML"):
        load_config(str(tmp_path / "deep.toml"))


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"crawl": {"delay": "x"}}, "[crawl] delay: expected `float`, got `str`"),
        ({"crawl": {"delay": -1}}, "[crawl] delay: expected `float` >= 0.0"),
        ({"crawl": {"contact": "me"}}, "[crawl] contact: is neither an e-mail address nor a URL: 'me'; write e.g."),
        ({"archive": {"uri": ""}}, "[archive] uri: archive '': not a place; name a folder or s3://bucket/prefix"),
        ({"archive": {"uri": "s3://"}}, "[archive] uri: archive 's3://': '' is no bucket's name"),
        ({"archive": {"uri": "ftp://a/b"}}, "[archive] uri: archive 'ftp://a/b': unknown scheme 'ftp'"),
        ({"crawl": {"dely": 1}}, "[crawl] unknown key `dely`; known are contact"),
        ({"crawls": {}}, "[crawls]: unknown table; known are archive, crawl"),
        ({"crawl": 3}, "[crawl] expected `object`, got `int`"),
        ({"topic": 3}, "topic: expected tables"),
        ({"topic": {"x": {}}}, "[topic.x] object missing required field `profile`"),
        ({"dedup": {"leed": 1}}, "[dedup] unknown key `leed`; known are containment"),
        ({"dedup": {"lead": "x"}}, "[dedup] lead: expected `float`, got `str`"),
        ({"source": {}}, "source: expected a list of tables; write [[source]]"),
        ({"source": [3]}, "[[source]] number 1 expected `object`, got `int`"),
        ({"source": [{"name": "x"}]}, "[[source]] 'x' object missing required field `home`"),
        (
            {"source": [{"name": "bleepingcomputr", "enabled": False}]},
            "[[source]] 'bleepingcomputr' object missing required field `home`, which a new source needs; to change a "
            "packaged one: unknown source 'bleepingcomputr'; did you mean bleepingcomputer",
        ),
        ({"crawl": {"allow_private": ["localhost"]}}, "[crawl] allow_private: is no IP address as it is usually"),
        ({"crawl": {"allow_private": ["10.0.0.0/8"]}}, "[crawl] allow_private: is no IP address as it is usually"),
        (
            {"crawl": {"allow_private": ["::1", "0:0::FFFF"]}},
            "[crawl] allow_private: is no IP address as it is usually written: '0:0::FFFF'; write e.g. \"::ffff\"",
        ),
        ({"crawl": {"hours": "22:00-24:00"}}, "[crawl] hours: expected `str` matching regex"),
        ({"crawl": {"poll_every": 1e9}}, "[crawl] poll_every: expected `float` <= 604800.0"),
        ({"source": [KYODO | {"feeds": []}]}, "[[source]] 'kyodo': has no feeds, sitemaps or sections"),
        ({"source": [KYODO | {"feeds": ["htp://a"]}]}, "[[source]] 'kyodo' feeds: is not an http(s) URL: 'htp://a'"),
        ({"source": [KYODO | {"pages": 0}]}, "[[source]] 'kyodo' pages: expected `int` >= 1"),
        ({"source": [KYODO | {"seconds": -1.0}]}, "[[source]] 'kyodo' seconds: expected `float` > 0.0"),
        ({"source": [KYODO | {"hours": "22-06"}]}, "[[source]] 'kyodo' hours: expected `str` matching regex"),
        ({"source": [KYODO, KYODO]}, "[[source]] 'kyodo': stands twice; make one entry of the two"),
        ({"source": [KYODO | {"name": "a b"}]}, "[[source]] 'a b' name: use letters"),
    ],
)
def test_a_fault_names_file_table_key_and_mend(tables: dict[str, Any], said: str) -> None:
    (line,) = faults(tables)
    assert line.startswith(f"breachwire.toml: {said}")


def test_a_file_as_windows_saves_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "wire.toml").write_bytes(b"\xef\xbb\xbf[crawl]\r\ndelay = 3\r\n")
    assert load_config(str(tmp_path / "wire.toml")).crawl.delay == 3.0


def test_all_faults_are_told_at_once() -> None:
    assert len(faults({"crawl": {"delay": "x"}, "archive": {"url": "x"}, "source": [KYODO | {"feeds": ["x"]}]})) == 3


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    )
)
def test_whatever_a_table_holds_it_is_read_or_refused_with_a_line(value: Any) -> None:
    for table in ("archive", "crawl", "source", "topic", "dedup"):
        try:
            assert isinstance(parse_config({table: value}, "breachwire.toml"), Config)
        except ConfigError:
            continue


def test_an_unknown_source_is_told_with_the_nearest_names() -> None:
    with pytest.raises(UnknownSource, match="did you mean the-record"):
        packaged_registry().select(["the-recrd"])


def test_the_packaged_registry_spans_many_countries() -> None:
    sources = list(packaged_registry())
    assert len(sources) >= 80
    assert len({source.country for source in sources}) >= 20
    assert not faults_of_registry()


def faults_of_registry() -> list[str]:
    from crawler.config import _address_faults

    return [fault for source in packaged_registry() for fault in _address_faults(source, source.name)]


def test_a_public_site_is_not_asked_without_a_contact() -> None:
    with pytest.raises(ConfigError, match="no contact"):
        settings_for(Config(), ["https://news.example/feed"])


def test_a_site_that_is_allowed_by_address_needs_no_contact() -> None:
    config = Config().with_values(allow_private=("127.0.0.1",))
    assert settings_for(config, ["http://127.0.0.1:8000/feed"])["BREACHWIRE_CONTACT"] is None


@pytest.mark.parametrize("contact", ["a@example.org", "https://example.org/bot"])
def test_the_contact_is_in_the_user_agent(contact: str) -> None:
    settings = settings_for(Config().with_values(contact=contact), ["https://news.example/feed"])
    assert contact in settings["USER_AGENT"]


@pytest.mark.parametrize("contact", ["nobody", "a@b", "a@example.org\r\nX: y", "a b@example.org", "(a@example.org"])
def test_a_contact_that_no_one_can_write_to_is_refused(contact: str) -> None:
    with pytest.raises(ConfigError, match="neither an e-mail address nor a URL"):
        settings_for(Config().with_values(contact=contact), [])


def test_rules_of_a_source_reach_the_extraction_until_their_last_day() -> None:
    rules = {"body": "div.text", "remove": ["aside"], "title": "h2", "valid_until": "2099-12-31"}
    past = {**KYODO, "name": "past", "rules": {"body": "p", "valid_until": "2020-01-01"}}
    config = parse_config({"source": [{**KYODO, "rules": rules}, past]}, "breachwire.toml")
    assert settings_for(config, [])["BREACHWIRE_RULES"] == {
        "kyodo": SiteRules(body="div.text", remove=("aside",), title="h2")
    }


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"body": "div..text"}, "[[source]] 'kyodo' rules.body: is no CSS selector: 'div..text'"),
        ({"remove": ["p", "[["]}, "[[source]] 'kyodo' rules.remove: is no CSS selector: '[['"),
        ({"bdy": "p"}, "[[source]] 'kyodo' rules: unknown key `bdy`; known are body, remove, title, date, valid_until"),
        ({"valid_until": "soon"}, "[[source]] 'kyodo' rules.valid_until: "),
        ({"remove": "aside"}, "[[source]] 'kyodo' rules.remove: "),
    ],
)
def test_faults_of_rules_name_the_source_and_the_mend(rules: dict[str, Any], expected: str) -> None:
    (fault,) = faults({"source": [{**KYODO, "rules": rules}]})
    assert fault.startswith(f"breachwire.toml: {expected}")
