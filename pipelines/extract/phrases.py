"""The phrases of `phrases.toml`, ready for comparison."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pipelines.extract.words import key

_COUNT = re.compile(r"^\d{1,5}\s+(?=\D)|\s*[(（]?(?<![\d.,])\d{1,6}[)）]?\s*件?\s*$")
_LINK_MARK = re.compile(r"\s*(?:[:：|｜–—»>→▶]|-\s)\s*")
_LEAD_IN = 40
"""Characters within which the mark after an inline phrase must come."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """One list: `whole` phrases, and `openings` (phrases that ended in "…")."""

    whole: frozenset[str]
    openings: tuple[str, ...]

    def match(self, text: str) -> bool:
        """Whether the whole text is one of the phrases, a count beside it disregarded ("Tags (3)", "3 comments")."""
        counted = text[:1].isdigit() or text[-2:].strip(")） 件").isdigit()
        plain = key(_COUNT.sub("", text) if counted else text)
        return plain in self.whole or (
            plain.startswith(self.openings)
            and any(plain.startswith(o) and plain.count(" ") <= o.count(" ") + 6 for o in self.openings)
        )

    def opens(self, text: str) -> bool:
        """Whether a phrase and a colon, dash or bar open the text, with more behind them.

        >>> inline().opens("Also Read : Another story"), inline().opens("Read the report, it says")
        (True, False)
        """
        mark = _LINK_MARK.search(text[:_LEAD_IN])
        return bool(mark and mark.end() < len(text) and key(text[: mark.start()]) in self.whole)


def box() -> Phrases:
    """Headings of boxes.

    >>> box().match("Related Articles"), box().match("The article was related to a leak")
    (True, False)
    """
    return _load("box")


def teasers() -> Phrases:
    """Headings of boxes whose teasers may be whole paragraphs."""
    return _load("teasers")


def final() -> Phrases:
    """Headings of boxes after which no article resumes."""
    return _load("final")


def inline() -> Phrases:
    """Openings of a line that points to another article."""
    return _load("inline")


def furniture() -> Phrases:
    """Whole lines of a page's furniture.

    >>> furniture().match("print PRINT"), furniture().match("No comments yet...")
    (True, True)
    """
    return _load("furniture")


@cache
def _load(name: str) -> Phrases:
    text = files("pipelines.extract").joinpath("phrases.toml").read_text(encoding="utf-8")
    phrases: Sequence[str] = tomllib.loads(text)[name]
    whole = frozenset(key(phrase) for phrase in phrases if not phrase.endswith("…"))
    return Phrases(whole, tuple(key(phrase) for phrase in phrases if phrase.endswith("…")))
