"""moto's core, made fit for a long life. Imported by every file that runs moto, before anything else of moto's.

moto notes every object it ever made, for the dashboard of its own server: each message and each item would stay in
memory for good. That is switched off here, once, before any backend exists.
"""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def prepare_moto() -> None:
    """Import moto's core and stop it from keeping every object it makes."""
    from moto.core.common_models import BaseModel

    core: Any = BaseModel
    core.__new__ = _untracked


def _untracked(cls: type[Any], *_: Any, **__: Any) -> Any:
    return object.__new__(cls)
