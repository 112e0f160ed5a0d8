"""The three real texts that the project was begun with. They are other people's and not part of the repository: tests
that want them are skipped where they are not at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SEEDS = Path(os.environ.get("BREACHWIRE_SEEDS", Path(__file__).parents[2] / "shared" / "seeds"))
need_seeds = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts are not here (BREACHWIRE_SEEDS)")
