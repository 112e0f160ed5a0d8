"""Regular expressions that are seldom found, and what tells at once that they are not."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """An expression of many words, and its marks: one of them, in lower case, is in every text that it finds. To look
    for those first takes a tenth of its time.

    >>> Pattern(re.compile(r"\\bclick (?:here|now)\\b", re.IGNORECASE), ("click",)).is_in("Click here")
    True
    """

    expression: re.Pattern[str]
    marks: tuple[str, ...]

    def is_in(self, text: str) -> bool:
        """Whether the expression is found in the text."""
        lower = text.lower()
        return any(mark in lower for mark in self.marks) and self.expression.search(text) is not None
