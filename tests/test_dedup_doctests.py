"""The examples in the docstrings of the near-duplicates hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import pipelines.dedup

MODULES = [module.name for module in pkgutil.iter_modules(pipelines.dedup.__path__, "pipelines.dedup.")]


@pytest.mark.parametrize("name", [*MODULES, "crawler.changes", "crawler.cli.marked"])
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
