"""Evidence is found again in a text however the text writes it."""

from __future__ import annotations

import pytest

from archive.records import PhraseHit
from crawler.web.highlight import marked


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("datenleck", "Ein Daten\u00adleck bei der Bank."),
        ("donnees volees", "Des donne\u0301es vole\u0301es."),
        ("डेटा लीक", "बैंक का डेटा लीक हुआ।"),
        ("بيانات", "تسريب بَيَـانات العملاء"),
    ],
)
def test_a_phrase_is_marked_however_the_text_writes_it(phrase: str, text: str) -> None:
    parts = marked(text, [PhraseHit(phrase=phrase, zone="body", weight=1.0)])
    assert "".join(part.text for part in parts) == text
    assert [part.weight for part in parts] == [None, 1.0, None]
