"""A link, or all links of a place, become slow, uneven, lossy or narrow."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.network.values import Shape, Verdict


@dataclass(frozen=True, kw_only=True)
class Slow:
    """Adds `shape` to each direction between `a` and `b`; `b` None means every other place."""

    a: str
    b: str | None
    shape: Shape

    def verdict(self, src: str, dst: str) -> Verdict | None:
        """The shape, for links that are named."""
        if src == dst:
            return None
        if self.b is None:
            return self.shape if self.a in (src, dst) else None
        return self.shape if {src, dst} == {self.a, self.b} else None

    def __str__(self) -> str:
        where = self.a if self.b is None else f"{self.a} and {self.b}"
        return f"the network of {where} is slow (+{self.shape.add_s * 1000:g} ms one way, {self.shape.loss:.0%} loss)"
