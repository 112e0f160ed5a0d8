"""Draws docs/demo.svg, what `breachwire demo` prints. Run it from the checkout: python docs/make_picture.py"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text


def main() -> None:
    """Runs the demonstration and saves its output as a picture."""
    with tempfile.TemporaryDirectory() as folder:
        archive = f"{folder}/wire"
        command = [sys.executable, "-m", "crawler", "demo", "--archive", archive]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.replace(archive, "/tmp/wire")
    console = Console(record=True, width=118, file=io.StringIO(), color_system="truecolor")
    console.print(Text("$ breachwire demo --archive /tmp/wire", style="bold"))
    console.print(Text(out.rstrip()))
    svg = console.export_svg(title="breachwire demo")
    Path(__file__).with_name("demo.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
