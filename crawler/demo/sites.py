"""One demonstration site: every path that it serves on a day, and what a crawl must make of each page."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.demo import feeds, pages
from crawler.demo.content import Day, Kind, PagePlan, SitePlan, Story, split_paragraphs
from crawler.demo.server import Request, Response, Stream, not_found, text_response

DAYS: tuple[Day, Day] = (1, 2)
_OPENING = datetime(2026, 9, 1, tzinfo=UTC)
"""When the pages that list no article were made."""

# Which copy of a story comes first is the crawl's choice, and a follow-up may be noticed as one.
_ALSO_RIGHT = {"copy": ("archived", "duplicate"), "follow-up": ("archived", "related")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPage:
    """What a crawl of that day must make of one announced URL.

    `text` has the article's paragraphs divided by one blank line, without title and noise; the `title` has its
    white space squeezed. Pages with one `copy_of` carry one story: on the first day exactly one of them is
    archived, the others are duplicates. A page of the first day need not be asked for again on the second
    unless it was edited: no outcome is then as good as `unchanged`. `lands_on` is the address behind a
    redirect. `outcome` is what a crawl in the order of the sites gives, `allowed` what any order may give.
    """

    url: str
    site: str
    story: str
    kind: Kind
    day: Day
    outcome: str
    allowed: tuple[str, ...]
    title: str
    text: str
    copy_of: str | None
    lands_on: str
    language: str
    authors: tuple[str, ...]
    published: datetime
    found: tuple[str, ...]

    def matches(self, outcome: str) -> bool:
        """Whether an outcome of a run report is a right one; the reason behind `failed:` is not compared."""
        return outcome.partition(":")[0] in self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSite:
    """What a source registry must know of a site; all addresses are absolute."""

    name: str
    title: str
    home: str
    language: str
    country: str
    kind: str
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]
    sections: tuple[str, ...]


class Site:
    """A site at its address. `copies`: the ids of the stories that more than one page carries that day."""

    def __init__(
        self, plan: SitePlan, stories: Mapping[str, Story], copies: Mapping[Day, frozenset[str]], base: str
    ) -> None:
        self.plan = plan
        self.base = base
        self._stories = stories
        self._copies = copies
        self._paths = {page.story: page.path for page in reversed(plan.pages)}
        self._routes = {day: self._all_routes(day) for day in DAYS}

    @property
    def public(self) -> DemoSite:
        plan = self.plan
        return DemoSite(
            name=plan.name,
            title=plan.title,
            home=f"{self.base}/",
            language=plan.language,
            country=plan.country,
            kind=plan.kind,
            feeds=(self.base + plan.feed.path,) if plan.feed else (),
            sitemaps=(self.base + plan.sitemap,) if plan.sitemap else (),
            sections=tuple(self.base + section.path for section in plan.sections),
        )

    def answer(self, request: Request, day: Day) -> Response:
        return self._routes[day].get(request.path) or not_found()

    def paths(self, day: Day) -> tuple[str, ...]:
        """Every path that does not answer 404 by being unknown."""
        return tuple(self._routes[day])

    def expected(self, day: Day) -> Iterator[ExpectedPage]:
        for page in self._live(day):
            story = self._stories[page.story]
            copied = page.story in self._copies[day]
            outcome, allowed = self._outcome(page, story, day, copied)
            yield ExpectedPage(
                url=self.base + (page.old_path or page.path),
                site=self.plan.name,
                story=story.id,
                kind=story.kind,
                day=day,
                outcome=outcome,
                allowed=allowed,
                title=" ".join((page.title or story.title).split()),
                text="\n\n".join(self._standfirst(story) + self._paragraphs(page, day)),
                copy_of=story.id if copied else None,
                lands_on=self.base + page.path,
                language=story.language,
                authors=story.authors,
                published=story.published,
                found=page.found + (("section",) if page.section else ()),
            )

    def _outcome(self, page: PagePlan, story: Story, day: Day, copied: bool) -> tuple[str, tuple[str, ...]]:
        if day == 2 and page.day == 1:
            return _seen_again(page.outcome, story)
        if copied and day == 1:
            return page.outcome, _ALSO_RIGHT["copy"]
        if story.follows:
            return page.outcome, _ALSO_RIGHT["follow-up"]
        return page.outcome, (page.outcome,)

    def _live(self, day: Day) -> tuple[PagePlan, ...]:
        return tuple(page for page in self.plan.pages if page.day <= day)

    def _standfirst(self, story: Story) -> tuple[str, ...]:
        """The summary, where the site's pages print it between headline and byline as the article's first words."""
        return (story.summary,) if self.plan.style == "semantic" else ()

    def _paragraphs(self, page: PagePlan, day: Day) -> tuple[str, ...]:
        """The article's text as this page carries it: the site's own lead, then the story whole or cut."""
        keep = 2 if page.access == "paywalled" else page.keep
        return split_paragraphs(page.lead) + self._stories[page.story].paragraphs(day)[:keep]

    def _all_routes(self, day: Day) -> dict[str, Response]:
        plan, live = self.plan, self._live(day)
        routes = {
            "/": self._list(plan.title, [page for page in live if page.outcome not in ("robots", "failed")]),
            "/robots.txt": text_response(plan.robots.format(base=self.base).lstrip(), "text/plain; charset=utf-8"),
            "/about": self._list(f"About {plan.title}", ()),
            "/contact": self._list(f"Contact {plan.title}", ()),
            "/subscribe": self._list(f"Subscribe to {plan.title}", ()),
        }
        for section in plan.sections:
            inside = [page for page in live if page.section == section.path]
            routes[section.path] = self._list(f"{section.title} | {plan.title}", inside)
        if plan.feed:
            routes[plan.feed.path] = self._feed(day)
        if plan.sitemap:
            routes[plan.sitemap] = self._sitemap(plan.sitemap, day)
        for page in live:
            if not page.missing:
                routes[page.path] = self._article(page, day)
            if page.old_path:
                headers = {"Location": self.base + page.path, "Content-Type": "text/html"}
                routes[page.old_path] = Response(status=301, headers=headers)
        return routes

    def _channel(self, path: str, charset: str = "utf-8") -> feeds.Channel:
        return feeds.Channel(
            title=self.plan.title,
            home=f"{self.base}/",
            url=self.base + path,
            language=self.plan.language,
            charset=charset,
        )

    def _entry(self, page: PagePlan, day: Day) -> feeds.Entry:
        story = self._stories[page.story]
        return feeds.Entry(
            url=self.base + (page.old_path or page.path),
            title=page.title or story.title,
            summary=story.summary,
            published=story.published,
            updated=story.modified(day),
            authors=story.authors,
            tags=story.tags,
        )

    def _feed(self, day: Day) -> Response:
        plan = self.plan.feed
        assert plan is not None
        entries = [self._entry(page, day) for page in self._live(day) if "feed" in page.found]
        text = feeds.feed(plan.format, self._channel(plan.path, plan.charset), entries)
        return Response(
            body=text.encode(plan.charset, "xmlcharrefreplace"),
            headers={"Content-Type": feeds.CONTENT_TYPES[plan.format]},
            modified=feeds.latest(entries),
            compress=plan.format == "rss",
        )

    def _sitemap(self, path: str, day: Day) -> Response:
        entries = [self._entry(page, day) for page in self._live(day) if "sitemap" in page.found]
        return Response(
            body=feeds.news_sitemap(self._channel(path), entries).encode(),
            headers={"Content-Type": "application/xml"},
            modified=feeds.latest(entries),
        )

    def _menu(self) -> tuple[tuple[str, str], ...]:
        sections = tuple((section.title, section.path) for section in self.plan.sections)
        return (
            ("Home", "/"),
            *sections,
            ("About", "/about"),
            ("Contact", "/contact"),
            ("Subscribe", "/subscribe"),
        )

    def _list(self, title: str, inside: Sequence[PagePlan]) -> Response:
        html = pages.list_page(title, self.plan.language, self._menu(), [self._page_teaser(page) for page in inside])
        newest = max((self._stories[page.story].published for page in inside), default=_OPENING)
        return Response(
            body=html.encode(),
            headers={"Content-Type": "text/html; charset=utf-8"},
            modified=newest,
            compress=True,
        )

    def _page_teaser(self, page: PagePlan) -> pages.Teaser:
        story = self._stories[page.story]
        return pages.Teaser(title=page.title or story.title, url=page.path, summary=story.summary, paragraphs=())

    def _teaser(self, story_id: str) -> pages.Teaser:
        story = self._stories[story_id]
        return pages.Teaser(
            title=story.title,
            url=self._paths.get(story_id),
            summary=story.summary,
            paragraphs=story.paragraphs(1),
        )

    def _article(self, page: PagePlan, day: Day) -> Response:
        story = self._stories[page.story]
        view = pages.View(
            site=self.plan.title,
            language=self.plan.language,
            url=self.base + page.path,
            title=page.title or story.title,
            paragraphs=self._paragraphs(page, day),
            summary=story.summary,
            authors=story.authors,
            tags=story.tags,
            published=story.published,
            modified=story.modified(day),
            menu=self._menu(),
            related=tuple(self._teaser(story_id) for story_id in page.related),
            also=self._teaser(page.also) if page.also else None,
            paywalled=page.access == "paywalled",
            charset=page.charset,
        )
        body = pages.article_page(self.plan.style, view).encode(page.charset, "xmlcharrefreplace")
        charset = f"; charset={page.charset}" if page.charset_in_header else ""
        return Response(
            body=_padded(body, page.padding) if page.padding else body,
            headers={"Content-Type": f"text/html{charset}"},
            modified=story.modified(day),
            compress=self.plan.style == "semantic",
        )


def _seen_again(outcome: str, story: Story) -> tuple[str, tuple[str, ...]]:
    """The second day's outcome of a page of the first day: what is archived is not archived again."""
    if story.edited:
        return "revision", ("revision", "archived")
    if outcome in ("archived", "duplicate"):
        return "unchanged", ("unchanged",)
    return outcome, (outcome, "unchanged")


_PAD = b"<!-- " + b"advertising " * 5461 + b"-->\n"  # 64 KiB, near enough


def _padded(body: bytes, size: int) -> Stream:
    """The page with comments behind it, to exactly that size in bytes; 64 KiB of it are held at a time."""

    def chunks(closing: threading.Event) -> Iterator[bytes]:
        yield body
        left = size - len(body)
        while left > 0 and not closing.is_set():
            yield _PAD[:left]
            left -= len(_PAD)

    return Stream(chunks=chunks, length=size)
