"""The examples in the docstrings of the archive hold."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import archive

MODULES = [module.name for module in pkgutil.iter_modules(archive.__path__, "archive.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    result = doctest.testmod(importlib.import_module(name), optionflags=flags)
    assert result.failed == 0
