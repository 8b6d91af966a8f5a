"""Hands the checkers (`rules`), their tables (`tables`) and the repository's sources to the house tests.

Test modules are not importable by name here, so the two modules are loaded from beside this file.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def load(name: str) -> ModuleType:
    """The module in `name`.py beside this file."""
    full_name = f"house_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[full_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def rules():
    return load("rules")


@pytest.fixture(scope="session")
def tables():
    return load("tables")


@pytest.fixture(scope="session")
def sources(rules):
    """Every Python file of ours."""
    return rules.read_sources(ROOT)


@pytest.fixture
def holds(sources):
    """Fails with one line per violation when `check(source)` finds any in any source."""

    def check_all(check):
        found = [violation for source in sources for violation in check(source)]
        assert not found, f"{len(found)} against the house rules:\n" + "\n".join(found)

    return check_all


@pytest.fixture
def bites(rules):
    """What `check` says of a file of these words."""

    def check_words(check, words, path="sandbox/dns/core.py"):
        return check(rules.Source(path=path, text=words))

    return check_words
