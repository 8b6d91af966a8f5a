"""What a region notes in the journal."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.kernel.journal import Event


@dataclass(frozen=True, kw_only=True)
class ApplicationStarted(Event):
    """The region's application listens."""

    region: str


@dataclass(frozen=True, kw_only=True)
class ApplicationEnded(Event):
    """The region's application ended by itself and is started again."""

    region: str
    status: int
    restart_in_s: float
