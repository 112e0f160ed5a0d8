"""Signatures and the words under them: alike in every script, named by scheme, never mixed."""

from __future__ import annotations

import re
import unicodedata

import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from pipelines.dedup import SIGNATURE_SCHEME, Signature, SignatureError, sign
from pipelines.dedup.tokens import MAX_CHARS, fold, folded_words, shingles, word_count, words
from pipelines.scripts import UNSPACED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Naïve café—2,5", ["Naïve", "café", "2", "5"]),
        ("ＡＢＣ ﬁne", ["ABC", "fine"]),
        ("snake_case isn't", ["snake", "case", "isn", "t"]),
        ("U.S. said. It", ["US", "said", "It"]),
        ("데이터 유출", list("데이터유출")),
        ("カタカナと漢字", list("カタカナと漢字")),
        ("ข้อมูล", list("ข้อมูล")),
        ("", []),
        ("— … !", []),
    ],
)
def test_words_of_every_script(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_every_character_of_an_unspaced_script_is_a_word_beside_others() -> None:
    for point in (*range(0x0E00, 0x0E80), *range(0x3005, 0x10000), 0x20000, 0x3FFFD):
        if re.match(f"[{UNSPACED}]", chr(point)) and (letters := unicodedata.normalize("NFKC", chr(point))).isalpha():
            assert words(f"a{chr(point)}b") == ["a", *letters, "b"], hex(point)


def test_characters_of_unspaced_scripts_count_half_a_word() -> None:
    assert word_count(" ".join(words("東京都内 Tokyo"))) == 3


@given(st.text(max_size=200))
def test_folding_keeps_one_word_for_one(text: str) -> None:
    tokens = words(text)
    assert len(fold(tokens)) == len(tokens)
    assert fold(fold(tokens)) == fold(tokens)


@given(st.text(max_size=200) | st.text("aBß.’…\u00a0\u0301\u0338µªéÉﬁ漢Жǅ_ —", max_size=60))
def test_words_are_what_is_left_of_nfkc_without_marks(text: str) -> None:
    normal = re.sub(r"\.(?<=\b[^\W\d_]\.)(?=[^\W\d_]\b)", "", unicodedata.normalize("NFKC", text))
    expected = re.findall(f"[^\\W_{UNSPACED}]+|[{UNSPACED}]", normal)
    assert words(text) == expected
    assert folded_words(text) == " ".join(expected).casefold()


@given(st.lists(st.text(alphabet="ab漢😀", min_size=1, max_size=4), max_size=12), st.integers(1, 6))
def test_shingles_are_the_runs_of_words(tokens: list[str], size: int) -> None:
    expected = [" ".join(tokens[i : i + size]) for i in range(max(1, len(tokens) - size + 1))] if tokens else []
    assert [shingle.decode("utf-32-le") for shingle in shingles(" ".join(tokens), size)] == expected


@given(st.text(max_size=400))
def test_a_signature_survives_its_bytes(text: str) -> None:
    signature = sign(text)
    assert Signature.from_bytes(signature.to_bytes()) == signature


def test_the_signature_is_the_one_that_the_scheme_names() -> None:
    # A change of these bytes is a change of scheme: signatures in archives would no longer compare.
    assert SIGNATURE_SCHEME == "datasketch-affine32-seed1/xxh32/w5x126+lead120w3x128/tokens1"
    data = sign("One two three four five six seven.").to_bytes()
    assert len(data) == 1040
    assert sign("one, two THREE four five six seven").to_bytes() == data


def test_case_spacing_and_punctuation_do_not_change_a_signature() -> None:
    assert sign("The  bank said:\n\n“Sorry.”") == sign("the bank said sorry")


@pytest.mark.parametrize("data", [b"", b"abcd", b"abcd" + bytes(1036), sign("x").to_bytes()[:-1]])
def test_a_signature_of_another_scheme_is_refused_with_the_mend(data: bytes) -> None:
    with pytest.raises(SignatureError, match="rebuild the index"):
        Signature.from_bytes(data)


def test_the_sketch_is_datasketch_s_own() -> None:
    text = " ".join(f"word{i}" for i in range(300))
    signature = sign(text)
    assert signature.body_minhash().jaccard(signature.body_minhash()) == 1.0
    assert signature.body_minhash().scheme == "affine32"
    assert isinstance(signature.lead_minhash(), MinHash)


def test_the_estimate_is_near_the_jaccard_similarity() -> None:
    start = [f"word{i}" for i in range(1000)]
    other = start[:500] + [f"other{i}" for i in range(500)]
    assert sign(" ".join(start)).jaccard(sign(" ".join(other))) == pytest.approx(1 / 3, abs=0.12)


def test_only_the_start_of_an_endless_text_is_read() -> None:
    text = "data breach " * (MAX_CHARS // 12 + 1)
    assert sign(text[:MAX_CHARS]) == sign(text * 3)
