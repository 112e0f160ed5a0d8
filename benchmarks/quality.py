"""The quality of the stages on labelled sets: `python benchmarks/quality.py --data DIR [--only extraction]`.

DIR holds the folders `extraction`, `relevance` and `dedup` with the sets as JSON lines (gzip).
Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.tables import Table

PARTS = ("extraction", "relevance", "dedup")


def main() -> None:
    """Run the chosen parts and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the development sets")
    parser.add_argument("--seeds", type=Path, help="folder with the three seed texts (extraction)")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be given again")
    options = parser.parse_args()
    if not options.data.is_dir():
        parser.error(f"--data: no such folder: {options.data}")
    # Run as a script, Python's path holds this folder and not the one with the packages.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from benchmarks.tables import print_table

    for part in options.only or PARTS:
        for table in _report(part, options.data, options.seeds):
            print_table(table)


def _report(part: str, data: Path, seeds: Path | None) -> list[Table]:
    """Each part is imported only when it is asked for: their needs differ."""
    if part == "extraction":
        from benchmarks import extraction_quality

        return extraction_quality.report(data, seeds)
    if part == "relevance":
        from benchmarks import relevance_quality

        return relevance_quality.report(data)
    from benchmarks import dedup_quality, dedup_thresholds

    return [*dedup_quality.report(data), *dedup_thresholds.report(data)]


if __name__ == "__main__":
    main()
