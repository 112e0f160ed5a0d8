"""The phrase language: what each sign matches, and that no phrase can make the matcher run without end."""

from __future__ import annotations

import contextlib
import time
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.relevance.matcher import Matcher
from pipelines.relevance.phrases import MAX_GAP, PhraseError, parse
from pipelines.relevance.words import _TOKEN, tokens, written


def found(phrase: str, text: str, words: dict[str, list[str]] | None = None) -> list[str]:
    cut = tokens(text)
    matcher = Matcher([("group", parse(phrase, words or {}))])
    return [written(cut[match.start : match.end]) for match in matcher.find(cut)]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("data breach", "A Data-Breach at Acme", ["data breach"]),
        ("data breach", "database breaches", []),
        ("donnée*", "DONNEES volées, donnée", ["donnees", "donnee"]),
        ("*leck*", "Das Datenleck-Portal", ["datenleck"]),
        ("*daten weg", "Kundendaten weg", ["kundendaten weg"]),
        ("leak*|data-spill here", "leaked here, data spill here", ["leaked here", "data spill here"]),
        ("for-sale|fort ~1 data", "for data, for sale: data, fort data", ["for sale data", "fort data"]),
        ("fuite massive? de données", "fuite de données", ["fuite de donnees"]),
        ("fuite massive? de données", "fuite massive de données", ["fuite massive de donnees"]),
        ("stolen ~2 data", "stolen in May: data", ["stolen in may data"]),
        ("stolen ~2 data", "stolen in early May: data", []),
        ("stolen ~5 data", "It was stolen. No data was there.", []),
        ("stolen # records", "stolen 1,200 records", ["stolen 1,200 records"]),
        ("{what} leak", "oil leak", ["oil leak"]),
        ("情報 ~4 流出|漏えい", "情報が大量に流出", ["情報が大量に流出"]),
        ("情報 ~4 流出", "情報。流出", []),
        ("정보 ~2 유출", "개인정보가 유출됐다", ["정보가유출"]),
        ("ｄａｔａ leak", "data ｌｅａｋ", ["data leak"]),
        ("डेटा*", "डेटाबेस लीक, ड, टा", ["डेटाबेस"]),
        ("डेटा ~3 लीक", "डेटा हुआ। लीक", []),
        ("ຂໍ້ມູນ", "ບໍລິສັດຂໍ້ມູນຮົ່ວ", ["ຂໍ້ມູນ"]),
        ("บริษัท", "บริษัทข้อมูล", ["บริษัท"]),
        ("流出 ~4 情報", "流出！情報", []),
        ("بيانات ~3 تسريب", "بيانات؟ تسريب", []),
        ("обʼєкт*", "об’єкти", ["об єкти"]),
    ],
)
def test_a_phrase_matches_what_it_says(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text, {"what": ["gas", "oil"]}) == expected


def test_a_phrase_is_read_the_shortest_way() -> None:
    assert found("leak ~9 data", "leak of data and more data") == ["leak of data"]


def test_many_gaps_over_one_repeated_word_stay_cheap() -> None:
    phrase = " ".join(["a", *[f"~{MAX_GAP} a"] * 5, "b"])
    start = time.process_time()
    assert found(phrase, "a " * 2_000) == []
    assert time.process_time() - start < 20


def test_a_phrase_with_too_many_parts_is_refused() -> None:
    with pytest.raises(PhraseError, match="parts"):
        parse("a " * 13, {})


@given(st.text(max_size=60))
def test_any_phrase_is_parsed_or_refused(source: str) -> None:
    with contextlib.suppress(PhraseError):
        assert parse(source, {}).slots


@given(st.text(alphabet=st.sampled_from("aß流出 .。!İ\u0301ﬁが一\n1,2"), max_size=80))
def test_any_text_is_cut_into_words_that_stay_as_they_are(text: str) -> None:
    cut = tokens(text)
    assert all(cut)
    assert tokens(" ".join(word for word in cut if word.isalnum())) == [word for word in cut if word.isalnum()]


Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")

# One word a line, as newsrooms, keyboards and old encodings write it.
ONE_WORD = [
    ("données", "DONNÉES", "donne\u0301es", "don\u00adnées", "ｄｏｎｎéｅｓ"),
    ("datenleck", "Daten\u00adleck", "DATENLECK\u200e"),
    ("straße", "STRASSE", "STRAẞE"),
    ("sızıntı", "SIZINTI", "sizinti"),
    ("İhlal", "ihlal", "IHLAL", "i\u0307hlal"),
    ("πελάτης", "ΠΕΛΑΤΗΣ", "ΠΕΛΆΤΗΣ", "πελα\u0301της"),
    ("файл", "ФАЙЛ", "фаи\u0306л"),
    ("بيانات", "بَيَانَات", "بيـــانات", "ﺑﻴﺎﻧﺎﺕ", "\u200fبیانات"),
    ("أسماء", "اسماء", "أَسْمَاء", "ا\u0654سماء"),
    ("מידע", "מֵידָע"),
    ("ज़ब्त", "ज\u093cब्त", "जब्त", "ज़ब्\u200dत"),
    ("কোম্পানি", "ক\u09c7\u09beম্পানি"),
    ("தொகை", "த\u0bc6\u0bbeகை"),
    ("می\u200cخواهد", "ميخواهد"),
    ("office", "oﬃce", "ＯＦＦＩＣＥ"),
]


@pytest.mark.parametrize("spellings", ONE_WORD)
def test_a_word_is_one_token_however_it_is_written(spellings: tuple[str, ...]) -> None:
    assert len({tuple(tokens(spelling)) for spelling in spellings}) == 1
    assert len(tokens(spellings[0])) == 1
    for phrase in spellings:
        assert all(found(phrase, f"({text})") for text in spellings)


@given(
    st.sampled_from([spelling for spellings in ONE_WORD for spelling in spellings]),
    st.sampled_from("\u00ad\u200c\u200d\u2060\ufe0f\u0301\u0640\u064b\u05b0\u200f"),
    st.integers(1, 12),
    st.sampled_from(FORMS),
)
def test_what_is_not_seen_does_not_change_a_word(word: str, unseen: str, at: int, form: Form) -> None:
    assert tokens(unicodedata.normalize(form, word[:at] + unseen + word[at:])) == tokens(word)


@given(st.text(alphabet=st.sampled_from("aZé0９1,.!?…’‘“”–—-_'\" \xa0\x1c\n\t流。"), max_size=60))
def test_texts_are_cut_alike_whatever_signs_they_are_written_with(text: str) -> None:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).replace("\u0301", ""))
    assert tokens(text) == _TOKEN.findall(folded.casefold())
