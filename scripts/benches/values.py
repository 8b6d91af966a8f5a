"""What the benches hand each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Wants = Literal["at least", "at most"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of one run. target: None for a number that only explains others. why: it could not be measured."""

    name: str
    unit: str
    value: float
    wants: Wants = "at least"
    target: float | None = None
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What the command line asks of every bench. tell: progress, one line.

    minutes: how long `console` looks whether it stays as it is, 0: it does not. console: `latency` is measured with the
    console open as well.
    """

    runs: int
    quick: bool
    tell: Callable[[str], None]
    minutes: int = 0
    console: bool = False


def unmeasured(name: str, unit: str, why: str) -> Figure:
    """The place of a number that cannot be had here, and why."""
    return Figure(name=name, unit=unit, value=float("nan"), why=why)


Run = list[Figure]
Bench = Callable[[Orders], Iterator[Run]]


class BenchFailed(Exception):
    """It cannot be measured, or what was measured is not true; the message is for the person at the terminal."""
