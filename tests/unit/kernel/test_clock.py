"""Claims about clocks: real time passes, virtual time is the loop's."""

from __future__ import annotations

import asyncio
import datetime

from sandbox.kernel.clock import Clock, LoopClock, SystemClock
from sandbox.sim.loop import run_virtual


def test_the_machines_monotonic_clock_never_goes_back() -> None:
    clock = SystemClock()
    readings = [clock.now_s() for _ in range(1000)]
    assert readings == sorted(readings)


def test_wall_time_is_unix_time() -> None:
    today = datetime.datetime.fromtimestamp(SystemClock().wall_s(), tz=datetime.UTC)
    assert today.year >= 2025


def test_a_wait_of_less_than_nothing_is_no_wait() -> None:
    for clock in (SystemClock(), LoopClock()):
        asyncio.run(clock.sleep(-1))


def test_simulated_hours_pass_at_once_and_both_times_agree() -> None:
    async def story(clock: Clock) -> tuple[float, float, float]:
        began_s, began_wall_s = clock.now_s(), clock.wall_s()
        await clock.sleep(7200)
        return clock.now_s() - began_s, clock.wall_s() - began_wall_s, began_wall_s

    passed_s, passed_wall_s, began_wall_s = run_virtual(story(LoopClock()))
    assert passed_s == passed_wall_s == 7200
    assert began_wall_s == LoopClock.EPOCH_S, "equal seeds give equal journals, whatever the day"
