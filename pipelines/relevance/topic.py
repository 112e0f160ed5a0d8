"""Topic profiles: what a topic's stories say, as data. A profile is checked in full before it is used.

`topics/breach.toml` is the example to copy; `phrases.py` has the phrase language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from pipelines.relevance.matcher import Matcher
from pipelines.relevance.model import MAX_MODEL_BYTES, Model, ModelError, parse_model
from pipelines.relevance.phrases import Phrase, PhraseError, parse

ZONES = ("title", "lead", "body", "url", "category")
TAKE_BACK = ("denied", "unrelated")
"""Groups that take a phrase for the topic back where they share a word with it."""
MAX_PROFILE_BYTES = 1_000_000
MAX_WEIGHT = 1_000_000


class TopicError(ValueError):
    """A profile that cannot be used. The message names file, table or entry, what is wrong and the mend."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a profile; its fields are the keys that may stand in it."""


Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Weights(_Strict, frozen=True, forbid_unknown_fields=True):
    """`[zones]`: what a phrase's weight is multiplied by in each zone; without a weight the last two are not read."""

    title: float
    lead: float
    body: float
    url: float = 0.0  # the words of the address's path
    category: float = 0.0  # what the feed files the story under


class Caps(_Strict, frozen=True, forbid_unknown_fields=True):
    """`caps` of a group: how many different phrases count in each zone."""

    title: Count = 0
    lead: Count = 0
    body: Count = 0
    url: Count = 0
    category: Count = 0


class Thresholds(_Strict, frozen=True, forbid_unknown_fields=True):
    """`[thresholds]`: points from which the verdict is yes or maybe."""

    yes: float
    maybe: float


class Fetch(_Strict, frozen=True, forbid_unknown_fields=True):
    """`[fetch]`: which links are fetched, by title and summary.

    A strong or medium phrase, or enough different hints: words that prove nothing, but without which no story on
    the topic is told.
    """

    floor: float
    """Points below which a link is not fetched in spite of its hints."""
    hints_in_title: Count
    """Hints that are enough in a title alone."""
    hints_in_summary: Count
    """Hints that are enough in title and summary."""
    hints: dict[str, list[str]]


class Group(_Strict, frozen=True, forbid_unknown_fields=True):
    """`[groups.NAME]`: phrases by language that count alike, points a phrase, caps."""

    weight: float
    caps: Caps
    phrases: dict[str, list[str]]


class Groups(_Strict, frozen=True, forbid_unknown_fields=True):
    """`[groups]`: what speaks for the topic strongly, by half, and against it, and what takes a phrase back."""

    strong: Group
    medium: Group | None = None
    against: Group | None = None
    denied: Group | None = None
    """"No data stolen": a phrase for the topic that shares a word with one of these does not count."""
    unrelated: Group | None = None
    """"Database of stolen cars": the same, of what only sounds like the topic."""


class Together(_Strict, frozen=True, forbid_unknown_fields=True):
    """`[together]`: signs that say nothing alone, but something where headline and lead have one of every kind."""

    weight: Annotated[float, msgspec.Meta(gt=0)]
    """Points of each of them, whatever the zone."""
    signs: Annotated[dict[str, dict[str, list[str]]], msgspec.Meta(min_length=2)]
    """By kind, then by language: all kinds must be found in one language."""


class Profile(_Strict, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A profile as it is written."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    version: Count = 1
    about: str = ""
    lead_chars: Count = 600
    """Characters from the start of the text that are the lead."""
    scale: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    """Points over which the odds of the score grow by the factor e."""
    model: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\.json$")] | None = None
    """File of the linear model, in the profile's own folder; without one the rules decide alone."""
    words: dict[str, list[str]] = {}
    kinds: dict[str, dict[str, list[str]]] = {}
    """Kinds of article: phrases by language. Without any, articles have no kind."""
    zones: Weights
    thresholds: Thresholds
    fetch: Fetch
    groups: Groups
    together: Together | None = None


@dataclass(frozen=True, eq=False)  # each is itself alone, so it can be looked up by
class Topic:
    """A profile, checked and compiled."""

    profile: Profile
    phrases: Mapping[str, Sequence[Phrase]]
    """By group."""
    hints: Sequence[Phrase]
    kinds: Mapping[str, Sequence[Phrase]]
    """By kind."""
    signs: Mapping[str, Mapping[str, Sequence[Phrase]]]
    """Of `[together]`, by kind and language."""
    model: Model | None = None

    @property
    def name(self) -> str:
        """The topic's name."""
        return self.profile.name

    @property
    def version(self) -> str:
        """Name and version, for `versions.topic` of a record."""
        return f"{self.profile.name}-{self.profile.version}"

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """The groups that the profile has, by name."""
        return _present(self.profile.groups)

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the phrases of all languages but those that take others back."""
        return _matcher({name: phrases for name, phrases in self.phrases.items() if name not in TAKE_BACK})

    @cached_property
    def take_back_matcher(self) -> Matcher:
        """Finds the phrases that take others back: most texts have none to take back, and are not searched."""
        return _matcher({name: phrases for name, phrases in self.phrases.items() if name in TAKE_BACK})

    @cached_property
    def sign_matchers(self) -> Sequence[Matcher]:
        """Of each kind of sign one that finds those of all languages: most texts have none of the first kind."""
        return [_matcher(languages) for languages in self.signs.values()]

    @cached_property
    def hint_matcher(self) -> Matcher:
        """Finds the hints of all languages."""
        return _matcher({"hint": self.hints})

    @cached_property
    def kind_matcher(self) -> Matcher:
        """Finds the phrases of all kinds of article."""
        return _matcher(self.kinds)


def _matcher(phrases: Mapping[str, Sequence[Phrase]]) -> Matcher:
    return Matcher((name, phrase) for name, those in phrases.items() for phrase in those)


def load_topic(name_or_path: str | Path) -> Topic:
    """The packaged topic of that name, or the profile at that path (with a `/` or ending in `.toml`), with its model.

    Raises `TopicError`.
    """
    place, file = _place(name_or_path)
    topic = _read_rules(place, file)
    if topic.profile.model is None:
        return topic
    return _with_model(topic, place.parent / topic.profile.model, file)


def load_rules(name_or_path: str | Path) -> Topic:
    """The same without its model, which may not be made yet. Raises `TopicError`."""
    return _read_rules(*_place(name_or_path))


class _Place(NamedTuple):
    """Where a profile lies: its folder, which holds its model too, and its name."""

    parent: Traversable
    name: str


def _place(name_or_path: str | Path) -> tuple[_Place, str]:
    """Where the profile lies, and what errors call it."""
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text:
        return _Place(Path(text).parent, Path(text).name), text
    folder = resources.files("pipelines.relevance") / "topics"
    packaged = sorted(e.name.removesuffix(".toml") for e in folder.iterdir() if e.name.endswith(".toml"))
    if text not in packaged:
        raise TopicError(f"topic {text!r} is not packaged: use {', '.join(packaged)}, or the path of a .toml profile")
    return _Place(folder, f"{text}.toml"), f"{text}.toml"


def _read_rules(place: _Place, file: str) -> Topic:
    try:
        with (place.parent / place.name).open("rb") as profile:
            return parse_topic(profile.read(MAX_PROFILE_BYTES + 1), file)
    except OSError as error:
        raise TopicError(f"{file}: cannot be read ({error.strerror}): check the path") from error


def _with_model(topic: Topic, path: Traversable, file: str) -> Topic:
    try:
        with path.open("rb") as model:
            return _joined(topic, model.read(MAX_MODEL_BYTES + 1))
    except OSError as error:
        raise TopicError(
            f"{file}: model: {path} cannot be read ({error.strerror}): make it with `breachwire train`, or take the "
            "key out and rest on the rules"
        ) from error
    except ModelError as error:
        raise TopicError(f"{file}: model: {path}: {error}") from error


# A crawl asks for its topics three times: to check them, to choose links, and to judge. What they share is also the
# matchers and all that these remember of words.
@lru_cache(maxsize=8)
def _joined(topic: Topic, model: bytes) -> Topic:
    return replace(topic, model=parse_model(model))


@lru_cache(maxsize=8)
def parse_topic(data: bytes, file: str) -> Topic:
    """The topic in a profile's bytes, by rules alone; `file` names it in errors. Raises `TopicError`."""
    if len(data) > MAX_PROFILE_BYTES:
        raise TopicError(f"{file}: is over {MAX_PROFILE_BYTES:,} bytes: a profile is a list of phrases")
    try:
        profile = msgspec.convert(tomllib.loads(data.decode("utf-8")), Profile)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TopicError(f"{file}: is not TOML in UTF-8: {error}") from error
    except msgspec.ValidationError as error:
        raise TopicError(f"{file}: {_explained(str(error))}") from error
    _check_numbers(profile, file)

    def compiled(where: str, phrases: Mapping[str, Sequence[str]]) -> list[Phrase]:
        return _compiled(f"{file}: [{where}]", phrases, profile.words)

    for name in profile.words:  # those that no phrase uses too
        _compiled(f"{file}: [words]", {name: [f"{{{name}}}"]}, profile.words)
    groups = _present(profile.groups)
    return Topic(
        profile,
        {name: compiled(f"groups.{name}.phrases", group.phrases) for name, group in groups.items()},
        compiled("fetch.hints", profile.fetch.hints),
        {kind: compiled(f"kinds.{kind}", phrases) for kind, phrases in profile.kinds.items()},
        {
            kind: {language: compiled(f"together.signs.{kind}", {language: those}) for language, those in found.items()}
            for kind, found in (profile.together.signs if profile.together else {}).items()
        },
    )


def _present(groups: Groups) -> dict[str, Group]:
    found: dict[str, Group | None] = {name: getattr(groups, name) for name in groups.__struct_fields__}
    return {name: group for name, group in found.items() if group is not None}


def _compiled(where: str, phrases: Mapping[str, Sequence[str]], words: Mapping[str, Sequence[str]]) -> list[Phrase]:
    found = []
    for language, sources in phrases.items():
        for source in sources:
            try:
                found.append(parse(source, words))
            except PhraseError as error:
                raise TopicError(f"{where} {language}: phrase {source!r}: {error}") from error
    return found


def _check_numbers(profile: Profile, file: str) -> None:
    """TOML has `nan` and `inf`, with which every comparison goes astray; the product of huge weights is no JSON."""

    def numbers(value: Any, where: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                numbers(item, f"{where}.{key}".removeprefix("."))
        elif isinstance(value, float) and not abs(value) <= MAX_WEIGHT:
            raise TopicError(f"{file}: {where}: {value} is no weight: write a finite number, {MAX_WEIGHT:,} at most")

    numbers(msgspec.to_builtins(profile), "")
    if profile.thresholds.maybe > profile.thresholds.yes:
        raise TopicError(f"{file}: thresholds.maybe: is above thresholds.yes: it must be the lower one")


_AT = re.compile(r" - at `\$\.?(.*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")
_TABLES: dict[str, type[_Strict]] = {
    "zones": Weights,
    "caps": Caps,
    "thresholds": Thresholds,
    "fetch": Fetch,
    "groups": Groups,
    "together": Together,
    "": Profile,
}


def _explained(message: str) -> str:
    """msgspec's message as table, what is wrong, and the mend.

    >>> _explained("Object contains unknown field `host` - at `$.zones`")
    "zones: 'host' is not known: use title, lead, body, url, category"
    """
    at = _AT.search(message)
    where, what = (at[1], message[: at.start()]) if at else ("", message)
    if unknown := _UNKNOWN.fullmatch(what):
        table = _TABLES.get(where.rpartition(".")[2], Group)
        fields = ", ".join(field.name for field in msgspec.structs.fields(table))
        what = f"{unknown[1]!r} is not known: use {fields}"
    return f"{where}: {what}" if where else what
