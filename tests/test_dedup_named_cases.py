"""The cases that near-duplicates are judged by, each by its name."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from tests.seeds import SEEDS, need_seeds
from tests.test_dedup_decide import Wire
from tests.wire_texts import (
    CHINESE,
    CHINESE_SIDEBAR,
    FOLLOW_UP,
    HOSPITAL,
    JAPANESE,
    JAPANESE_SIDEBAR,
    NOTICE,
    NOTICE_OF_ANOTHER,
    NOTICE_OF_ONE,
    OTHER_REPORT,
    SIDEBAR,
    STUB,
)


def together(*texts: str, **fields: str) -> bool:
    """Whether the texts are one article, whichever of them comes first; it must not depend on that."""
    found = set()
    for order in permutations(texts):
        wire = Wire()
        clusters = {wire.take(str(number), text, **fields).dedup.cluster for number, text in enumerate(order)}
        found.add(len(clusters) == 1)
    assert len(found) == 1
    return found.pop()


def on_a_noisy_page(text: str, *others: str) -> str:
    """The text as a bad extractor leaves it: furniture in front and behind, others' stories in the sidebar."""
    furniture = "Hashtags\n\nShare\n\nPrint\n\nComments\n\nRelated articles"
    return "\n\n".join(["Menu | Search | Sign in", text, furniture, *others, "Copyright. All rights reserved."])


# -- one article -----------------------------------------------------------------------------------------------------


def test_a_page_with_its_noise_still_on_is_the_same_article_and_no_copy_of_the_story_in_its_sidebar() -> None:
    noisy = on_a_noisy_page(HOSPITAL, SIDEBAR, NOTICE_OF_ONE, OTHER_REPORT)
    assert together(HOSPITAL, noisy)
    for embedded in (SIDEBAR, NOTICE_OF_ONE, OTHER_REPORT):
        assert not together(noisy, embedded)


@need_seeds
def test_the_first_seed_with_its_noise_still_on() -> None:
    noisy, same_event, _ = (path.read_text("utf-8") for path in sorted(SEEDS.glob("*.txt")))
    clean = noisy.partition("Hashtags")[0].strip()
    sidebar = noisy[noisy.index("Mitsubishi Estate has bought") : noisy.index("TSMC and Tokyo University team")]
    assert together(clean, noisy)
    assert not together(noisy, sidebar)
    wire = Wire()
    wire.take("clean", clean)
    assert wire.take("noisy", noisy).dedup.verdict == "duplicate"
    assert wire.take("sidebar", sidebar).dedup.verdict != "duplicate"
    assert wire.take("same event", same_event).dedup.verdict == "unique"


LANGUAGES = {
    "English": (HOSPITAL, SIDEBAR, "CORWEN (AP) — "),
    "Japanese": (JAPANESE, JAPANESE_SIDEBAR, "【横浜=共同】"),
    "Chinese": (CHINESE, CHINESE_SIDEBAR, "新华社北京三月十一日电　"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_with_another_dateline_is_found(language: str) -> None:
    text, _, dateline = LANGUAGES[language]
    assert together(text, dateline + text)
    assert together(text, dateline + text.replace("\n\n", "\n"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kept", [3, 2])
def test_a_copy_that_was_cut_is_found(language: str, kept: int) -> None:
    text, _, dateline = LANGUAGES[language]
    paragraphs = text.split("\n\n")
    assert together(text, dateline + "\n\n".join(paragraphs[: kept * len(paragraphs) // 4]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_with_another_story_on_its_page_is_found(language: str) -> None:
    text, other, dateline = LANGUAGES[language]
    noisy = on_a_noisy_page(dateline + text, other)
    assert together(text, noisy)
    assert not together(noisy, other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_copy_that_an_editor_changed_is_found(language: str) -> None:
    """One sentence in six is gone, the rest stands as it was."""
    text, _, dateline = LANGUAGES[language]
    stop = "。" if "。" in text else ". "
    sentences = text.split(stop)
    changed = stop.join(sentence for number, sentence in enumerate(sentences) if number % 6 != 4)
    assert together(text, dateline + changed)


# -- several ---------------------------------------------------------------------------------------------------------


def test_two_reports_on_one_event_are_two_articles() -> None:
    assert not together(HOSPITAL, OTHER_REPORT)


def test_a_follow_up_that_quotes_long_background_stays_and_is_linked() -> None:
    assert not together(HOSPITAL, FOLLOW_UP)
    wire = Wire()
    wire.take("first", HOSPITAL, published="2026-03-10")
    decision = wire.take("follow-up", FOLLOW_UP, published="2026-03-13")
    assert (decision.dedup.verdict, decision.against) == ("related", "first")


def test_a_story_above_a_short_report_that_it_quotes_whole_is_no_copy_of_it() -> None:
    """The report lies within the window in which a lead is sought. So it is with one that a short page embeds."""
    report = "\n\n".join(HOSPITAL.split("\n\n")[:3])
    own = "\n\n".join(SIDEBAR.split("\n\n")[:3])
    assert len(own.split()) > 100
    assert not together(report, f"{own}\n\nWhat was known before:\n\n{report}")
    assert together(report, HOSPITAL)


def test_a_breach_notice_of_one_company_never_swallows_another_s() -> None:
    wire = Wire()
    firms = random.Random(1)
    for number in range(60):
        name = " ".join(firms.sample(["Alder", "Birch", "Cedar", "Elm", "Hazel", "Juniper", "Kauri", "Larch"], 2))
        notice = NOTICE.format(
            who=f"{name} {firms.choice(['Bank', 'Clinic', 'School District', 'Insurance'])} {number}",
            found=f"{firms.choice(['March', 'April', 'May'])} {firms.randint(1, 28)}, 2026",
            count=f"{firms.randint(1, 900)},{firms.randint(100, 999)}",
            first=f"January {firms.randint(1, 28)}",
            last=f"February {firms.randint(1, 28)}",
            months=firms.choice(["12", "24"]),
            vendor=firms.choice(["TrustLane", "Sentinel Shield", "WatchWell"]),
            until=f"August {firms.randint(1, 28)}, 2026",
            phone=f"8{firms.randint(11, 99)}-555-{firms.randint(1000, 9999)}",
            signed="The President",
        )
        assert wire.take(f"notice {number}", notice).dedup.verdict == "unique"
        assert wire.take(f"copy {number}", f"PRNewswire -- {notice}").dedup.duplicate_of == f"notice {number}"
    assert not together(NOTICE_OF_ONE, NOTICE_OF_ANOTHER)


@pytest.mark.parametrize("access", ["full", "paywalled", "truncated"])
def test_stubs_under_a_paywall_are_not_copies_of_each_other(access: str) -> None:
    """Also where nobody noticed the paywall."""
    wire = Wire()
    stories = {
        "Records of 312,000 patients copied": HOSPITAL.split("\n\n")[0],
        "Ferry terminal for Felden": SIDEBAR.split("\n\n")[0],
        "Patients sue over lost records": FOLLOW_UP.split("\n\n")[0],
        "Clinic chain admits break-in": OTHER_REPORT.split("\n\n")[0],
    }
    for title, lead in stories.items():
        decision = wire.take(title, STUB.format(lead=lead), title=title, access=access)
        assert decision.dedup.verdict == "unique"


def test_stubs_of_one_sentence_are_not_copies_of_each_other() -> None:
    wire = Wire()
    stories = (
        "Hackers who broke into the waterworks of Carrow Vale had been in its network since March, two people with "
        "knowledge of the inquiry said.",
        "The mayor of Carrow Vale wants to sell the town's concert hall to a private investor, according to a paper "
        "for the council seen by the Courier.",
        "Trams will run every four minutes from Monday, after the operator found drivers for a third of its posts.",
    )
    for story in stories:
        assert wire.take(story, STUB.format(lead=story), title=story[:40]).dedup.verdict == "unique"
        assert wire.take(f"{story} copied", STUB.format(lead=f"{story} "), title=story).dedup.verdict == "duplicate"


@pytest.mark.parametrize(("a", "b"), [(HOSPITAL, JAPANESE), (HOSPITAL, CHINESE), (JAPANESE, CHINESE)])
def test_a_translation_is_not_a_duplicate(a: str, b: str) -> None:
    assert not together(a, b)
