"""Articles and responses for the tests of the archive, made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from archive import Article, Bucket, RawResponse, Segment, SegmentWriter
from archive.records import Dedup, DedupVerdict, Relevance, Versions, article_id

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def article(
    name: str = "a",
    *,
    text: str = "The operator of the port said that 40,000 records were taken.",
    fetched: str = "2026-02-01T11:59:30Z",
    verdict: DedupVerdict = "unique",
    cluster: str | None = None,
    duplicate_of: str | None = None,
    language: str | None = "en",
    source: str = "harbour-post",
    published: str | None = None,
) -> Article:
    """An article at https://NAME.example/story."""
    url = f"https://{name}.example/story"
    return Article(
        id=article_id(url, text),
        url=url + "?from=feed",
        canonical_url=url,
        source=source,
        title=f"Breach at {name}",
        text=text,
        language=language,
        fetched=fetched,
        published=published,
        relevance=Relevance(topic="breach", score=2.5, verdict="yes"),
        dedup=Dedup(verdict=verdict, cluster=cluster, duplicate_of=duplicate_of),
        versions=Versions(breachwire="0.1.0", extractor="x1", topic="t1", signature="s1"),
        signature="AAECAw==",
    )


def response(name: str = "a", body: bytes = b"<p>The operator of the port \xe2\x80\xa6") -> RawResponse:
    """The response behind `article(name)`."""
    return RawResponse(
        url=f"https://{name}.example/story?from=feed",
        fetched="2026-02-01T11:59:30Z",
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip"), ("ETag", '"7"')),
        body=body,
        via=f"https://{name}.example/feed.xml",
    )


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


def store(bucket: Bucket, *articles: Article, when: datetime = NOON, run: str | None = None) -> Segment:
    """Commit the articles as one segment of a new run, closed at that moment."""
    writer = SegmentWriter(bucket, run, clock=at(when))
    for each in articles:
        writer.add(each)
    segment = writer.flush()
    assert segment is not None
    return segment


def days(number: float) -> timedelta:
    """A span of so many days."""
    return timedelta(days=number)
