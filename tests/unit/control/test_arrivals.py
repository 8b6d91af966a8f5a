"""Claims about waiting for regions, in simulated time: only where a next call depends on it, and never for long."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.control.arrivals import WITHIN_S, Arrivals
from sandbox.kernel.errors import Refusal
from sandbox.sim.loop import run_virtual


class FakeSpoke:
    def __init__(self, takes_s: float = 0.0, refusal: Refusal | None = None) -> None:
        self.asked: list[str] = []
        self.takes_s = takes_s
        self.refusal = refusal

    async def call(self, to: str, method: str) -> Any:
        self.asked.append(to)
        await asyncio.sleep(self.takes_s)
        if self.refusal is not None:
            raise self.refusal
        return {}


def waited_s(spoke: FakeSpoke, topic: str) -> float:
    async def wait() -> float:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        await Arrivals(spoke)(topic)  # type: ignore[arg-type]
        return loop.time() - began_s

    return float(run_virtual(wait()))


def test_the_region_is_asked_and_its_answer_waited_for() -> None:
    spoke = FakeSpoke(takes_s=0.2)
    assert 0.2 <= waited_s(spoke, "scaling/eu-west-1") < 0.3
    assert spoke.asked == ["region:eu-west-1"]


def test_other_topics_wait_for_nobody() -> None:
    spoke = FakeSpoke(takes_s=0.2)
    assert waited_s(spoke, "zone/Z1") == 0.0
    assert spoke.asked == []


def test_a_region_that_is_away_or_frozen_holds_nobody_up() -> None:
    assert waited_s(FakeSpoke(refusal=Refusal("ServiceUnavailable", "away")), "scaling/eu-west-1") == 0.0
    assert waited_s(FakeSpoke(takes_s=60.0), "scaling/eu-west-1") <= WITHIN_S + 0.1
