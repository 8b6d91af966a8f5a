"""The link between two places is cut, both ways or one way."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.network.values import Cut, Verdict


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Packets from `a` to `b` are lost, and from `b` to `a` unless `one_way`."""

    a: str
    b: str
    one_way: bool = False
    reset: bool = False

    def verdict(self, src: str, dst: str) -> Verdict | None:
        """Cut for the directions that are named."""
        named = (src, dst) == (self.a, self.b) or (not self.one_way and (src, dst) == (self.b, self.a))
        if not named:
            return None
        return Cut.RESET if self.reset else Cut.DROP

    def __str__(self) -> str:
        ways = "one way" if self.one_way else "both ways"
        return f"{self.a} and {self.b} are partitioned ({ways})"
