"""How far a peer is behind: from a write here until the peer has said that it is on its disk. Pure.

In: milliseconds. Out: percentiles of the last `KEPT` writes. A way there and back, and two commits, are in it.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

KEPT = 1000


class Lag:
    """The last lags of one table and peer."""

    def __init__(self) -> None:
        self.count = 0
        self._last_ms: deque[float] = deque(maxlen=KEPT)

    def add(self, lag_ms: float) -> None:
        """One acknowledged write."""
        self.count += 1
        self._last_ms.append(lag_ms)

    def worst_ms(self, count: int) -> float:
        """The greatest of the last so many; 0.0 of none."""
        return max(islice(reversed(self._last_ms), count), default=0.0)

    def percentile_ms(self, percent: float) -> float | None:
        """The lag that `percent` of the last writes did not exceed; None before the first."""
        if not self._last_ms:
            return None
        ordered = sorted(self._last_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
