"""Ends half-closed connections on which nothing moves any more.

In: connections whose one side has sent its last byte, with a question ("idle since I last asked?") and a way to end
them. Out: those ends. A client that has gone looks like one that half-closed, so without this every request given up
behind a cut link would stay for ever. One task for all of them (HAProxy's `timeout client-fin`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kernel.clock import Clock


@dataclass
class _Watched:
    was_idle: Callable[[], bool]
    end: Callable[[], None]
    is_new: bool = True


class Sweeper:
    """Asks each watched connection every `every_s`; idle ends it, except at the first question, when it is young."""

    def __init__(self, clock: Clock, every_s: float) -> None:
        self._clock = clock
        self._every_s = every_s
        self._watched: dict[object, _Watched] = {}

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, key: object, was_idle: Callable[[], bool], end: Callable[[], None]) -> None:
        """Begin to ask."""
        self._watched[key] = _Watched(was_idle, end)

    def forget(self, key: object) -> None:
        """It has ended by itself, or was never watched."""
        self._watched.pop(key, None)

    def sweep(self) -> None:
        """One round."""
        for key, watched in list(self._watched.items()):
            idle = watched.was_idle()
            if idle and not watched.is_new:
                self.forget(key)
                watched.end()
            watched.is_new = False

    async def run(self) -> None:
        """Rounds until cancelled."""
        while True:
            await self._clock.sleep(self._every_s)
            self.sweep()
