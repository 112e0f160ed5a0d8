"""Forms that companies file with the American exchange commission, wherever they are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.extract.blocks import Block

_COVER = re.compile(
    r"(?:united states )?securities and exchange commission$|\((?:state or other jurisdiction|exact name of)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"item\s*\d+[a-z]?\.", re.IGNORECASE)
_SIGNATURES = re.compile(r"signatures?:?", re.IGNORECASE)
_WITHIN = 10


def cover_and_signatures(blocks: Sequence[Block], _: str | None) -> dict[int, str]:
    """The places of a form's cover, up to its first item, and of its signatures.

    >>> lines = ("Securities and Exchange Commission", "8-K", "Item 1.05", "It was copied.", "Signatures", "Ada Low")
    >>> sorted(cover_and_signatures([*map(Block, lines)], None))
    [0, 1, 4, 5]
    """
    if not any(_COVER.match(block.text) for block in blocks[:_WITHIN]):
        return {}
    first = next((place for place, block in enumerate(blocks) if _ITEM.match(block.text)), 0)
    behind = (place for place, block in enumerate(blocks) if place > first and _SIGNATURES.fullmatch(block.text))
    return dict.fromkeys([*range(first), *range(next(behind, len(blocks)), len(blocks))], "furniture")
