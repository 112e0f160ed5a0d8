"""The pages in a real browser: read, searched, filtered, by keyboard, without scripts, on a phone, as a static site."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from archive import open_archive
from crawler.web.pages import Pages
from crawler.web.site import write_site
from crawler.web.stories import Stories
from crawler.web.view import View
from tests.browser import served, served_files
from tests.web_samples import SOURCES, fill_wire

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

UNNAMED = """
[...document.querySelectorAll("input, select, svg[role=img]")]
    .filter((each) => !each.ariaLabel && !each.labels?.length).map((each) => each.outerHTML)
"""
"""What a screen reader could not name."""


@dataclass
class Opened:
    """A page, and what went wrong while it was looked at."""

    page: Page
    home: str
    wrong: list[str] = field(default_factory=list)

    def go(self, path: str = "") -> Page:
        self.page.goto(self.home + path)
        return self.page

    def shows(self, *titles: str) -> None:
        """Waits until the list has these stories."""
        expect(self.page.locator(".story h3")).to_have_text(list(titles), timeout=30_000)

    def titles(self) -> list[str]:
        """The headlines in the list."""
        return self.page.locator(".story h3").all_inner_texts()

    def link(self, title: str) -> str:
        """The address of a story in the list."""
        return str(self.page.get_by_role("link", name=title).get_attribute("href"))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wire")
    fill_wire(folder)
    return folder


@pytest.fixture(scope="module")
def home(archive: Path) -> Iterator[str]:
    with served(archive) as address:
        yield address


@pytest.fixture(scope="module")
def site(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    out = tmp_path_factory.mktemp("site")
    with View(archive / "site.sqlite") as view:
        view.catch_up(open_archive(archive))
    with Stories(archive / "site.sqlite") as stories:
        write_site(open_archive(archive), stories, Pages(SOURCES), out)
    with served_files(out) as address:
        yield address


@pytest.fixture(params=["served", "static"])
def either(request: pytest.FixtureRequest) -> str:
    """The served pages, and the static site."""
    return str(request.getfixturevalue("home" if request.param == "served" else "site"))


def opened(browser: Browser, home: str, **settings: object) -> Opened:
    """A new page; what it asks of others, and what the browser complains about, counts as wrong."""
    page = browser.new_context(**settings).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(30_000)
    it = Opened(page, home)

    def asked(request: Request) -> None:
        if not request.url.startswith(home):
            it.wrong.append(f"asked for {request.url}")

    page.on("request", asked)
    page.on("console", lambda message: it.wrong.append(message.text))
    page.on("pageerror", lambda error: it.wrong.append(str(error)))
    return it


def test_reading_from_the_list_to_a_story_its_versions_and_its_capture(browser: Browser, home: str) -> None:
    it = opened(browser, home)
    page = it.go()
    assert len(it.titles()) == 30
    page.get_by_role("link", name="Breach at a").click()
    assert page.locator("h1").inner_text() == "Breach at a"
    assert page.locator("ins").inner_text().strip() == "58,000"
    page.get_by_role("link", name="The version before").click()
    assert page.locator("mark").first.inner_text() == "records"
    assert not page.get_by_text("Also read").is_visible()
    page.locator(".removed summary").click()
    expect(page.locator(".removed .blocks li")).to_have_text(
        [re.compile("1 paragraph of the article"), re.compile("Also read: the harbour .* its lamps at last")],
        timeout=30_000,
    )
    page.get_by_role("link", name="What the server answered").click()
    assert "HTTP 200" in page.locator(".facts").inner_text()
    page.get_by_role("link", name="Figures").click()
    assert page.locator("svg.chart").count() == 3
    assert it.wrong == []


def test_the_list_follows_what_is_typed_and_chosen(browser: Browser, home: str) -> None:
    it = opened(browser, home)
    page = it.go()
    page.get_by_label("Search the stories").press_sequentially("個人情報", delay=20)
    it.shows("市民病院、患者3万8千人の個人情報が流出 不正アクセスで")
    page.wait_for_url("**/?q=*")
    expect(page.get_by_role("status")).to_have_text(re.compile("1 story"), timeout=30_000)
    page.get_by_label("Search the stories").fill("")
    page.get_by_label("Source").select_option("wire")
    it.shows("Breach at a")
    page.wait_for_url("**/?source=wire")
    page.reload()
    it.shows("Breach at a")
    assert it.wrong == []


def test_what_is_not_yet_a_question_leaves_the_list_until_it_is_asked_for(browser: Browser, home: str) -> None:
    it = opened(browser, home)
    page = it.go()
    box = page.get_by_label("Search the stories")
    for start in ('"', "-"):
        with page.expect_response(lambda answer: answer.status == 400):
            box.fill(start)
        expect(page.locator("#results")).to_have_attribute("aria-busy", "false")
        expect(box).to_have_value(start)
        expect(box).to_be_focused()
    box.fill('"個人情報"')
    it.shows("市民病院、患者3万8千人の個人情報が流出 不正アクセスで")
    box.fill('"')
    box.press("Enter")
    expect(page.get_by_role("heading", name="Bad Request")).to_be_visible()


def test_all_of_it_works_without_scripts(browser: Browser, home: str) -> None:
    it = opened(browser, home, java_script_enabled=False)
    page = it.go()
    page.get_by_label("Search the stories").fill("ferry 7")
    page.get_by_label("Search the stories").press("Enter")
    assert it.titles() == ["Breach at n7"]
    page.locator(".filters summary").click()
    page.get_by_role("link", name="Clear all").click()
    page.locator(".filters summary").click()
    page.get_by_label("Language").select_option("ja")
    page.get_by_role("button", name="Apply").click()
    assert len(it.titles()) == 1
    page.get_by_role("link", name="Remove the filter").click()
    page.get_by_role("link", name="Older").click()
    assert len(it.titles()) == 2
    it.go("?source=wire").get_by_role("link", name="Breach at a").click()
    page.get_by_role("link", name="The version before").click()
    page.locator(".removed summary").click()
    page.get_by_role("link", name="The blocks whole").click()
    assert "its lamps at last" in page.locator(".blocks").inner_text()
    assert it.wrong == []


def test_all_of_it_is_reached_by_keyboard(browser: Browser, either: str) -> None:
    it = opened(browser, either)
    page = it.go()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the stories"
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert page.locator(":focus").inner_text() == "Breach at a"
    page.keyboard.press("/")
    assert page.locator(":focus").get_attribute("id") == "q"
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/story/*")
    assert it.wrong == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_pages_fit_the_screen_and_are_built_for_screen_readers(
    browser: Browser, either: str, width: int, scheme: str
) -> None:
    it = opened(browser, either, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = it.go()
    figures = str(page.get_by_role("link", name="Figures").get_attribute("href"))
    for path in ("", it.link("Breach at a"), figures):
        it.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert [page.locator(each).count() for each in ("h1", "main", "header.masthead", "footer")] == [1, 1, 1, 1]
        assert page.evaluate(UNNAMED) == []
        levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(e => +e.tagName[1])")
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), levels
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(246, 243, 236)" if scheme == "light" else "rgb(19, 21, 24)"
    )
    assert it.wrong == []


def test_the_static_site_can_be_walked_and_searched(browser: Browser, site: str) -> None:
    it = opened(browser, site, viewport={"width": 1280, "height": 900})
    page = it.go()
    assert len(it.titles()) == 30
    page.get_by_role("link", name="Older").click()
    assert len(it.titles()) == 2
    page.get_by_role("link", name="日本語").click()
    assert len(it.titles()) == 1
    page.get_by_label("Search the stories").press_sequentially("ferry number 17", delay=5)
    it.shows("Breach at n17")
    page.get_by_role("link", name="Breach at n17").click()
    assert page.locator("h1").inner_text() == "Breach at n17"
    page.get_by_label("Search the stories").fill("ferry number 18")  # on a page without a list
    page.get_by_label("Search the stories").press("Enter")
    it.shows("Breach at n18")
    page.get_by_label("Search the stories").fill("")
    expect(page.locator(".story h3")).to_have_count(30)
    assert it.wrong == []
