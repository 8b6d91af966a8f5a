"""The life of programs, as events."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox.kernel.journal import Event


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A sandbox of containers: control and the regions join by themselves. listen, hub_port: where the hub is."""

    listen: str
    hub_port: int
    ready_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ProgramStarted(Event):
    """A program does its work."""

    program: str
    pid: int
    took_s: float


@dataclass(frozen=True, kw_only=True)
class ProgramEnded(Event):
    """A program's process has ended. `restart_in_s` None: it stays down."""

    program: str
    pid: int
    restart_in_s: float | None


@dataclass(frozen=True, kw_only=True)
class SandboxStarted(Event):
    """Everything runs."""

    regions: list[str]
    took_s: float


@dataclass(frozen=True, kw_only=True)
class SandboxReset(Event):
    """All AWS resources and faults are gone; the programs stayed."""
