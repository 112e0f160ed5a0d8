"""Full-text search, as the pages ask for it: each thread has the index open for itself."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

from archive import Article
from archive.asked import Asked
from archive.errors import ArchiveError
from archive.question import begun
from archive.search import RANKED, Search

PASSAGES = 10
"""Articles of a page whose passages are shown; the others show how they begin."""

Passage = tuple[tuple[str, bool], ...]
"""Pieces of a text, and whether a piece is of what was asked for."""


@dataclass(frozen=True, slots=True)
class Found:
    """Ids, the best first, and the question that they answer."""

    question: str
    ids: list[str]


class FullText:
    """The index in this file. Every method raises `ArchiveError` as `Search` does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def find(self, question: str, **asked: Unpack[Asked]) -> Found:
        """What holds the words and is asked for; where nothing does, what holds words that begin as the last one.

        Raises `InvalidQuery` for a question without a word.
        """
        index = self._index()
        found = index.ids(question, RANKED, **asked)
        wider = None if found else begun(question)
        return Found(wider, index.ids(wider, RANKED, **asked)) if wider else Found(question, found)

    def passages(self, question: str, ids: Iterable[str]) -> dict[str, Passage]:
        """By id: the passage that fits best."""
        return self._index().passages(question, ids)

    def article(self, name: str) -> Article | None:
        """The record with this id, as far as the index has it."""
        return self._index().article(name)

    def _index(self) -> Search:
        """A file that was made anew meanwhile (`archive rebuild`) is opened anew."""
        try:
            made = self._path.stat().st_ino
        except OSError as error:
            raise ArchiveError(f"{self._path}: the search index is being made; try again soon") from error
        opened: tuple[int, Search] | None = getattr(self._local, "opened", None)
        if opened is not None and opened[0] != made:
            opened[1].close()
            opened = None
        if opened is None:
            opened = self._local.opened = made, Search(self._path)
        return opened[1]
