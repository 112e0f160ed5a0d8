"""Two texts side by side: what they share is marked, and nothing of either is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup.explain import Passage, passages
from pipelines.dedup.tokens import MAX_CHARS


def shared(marked: list[Passage]) -> list[str]:
    return [passage.text.strip() for passage in marked if passage.shared]


def test_what_both_say_is_marked_as_each_writes_it() -> None:
    mine, theirs = passages(
        "TOKYO (Kyodo) - The U.S. firm said 20 records leaked. It was sorry.",
        "the US firm said 20 Records leaked, our reporter learned",
    )
    assert shared(mine) == ["The U.S. firm said 20 records leaked."]
    assert shared(theirs) == ["the US firm said 20 Records leaked,"]


def test_a_text_without_spaces_is_marked_by_the_character() -> None:
    mine, theirs = passages("同社は個人情報が流出したと発表した。", "きのう個人情報が流出したと判明")
    assert shared(mine) == shared(theirs) == ["個人情報が流出したと"]


def test_fewer_than_five_words_in_a_row_are_chance() -> None:
    mine, _ = passages("one two three four alone", "one two three four other words")
    assert shared(mine) == []


def test_what_is_not_compared_is_not_marked() -> None:
    text = "word " * (MAX_CHARS // 5 + 10)
    mine, _ = passages(text, text)
    assert [passage.shared for passage in mine] == [True, False]


texts = st.text(st.sampled_from("ab \n.流出ｶﾞ\u0301"), max_size=80)


@given(texts, texts)
def test_the_passages_are_the_text(a: str, b: str) -> None:
    mine, theirs = passages(a, b)
    assert "".join(passage.text for passage in mine) == a
    assert "".join(passage.text for passage in theirs) == b


@given(texts)
def test_a_text_shares_all_its_words_with_itself(text: str) -> None:
    mine, _ = passages(text, text)
    assert not any(character.isalnum() for passage in mine if not passage.shared for character in passage.text)
