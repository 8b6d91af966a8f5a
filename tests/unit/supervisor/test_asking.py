"""Claims about asking several programs at once: each answer or the reason why there is none, and never a long wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.kernel.errors import Refusal
from sandbox.kernel.journal import Journal
from sandbox.management.hub import Hub
from sandbox.management.spoke import Spoke
from sandbox.supervisor.asking import ask_all


def test_those_that_answer_do_not_wait_for_those_that_do_not() -> None:
    async def fine(number: int) -> int:
        return number + 1

    async def refuses(number: int) -> int:
        raise Refusal("Busy", "I am busy")

    async def never(number: int) -> int:
        await asyncio.Event().wait()
        return 0

    async def run() -> dict[str, Any]:
        hub = Hub(Journal(), "token")
        port = await hub.start()
        behaviours: dict[str, Callable[[int], Awaitable[int]]] = {"fine": fine, "refuses": refuses, "never": never}
        spokes = [Spoke(name, "127.0.0.1", port, "token") for name in behaviours]
        for spoke in spokes:
            spoke.handle("question", behaviours[spoke.program])
            await spoke.connect()
        try:
            return await ask_all(hub, [*behaviours, "absent"], "question", {"number": 1}, within_s=0.2)
        finally:
            for spoke in spokes:
                await spoke.close()
            await hub.close()

    found = asyncio.run(run())
    assert found["answers"] == {"fine": 2}
    assert found["silent"]["refuses"] == "I am busy"
    assert found["silent"]["never"] == "no answer in time"
    assert "absent is not available" in found["silent"]["absent"]
