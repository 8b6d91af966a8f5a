"""An edge location fails: its routes are withdrawn, so whoever was connected to it is reset. Cities go to the next one.

Which one is next is not decided here: `planet/edges.py` obeys the same fault.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.network.values import Cut, Verdict


@dataclass(frozen=True, kw_only=True)
class EdgeDown:
    """Every link of `edge` resets: packets for it reach another edge location, which does not know the connection."""

    edge: str

    def verdict(self, src: str, dst: str) -> Verdict | None:
        """Reset when an end is the edge location."""
        return Cut.RESET if self.edge in (src, dst) else None

    def __str__(self) -> str:
        return f"{self.edge} is down"
