"""The commits of a day that count, and the removal of those that do not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from archive.bucket import Bucket
from archive.commit import Commit, read_commit
from archive.errors import ObjectMissing
from archive.keeping.removal import purge
from archive.layout import CommitKey
from archive.live import Place, commit_keys, known, places, places_in


def live_places(bucket: Bucket, day: date) -> list[Place]:
    """Where the day's segments are, in the order in which they were closed."""
    found = [known(bucket, place) for place in places(bucket, list(commit_keys(bucket, day)))]
    return sorted(found, key=lambda place: place.closed)


def clear_day(
    bucket: Bucket,
    keys: Sequence[CommitKey],
    is_over: Callable[[Commit, dict[CommitKey, Place]], bool],
    removed: list[str],
) -> set[str]:
    """Remove those commits of a day that count for nothing and are over, given the places that count. Their objects go
    first: killed in between, the next run finds the rest. Gives the objects that the day's rewrites name.
    """
    rewrites = [read_commit(bucket, str(key)) for key in keys if key.rewrite]
    counting = {place.key: place for place in places(bucket, keys)}
    live = {place.holder for place in counting.values()}
    kept = {ref.key for commit in rewrites if commit.place in live for ref in commit.objects}
    for key in keys:
        if key not in live:
            with contextlib.suppress(ObjectMissing):  # another one clears, too
                commit = read_commit(bucket, str(key))
                if is_over(commit, counting):
                    over = [ref.key for ref in commit.objects if ref.key not in kept]
                    remove(bucket, [*over, str(key)], removed)
                    kept.update(over)  # several commits may name the same captures
    return {ref.key for commit in rewrites for ref in commit.objects}


def is_erased_from(commit: Commit, counting: dict[CommitKey, Place]) -> bool:
    """Whether something was taken out of what the commit holds."""
    return any(counting[place.key].part.edition > place.part.edition for place in places_in(commit))


def remove(bucket: Bucket, keys: Iterable[str], removed: list[str]) -> None:
    """Purge these objects, and note them."""
    for key in keys:
        purge(bucket, key)
        removed.append(key)
