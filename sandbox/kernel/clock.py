"""The only file that reads a real clock.

In: nothing. Out: `now_s` (monotonic seconds, for order, waits and TTLs), `wall_s` (Unix seconds, for people and AWS
answers) and `sleep`. Shells ask a `Clock`; cores are given `now_s` as a value. In `sim/` both times come from the
virtual event loop.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where a shell gets its time from."""

    def now_s(self) -> float:
        """Monotonic seconds; only differences mean anything."""
        ...

    def wall_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait at least `seconds`."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class LoopClock:
    """The time of the running event loop: virtual when the loop is `sim`'s. `wall_s` starts at a fixed date."""

    EPOCH_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z, so that equal seeds give equal journals

    def now_s(self) -> float:
        return asyncio.get_running_loop().time()

    def wall_s(self) -> float:
        return self.EPOCH_S + self.now_s()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


def pause_s(seconds: float) -> None:
    """Block the calling thread: for command-line programs that poll a process, never inside an event loop."""
    time.sleep(seconds)
