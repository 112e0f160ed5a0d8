"""The pages as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from archive import Article, RawResponse
from archive.facts import told
from crawler.sources import Source
from crawler.web.charts import Bar
from crawler.web.figures import Day, Figures, day_name
from crawler.web.health import CrawlDay, CrawlHealth
from crawler.web.links import Links
from crawler.web.markup import environment
from crawler.web.query import Query
from crawler.web.removed import Shown
from crawler.web.search import Passage
from crawler.web.stories import PER_PAGE, Listing
from crawler.web.story import Story

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'"
)
"""What a page may load: files of its own origin, no script or style within it."""

SOURCE_OF_A_CAPTURE = 200_000
"""Characters of a captured page's source that are shown."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that the list can be narrowed to: as it stands in an address, as it is read, and its stories."""

    value: str
    name: str
    stories: int


class Pages:
    """Makes pages; `sources` are those that the registry tells more about."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.name: source for source in sources}
        self._engine = environment()
        self._engine.globals |= {"policy": POLICY, "source_name": self.source_name, "everything": Query()}

    @property
    def sources(self) -> list[str]:
        """The names of those that the registry knows."""
        return list(self._sources)

    def source_name(self, name: str) -> str:
        """A source's title, as far as the registry knows it."""
        source = self._sources.get(name)
        return (source.title if source else None) or name

    def of_country(self, country: str) -> list[str]:
        """The sources of a country."""
        return [source.name for source in self._sources.values() if source.country == country]

    def latest(
        self,
        links: Links,
        query: Query,
        listing: Listing,
        figures: Figures,
        passages: Mapping[str, Passage],
        question: str = "",
    ) -> str:
        """The list of stories; `question` is the one that a search answered."""
        return self._render(
            "latest.html",
            links,
            query=query,
            listing=listing,
            days=[(day, list(rows)) for day, rows in groupby(listing.rows, key=lambda row: day_name(row.at))],
            figures=figures,
            passages=passages,
            question=question,
            choices=self.choices(figures),
            pages=max(1, -(-listing.total // PER_PAGE)),
            labels={name: self._label(name, value) for name, value in query.filters()},
        )

    def story(self, links: Links, story: Story) -> str:
        """One article, and why it is here."""
        return self._render(
            "story.html", links, story=story, article=story.article, row=story.row, facts=told(story.article.facts)
        )

    def figures(self, links: Links, figures: Figures, health: CrawlHealth | None = None) -> str:
        """The charts; `health` where the crawl runs on this machine."""
        days = figures.days
        return self._render(
            "figures.html",
            links,
            figures=figures,
            by_day=[Bar(_short(day), (day.stories, day.copies), _told(day)) for day in days],
            noise=[Bar(_short(day), (day.noise,), f"{day.day}: {day.noise:.1%} of the text removed") for day in days],
            fetched=[
                Bar(_short(day), (day.fetched,), f"{day.day}: {day.fetched} pages archived by {day.runs} runs")
                for day in days
            ],
            health=health,
            asked=[Bar(_short(day), (day.pages - day.failed, day.failed), _asked(day)) for day in _of(health)],
        )

    def capture(self, links: Links, story_id: str, title: str | None, response: RawResponse, where: str) -> str:
        """What the server answered, as text."""
        source = response.body[: 4 * SOURCE_OF_A_CAPTURE].decode("utf-8", "replace")[:SOURCE_OF_A_CAPTURE]
        return self._render(
            "capture.html", links, story_id=story_id, title=title, response=response, source=source, where=where
        )

    def removed(self, links: Links, story_id: str, article: Article, shown: Shown) -> str:
        """What was removed from an article's page, whole, with the places of the article between."""
        return self._render("removed.html", links, story_id=story_id, article=article, shown=shown)

    def problem(self, links: Links, status: str, said: str) -> str:
        """Something is not as asked."""
        return self._render("problem.html", links, status=status, said=said)

    def choices(self, figures: Figures) -> Mapping[str, list[Choice]]:
        """What the list can be narrowed by, the most frequent first; countries as the registry knows them."""
        countries: dict[str, int] = {}
        for source in figures.sources:
            known = self._sources.get(source.name)
            if known and known.country:
                countries[known.country] = countries.get(known.country, 0) + source.stories
        rows = {
            "source": [(source.name, source.stories) for source in figures.sources],
            "language": list(figures.languages),
            "country": sorted(countries.items(), key=lambda pair: (-pair[1], pair[0])),
            "kind": list(figures.kinds),
        }
        return {
            name: [Choice(value, self._label(name, value), number) for value, number in pairs if number]
            for name, pairs in rows.items()
        }

    def _label(self, name: str, value: str) -> str:
        if name == "source":
            return self.source_name(value)
        if name == "language":
            return str(self._engine.filters["language"](value))
        return value

    def _render(self, template: str, links: Links, **values: object) -> str:
        values.setdefault("query", Query())
        return self._engine.get_template(template).render(links=links, **values)


def _of(health: CrawlHealth | None) -> tuple[CrawlDay, ...]:
    return health.days if health else ()


def _asked(day: CrawlDay) -> str:
    unanswered = f", {day.unanswered} polls without an answer" if day.unanswered else ""
    return f"{day.day}: {day.pages} pages asked for, {day.failed} failed or without text{unanswered}"


def _short(day: Day | CrawlDay) -> str:
    return f"{date.fromisoformat(day.day):%-d %b}"


def _told(day: Day) -> str:
    return f"{day.day}: {day.stories} stories, {day.copies} copies removed"
