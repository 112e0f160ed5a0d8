"""What is trimmed off trafilatura's answer, each with a record of what it was."""

from __future__ import annotations

from collections.abc import Sequence

from archive.records import Removed
from pipelines.extract.blocks import Block
from pipelines.extract.words import key


def clean(blocks: Sequence[Block], title: str | None) -> tuple[list[Block], list[Removed]]:
    """The blocks of the article alone, and a record of every block taken out."""
    kept: list[Block] = []
    removed: list[Removed] = []
    for place, block in enumerate(blocks):
        if title and place < 3 and key(block.text) == key(title):
            removed.append(Removed(kind="headline", length=len(block.text), start=block.text[:60]))
        else:
            kept.append(block)
    return kept, removed
