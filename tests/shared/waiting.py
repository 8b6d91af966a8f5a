"""Waiting in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool], within_s: float) -> float:
    """Simulated seconds until it holds."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    while not condition():
        assert loop.time() - began_s < within_s, f"not within {within_s:g} s"
        await asyncio.sleep(0.01)
    return loop.time() - began_s
