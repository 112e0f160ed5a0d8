"""The stage that writes facts into the records of relevant articles, between rights and dedup."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from archive.records import Article
from pipelines.facts import facts_of
from pipelines.stages import Draft

KINDS_WITHOUT = frozenset({"statistics", "advice"})
"""Kinds of article that count over many incidents, or tell of none."""


def has_facts(article: Article) -> bool:
    """Whether facts are looked for: in relevant articles on one incident."""
    relevant = article.relevance is not None and article.relevance.verdict != "no"
    return relevant and article.extra.get("kind") not in KINDS_WITHOUT


class FactsStage:
    """Adds the facts. It comes after rights: of an article whose text is withheld the headline alone is read, so that
    no record quotes what may not be kept."""

    def process_item(self, item: Draft) -> Draft:
        if not has_facts(item.article):
            return item
        facts = facts_of(item.article.title, item.article.text)
        return replace(item, article=msgspec.structs.replace(item.article, facts=facts)) if facts else item
