"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest_plugins = ("tests.archive_s3_fixtures",)

# How long an example takes says nothing on a machine that others use, too.
settings.register_profile("unhurried", deadline=None, max_examples=50)
settings.load_profile("unhurried")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; where there is none, the test is skipped."""
    from tests.browser import chromium  # only who opens pages waits for the server and its templates

    with chromium() as opened:
        yield opened
