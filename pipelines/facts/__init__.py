"""Facts that an article states, by rules, each with the words that state it: how many people were affected."""

from __future__ import annotations

from typing import Any

from pipelines.facts.affected import people_affected


def facts_of(title: str | None, text: str) -> dict[str, Any]:
    """The facts by name, as `facts` of the record has them; a fact that is not stated clearly is left out."""
    found = people_affected(title or "", text)
    return {"people_affected": found} if found else {}


__all__ = ["facts_of"]
