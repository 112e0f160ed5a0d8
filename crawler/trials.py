"""What a trial of a source found, whether the source is well, and what would mend it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.health import EMPTY, SourceRun, ailments, dates_of
from crawler.sources import Place, Source
from pipelines.items import Link

if TYPE_CHECKING:
    from pipelines.stages import Draft

GOOD = "ok"
"""The outcome of an address that answered with what it should."""


@dataclass(frozen=True, slots=True)
class AddressTrial:
    """One address that was asked: its outcome (`ok`, or why not in a few words) and what it announces."""

    place: Place
    outcome: str
    links: tuple[Link, ...] = ()
    relevant: int = 0
    """Links whose title and summary pass the pre-filter."""
    moved_to: str | None = None
    """Where a permanent redirect leads."""

    @property
    def good(self) -> bool:
        return self.outcome == GOOD

    @property
    def passing(self) -> bool:
        """Whether it failed for a reason that another day may change."""
        return self.outcome.startswith((*_UNREACHABLE, *_PASSING))


@dataclass(slots=True)
class SourceTrial:
    """A source that was tried: its addresses, others that were found on its site, and a few of its articles."""

    source: Source
    addresses: list[AddressTrial] = field(default_factory=list)
    found: list[AddressTrial] = field(default_factory=list)
    """Good addresses that the source does not name, found because one of its own is not good."""
    asked: list[str] = field(default_factory=list)
    """The articles that were asked for, by URL."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """What became of them: `ok`, or why not."""
    drafts: dict[str, Draft] = field(default_factory=dict)

    @property
    def reachable(self) -> str:
        """`yes`, or why not."""
        silent = [a.outcome for a in self.addresses if a.outcome.startswith(_UNREACHABLE)]
        return silent[0] if silent and len(silent) == len(self.addresses) else "yes"

    @property
    def robots(self) -> str:
        """Whether robots.txt lets the source be read: `allowed`, `forbids N of M`, `unreachable`."""
        outcomes = [a.outcome for a in self.addresses] + [self.outcomes.get(url, "") for url in self.asked]
        forbidden = outcomes.count("robots")
        if self.reachable != "yes" or any("robots.txt unreachable" in outcome for outcome in outcomes):
            return "unreachable"
        return f"forbids {forbidden} of {len(outcomes)}" if forbidden else "allowed"

    @property
    def links(self) -> list[Link]:
        """Everything that its good addresses announce, each once."""
        return list({link.url: link for address in self.addresses if address.good for link in address.links}.values())

    def relevant_share(self) -> float | None:
        """The share of its entries that pass the pre-filter; None where there are no entries."""
        good = [address for address in self.addresses if address.good]
        entries = sum(len(address.links) for address in good)
        return sum(address.relevant for address in good) / entries if entries else None

    def extracted(self) -> int:
        """How many of its articles could be extracted."""
        return sum(self.outcomes.get(url) == GOOD for url in self.asked)

    def faults(self, now: datetime) -> list[str]:
        """Why the source is unwell, each in a few words; none if it is well."""
        faults = [f"{a.place.medium} {a.place.url}: {a.outcome}" for a in self.addresses if not a.good]
        faults += [f"{a.place.medium} {a.place.url}: has no entries" for a in self.addresses if a.good and not a.links]
        if self.links:
            faults += ailments([_as_run(self.links, now)], now)
        bad = [outcome for url in self.asked if (outcome := self.outcomes.get(url, "no answer")) != GOOD]
        if bad and len(bad) * 2 >= len(self.asked):
            empty = sum(f"failed: {outcome}" in EMPTY for outcome in bad)
            what = "no article text" if empty == len(bad) else ", ".join(dict.fromkeys(bad))
            faults.append(f"{len(bad)} of {len(self.asked)} articles could not be extracted: {what}")
        return faults

    def mend(self) -> str | None:
        """What to write under the source's name in breachwire.toml, as TOML; None where nothing is known to help."""
        changed: dict[str, list[str]] = {}
        for address in self.addresses:
            if address.good and address.moved_to:
                changed.setdefault(_KEYS[address.place.medium], []).append(address.moved_to)
        if self.found and not any(address.good and address.links for address in self.addresses):
            for address in self.found:
                changed.setdefault(_KEYS[address.place.medium], []).append(address.place.url)
        if changed:
            return "\n".join(f"{key} = {_listed(self._with_kept(key, urls))}" for key, urls in changed.items())
        # Nothing is to be had there, and no other day will change that.
        hopeless = [a for a in self.addresses if not a.good and not a.passing]
        return "enabled = false" if hopeless and len(hopeless) == len(self.addresses) else None

    def _with_kept(self, key: str, urls: list[str]) -> list[str]:
        """The new addresses, with those of the same kind that stay: they are good, or may be so another day."""
        of_kind = [a for a in self.addresses if _KEYS[a.place.medium] == key and not a.moved_to]
        return list(dict.fromkeys([a.place.url for a in of_kind if a.passing or (a.good and a.links)] + urls))


_KEYS = {"feed": "feeds", "sitemap": "sitemaps", "section": "sections"}
_UNREACHABLE = (
    "DNS",
    "timeout",
    "connection",
    "TLS",
    "network unreachable",
    "robots.txt unreachable",
    "address refused",
)

_PASSING = ("HTTP 5", "HTTP 429", "HTTP 408", "false Content-Encoding", "cut short")


def _listed(urls: Sequence[str]) -> str:
    from crawler.own_file import toml_string

    return f"[{', '.join(map(toml_string, urls))}]"


def _as_run(links: Sequence[Link], now: datetime) -> SourceRun:
    """The trial as a run of one poll, so that it is judged as runs are."""
    dates = dates_of(Counter(date for link in links if (date := link.published or link.updated)), now)
    return SourceRun(
        at=now.isoformat(),
        polls=1,
        announced=len(links),
        new=len(links),
        future=dates.future,
        newest=dates.newest,
        pause=dates.pause,
        last_new=now.isoformat(),
    )
