"""What kind of article a story on a breach is, and the example topics beside the breach one."""

from __future__ import annotations

import pytest

from pipelines.relevance import judge, kind_of, load_topic, worth_fetching

KINDS = {
    "Hospital group says data of 1.2 million patients was stolen": "incident",
    "Retailer confirms breach, arrests not expected soon": "aftermath",
    "Airline fined $20 million over 2018 data breach": "aftermath",
    "Customers sue bank after data leak": "aftermath",
    "Bußgeld nach Datenleck bei Versandhändler": "aftermath",
    "個人情報流出で元社員を逮捕": "aftermath",
    "Personal info leak cases hit record high": "statistics",
    "個人情報の漏えい件数、過去最多に": "statistics",
    "How to check if your password was leaked": "advice",
    "Fuite de données : comment vous protéger": "advice",
    "通販サイトで個人情報漏えい、最大3万件": "incident",
    "": "incident",
}


@pytest.mark.parametrize("title", KINDS)
def test_the_headline_tells_the_kind(title: str) -> None:
    assert kind_of(load_topic("breach"), title, "") == KINDS[title]


def test_one_phrase_in_the_lead_is_not_enough_but_two_are() -> None:
    breach, title = load_topic("breach"), "Bank tells customers of stolen records"
    assert kind_of(breach, title, "A suspect was arrested.") == "incident"
    assert kind_of(breach, title, "A suspect was arrested. Customers have filed a lawsuit.") == "aftermath"


def test_a_topic_without_kinds_gives_none() -> None:
    assert kind_of(load_topic("ransomware"), "Bank fined", "") is None


EXAMPLES = [
    ("ransomware", "Ransomware gang LockBit hits port", "The port said its systems were down.", "yes"),
    ("ransomware", "港湾システムにランサムウェア攻撃", "", "yes"),
    ("ransomware", "Family pays ransom for kidnapped son", "Police freed the hostage.", "no"),
    ("ransomware", "Bank leaks customer data", "A clerk sent a list by mistake.", "no"),
    ("vulnerabilities", "Browser update fixes two flaws", "CVE-2031-1234 lets attackers run code.", "yes"),
    ("vulnerabilities", "Kritische Sicherheitslücke in Routern", "", "yes"),
    ("vulnerabilities", "Help for vulnerable people in winter", "The council opened shelters.", "no"),
]


@pytest.mark.parametrize(("topic", "title", "text", "verdict"), EXAMPLES)
def test_the_example_topics_judge_by_a_dozen_lines(topic: str, title: str, text: str, verdict: str) -> None:
    profile = load_topic(topic)
    assert judge(profile, title, text).verdict == verdict
    if verdict == "yes":
        assert profile.model is None
        assert worth_fetching(profile, title, None)


@pytest.mark.parametrize(
    "title",
    [
        "Clinic worker read actress's medical record, data stolen",
        "Discord bot leaks data of its users",
        "Stolen data sold at two dollars per record",
        "Comune invia per errore i dati di centinaia di famiglie",
    ],
)
def test_a_word_of_another_language_makes_no_other_kind(title: str) -> None:
    assert kind_of(load_topic("breach"), title, "") == "incident"
