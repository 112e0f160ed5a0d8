"""What a new version changed, to be read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crawler.changes import CONTEXT, changes


def shown(before: str, after: str) -> str:
    marks = {"gone": "-{}-", "new": "+{}+", None: "{}"}
    return "".join(marks[mark].format(text.strip(" ")) for text, mark in changes(before, after))


def test_only_paragraphs_that_changed_are_shown() -> None:
    before = "First one.\n\nIt lost 20 records.\n\nLast one."
    assert shown(before, before.replace("20", "31")) == "It lost-20-+31+records.\n"
    assert shown(before, before) == ""


def test_a_paragraph_that_came_or_went_is_shown_whole() -> None:
    assert shown("One is here.\n\nTwo goes.", "One is here.\n\nThree came.\n\nTwo goes.") == "+Three came.+\n"
    assert "-Two goes.-" in shown("One is here.\n\nTwo goes.", "One is here.")


def test_what_is_far_from_a_change_is_left_out() -> None:
    words = [f"w{number}" for number in range(100)]
    after = words.copy()
    after[50] = "new"
    text = shown(" ".join(words), " ".join(after))
    assert text.startswith(f"… w{50 - CONTEXT} ")
    assert text.endswith(f" w{50 + CONTEXT} …\n")
    assert "-w50-+new+" in text


texts = st.lists(st.sampled_from(["a", "b", "c", "d", "\n\n"]), max_size=30).map(" ".join)


@given(texts, texts)
def test_every_word_that_came_or_went_is_shown(before: str, after: str) -> None:
    parts = list(changes(before, after))
    came = sum(len(text.split()) for text, mark in parts if mark == "new")
    went = sum(len(text.split()) for text, mark in parts if mark == "gone")
    assert came - went == len(after.split()) - len(before.split())
