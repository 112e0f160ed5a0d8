"""Topic profiles: a profile is refused before it is used, with an error that names the entry and the mend."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.items import Link
from pipelines.relevance import TopicError, judge, load_topic, worth_fetching
from pipelines.relevance.topic import parse_topic

PROFILE = """
name = "floods"
scale = 1.0
[words]
water = ["river*", "flood-water"]
[zones]
title = 4.0
lead = 2.0
body = 1.0
[thresholds]
yes = 4.0
maybe = 2.0
[fetch]
floor = -3.0
hints_in_title = 1
hints_in_summary = 1
hints = { en = ["rain"] }
[groups.strong]
weight = 1.0
caps = { title = 1, lead = 1, body = 1 }
phrases = { en = ["{water} ~3 burst*|rose", "flood warning"], de = ["*wasser gestiegen"] }
"""


def test_a_dozen_lines_make_a_topic(tmp_path: Path) -> None:
    path = tmp_path / "floods.toml"
    path.write_text(PROFILE, "utf-8")
    topic = load_topic(path)
    assert topic.version == "floods-1"
    assert judge(topic, "River Elbe burst its banks", "").verdict == "yes"
    assert judge(topic, "", "Das Hochwasser gestiegen").verdict == "yes"
    assert judge(topic, "River cruise", "").verdict == "no"
    assert worth_fetching(topic, "Rain expected", None)


TAKEN_BACK = """
[groups.denied]
weight = 0.25
caps = { title = 1, lead = 1 }
phrases = { en = ["no ~1 flood"] }
[groups.unrelated]
weight = 0
caps = { title = 1, lead = 1 }
phrases = { en = ["river* ~2 rose never|bushes"] }
"""


@pytest.mark.parametrize(
    ("title", "text", "evidence"),
    [
        ("No flood warning today", "", [("no flood", "title", 1.0)]),
        ("The river rose", "No flood warning today", [("river rose", "title", 4.0), ("no flood", "lead", 0.5)]),
        ("The river rose, but no flood", "", [("no flood", "title", 1.0), ("river rose", "title", 4.0)]),
        ("Along the river, rose bushes bloom", "", [("river rose bushes", "title", 0.0)]),
        ("No storm. Flood warning given", "", [("flood warning", "title", 4.0)]),
        ("No flood", "", []),
        ("Quiet", ". " * 400 + "No flood warning today", [("flood warning", "body", 1.0)]),
    ],
)
def test_phrases_that_are_denied_or_unrelated_do_not_count_in_zones_where_those_groups_have_a_cap(
    title: str, text: str, evidence: list[tuple[str, str, float]]
) -> None:
    hits = judge(parse_topic((PROFILE + TAKEN_BACK).encode(), "f.toml"), title, text).evidence
    assert [(hit.phrase, hit.zone, hit.weight) for hit in hits] == evidence


def test_a_denial_beyond_the_cap_takes_back_all_the_same() -> None:
    text = "No flood warning, no new flood warning. The flood-water rose."
    hits = judge(parse_topic((PROFILE + TAKEN_BACK).encode(), "f.toml"), "Quiet", text).evidence
    assert [hit.phrase for hit in hits] == ["no flood", "flood water rose"]


TOGETHER = """
[together]
weight = 1.5
[together.signs.where]
en = ["cellars|streets"]
de = ["keller"]
[together.signs.done]
en = ["sandbags|pumped"]
de = ["sandsäcke"]
"""


@pytest.mark.parametrize(
    ("title", "text", "phrases"),
    [
        ("Cellars full", "Firemen pumped all night.", ["cellars", "pumped"]),
        ("Cellars full", "Firemen slept all night.", []),  # a kind is missing
        ("Cellars full", "Die Feuerwehr brachte Sandsäcke.", []),  # no language has both
        ("Flood warning: cellars full", "Firemen pumped all night.", ["flood warning"]),  # the topic's own words say it
        ("Cellars full", f"{'It rained. ' * 60}Firemen pumped all night.", []),  # not in the lead
    ],
)
def test_signs_count_where_headline_and_lead_have_one_of_every_kind_and_no_strong_phrase(
    title: str, text: str, phrases: list[str]
) -> None:
    topic = parse_topic(PROFILE.replace("[groups.strong]", f"{TOGETHER}[groups.strong]").encode(), "floods.toml")
    hits = judge(topic, title, text).evidence
    assert [hit.phrase for hit in hits] == phrases
    assert all(hit.weight == 1.5 for hit in hits if hit.phrase != "flood warning")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("body = 1.0\n", "body = 1.0\nhost = 2.0\n", "zones: 'host' is not known: use title, lead, body, url, cat"),
        ("body = 1.0\n", "body = 1.0\nurl = inf\n", "zones.url: inf is no weight: write a finite number"),
        ("caps = { title = 1,", "caps = { headline = 1,", "groups.strong.caps: 'headline' is not known: use"),
        ("[groups.strong]", "[groups.weak]", "groups: 'weak' is not known: use strong, medium, against, denied, unr"),
        ("body = 1.0\n", "", "zones: Object missing required field `body`"),
        ("title = 4.0", 'title = "high"', "zones.title: Expected `float`, got `str`"),
        ("title = 4.0", "title = 1e300", "zones.title: 1e+300 is no weight: write a finite number, 1,000,000 at most"),
        ("title = 4.0", "title = nan", "zones.title: nan is no weight: write a finite number"),
        ("scale = 1.0", "scale = 0.0", "scale: Expected `float` > 0.0"),
        ("maybe = 2.0", "maybe = 9.0", "thresholds.maybe: is above thresholds.yes"),
        ('name = "floods"', 'name = "Flood news"', "name: Expected `str` matching regex"),
        ('"flood warning"', '"flood (warning|alert)"', "[groups.strong.phrases] en: phrase 'flood (warning|alert)': "),
        ('"flood warning"', '"(a+)+$"', "phrases are words, not regular expressions"),
        ('"flood warning"', '"{rain} fell"', "{rain} is not defined: list its words under [words]"),
        ('"flood warning"', '"flood ~900 warning"', "'~900' is no gap: write ~1 to ~30"),
        ('"flood warning"', '"flood ~3"', "must not end with a gap"),
        ('"flood-water"]', '"(a+)+"]', "[words] water: phrase '{water}': '(a+)+' holds '('"),
        ("[words]", '[words]\nunused = ["fl*od"]', "[words] unused: "),
        ('"flood warning"', '""', "is empty: write at least one word"),
        ('"flood warning"', '"fl*od"', "* stands at the start or the end of a word only"),
        ('"flood warning"', '"*"', "has no word in it"),
        ('"flood warning"', '"fl*"', "* wants at least 3 letters beside it"),
        ('["rain"]', '["|"]', "[fetch.hints] en: phrase '|': '' has no word in it"),
        ("[zones]", "[zones", "is not TOML in UTF-8"),
    ],
)  # fmt: skip
def test_a_faulty_profile_is_refused_with_the_mend(old: str, new: str, message: str) -> None:
    assert old in PROFILE
    with pytest.raises(TopicError, match=re.escape(message)) as caught:
        parse_topic(PROFILE.replace(old, new, 1).encode(), "floods.toml")
    assert str(caught.value).startswith("floods.toml: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight = 1.5", "weight = 1.5\nkinds = {}", "together: 'kinds' is not known: use weight, signs"),
        ("weight = 1.5", "weight = 0.0", "together.weight: Expected `float` > 0.0"),
        ("sandbags", "sand*bags", "[together.signs.done] en: phrase 'sand*bags|pumped': "),
        (
            TOGETHER,
            "[together]\nweight = 1.0\nsigns = { one = {} }\n",
            "together.signs: Expected `object` of length >= 2",
        ),
    ],
)
def test_a_faulty_table_of_signs_is_refused_with_the_mend(old: str, new: str, message: str) -> None:
    with pytest.raises(TopicError, match=re.escape(message)):
        parse_topic(f"{PROFILE}{TOGETHER}".replace(old, new, 1).encode(), "floods.toml")


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(TopicError, match=r"f\.toml: is not TOML in UTF-8"):
        parse_topic(b"\xff\xfe", "f.toml")


def test_tables_that_are_nested_without_end_are_refused() -> None:
    with pytest.raises(TopicError, match=r"f\.toml: is not TOML in UTF-8"):
        parse_topic(b"a = " + b"[" * 5_000, "f.toml")


def test_an_endless_file_is_refused() -> None:
    with pytest.raises(TopicError, match="is over 1,000,000 bytes"):
        load_topic("/dev/zero")


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopicError, match=r"none\.toml: cannot be read .*check the path"):
        load_topic(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["floods", "../breach", "", "breach/"])
def test_a_topic_that_is_not_packaged_is_refused(name: str) -> None:
    with pytest.raises(TopicError):
        load_topic(name)


def test_the_packaged_topic_has_the_promised_languages() -> None:
    topic = load_topic("breach")
    promised = {"en", "ja", "zh", "ko", "de", "fr", "es", "pt", "it", "nl", "ru", "ar"}
    for group in topic.groups.values():
        assert promised <= set(group.phrases)


LINK = Link(url="https://a.example/2031/river-elbe-burst-its_banks.html?from=feed", source="a", discovered_by="feed")
FILED = replace(LINK, url="https://a.example/7", tags=("Local", "Flood warning"))


def _with_link_zones() -> bytes:
    weighed = PROFILE.replace("body = 1.0\n", "body = 1.0\nurl = 1.5\ncategory = 3.0\n", 1)
    return weighed.replace("body = 1 }", "body = 1, url = 1, category = 1 }").encode()


@pytest.mark.parametrize(
    ("link", "phrase", "zone", "weight"),
    [(LINK, "river elbe burst", "url", 1.5), (FILED, "flood warning", "category", 3.0)],
)
def test_address_and_category_count_where_a_profile_weighs_them(
    link: Link, phrase: str, zone: str, weight: float
) -> None:
    (hit,) = judge(parse_topic(_with_link_zones(), "f.toml"), "Morning news", "All quiet.", link).evidence
    assert (hit.phrase, hit.zone, hit.weight) == (phrase, zone, weight)
    assert worth_fetching(parse_topic(_with_link_zones(), "f.toml"), "Morning news", None, link)
    assert judge(parse_topic(PROFILE.encode(), "f.toml"), "Morning news", "All quiet.", link).evidence == ()


def test_a_link_that_says_nothing_is_judged_by_its_address_or_fetched() -> None:
    topic = parse_topic(PROFILE.encode(), "f.toml")
    assert worth_fetching(topic, None, None, LINK)
    assert worth_fetching(topic, None, None, FILED), "an address of one number says nothing, so it may be anything"
    assert not worth_fetching(topic, None, None, replace(LINK, url="https://a.example/late-goal-sends-united-to-final"))
