"""Options and parts of the comparison with moto's server.

`--differential-requests N`: requests for each seed and kind. `--differential-seeds 1,2,3`. `--differential-case
model:1:57`: one request again, as a failure prints it. Modules are loaded from beside this file: tests have no names.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
REQUESTS, SEEDS = 1000, "1,2"


def pytest_addoption(parser):
    parser.addoption("--differential-requests", type=int, default=REQUESTS, help="requests for each seed and kind")
    parser.addoption("--differential-seeds", default=SEEDS, help="seeds, with commas between them")
    parser.addoption("--differential-case", default="", help="one request: model:1:57")


def load(name: str) -> ModuleType:
    """The module in `name`.py beside this file."""
    full_name = f"differential_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[full_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def part():
    """part("sides") -> the module."""
    return load
