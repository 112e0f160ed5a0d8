"""The comparison of two texts: what each measure says of copies, follow-ups, embedded articles and templates."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup import Text, compare
from pipelines.dedup.align import Gap, gaps
from pipelines.dedup.compare import conflict, containment
from pipelines.dedup.containments import Containments


def story(name: str, count: int = 300) -> str:
    return " ".join(f"{name}{i}" for i in range(count))


def test_a_copy_agrees_in_everything() -> None:
    evidence = compare(Text.of(story("a")), Text.of(story("a").upper()))
    assert (evidence.containment, evidence.lead, evidence.conflict, evidence.jaccard) == (1, 1, 0, 1)


def test_other_texts_agree_in_nothing() -> None:
    evidence = compare(Text.of(story("a")), Text.of(story("b")))
    assert (evidence.containment, evidence.lead, evidence.jaccard) == (0, 0, 0)


def test_a_copy_cut_short_is_contained() -> None:
    evidence = compare(Text.of(story("a")), Text.of(story("a", 120)))
    assert (evidence.containment, evidence.lead) == (1, 1)
    assert evidence.jaccard < 0.5


def test_an_article_embedded_in_a_sidebar_is_contained_and_fails_the_lead() -> None:
    evidence = compare(Text.of(story("b")), Text.of(f"{story('a', 400)} {story('b')}"))
    assert (evidence.containment, evidence.lead) == (1, 0)


def test_noise_before_a_copy_leaves_its_lead() -> None:
    evidence = compare(Text.of(story("a")), Text.of(f"{story('noise', 80)} {story('a')}"))
    assert evidence.lead > 0.9


@pytest.mark.parametrize(
    ("a", "b", "swapped"),
    [
        ("Acme Bank said its records leaked", "Bolt Insurance said its records leaked", True),
        ("it said 20 records had leaked", "it said 31 records had leaked", True),
        ("同社は東京電力の顧客情報が流出したと発表", "同社は日本郵便の顧客情報が流出したと発表", True),
        ("同社はアクメの顧客情報が流出した", "同社はボルトの顧客情報が流出した", True),
        ("the bank said on Monday it was sorry", "the bank said on Tuesday it was sorry", False),
        ("TOKYO (Kyodo) — the bank was sorry", "(Reuters) - the bank was sorry", False),
        ("the U.S. bank was sorry", "the US bank was sorry", False),
        ("the bank was very sorry for it", "the bank was deeply sorry for it", False),
        ("The bank was sorry", "Officials from Acme said: the bank was sorry", False),
        ("流出したと発表しました", "流出したと公表したもの", False),
    ],
)
def test_a_conflict_is_a_name_or_number_in_place_of_another(a: str, b: str, swapped: bool) -> None:
    assert bool(conflict(Text.of(a), Text.of(b))) == swapped


def test_a_byline_before_the_name_does_not_hide_the_swap() -> None:
    byline = "This story has been published from a wire feed without changes By Our Own Correspondent "
    body = "said that personal information of customers may have been leaked from its server"
    assert conflict(Text.of(f"Acme Bank {body}"), Text.of(f"{byline}Bolt Insurance {body}"))


words = st.lists(st.sampled_from(["a", "b", "c", "Acme", "20", "流"]), max_size=60).map(" ".join)


@given(words, words)
def test_it_does_not_matter_which_is_named_first(a: str, b: str) -> None:
    assert compare(Text.of(a), Text.of(b)) == compare(Text.of(b), Text.of(a))


@given(words, words)
def test_shares_are_shares(a: str, b: str) -> None:
    evidence = compare(Text.of(a), Text.of(b))
    assert 0 <= evidence.jaccard <= evidence.containment <= 1
    assert 0 <= evidence.lead <= 1
    assert evidence.conflict >= 0


@given(words, words)
def test_an_alignment_accounts_for_every_word(a: str, b: str) -> None:
    left, right = a.split(), b.split()
    rest, a_at, b_at = [], 0, 0
    for gap in [*gaps(left, right), Gap(len(left), len(left), len(right), len(right))]:
        assert left[a_at : gap.a_start] == right[b_at : gap.b_start]  # between two gaps the words are the same
        rest += left[a_at : gap.a_end]
        a_at, b_at = gap.a_end, gap.b_end
    assert (rest, b_at) == (left, len(right))


@given(words, words, st.floats(0, 30))
def test_a_conflict_counted_no_further_than_enough_is_as_surely_above_it(a: str, b: str, enough: float) -> None:
    whole, part = conflict(Text.of(a), Text.of(b)), conflict(Text.of(a), Text.of(b), enough)
    assert part == whole if whole <= enough else enough < part <= whole


@pytest.mark.parametrize("word", ["a", "a b", "a b c d", "A1 ", "漢", "\u0301\u0323", "\ufdfa"])
def test_a_text_of_one_repeated_word_costs_little(word: str) -> None:
    start = time.process_time()
    compare(Text.of(f"{word} " * 40_000), Text.of(f"x {word} y " * 40_000))
    assert time.process_time() - start < 5


WRITTEN = st.lists(
    st.sampled_from(
        ["U.S.", "Straße", "情報漏えい", "data_breach", "\ud800", "o'clock", "12,000", "BREACH", "breach", "é", "İ"]
    ),
    min_size=1,
    max_size=40,
).map(" ".join)


@given(WRITTEN, st.lists(WRITTEN | st.text(max_size=60), min_size=1, max_size=70))
def test_many_texts_at_once_are_contained_as_they_are_one_by_one(text: str, others: list[str]) -> None:
    one, many = Text.of(text), {str(at): Text.of(other) for at, other in enumerate(others)}
    each, together = [containment(one, other) for other in many.values()], Containments()
    assert together.of(one, list(many), many.get) == each
    again = together.of(one, list(many), many.get)  # from what was kept
    assert again == each


def test_long_texts_are_contained_as_others_are() -> None:
    one, many = Text.of(story("a", 9000)), {str(count): Text.of(story("a", count)) for count in (20_000, 100, 9000)}
    assert Containments().of(one, list(many), many.get) == [1, 1, 1]
