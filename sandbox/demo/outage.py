"""What an outage cost: measured from visits and events, beside what the formula allows. Pure.

In: visits, the moments of fault and verdict, interval, threshold, time-outs, TTL. Out: an `Outage` and its `Bound`.

    detect   threshold x (interval + f): every checker needs `threshold` failures in a row; f is what one failing probe
             takes: a round trip when the target refuses, the checker's time-out when it swallows packets
    expire   the TTL: resolvers that asked just before the verdict keep the old address that long
    ours     1 s for everything that is not in the formula (DESIGN.md, "Numbers to reach")

`expected_s` is the finer model of the fact sheet [R53 5]: phases are independent and 82 % must flip, so
0.82 x interval + (threshold - 1) x (interval + f) + f.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sandbox.serving.measured import Measured

OURS_S = 1.0
FLIPPED_SHARE = 0.82
FLOOR_S = 0.1  # time-outs never fall below 2 round trips and this


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What the formula allows, in seconds here (already divided by the speed)."""

    interval_s: float
    threshold: int
    probe_s: float
    ttl_s: float

    @property
    def detect_s(self) -> float:
        """Until the verdict, at the latest."""
        return self.threshold * (self.interval_s + self.probe_s)

    @property
    def expected_s(self) -> float:
        """Until the verdict, on average."""
        between_s = (self.threshold - 1) * (self.interval_s + self.probe_s)
        return FLIPPED_SHARE * self.interval_s + between_s + self.probe_s

    @property
    def total_s(self) -> float:
        """Until the last error, at the latest."""
        return self.detect_s + self.ttl_s + OURS_S


def probe_s(rtts_ms: Sequence[float], *, swallowed: bool, timeout_s: float, speed: float) -> float:
    """What a failing probe takes at most: one round trip, or the time-out of the farthest checker."""
    farthest_s = max(rtts_ms) / 1000
    return max(timeout_s / speed, 2 * farthest_s + FLOOR_S) if swallowed else farthest_s


@dataclass(frozen=True, kw_only=True)
class Outage:
    """One region lost. Seconds count from the fault; None: it never happened while we watched.

    cities: served by the region before. expired_after_s: the last failing visit. stray_errors: errors of other cities.
    failing_ms: how long a user looks at a page that does not come (median).
    """

    cities: tuple[str, ...]
    visits: int
    errors: int
    stray_errors: int
    detected_after_s: float | None
    expired_after_s: float | None
    failing_ms: float | None

    @property
    def caches_after_s(self) -> float | None:
        """From the verdict to the last error: what resolvers still gave out of their caches."""
        if self.detected_after_s is None or self.expired_after_s is None:
            return None
        return max(0.0, self.expired_after_s - self.detected_after_s)

    def as_figures(self) -> dict[str, Any]:
        """For --json."""
        return {
            "cities": list(self.cities),
            "visits": self.visits,
            "errors": self.errors,
            "errors_elsewhere": self.stray_errors,
            "detected_after_s": rounded(self.detected_after_s),
            "caches_after_s": rounded(self.caches_after_s),
            "last_error_after_s": rounded(self.expired_after_s),
            "failing_visit_ms_p50": rounded(self.failing_ms),
        }


def measure(visits: Iterable[Measured], *, region: str, fault_at_s: float, detected_at_s: float | None) -> Outage:
    """The outage that the visits saw. Visits must end before the fault is healed."""
    visits = list(visits)
    cities = cities_served_by(region, (visit for visit in visits if visit.started_at_s < fault_at_s))
    during = [visit for visit in visits if visit.started_at_s >= fault_at_s]
    failed = [visit for visit in during if not visit.ok]
    return Outage(
        cities=cities,
        visits=len(during),
        errors=len(failed),
        stray_errors=sum(visit.place not in cities for visit in failed),
        detected_after_s=None if detected_at_s is None else detected_at_s - fault_at_s,
        expired_after_s=max((visit.started_at_s - fault_at_s for visit in failed), default=None),
        failing_ms=median(visit.total_ms for visit in failed) if failed else None,
    )


def cities_served_by(region: str, visits: Iterable[Measured]) -> tuple[str, ...]:
    """Places that got an answer from a region, in order."""
    return tuple(sorted({visit.place for visit in visits if visit.ok and visit.served_by == region}))


def all_back(visits: Iterable[Measured], *, region: str, cities: Sequence[str], since_s: float) -> float | None:
    """When the last of `cities` was first served by the region again, after `since_s`; None while one is missing."""
    first: dict[str, float] = {}
    for visit in visits:
        if visit.ok and visit.served_by == region and visit.started_at_s >= since_s:
            first[visit.place] = min(first.get(visit.place, visit.started_at_s), visit.started_at_s)
    return max(first[city] for city in cities) if cities and set(cities) <= set(first) else None


def rounded(value: float | None) -> float | None:
    """Two digits are enough for people."""
    return None if value is None else round(value, 2)
