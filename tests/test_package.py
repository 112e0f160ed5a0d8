"""The distribution: its wheel works outside the checkout, and its floors hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.command import environment

ROOT = Path(__file__).parent.parent
FLOORS = ("archive", "pipelines", "crawler", "spiders", "crawler.cli")
"""From the ground up: a package imports only those before it."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, cwd=out)
    return next(out.glob("*.whl"))


def test_the_wheel_has_the_data_that_the_code_reads_and_no_tests(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    for needed in (
        "crawler/sources.toml",
        "pipelines/relevance/topics/breach.toml",
        "pipelines/relevance/topics/breach.json",
        "archive/py.typed",
        "crawler/web/templates/latest.html",
        "crawler/web/static/style.css",
        "crawler/web/static/script.js",
    ):
        assert needed in names
    assert [name for name in names if name.startswith("crawler/demo/content/")]
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/", "archive/pyproject"))]


def test_the_wheel_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(tmp_path / "site"), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "demo", "--archive", "wire"],
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(tmp_path / "site")),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Second crawl" in done.stdout


def test_scrapy_finds_the_spiders_and_crawls_with_its_own_command(tmp_path: Path) -> None:
    from crawler.demo import DemoWeb
    from tests.command import write_config

    listed = subprocess.run(["scrapy", "list"], cwd=ROOT, capture_output=True, text=True, env=environment())
    assert listed.stdout.split() == ["news", "page", "trial"]
    with DemoWeb() as web:
        config = write_config(tmp_path / "breachwire.toml", web.sites, contact="test@example.org")
        env = environment(BREACHWIRE_CONFIG=str(config), BREACHWIRE_ARCHIVE=str(tmp_path / "wire"))
        command = ["scrapy", "crawl", "news", "-a", "sources=falken", "-L", "ERROR"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    from archive import open_archive

    assert {article.source for article in open_archive(tmp_path / "wire")} == {"falken"}


def floor(module: str) -> int | None:
    if module == "crawler.cli" or module.startswith("crawler.cli."):
        return FLOORS.index("crawler.cli")
    name = module.partition(".")[0]
    return FLOORS.index(name) if name in FLOORS else None


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def test_imports_run_downward_only() -> None:
    upward = [
        f"{module} imports {name}"
        for package in ("archive", "pipelines", "crawler", "spiders")
        for path in (ROOT / package).rglob("*.py")
        if (module := ".".join(path.relative_to(ROOT).with_suffix("").parts)) != "crawler.__main__"
        for name in imported(path)
        if (there := floor(name)) is not None and there > (floor(module) or 0)
    ]
    assert upward == []
