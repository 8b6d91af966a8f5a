"""Options and parts of the comparison with moto's server.

`--differential-requests N`: requests for each seed and kind. `--differential-seeds 1,2,3`. `--differential-case
model:1:57`: one request again, as a failure prints it. Modules are loaded from beside this file: tests have no names.
"""

from __future__ import annotations

from functools import partial

import pytest
from beside import beside

REQUESTS, SEEDS = 1000, "1,2"


def pytest_addoption(parser):
    parser.addoption("--differential-requests", type=int, default=REQUESTS, help="requests for each seed and kind")
    parser.addoption("--differential-seeds", default=SEEDS, help="seeds, with commas between them")
    parser.addoption("--differential-case", default="", help="one request: model:1:57")


@pytest.fixture(scope="session")
def part():
    """part("sides") -> the module."""
    return partial(beside, __file__)
