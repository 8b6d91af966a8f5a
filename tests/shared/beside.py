"""Modules of tests that stand beside a conftest.py: tests have no names by which they could be imported."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def beside(conftest: str, name: str) -> ModuleType:
    """The module in `name`.py beside `conftest`, which gives its own `__file__`."""
    folder = Path(conftest).parent
    full_name = f"{folder.name}_{name}"
    if full_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(full_name, folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[full_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[full_name]
