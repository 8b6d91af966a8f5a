"""A clock that a test moves."""

from __future__ import annotations

EPOCH_S = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class HandClock:
    """at_s: the monotonic time; began_s: the Unix time at 0. Whoever sleeps moves it on."""

    def __init__(self, at_s: float = 0.0, began_s: float = EPOCH_S) -> None:
        self.at_s = at_s
        self.began_s = began_s

    def now_s(self) -> float:
        return self.at_s

    def wall_s(self) -> float:
        return self.began_s + self.at_s

    async def sleep(self, seconds: float) -> None:
        self.at_s += seconds
