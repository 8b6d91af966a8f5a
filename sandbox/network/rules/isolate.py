"""A place is cut off: nothing passes between it and any other place; within it everything works."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.network.values import Cut, Verdict


@dataclass(frozen=True, kw_only=True)
class Isolate:
    """Every link of `place` is cut, both ways."""

    place: str
    reset: bool = False

    def verdict(self, src: str, dst: str) -> Verdict | None:
        """Cut when exactly one end is the place."""
        if (src == self.place) == (dst == self.place):
            return None
        return Cut.RESET if self.reset else Cut.DROP

    def __str__(self) -> str:
        return f"{self.place} is isolated"
