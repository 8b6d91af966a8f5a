"""What visits tell: table cells, figures, and how far a page is from its round trips. Pure.

In: `Measured` visits, one of each city. Out: rows and figures that the acts show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.serving.measured import Measured

RttMs = Callable[[str, str], float]
VISIT_COLUMNS = ("served by", "lookup ms", "connect ms", "first byte ms", "total ms")
ROUND_TRIPS = 2  # to connect, and to ask
STALL_MS = 30.0  # more than distance demands
SLOW_LOOKUP_MS = 60.0  # every city has name servers within 20 ms


@dataclass(frozen=True, kw_only=True)
class Trip:
    """One visit beside what the distance demands. excess_ms: first byte minus lookup and round trips."""

    place: str
    rtt_ms: float
    first_byte_ms: float
    total_ms: float
    excess_ms: float


def round_trips(visits: Iterable[Measured], rtt_ms: RttMs) -> list[Trip]:
    """One for each visit that succeeded."""
    return [_trip(visit, rtt_ms(visit.place, visit.served_by)) for visit in visits if visit.ok and visit.served_by]


def _trip(visit: Measured, rtt_ms: float) -> Trip:
    first_byte_ms = visit.first_byte_ms or 0.0
    return Trip(
        place=visit.place,
        rtt_ms=rtt_ms,
        first_byte_ms=first_byte_ms,
        total_ms=visit.total_ms,
        excess_ms=first_byte_ms - (visit.lookup_ms or 0.0) - ROUND_TRIPS * rtt_ms,
    )


def held_up(visit: Measured, rtt_ms: RttMs) -> bool:
    """Whether this machine, and not the distance, made a visit slow."""
    trips = round_trips([visit], rtt_ms)
    return any(trip.excess_ms > STALL_MS for trip in trips) or (visit.ok and (visit.lookup_ms or 0.0) > SLOW_LOOKUP_MS)


def visit_row(visit: Measured) -> tuple[str, ...]:
    """The cells of VISIT_COLUMNS."""
    lookup = "cached" if visit.lookup_cached else ms(visit.lookup_ms)
    stages = (visit.connect_ms, visit.first_byte_ms, visit.total_ms)
    return (visit.served_by or f"error: {visit.error}", lookup, *map(ms, stages))


def ms(value: float | None) -> str:
    """Milliseconds for people."""
    return "-" if value is None else str(round(value))


def served(visits: Iterable[Measured]) -> str:
    """`eu-west-1 2, us-east-1 4`, errors at the end."""
    visits = list(visits)
    answered = Counter(visit.served_by for visit in visits if visit.ok)
    failed = Counter(visit.error or f"status {visit.status}" for visit in visits if not visit.ok)
    parts = [f"{name} {count}" for name, count in sorted(answered.items())]
    return ", ".join(parts + [f"{name} {count} (failed)" for name, count in sorted(failed.items())]) or "nothing"


def as_figures(visits: Sequence[Measured]) -> list[dict[str, Any]]:
    """For --json."""
    return [
        {
            "city": visit.place,
            "served_by": visit.served_by or None,
            "error": visit.error or None,
            "lookup_ms": visit.lookup_ms,
            "connect_ms": visit.connect_ms,
            "first_byte_ms": _rounded(visit.first_byte_ms),
            "total_ms": _rounded(visit.total_ms),
        }
        for visit in visits
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
