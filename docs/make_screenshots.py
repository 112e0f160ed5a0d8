"""Draws the pictures of docs/serving.md from the demonstration's archive. Run it from the checkout, with Chromium
installed: python -m docs.make_screenshots"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from archive import open_archive
from tests.browser import chromium, served

PHONE = {"width": 360, "height": 720}
LONG = {"width": 1180, "height": 1300}
SCREEN = {"width": 1120, "height": 760}


def main() -> None:
    """Runs the demonstration, serves what it archived, and saves five pages."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "wire"
        command = [sys.executable, "-m", "crawler", "demo", "--archive", str(archive)]
        subprocess.run(command, capture_output=True, check=True)
        stories = {article.title or "": article.id for article in open_archive(archive).articles()}
        shots = [
            ("latest", "", LONG, "light"),
            ("story", f"story/{_with(stories, '412,000')}", SCREEN, "light"),
            ("removed", f"story/{_with(stories, '412,000')}/removed", SCREEN, "light"),
            ("figures", "figures", LONG, "dark"),
            ("phone", f"story/{_with(stories, '園児')}", PHONE, "dark"),
        ]
        with chromium() as browser, served(archive) as address:
            for name, path, size, scheme in shots:
                scale = 0.75 if size is LONG else 1
                context = browser.new_context(viewport=size, color_scheme=scheme, device_scale_factor=scale)  # type: ignore[arg-type]
                page = context.new_page()
                page.goto(address + path)
                page.screenshot(path=Path(__file__).with_name(f"serve-{name}.png"))


def _with(stories: dict[str, str], words: str) -> str:
    return next(name for each, name in stories.items() if words in each)


if __name__ == "__main__":
    main()
