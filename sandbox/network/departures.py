"""The timetable: calls things back at a moment, a millisecond exact, with one timer for all of them.

In: (due_s, callback). Out: the callbacks, in order of time, then of asking. One timer and a heap cost far less than a
task or a timer per chunk: 80 ms round trips stay 80 ms with hundreds of flows.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable

from sandbox.kernel.clock import Clock

SLACK_S = 0.0005  # uvloop's timers tick in whole milliseconds; what is due within half of one leaves now
AT_ONCE = 32  # calls before the loop looks for what has arrived: a chunk that waits unseen in a socket ages unnoticed


class Departures:
    """A heap of moments on the running loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for_s = float("inf")

    def at(self, due_s: float, call: Callable[[float], None]) -> None:
        """Run `call(now_s)` at `due_s`; `now_s` includes the slack, so that everything due by then may leave too."""
        self._order += 1
        heapq.heappush(self._heap, (due_s, self._order, call))
        if due_s < self._armed_for_s:
            self._arm(due_s)

    def after(self, delay_s: float) -> asyncio.Future[None]:
        """A future that is done `delay_s` from now."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.at(self._clock.now_s() + delay_s, lambda now_s: None if done.done() else done.set_result(None))
        return done

    def _arm(self, due_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for_s = due_s
        delay_s = max(0.0, due_s - self._clock.now_s())
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._fire)

    def _fire(self) -> None:
        now_s = self._clock.now_s() + SLACK_S
        heap = self._heap
        self._armed_for_s = float("-inf")  # so that calls made below do not arm a timer each
        left = AT_ONCE
        try:
            while left and heap and heap[0][0] <= now_s:
                left -= 1
                heapq.heappop(heap)[2](now_s)
        finally:  # one that raises must not hold up the others
            self._timer = None
            if heap and heap[0][0] <= now_s:
                asyncio.get_running_loop().call_soon(self._fire)
            elif heap:
                self._arm(heap[0][0])
            else:
                self._armed_for_s = float("inf")
