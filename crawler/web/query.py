"""What a reader asks of the list, as it stands in the address."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from archive.errors import InvalidQuery
from crawler.web.stories import Wanted

MAX_LENGTH = 200
"""Characters of one value."""
MAX_VALUES = 40
MAX_PAGE = 100_000

_TEXTS = ("q", "source", "language", "country", "kind", "since", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """The values, "" for what is not asked. `since` and `until` are days, both included."""

    q: str = ""
    source: str = ""
    language: str = ""
    country: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""
    related: bool = False
    page: int = 1

    @classmethod
    def parse(cls, text: str) -> Query:
        """The query of an address. Raises `InvalidQuery` naming what is wrong; what is unknown is passed over."""
        try:
            given = dict(parse_qsl(text, max_num_fields=MAX_VALUES, errors="replace"))
        except ValueError as error:
            raise InvalidQuery(f"the address asks for more than {MAX_VALUES} things") from error
        values: dict[str, Any] = {name: given.get(name, "").strip() for name in _TEXTS}
        if too_long := next((name for name, value in values.items() if len(value) > MAX_LENGTH), None):
            raise InvalidQuery(f"{too_long}: longer than {MAX_LENGTH} characters")
        page = given.get("page", "1")
        if not (page.isascii() and page.isdigit() and len(page) < 10 and 1 <= int(page) <= MAX_PAGE):
            raise InvalidQuery(f"page: {page[:20]!r} is no number from 1 to {MAX_PAGE}")
        for name in ("since", "until"):
            _day(name, values[name])
        return cls(**values, related=given.get("related") == "1", page=int(page))

    def with_page(self, page: int) -> Query:
        """The same question's other page."""
        return replace(self, page=page)

    def narrowed_to(self, name: str, value: str) -> Query:
        """The same question with a filter, from its first page."""
        return replace(self, **{name: value, "page": 1})  # type: ignore[arg-type]

    def in_month(self, month: str) -> Query:
        """The same question of a month (`YYYY-MM`), from its first page.

        >>> Query().in_month("2026-02").until
        '2026-02-28'
        """
        first = datetime.date.fromisoformat(f"{month}-01")
        last = (first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)
        return replace(self, since=first.isoformat(), until=last.isoformat(), page=1)

    def without(self, name: str) -> Query:
        """The same question without one of its filters, from its first page."""
        return replace(self, **{name: "", "page": 1})  # type: ignore[arg-type]

    def encoded(self) -> str:
        """As it stands in an address, without what is not asked.

        >>> Query(source="ledger", page=2).encoded()
        'source=ledger&page=2'
        """
        asked: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(self, name))}
        if self.related:
            asked["related"] = 1
        if self.page > 1:
            asked["page"] = self.page
        return urlencode(asked)

    def filters(self) -> list[tuple[str, str]]:
        """What the list is narrowed by, names and values."""
        return [(name, value) for name in _TEXTS if (value := getattr(self, name))]

    @property
    def narrowed(self) -> bool:
        """Whether the list is narrowed by more than words."""
        return any(name != "q" for name, _ in self.filters())

    def wanted(self, of_country: Callable[[str], Iterable[str]]) -> Wanted:
        """The question to the view, save for what the search finds; `of_country` gives the sources of a country."""
        until = _day("until", self.until)
        return Wanted(
            source=self.source or None,
            sources=list(of_country(self.country)) if self.country else None,
            language=self.language or None,
            kind=self.kind or None,
            since=_day("since", self.since),
            until=None if until is None else until + 86_400,
            related=self.related,
        )


def _day(name: str, value: str) -> int | None:
    """The Unix second at which a day begins. Raises `InvalidQuery`."""
    try:
        day = datetime.date.fromisoformat(value) if value else None
    except ValueError as error:
        raise InvalidQuery(f"{name}: {value[:20]!r} is no date; write it as 2026-02-01") from error
    return None if day is None else (day - datetime.date(1970, 1, 1)).days * 86_400
