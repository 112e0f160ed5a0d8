"""The HTML files that `--explain-html` writes: of one look, self-contained, and without anything that could run."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from crawler.cli.console import UsageError

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body {{ font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }}
table {{ border-collapse: collapse; table-layout: fixed; width: 100%; }}
td, th {{ overflow-wrap: anywhere; padding: .25em .6em; text-align: left; vertical-align: top; width: 50%; }}
tr {{ border-top: 1px solid #ddd; }}
.removed {{ background: #fbeeee; color: #633; }}
.kind {{ font-size: 85%; font-weight: bold; margin-right: .6em; }}
.text {{ white-space: pre-line; }}
mark {{ background: #dff0d8; }}
</style></head><body>
"""


def write_page(path: Path, title: str, body: Iterable[str]) -> None:
    """Writes the file; `body` is HTML. Raises `UsageError` if it cannot be written."""
    try:
        path.write_text(f"{_HEAD.format(title=escape(title))}{''.join(body)}</body></html>\n", "utf-8", "replace")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from error
