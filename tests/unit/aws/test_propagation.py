"""A change is on all name servers the propagation delay after its zone was published."""

from __future__ import annotations

import asyncio

from sandbox.aws.propagation import Propagation
from sandbox.kernel.clock import LoopClock
from sandbox.sim.loop import run_virtual


def test_a_version_settles_when_the_delay_is_over() -> None:
    settled: list[tuple[str, int | None, float]] = []

    async def scenario() -> None:
        clock = LoopClock()

        async def settle(zone_id: str, version: int | None) -> None:
            settled.append((zone_id, version, clock.now_s() - began_s))

        began_s = clock.now_s()
        propagation = Propagation(settle, clock=clock, delay_s=5.0)
        propagation.on_published("zone/Z1", {"version": 3})
        propagation.on_published("health-check/c", {"version": 1})
        await asyncio.sleep(2)
        propagation.on_published("zone/Z1", None)
        await asyncio.sleep(10)
        propagation.on_published("zone/Z1", {"version": 9})
        await propagation.close()

    run_virtual(scenario())
    assert settled == [("Z1", 3, 5.0), ("Z1", None, 7.0)]
