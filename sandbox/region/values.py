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


@dataclass(frozen=True, kw_only=True)
class EngineLost(Event):
    """The region's engine does not answer: what it serves is 503 until it is back."""

    region: str
    engine: str


@dataclass(frozen=True, kw_only=True)
class EngineBack(Event):
    """The region's engine answers. away_s: since it was lost, or since the region began to look for it."""

    region: str
    engine: str
    version: str | None
    away_s: float


@dataclass(frozen=True, kw_only=True)
class BucketsLost(Event):
    """The engine came back without them (LocalStack keeps no objects over its end): their names are free again."""

    region: str
    engine: str
    buckets: list[str]
