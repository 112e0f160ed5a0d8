"""A folder as Hugging Face's hub and `datasets` take it: Parquet files, and a card that says what they are."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from archive.files import new_file, replace_file
from archive.records import Article
from archive.tables import write_parquet

ROWS = 20_000
"""Articles in one file: about 50 MB, which a hub's viewer and a small machine can hold."""

_CARD = """\
---
pretty_name: {name}
license: other
task_categories:
- text-classification
- summarization
tags:
- news
- data-breach
configs:
- config_name: default
  data_files:
  - split: train
    path: data/*.parquet
---
# {title}

{rows:,} news articles, one a row, with the columns of Breachwire's article record, version 1; `facts` and `extra` are
JSON text. `dedup` tells copies from unique articles, `relevance` why an article is here.

The texts belong to their publishers, and `rights` has the signals that they gave. Look at both before you share this.
"""


def write_dataset_folder(articles: Iterable[Article], folder: Path, title: str) -> int:
    """Write the articles into a new or empty folder; their number. `datasets.load_dataset(folder)` reads it.

    Holds one batch in memory. Raises `ArchiveError` without pyarrow; OSError when the folder cannot be written, or
    something is in it.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OSError(errno.ENOTEMPTY, "it is not empty; name another folder", str(folder))
    rows = 0
    for number, part in enumerate(_parts(iter(articles))):
        with new_file(folder / "data" / f"train-{number:05d}.parquet") as file:
            rows += write_parquet(part, file)
    title = " ".join(title.split())
    card = _CARD.format(name=json.dumps(title, ensure_ascii=False), title=title, rows=rows)  # JSON's strings are YAML's
    replace_file(folder / "README.md", [card.encode("utf-8", "replace")])
    return rows


def _parts(articles: Iterator[Article]) -> Iterator[Iterable[Article]]:
    """Runs of articles, the last of them shorter; one empty run where there are none."""
    first = next(articles, None)
    if first is None:
        yield ()
    while first is not None:
        yield chain((first,), islice(articles, ROWS - 1))
        first = next(articles, None)
