"""axe-core finds nothing against WCAG 2.2 AA on any page, in light and in dark, on a phone and on a desk; and each page
is walked by the Tab key alone."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archive import open_archive
from crawler.web.pages import Pages
from crawler.web.site import write_site
from crawler.web.stories import Stories
from crawler.web.view import View
from tests.browser import served, served_files
from tests.web_samples import SOURCES, fill_wire

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TOLD = """
async (rules) => (await axe.run({runOnly: rules})).violations
    .map((each) => `${each.id}: ${each.help}: ${each.nodes.map((node) => node.html).join(" ").slice(0, 300)}`)
"""
PAGES = {
    "list": "",
    "filtered": "?language=ja&source=harbour-post&since=2026-01-01",
    "search": "?q=ferry+number+17",
    "nothing found": "?q=zeppelin",
    "story": "{story}",
    "removed": "{story}/removed",
    "capture": "{capture}",
    "figures": "figures",
    "problem": "nowhere",
}

STOPS = 'a[href], button, input:not([type=hidden]), select, summary, [tabindex="0"]'
REACHABLE = f"""
[...document.querySelectorAll('{STOPS}')]
    .filter((each) => each.checkVisibility({{visibilityProperty: true}})).map((each) => each.outerHTML.slice(0, 200))
"""
FOCUSED = """
() => {
    const it = document.activeElement;
    if (!it || it === document.body) return null;
    const styles = [getComputedStyle(it), getComputedStyle(it, "::after")];
    const box = it.getBoundingClientRect();
    const shown = styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
    const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return {html: it.outerHTML.slice(0, 200), shown, inside};
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wire")
    fill_wire(path)
    return path


@pytest.fixture(scope="module")
def home(folder: Path) -> Iterator[str]:
    with served(folder) as address:
        yield address


@pytest.fixture(scope="module")
def page(browser: Browser, home: str) -> Page:
    """A page with what axe-core needs in it; it is evaluated, for the pages' own policy lets no script in."""
    page = browser.new_context().new_page()
    page.set_default_timeout(30_000)
    page.goto(home)
    page.wait_for_function("document.querySelector('.story')")
    return page


def whole(page: Page, home: str, address: str) -> None:
    """Opens a page with all that is folded in it, and what comes when it is unfolded."""
    page.goto(home + address)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    if page.locator("[data-blocks]").count():
        page.locator("[data-blocks] .blocks").wait_for()


@pytest.fixture(scope="module")
def addresses(folder: Path) -> dict[str, str]:
    """The parts of addresses that differ from archive to archive: of a story with all that one can have."""
    (story,) = (each for each in open_archive(folder).articles(include=("revisions",)) if each.removed)
    return {"story": f"story/{story.id}", "capture": f"capture/{story.id}"}


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(page: Page, home: str, addresses: dict[str, str], name: str) -> None:
    whole(page, home, PAGES[name].format(**addresses))
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    for width in (320, 1280):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(TOLD, RULES) == [], f"{width} pixels, {scheme}"


def test_axe_finds_nothing_on_a_static_site(browser: Browser, folder: Path, tmp_path: Path) -> None:
    with View(tmp_path / "view.sqlite") as view:
        view.catch_up(open_archive(folder))
    with Stories(tmp_path / "view.sqlite") as stories:
        write_site(open_archive(folder), stories, Pages(SOURCES), tmp_path / "site")
        story = stories.newest(1)[0].id
    page = browser.new_context().new_page()
    with served_files(tmp_path / "site") as home:
        for address in ("language-ja.html", f"story/{story}.html"):
            whole(page, home, address)
            page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
            assert page.evaluate(TOLD, RULES) == []


@pytest.mark.parametrize("name", ["filtered", "story", "figures", "capture"])
def test_the_tab_key_leads_everywhere_and_shows_where_it_is(
    page: Page, home: str, addresses: dict[str, str], name: str
) -> None:
    whole(page, home, PAGES[name].format(**addresses))
    page.set_viewport_size({"width": 1280, "height": 800})
    reachable: list[str] = page.evaluate(REACHABLE)
    walked: list[dict[str, Any]] = []
    for _ in range(2 * len(reachable)):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or (walked and stop["html"] == walked[0]["html"]):
            break
        if not walked or stop["html"] != walked[-1]["html"]:  # a date has a stop for each of its numbers
            walked.append(stop)
    assert [stop["html"] for stop in walked] == reachable  # in the order of reading, without a trap
    assert [stop["html"] for stop in walked if not (stop["shown"] and stop["inside"])] == []
