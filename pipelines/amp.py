"""The AMP form of a page, for pages that hold no text of their own because a script would draw it."""

from __future__ import annotations

from urllib.parse import urljoin

from lxml.html import HtmlElement

from pipelines.extract.access import is_walled
from pipelines.items import ExtractionError
from pipelines.urls import is_web, same_site

_MAX_LINKS = 500
"""`link` elements of a page that are looked at."""


class OnlyAsAmp(ExtractionError):
    """A page without text that names its AMP form, in `address`; `rights` is what it restricts itself."""

    def __init__(self, reason: str, address: str, rights: tuple[str, ...]) -> None:
        super().__init__(reason, address, rights)
        self.reason, self.address, self.rights = reason, address, rights

    def __str__(self) -> str:
        return self.reason


def amp_address(tree: HtmlElement, url: str) -> str | None:
    """The address that the page at `url` names as its AMP form; None where there is none on the same site, or where the
    page has a wall: no way round it is looked for."""
    links = [link for _, link in zip(range(_MAX_LINKS), tree.iter("link"), strict=False)]
    named = next((link.get("href") for link in links if (link.get("rel") or "").strip().lower() == "amphtml"), None)
    if not named or is_walled(tree):
        return None
    try:
        address = urljoin(url, named.strip())
    except ValueError:
        return None
    return address if is_web(address) and address != url and same_site(address, url) else None
