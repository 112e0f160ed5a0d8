"""Full-text search, as the pages ask for it."""

from __future__ import annotations

from typing import Protocol

from crawler.web.stories import Stories

MOST = 1_000
"""The best so many are shown."""


class Search(Protocol):
    """Finds articles by their words."""

    def find(self, stories: Stories, query: str) -> list[str]:
        """The ids of what the query finds, best first."""
        ...


class Scan:
    """Every word stands in the headline or at the beginning of the text."""

    def find(self, stories: Stories, query: str) -> list[str]:
        """The ids of what the query finds, the newest first."""
        return stories.scan(query.split()[:10], MOST)
