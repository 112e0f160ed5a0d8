"""Whether an article is about a topic, and by which phrases.

Points are the sum over the phrases found of group weight times zone weight, each phrase once a zone and at
most the group's cap in each zone. By rules alone the score is the logistic function of the points,
`1 / (1 + exp((yes - points) / scale))`: .5 is the threshold of `yes`. With a model, `model.py` says how points and
margin are added; its thresholds of `yes` and `maybe` are probabilities.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence, Set
from urllib.parse import unquote

from archive.records import PhraseHit, Relevance, RelevanceVerdict
from pipelines.items import Link
from pipelines.relevance.matcher import Match
from pipelines.relevance.model import Model, read_words
from pipelines.relevance.topic import ZONES, Topic
from pipelines.relevance.words import IN_WORDS, tokens, written

MAX_CHARS = 8_000
"""Characters read of a text: what a story is about stands near its start, and this bounds the cost."""
MAX_TITLE_CHARS = 500
MAX_TERMS = 5
"""Terms of the model that the evidence names."""
_HINT = 0.5
"""Share of the points of `maybe` from which a rough text may yet be that of a story on the topic."""
_DOUBT = 0.1
"""Share of the model's probability of `maybe` from which it may. With both at these values none of 477 relevant texts
laid into pages was lost (`benchmarks/first_look.py`) and 79 % of the others were told; with .8 in place of .5 one was
lost, for 2 % more told."""

_SHORT_OF = 0.001
"""How far below `maybe` the score of a text stays that the rules speak against, and below `yes` that of one in which a
loss is denied and which is no `yes` by rules. None of the training set's relevant texts that were `yes`
(cross-validated) had points below 0; else a burst water main ("breach", "leak") would be one."""

_VERDICTS = ("no", "maybe", "yes")

MIN_SLUG_WORDS = 4
"""Words of an address from which it says what the story is."""

_ENDING = re.compile(r"\.[A-Za-z]{2,5}$")
_BETWEEN_WORDS = re.compile(f"(?:[^{IN_WORDS}]|_)+")
_SENTENCE = re.compile(r"(?<=\w[\w%)][.!?।؟])\s+|(?<=[。！？])|\n")


def judge(topic: Topic, title: str | None, text: str, link: Link | None = None) -> Relevance:
    """Whether the article is about the topic. All languages count: what pages declare is often wrong.

    Of the link, address and categories count where the profile gives these zones a weight.
    """
    words = zone_words(topic, title, text) | _link_words(topic, link)
    hits = tuple(_hits(topic, words))
    points = sum(hit.weight for hit in hits)
    if topic.model is not None:
        return _fused(topic, topic.model, words, hits, points)
    limits = topic.profile.thresholds
    score = _logistic((points - limits.yes) / topic.profile.scale)
    return Relevance(topic=topic.name, score=score, verdict=_verdict(points, limits.yes, limits.maybe), evidence=hits)


def rule_points(topic: Topic, words: Mapping[str, Sequence[str]]) -> float:
    """The points of the rules alone, for the words by zone."""
    return sum(hit.weight for hit in _hits(topic, words))


def _fused(
    topic: Topic, model: Model, words: Mapping[str, Sequence[str]], hits: tuple[PhraseHit, ...], points: float
) -> Relevance:
    """The judgement of rules and model. The strongest terms stand in the evidence, their weight in points too."""
    read = read_words(words["title"], words["lead"], words["body"])
    fusion = model.fusion(read)
    found = model.found(words["title"], read)
    score = _logistic(fusion.log_odds(points, math.fsum(weight for _, weight in found)))
    if points < 0:  # on the model's word alone, what the rules speak against is not kept
        score = min(score, model.maybe - _SHORT_OF)
    if score >= model.yes and points < topic.profile.thresholds.yes and _is_denied(topic, words):
        score = model.yes - _SHORT_OF  # to the model, data that were not stolen are data and stolen
    point = fusion.margin / fusion.points
    strongest = sorted(found, key=lambda term: (-abs(term[1]), term[0]))[:MAX_TERMS]
    terms = [
        PhraseHit(phrase=written(term.split(" ")), zone="model", weight=round(weight * point, 3))
        for term, weight in strongest
    ]
    evidence = (*hits, *(term for term in terms if term.weight))
    verdict = _verdict(score, model.yes, model.maybe)
    if verdict == "no" and points >= topic.profile.thresholds.maybe:
        verdict = "maybe"  # what the rules would keep is not thrown away on the model's word
    return Relevance(topic=topic.name, score=score, verdict=verdict, evidence=evidence)


def _is_denied(topic: Topic, words: Mapping[str, Sequence[str]]) -> bool:
    """Whether the text says that nothing was lost, in a zone where that counts."""
    denied = topic.profile.groups.denied
    read = [those for zone, those in words.items() if denied and getattr(denied.caps, zone)]
    return any(match.group == "denied" for those in read for match in topic.take_back_matcher.find(those))


def _logistic(log_odds: float) -> float:
    return round(1 / (1 + math.exp(min(700.0, -log_odds))), 4)


def surest(judged: Sequence[Relevance]) -> Relevance:
    """The judgement that counts where several topics were asked."""
    return max(judged, key=lambda relevance: (_VERDICTS.index(relevance.verdict), relevance.score))


def surely_not(topic: Topic, title: str | None, text: str, link: Link | None = None) -> bool:
    """Whether a rough text, with something missing and something too much, is enough to say `no`.

    What speaks against the topic is not weighed, for it may stand beside the article. `benchmarks/first_look.py` has
    what this loses and what it saves.
    """
    if hints_at(topic, title, text):
        return False  # most stories on the topic say so at once: the rest need not be read
    relevance = judge(topic, title, text, link)
    if relevance.verdict != "no":
        return False
    points = sum(hit.weight for hit in relevance.evidence if hit.zone in ZONES and hit.weight > 0)
    doubtful = topic.model is not None and relevance.score >= _DOUBT * topic.model.maybe
    return points < _HINT * topic.profile.thresholds.maybe and not doubtful


def hints_at(topic: Topic, title: str | None, text: str = "") -> bool:
    """Whether title and lead say enough to look at the whole article."""
    opening = {zone: tokens(part) for zone, part in _zones(topic, title, text).items() if zone != "body"}
    points = sum(hit.weight for hit in _hits(topic, opening) if hit.weight > 0)
    return points >= _HINT * topic.profile.thresholds.maybe


def worth_fetching(topic: Topic, title: str | None, summary: str | None, link: Link | None = None) -> bool:
    """Whether a link may lead to a story on the topic, by what its feed says; in doubt, yes.

    Where there is neither title nor summary, as in plain sitemaps, the words of the address stand for the title; an
    address that has too few of them is fetched.
    """
    if not title and not summary and link:
        title = _slug(link.url)
        if len(title.split()) < MIN_SLUG_WORDS:
            return True
    zones = _zones(topic, title, summary or "")
    words = {zone: tokens(part) for zone, part in zones.items()} | _link_words(topic, link)
    hits = list(_hits(topic, words))
    rule = topic.profile.fetch
    if sum(hit.weight for hit in hits) < rule.floor:
        return False
    hints = {match.phrase.source for match in topic.hint_matcher.find(tokens(" \n".join(zones.values())))}
    enough = rule.hints_in_summary if summary else rule.hints_in_title
    return len(hints) >= enough or any(hit.weight > 0 for hit in hits)


def passes_prefilter(topics: Sequence[Topic], link: Link) -> bool:
    """Whether one of the topics finds what was announced of a page worth fetching it."""
    return any(worth_fetching(t, link.title, link.summary, link) for t in topics)


def _verdict(value: float, yes: float, maybe: float) -> RelevanceVerdict:
    if value >= yes:
        return "yes"
    return "maybe" if value >= maybe else "no"


def zone_words(topic: Topic, title: str | None, text: str) -> dict[str, list[str]]:
    """The words of title, lead and body."""
    return {zone: tokens(part) for zone, part in _zones(topic, title, text).items()}


def _zones(topic: Topic, title: str | None, text: str) -> dict[str, str]:
    """The text by zone. Without a headline, the first sentence stands for it."""
    text = text[:MAX_CHARS]
    headline = (title or "").strip() or _SENTENCE.split(text.lstrip(), maxsplit=1)[0][:160]
    cut = topic.profile.lead_chars
    return {"title": headline[:MAX_TITLE_CHARS], "lead": text[:cut], "body": text[cut:]}


def _link_words(topic: Topic, link: Link | None) -> dict[str, list[str]]:
    """The words of the address and of the feed's categories, for a profile that weighs them."""
    weights = topic.profile.zones
    words = {}
    if link and weights.url:
        words["url"] = tokens(_slug(link.url))
    if link and weights.category:
        words["category"] = tokens("\n".join(link.tags)[:MAX_TITLE_CHARS])
    return words


def _slug(url: str) -> str:
    """The words of an address's path.

    >>> _slug("https://a.example/2031/05/bank-leaks-data_of-clients.html?id=7")
    '2031 05 bank leaks data of clients'
    """
    path = url.partition("://")[2].partition("/")[2]
    path = unquote(re.split(r"[?#]", path, maxsplit=1)[0][:MAX_TITLE_CHARS])
    return _BETWEEN_WORDS.sub(" ", _ENDING.sub("", path)).strip()


def _hits(topic: Topic, zones: Mapping[str, Sequence[str]]) -> Iterator[PhraseHit]:
    """The phrases that count. Passages of one group do not overlap."""
    said = False
    for zone, words in zones.items():
        rooms = {name: getattr(group.caps, zone) for name, group in topic.groups.items()}
        seen, full = set[str](), {name for name, room in rooms.items() if not room}
        ends: Counter[str] = Counter()
        for match in _not_taken_back(topic, words, seen, full):
            name, group = match.group, topic.groups[match.group]
            if match.start < ends[name] or name in full:
                continue
            said = said or (name == "strong" and zone in ("title", "lead"))
            seen.add(match.phrase.source)
            ends[name] = match.end
            rooms[name] -= 1
            if not rooms[name]:
                full.add(name)
            weight = round(group.weight * getattr(topic.profile.zones, zone), 3)
            yield PhraseHit(phrase=written(words[match.start : match.end]), zone=zone, weight=weight)
    if not said:
        yield from _together(topic, zones)


def _together(topic: Topic, zones: Mapping[str, Sequence[str]]) -> Iterator[PhraseHit]:
    """A sign of every kind, in one language and with no loss denied, where headline and lead have them: so a story is
    known that they tell without the topic's words ("patients", "records", "wrong address", "apologised")."""
    rule, title, words = topic.profile.together, zones["title"], [*zones["title"], "\n", *zones["lead"]]
    if rule is None:
        return
    found: dict[str, tuple[Match, ...]] | None = None
    for matcher in topic.sign_matchers:
        there: dict[str, Match] = {}
        for match in matcher.find(words):
            there.setdefault(match.group, match)
        before = dict.fromkeys(there, ()) if found is None else found
        found = {language: (*before[language], there[language]) for language in before if language in there}
        if not found:
            return
    if found is None or any(other.group == "denied" for other in topic.take_back_matcher.find(words)):
        return
    for sign in next(iter(found.values())):
        zone = "title" if sign.start < len(title) else "lead"
        yield PhraseHit(phrase=written(words[sign.start : sign.end]), zone=zone, weight=rule.weight)


def _not_taken_back(topic: Topic, words: Sequence[str], seen: Container[str], full: Set[str]) -> Iterator[Match]:
    """The phrases of a zone; of those for the topic none that shares a word with one that takes it back. Where any is
    for the topic, the latter come before it."""
    taking: Sequence[Match] | None = None
    for match in topic.matcher.find(words, seen, full):
        if topic.groups[match.group].weight > 0:
            if taking is None:
                taking = tuple(topic.take_back_matcher.find(words, full=full))
                yield from taking
            if any(other.start < match.end and match.start < other.end for other in taking):
                continue
        yield match
