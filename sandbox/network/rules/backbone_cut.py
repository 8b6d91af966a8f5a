"""The backbone between two areas is severed: traffic on AWS's network takes the way round, if there is one.

An area is a region with the edge locations nearest to it, one edge location, or a continent. Users on the public
Internet do not notice: cities are not on the backbone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.network.values import Backbone, Verdict


@dataclass(frozen=True, kw_only=True)
class BackboneCut:
    """No direct line between areas `a` and `b`; `b` None: none out of `a` at all. areas: those of a place."""

    a: str
    b: str | None
    areas: Callable[[str], Sequence[str]] = field(repr=False, compare=False)

    def verdict(self, src: str, dst: str) -> Verdict | None:
        """Severed when the direct line has one end in each area."""
        here, there = self.areas(src), self.areas(dst)
        if src == dst or not here or not there:
            return None
        if self.b is None:
            crosses = (self.a in here) != (self.a in there)
        else:
            crosses = (self.a in here and self.b in there) or (self.b in here and self.a in there)
        return Backbone.SEVERED if crosses else None

    def __str__(self) -> str:
        if self.b is None:
            return f"the backbone of {self.a} is cut"
        return f"the backbone between {self.a} and {self.b} is cut"
