"""Waits until a region has what was published for it: its answer to a question comes after the topics sent before.

In: a topic. Out: nothing; a region that is away, or does not answer in time, hears of it when it is back.
"""

from __future__ import annotations

import asyncio

from sandbox.kernel.errors import Refusal
from sandbox.management.spoke import Spoke

SCALING = "scaling/"
WITHIN_S = 1.0


class Arrivals:
    """For a `Publisher`. Zones need no such wait: who asks DNS next goes through the planet, which had it before."""

    def __init__(self, spoke: Spoke) -> None:
        self._spoke = spoke

    async def __call__(self, topic: str) -> None:
        """Come back when the region of `scaling/<region>` has it; at once for other topics."""
        if not topic.startswith(SCALING):
            return
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._spoke.call(f"region:{topic.removeprefix(SCALING)}", "status")
        except (Refusal, TimeoutError):
            return
