"""Hands the checkers (`rules`), their tables (`tables`) and the repository's sources to the house tests.

Test modules are not importable by name here, so the two modules are loaded from beside this file.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from beside import beside

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def rules():
    return beside(__file__, "rules")


@pytest.fixture(scope="session")
def tables():
    return beside(__file__, "tables")


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
