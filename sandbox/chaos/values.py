"""A fault, and the events of its life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.journal import Event


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault (DESIGN.md, "A fault is data"). Times are Unix seconds; `until` None: until healed."""

    id: str
    kind: str
    target: tuple[str, ...]
    parameters: Mapping[str, Any]
    since: float
    until: float | None
    why: str

    def as_record(self) -> dict[str, Any]:
        """As it travels and is listed."""
        return {
            "id": self.id,
            "kind": self.kind,
            "target": list(self.target),
            "parameters": dict(self.parameters),
            "since": self.since,
            "until": self.until,
            "why": self.why,
        }


@dataclass(frozen=True, kw_only=True)
class FaultInjected(Event):
    """Something was broken on purpose."""

    id: str
    fault: str
    target: list[str]
    until: float | None


@dataclass(frozen=True, kw_only=True)
class FaultHealed(Event):
    """It was mended, by hand or because its time was over."""

    id: str
    fault: str
    target: list[str]
    lasted_s: float
