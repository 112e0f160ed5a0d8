"""The words of `words.toml`, in the shapes that they are looked up in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain

Table = Mapping[str, list[str]]
ANYWHERE = ("zh", "ja", "ko", "ar", "vi", "anywhere")
"""Languages without spaces between words or with spaces inside them, or with endings or beginnings on them, and phrases
of several words."""


@dataclass(frozen=True, slots=True)
class Cues:
    """Words that speak for or against a number: beginnings of words, by their first two letters, and what is looked for
    anywhere."""

    beginnings: Mapping[str, tuple[str, ...]]
    anywhere: tuple[str, ...]

    def count(self, tokens: Iterable[str], sentence: str) -> int:
        """How many words of the sentence, in lower case, are among them.

        >>> Cues({"le": ("leak",)}, ("流出",)).count(["data", "leaked"], "data leaked 流出")
        2
        """
        return sum(map(self.begins, tokens)) + sum(map(sentence.__contains__, self.anywhere))

    def begins(self, token: str) -> bool:
        """Whether the word has one of the beginnings."""
        beginnings = self.beginnings.get(token[:2])
        return beginnings is not None and token.startswith(beginnings)


@dataclass(frozen=True, slots=True)
class Beside:
    """Phrases that stand right before or right after a number, the longest first, with what each means."""

    phrases: tuple[str, ...]
    meanings: Mapping[str, str]

    def before(self, told: str) -> str | None:
        """The phrase that the words end with; it begins at a word, where there are spaces between words.

        >>> beside = Beside(("cover", "over"), {"over": "at least"})
        >>> beside.before("hit over"), beside.before("hit rover"), beside.before("hit")
        ('over', None, None)
        """
        if told.endswith(self.phrases):  # all at once: this is what makes it fast
            for phrase in self.phrases:
                if told.endswith(phrase) and not (_spaced(phrase) and told[: -len(phrase)][-1:].isalpha()):
                    return phrase
        return None

    def after(self, text: str, at: int) -> str | None:
        """The phrase that stands at this place."""
        if text.startswith(self.phrases, at):
            return next(phrase for phrase in self.phrases if text.startswith(phrase, at))
        return None


def _spaced(phrase: str) -> bool:
    return phrase[0].isalpha() and phrase[0] < "\u2e80"


@dataclass(frozen=True, slots=True)
class Words:
    """All of them."""

    scales: Mapping[str, int]
    spelled: re.Pattern[str]
    spelled_values: Mapping[str, float]
    units: Mapping[str, str]
    alone: Mapping[str, int]
    compounds: Beside
    beginnings: Beside
    numbers: Mapping[str, str]
    counters: Beside
    stop: frozenset[str]
    things: frozenset[str]
    belongings: frozenset[str]
    prepositions: frozenset[str]
    before: Beside
    after: Beside
    happened: Cues
    has: Beside
    served: frozenset[str]
    portions: Beside
    portion: frozenset[str]
    does: frozenset[str]
    many: Cues
    elsewhere: tuple[str, ...]
    itself: tuple[str, ...]
    generic: frozenset[str]
    corrected: Beside
    hits: Beside
    suffered: frozenset[str]
    tallies: frozenset[str]
    tally: re.Pattern[str]
    reached: Beside


@cache
def words() -> Words:
    """The packaged words, read once."""
    told = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    spelled = {word: float(value) for value, them in told["spelled"].items() for word in them}
    any_spelled = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
    return Words(
        scales={word: int(float(value)) for value, them in told["scales"].items() for word in them},
        spelled=re.compile(rf"(?<![^\W\d_])({any_spelled})[\s-]{{1,2}}$"),
        spelled_values=spelled,
        units=_turned(told["units"]),
        alone={word: int(value) for value, them in told["alone"].items() for word in them},
        compounds=_beside(_turned(told["compounds"])),
        beginnings=_beside(_turned(told["beginnings"])),
        numbers=_turned(told["numbers"]),
        counters=_beside(_turned(told["counters"])),
        stop=frozenset(_all(told["stop"])),
        things=frozenset(_all(told["things"])),
        belongings=frozenset(_all(told["belongings"])),
        prepositions=frozenset(_all(told["prepositions"])),
        before=_beside(_turned(told["qualifiers"])),
        after=_beside(_turned(told["after"])),
        happened=_cues(told["happened"]),
        has=_beside(dict.fromkeys(_all(told["has"]), "")),
        served=frozenset(_all(told["served"])),
        portions=_beside(dict.fromkeys(told["portions"]["of"], "")),
        portion=frozenset(told["portions"]["portion"]),
        does=frozenset(_all(told["does"])),
        many=_cues(told["many"]),
        elsewhere=_all(told["elsewhere"]),
        generic=frozenset(_all(told["generic"])),
        itself=_all(told["itself"]),
        corrected=_beside(dict.fromkeys(_all(told["corrected"]), "")),
        suffered=frozenset(_all(told["suffered"])),
        hits=_beside(dict.fromkeys(_all(told["hits"]), "")),
        tallies=frozenset(_all(told["tally"])),
        tally=re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_all(told['tally']))}) ([^.,;:!?\d]{{3,70}})$"),
        reached=_beside(dict.fromkeys(_all(told["reached"]), "")),
    )


def _turned(table: Table) -> dict[str, str]:
    """Word to key; a word of two keys has the earlier."""
    return {word: key for key, them in reversed(list(table.items())) for word in them}


def _beside(meanings: Mapping[str, str]) -> Beside:
    return Beside(tuple(sorted(meanings, key=len, reverse=True)), meanings)


def _all(table: Table) -> tuple[str, ...]:
    return tuple(chain.from_iterable(table.values()))


def _cues(table: Table) -> Cues:
    beginnings = chain.from_iterable(them for language, them in table.items() if language not in ANYWHERE)
    anywhere = chain.from_iterable(them for language, them in table.items() if language in ANYWHERE)
    by_letters: dict[str, tuple[str, ...]] = {}
    for beginning in dict.fromkeys(beginnings):
        by_letters[beginning[:2]] = (*by_letters.get(beginning[:2], ()), beginning)
    return Cues(by_letters, tuple(dict.fromkeys(anywhere)))
