"""Edge locations: where anycast brings a place now. The nearest that is up; if it fails, its cities move to the next.

In: the atlas and faults `edge-down`. Out: the edge location of a place, for accelerators and for the name servers that
resolvers ask. Routes of one that fails are withdrawn at once here; in life that takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.geography.atlas import Atlas

KIND = "edge-down"


class Edges:
    """All edge locations. on_change: called when one goes down or comes back."""

    def __init__(self, atlas: Atlas, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._atlas = atlas
        self._down: dict[str, str] = {}  # fault id -> edge location

    def put_fault(self, fault_id: str, fault: Mapping[str, Any] | None) -> None:
        """Obey faults of edge locations; pass over all others."""
        if fault is None:
            if self._down.pop(fault_id, None) is not None:
                self._on_change()
        elif fault["kind"] == KIND:
            self._down[fault_id] = fault["target"][0]
            self._on_change()

    def down(self) -> list[str]:
        """Those that are down."""
        return sorted(set(self._down.values()))

    def of(self, place: str) -> str | None:
        """Where anycast brings a place; None when every edge location is down."""
        down = set(self._down.values())
        return next((edge for edge in self._atlas.edges_by_distance(place) if edge not in down), None)

    def name_server_of(self, place: str) -> str:
        """The edge location whose name servers a place asks; the nearest, where none is left."""
        return self.of(place) or self._atlas.nearest_edge(place)
