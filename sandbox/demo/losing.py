"""One region lost under steady load, from the first good second to the return of its users.

In: a stage, the kind of fault, the region. Out: a `Loss`, everything measured; rows and notes on the screen meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from sandbox.demo.load import BackgroundLoad
from sandbox.demo.outage import OURS_S, Bound, Outage, all_back, cities_served_by, measure, probe_s, rounded
from sandbox.demo.stage import Stage
from sandbox.demo.timeline import Second
from sandbox.demo.values import APP, INTERVAL_S, PROBE_TIMEOUT_S, THRESHOLD, TTL_S, url_of
from sandbox.demo.visits import RttMs
from sandbox.demo.watch import Watch
from sandbox.health.values import CHECKER_REGIONS

BEFORE_S = 2.0  # of good service, to see what is lost
LATE_S = 10.0  # how much longer than allowed we wait before we say that it never happened
SWALLOWS = {"stop": False, "isolate": True}

During = Callable[[Watch], None]


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One loss. healthy_after_s, returned_after_s: from the mending to the verdict, and to the last city being back."""

    kind: str
    region: str
    outage: Outage
    bound: Bound
    healthy_after_s: float | None
    returned_after_s: float | None
    timeline: tuple[Second, ...]

    def as_figures(self) -> dict[str, Any]:
        """For --json."""
        return {
            "fault": self.kind,
            "region": self.region,
            **self.outage.as_figures(),
            "expected_detect_s": rounded(self.bound.expected_s),
            "allowed_detect_s": rounded(self.bound.detect_s),
            "allowed_last_error_s": rounded(self.bound.total_s),
            "ttl_s": self.bound.ttl_s,
            "healthy_again_after_s": rounded(self.healthy_after_s),
            "users_back_after_s": rounded(self.returned_after_s),
            "timeline": [second.as_figures() for second in self.timeline],
        }


def bound_of(kind: str, region: str, *, rtt_ms: RttMs, speed: float) -> Bound:
    """What the formula allows for this fault. (Two of sixteen checkers sit in the region itself: too few to matter.)"""
    rtts_ms = [rtt_ms(checker, region) for checker in CHECKER_REGIONS if checker != region]
    return Bound(
        interval_s=INTERVAL_S / speed,
        threshold=THRESHOLD,
        probe_s=probe_s(rtts_ms, swallowed=SWALLOWS[kind], timeout_s=PROBE_TIMEOUT_S, speed=speed),
        ttl_s=ceil(TTL_S / speed),
    )


def return_bound_s(bound: Bound) -> float:
    """After the mending: `threshold` passes in a row for the checkers, the TTL for the resolvers, our own second."""
    return bound.threshold * (bound.interval_s + bound.probe_s) + bound.ttl_s + OURS_S


def lose(stage: Stage, kind: str, region: str, *, during: During | None = None) -> Loss:
    """Break it under load, wait until nobody fails any more, mend it. during: what else to do while it is broken."""
    bound = bound_of(kind, region, rtt_ms=stage.rtt_ms, speed=stage.ground.speed)
    with stage.load(url_of(APP)) as load:
        watch = Watch(stage, load)
        watch.for_s(BEFORE_S)
        fault = stage.inject(kind, region)
        watch.note(fault.since, f"$ sandbox fault {kind} {region}")
        if during is not None:
            during(watch)
        detected_at_s = _verdict(stage, watch, region, healthy=False, since_s=fault.since, bound=bound)
        watch.for_s(bound.ttl_s + OURS_S)
        mending_at_s = stage.clock.wall_s()
        cities = cities_served_by(region, (v for v in load.visits if v.started_at_s < fault.since))
        fault.heal()
        mended_at_s = stage.clock.wall_s()
        watch.note(mended_at_s, f"$ sandbox fault heal {fault.id}")
        healthy_at_s = _verdict(stage, watch, region, healthy=True, since_s=mending_at_s, bound=bound)
        if healthy_at_s is not None:
            _wait_for_return(watch, load, region, cities, mending_at_s, within_s=bound.ttl_s + LATE_S)
    timeline = watch.finish()
    lost = [visit for visit in load.visits if visit.started_at_s < mending_at_s]
    back_at_s = all_back(load.visits, region=region, cities=cities, since_s=mending_at_s)
    return Loss(
        kind=kind,
        region=region,
        outage=measure(lost, region=region, fault_at_s=fault.since, detected_at_s=detected_at_s),
        bound=bound,
        healthy_after_s=None if healthy_at_s is None else healthy_at_s - mended_at_s,
        returned_after_s=None if back_at_s is None else back_at_s - mended_at_s,
        timeline=tuple(timeline),
    )


def _verdict(stage: Stage, watch: Watch, region: str, *, healthy: bool, since_s: float, bound: Bound) -> float | None:
    at_s = watch.until(
        lambda: stage.verdict_at_s(region, healthy=healthy, since_s=since_s), within_s=bound.detect_s + LATE_S
    )
    if at_s is not None:
        watch.note(at_s, f"checkers: {region} is {'healthy' if healthy else 'unhealthy'}")
    return at_s


def _wait_for_return(
    watch: Watch, load: BackgroundLoad, region: str, cities: tuple[str, ...], since_s: float, *, within_s: float
) -> None:
    at_s = watch.until(lambda: all_back(load.visits, region=region, cities=cities, since_s=since_s), within_s=within_s)
    if at_s is not None:
        watch.note(at_s, f"everybody is back in {region}")
