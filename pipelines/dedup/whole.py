"""A whole archive decided again in one pass, in the order of publication, and what that changes.

Segments are read and their articles `prepared` in parallel; decided is in one order, for each decision rests on those
before. What the pass holds lies in temporary SQLite files: an archive may be larger than memory.
"""

from __future__ import annotations

import base64
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from archive.commit import Commit
from archive.records import Article, Dedup, from_json, to_json
from archive.segment import Segment
from archive.standing import AMENDED, Leading, cluster_of, page_of, today
from archive.times import parse_time, rfc3339
from pipelines.dedup.ahead import Ahead
from pipelines.dedup.decide import Deduplicator, Document
from pipelines.dedup.known import KnownArticles
from pipelines.dedup.rules import DedupConfig
from pipelines.dedup.signature import Signature, signature_of
from pipelines.dedup.store import Store

_BATCH = 2_000
"""Articles that are decided before they go from memory into the index of the pass."""
_LOOKED_UP = 100
"""Articles whose candidates are looked up at once; `_BATCH` is a multiple of it."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE article (
    id TEXT PRIMARY KEY, page TEXT NOT NULL, appeared TEXT NOT NULL, fetched TEXT NOT NULL,
    record BLOB NOT NULL, signature BLOB NOT NULL, text BLOB NOT NULL,
    before BLOB NOT NULL, was TEXT NOT NULL,
    number INTEGER, after BLOB, cluster TEXT, links BLOB,
    changed INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0, amended BLOB
);
CREATE INDEX article_page ON article (page, fetched, id);
CREATE INDEX article_was ON article (was);
CREATE INDEX article_cluster ON article (cluster);
CREATE INDEX article_number ON article (number);
CREATE INDEX article_again ON article (again) WHERE again;
"""

# Of a page's versions the first one's date counts for all, so that they come in the order in which they were fetched.
_IN_ORDER = """
SELECT id FROM article AS version
ORDER BY (SELECT appeared FROM article WHERE page = version.page ORDER BY fetched, id LIMIT 1), fetched, id
"""

# A record that is written again counts as newer than one that is not. So that it comes before none that it stood
# behind, those of its page and of its cluster are written again with it.
_WITH_THEIRS = """
UPDATE article SET again = 1 WHERE NOT again AND (
    page IN (SELECT page FROM article WHERE again) OR cluster IN (SELECT cluster FROM article WHERE again)
)
"""
_TOUCHED = "UPDATE article SET again = -1 WHERE again = 1 AND (page = ?1 OR was = ?2 OR cluster = ?2)"
_WITH_TOUCHED = """
UPDATE article SET again = -1 WHERE again = 1 AND (
    page IN (SELECT page FROM article WHERE again = -1)
    OR cluster IN (SELECT cluster FROM article WHERE again = -1 UNION SELECT was FROM article WHERE again = -1)
    OR was IN (SELECT cluster FROM article WHERE again = -1 UNION SELECT was FROM article WHERE again = -1)
)
"""


class Change(NamedTuple):
    """An article whose place among the copies is another one now."""

    id: str
    title: str | None
    before: Dedup
    after: Dedup


class Prepared(NamedTuple):
    """What takes time for an article and asks nothing of the others: its signature's bytes, and its text compressed."""

    signature: bytes
    text: bytes


def prepared(article: Article) -> Prepared:
    """Works on one article, in whichever process."""
    text = zlib.compress(article.text.encode("utf-8", "surrogatepass"), 1)
    return Prepared(signature_of(article).to_bytes(), text)


class WholePass:
    """The pass over one archive: `take` every article, then `decide`, then look at the `changes`.

    To carry them out, `leave_out` what was archived meanwhile, `keep` the records that are to be written again, and
    write what `amended` gives, in that order.
    """

    def __init__(self, folder: Path, config: DedupConfig) -> None:
        self._config = config
        self._database = sqlite3.connect(folder / "pass.sqlite", isolation_level=None)
        self._database.executescript(_TABLES)
        self._index = Store.open(folder / "index.sqlite", config)

    def take(self, article: Article, prepared: Prepared) -> None:
        """An article with its place of today, and what was `prepared` of it; its long fields are not read."""
        self._run(
            "INSERT INTO article (id, page, appeared, fetched, record, signature, text, before, was)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            article.id,
            page_of(article),
            _appeared(article),
            rfc3339(parse_time(article.fetched)),
            to_json(article),
            prepared.signature,
            prepared.text,
            msgspec.json.encode(article.dedup),
            cluster_of(article),
        )

    def decide(self) -> Iterator[str]:
        """Decides article by article, and gives the id of each once it is done."""
        known = Ahead(self._index)
        decisions = Deduplicator(lambda id: self._index.text(id) or self._text(id), self._config, known)
        ahead: list[Article] = []
        order = [id for (id,) in self._all(_IN_ORDER)]
        for start in range(0, len(order), _LOOKED_UP):
            asked = [self._asked(id) for id in order[start : start + _LOOKED_UP]]
            known.expect([(Document.of(article), signature) for article, signature in asked], self._config.candidates)
            for number, (article, signature) in enumerate(asked, start):
                ahead.append(self._decide(number, article, signature, decisions))
                if len(ahead) >= _BATCH:
                    known.take(_segment(number, ahead))
                    ahead = []
                yield article.id
        self._settle(known)

    def _asked(self, id: str) -> tuple[Article, Signature]:
        """The article with its text, and its signature."""
        ((record, packed),) = self._all("SELECT record, signature FROM article WHERE id = ?", id)
        text, encoded = self._text(id), base64.b64encode(packed).decode()
        return msgspec.structs.replace(from_json(record), text=text, signature=encoded), Signature.from_bytes(packed)

    def _decide(self, number: int, article: Article, signature: Signature, decisions: Deduplicator) -> Article:
        """The article as it is decided."""
        document = Document.of(article)
        decision = decisions.weigh(document, signature)
        decisions.add(document, signature, decision.dedup)
        self._run(
            "UPDATE article SET number = ?, after = ?, cluster = ?, links = ? WHERE id = ?",
            number,
            msgspec.json.encode(decision.dedup),
            decision.dedup.cluster or article.id,
            msgspec.json.encode(decision.links()),
            article.id,
        )
        return msgspec.structs.replace(article, dedup=decision.dedup)

    def _settle(self, known: KnownArticles) -> None:
        """The places once the last article is decided, and which of them are other than before."""
        for id, page, was, cluster, before, after in self._all(
            "SELECT id, page, was, cluster, before, after FROM article"
        ):
            leading = known.leading(cluster)
            place = _dedup(after)
            if leading is not None and leading.id != id:
                ((its_page,),) = self._all("SELECT page FROM article WHERE id = ?", leading.id)
                place = today(place, page, Leading(leading.id, its_page))
            old = _dedup(before)
            changed = (old.verdict, old.duplicate_of, was) != (place.verdict, place.duplicate_of, cluster)
            self._run(
                "UPDATE article SET after = ?, changed = ?2, again = ?2 WHERE id = ?3",
                msgspec.json.encode(place),
                changed,
                id,
            )
        while self._run(_WITH_THEIRS):
            pass

    def verdicts(self) -> dict[tuple[str, str], int]:
        """How many articles had which verdict before, and have which after."""
        pairs: dict[tuple[str, str], int] = {}
        for before, after in self._all("SELECT before, after FROM article"):
            pair = (_dedup(before).verdict, _dedup(after).verdict)
            pairs[pair] = pairs.get(pair, 0) + 1
        return pairs

    def changes(self) -> Iterator[Change]:
        """The articles whose place changes, in the order in which they were decided."""
        for id, record, before, after in self._database.execute(
            "SELECT id, record, before, after FROM article WHERE changed ORDER BY number"
        ):
            yield Change(id, from_json(record).title, _dedup(before), _dedup(after))

    def leave_out(self, article: Article) -> None:
        """An article that was archived since: what it has to do with stays as it is, until the next pass."""
        self._run(_TOUCHED, page_of(article), cluster_of(article))
        while self._run(_WITH_TOUCHED):
            pass

    def keep(self, article: Article, when: str) -> None:
        """A record of the archive, to be written again if its place changes. `when` is the time of that, RFC 3339."""
        for after, links in self._all("SELECT after, links FROM article WHERE id = ? AND again = 1", article.id):
            extra = {key: value for key, value in article.extra.items() if key not in ("related_to", "supersedes")}
            extra |= msgspec.json.decode(links) | {AMENDED: when}
            amended = msgspec.structs.replace(article, dedup=_dedup(after), extra=extra)
            self._run("UPDATE article SET amended = ? WHERE id = ?", zlib.compress(to_json(amended), 1), article.id)

    def amended(self) -> Iterator[Article]:
        """The records that were kept, in the order in which they must be written."""
        for (packed,) in self._database.execute(
            "SELECT amended FROM article WHERE again = 1 AND amended NOT NULL ORDER BY number"
        ):
            yield from_json(zlib.decompress(packed))

    def close(self) -> None:
        """Closes the files. The pass is not used after that."""
        self._index.close()
        self._database.close()

    def _text(self, id: str) -> str:
        ((text,),) = self._all("SELECT text FROM article WHERE id = ?", id)
        return zlib.decompress(text).decode("utf-8", "surrogatepass")

    def _all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(query, values).fetchall()

    def _run(self, statement: str, *values: Any) -> int:
        return self._database.execute(statement, values).rowcount


def _segment(number: int, articles: list[Article]) -> Segment:
    """Decided articles in the form in which the index takes them in."""
    commit = Commit(
        run="pass", seq=number, written="", rows=len(articles), fetched_first="", fetched_last="", objects=()
    )
    return Segment(commit, tuple(articles))


def _dedup(packed: bytes) -> Dedup:
    return msgspec.json.decode(packed, type=Dedup)


def _appeared(article: Article) -> str:
    """When it was published, as far as it says so; never after it was fetched."""
    fetched = parse_time(article.fetched)
    try:
        return rfc3339(min(fetched, parse_time(article.published or article.fetched)))
    except ValueError:
        return rfc3339(fetched)
