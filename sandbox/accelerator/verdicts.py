"""Health of an endpoint: what each edge location's probes say, and the verdict over all of them. Pure.

In: results of probes. Out: flips and states. AWS does not say how the results of its probers become one state [GA 3.3];
here an endpoint is healthy as long as at least half of those who have an opinion say so, and has no state (INITIAL)
before more than half of them have one. An opinion takes `threshold` results in a row, both ways [GA 2.3].
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.accelerator.values import State

PROBE_TIMEOUT_S = 5.0  # not published; below the shortest interval
FLOOR_S = 0.1


class Opinion:
    """One edge location's. healthy: None as long as it has none."""

    def __init__(self, threshold: int) -> None:
        self.threshold = threshold
        self.healthy: bool | None = None
        self.reason = ""  # of the last result
        self._against = 0  # results in a row that contradict the opinion
        self._last: bool | None = None

    def on_result(self, passed: bool, reason: str) -> bool:
        """True when the opinion is another one now."""
        self.reason = reason
        same_as_last, self._last = passed == self._last, passed
        if passed == self.healthy:
            self._against = 0
            return False
        self._against = self._against + 1 if same_as_last or self._against == 0 else 1
        if self._against < self.threshold:
            return False
        self.healthy = passed
        self._against = 0
        return True


def judge(opinions: Sequence[Opinion]) -> tuple[State, str]:
    """The state, and why."""
    with_one = [opinion for opinion in opinions if opinion.healthy is not None]
    good = sum(bool(opinion.healthy) for opinion in with_one)
    if len(with_one) * 2 <= len(opinions):
        return State.INITIAL, f"{len(with_one)} of {len(opinions)} edge locations have an opinion"
    why = f"{good} of {len(with_one)} edge locations say healthy"
    if good * 2 >= len(with_one):
        return State.HEALTHY, why
    reason = next((opinion.reason for opinion in with_one if not opinion.healthy), "")
    return State.UNHEALTHY, f"{why}; {reason}" if reason else why


def probe_timeout_s(rtt_ms: float, speed: float) -> float:
    """How long a probe may take, `speed` times as fast, but never too short for its round trips (connect, TLS, ask)."""
    return max(PROBE_TIMEOUT_S / speed, 4 * rtt_ms / 1000 + FLOOR_S)
