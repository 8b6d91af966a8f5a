"""A timeline that is printed while it happens: one row a second, as soon as every visit of that second has ended.

In: a running load, and notes (a fault, a verdict). Out: rows on the screen, and `until`, which waits for something
meanwhile. A row comes a user's patience after its second: only then is it known what became of its visits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sandbox.demo.load import BackgroundLoad
from sandbox.demo.stage import Stage
from sandbox.demo.timeline import Second, legend, row, second_of, seconds_of
from sandbox.kernel.clock import pause_s

POLL_S = 0.1
SLACK_S = 0.2

Result = TypeVar("Result")


class Watch:
    """Prints the rows of one load."""

    def __init__(self, stage: Stage, load: BackgroundLoad) -> None:
        self._stage = stage
        self._load = load
        self._next = 0
        self._notes: dict[int, list[str]] = {}
        stage.screen.row(legend(stage.ground.regions))

    def note(self, at_s: float, words: str) -> None:
        """Something to be said beside the second in which it happened (or the next row, when that has gone)."""
        second = max(self._next, second_of(at_s, self._load.started_at_s))
        self._notes.setdefault(second, []).append(words)

    def for_s(self, seconds: float) -> None:
        """Go on for a while."""
        end_s = self._stage.clock.now_s() + seconds
        self.until(lambda: self._stage.clock.now_s() >= end_s, within_s=seconds + 1)

    def until(self, holds: Callable[[], Result], *, within_s: float) -> Result | None:
        """Print rows until something is true; its value, or None when it does not come in time."""
        give_up_at_s = self._stage.clock.now_s() + within_s
        while not (result := holds()):
            if self._stage.clock.now_s() > give_up_at_s:
                return None
            self._print_complete()
            pause_s(POLL_S)
        return result

    def finish(self) -> list[Second]:
        """After the load has ended: the rest of the rows; all of them as values."""
        seconds = self.seconds()
        for second in sorted(seconds):
            self._print(seconds[second])
        return list(seconds.values())

    def seconds(self) -> dict[int, Second]:
        """Everything so far."""
        return seconds_of(self._load.visits, self._load.started_at_s)

    def _print_complete(self) -> None:
        complete_s = self._stage.clock.wall_s() - self._load.timeout_s - SLACK_S
        if self._load.started_at_s + self._next + 1 > complete_s:
            return
        seconds = self.seconds()
        while self._load.started_at_s + self._next + 1 <= complete_s:
            self._print(seconds.get(self._next, Second(second=self._next)))

    def _print(self, second: Second) -> None:
        if second.second < self._next:
            return
        self._stage.screen.row(row(second, self._stage.ground.regions, self._notes.pop(second.second, ())))
        self._next = second.second + 1
