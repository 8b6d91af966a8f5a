"""From a drill to its plan: every request, fault and call, in order. Pure.

In: a `Drill` and a seed. Out: a `Plan`; the same drill and seed give the same one, live and in simulated time.
Each city's requests are evenly spaced and begin at a moment of their own, so that cities do not march in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from sandbox.drills.values import READ, VISIT, WRITE, Drill, FaultAt, Load, Plan, Request
from sandbox.kernel.dice import dice

# Two writes of one item that are this far apart reach their regions in this order, so that two runs have one winner.
APART_S = 0.5
LOOK_BEFORE_HEALING_S = 0.2


@dataclass(frozen=True, kw_only=True)
class _Departure:
    at_s: float
    load: int
    city: str


def plan_of(drill: Drill, seed: int) -> Plan:
    """Everything that will be done."""
    departures = sorted(
        (each for number, load in enumerate(drill.loads) for each in _departures(load, number, seed)),
        key=lambda each: (each.at_s, each.load, each.city),
    )
    chance = dice(seed, "drills:items")
    written: dict[tuple[str, str], float] = {}
    requests = [
        _request(each, number, drill.loads[each.load], chance, written) for number, each in enumerate(departures, 1)
    ]
    return Plan(
        requests=tuple(requests),
        faults=tuple(sorted(drill.faults, key=lambda fault: fault.at_s)),
        calls=tuple(sorted(drill.calls, key=lambda call: call.at_s)),
        length_s=drill.length_s,
    )


def first_visits(plan: Plan) -> list[Request]:
    """What has to be served before the run: each city's first request to each URL. An item is read, never written."""
    first: dict[tuple[str, str], Request] = {}
    for request in plan.requests:
        asked = replace(request, action=READ) if request.table else request
        first.setdefault((request.city, request.url.removesuffix(request.key)), asked)
    return list(first.values())


def end_of(fault: FaultAt, began_s: float, plan: Plan) -> float:
    """When it is healed. began_s: when it was injected; what lasts to the end of the run ends with its load."""
    return plan.length_s if fault.for_s is None else began_s + fault.for_s


def look_of(fault: FaultAt, began_s: float, plan: Plan) -> float:
    """When replicas are compared for the RPO: just before that."""
    return end_of(fault, began_s, plan) - LOOK_BEFORE_HEALING_S


def _departures(load: Load, number: int, seed: int) -> Iterator[_Departure]:
    step_s = 1 / load.rate_per_s
    for city in load.cities:
        phase_s = dice(seed, f"drills:load:{number}:{city}").random() * step_s
        for count in range(load.requests):
            yield _Departure(at_s=round(load.start_s + phase_s + count * step_s, 4), load=number, city=city)


def _request(
    departure: _Departure, number: int, load: Load, chance: Random, written: dict[tuple[str, str], float]
) -> Request:
    key, action = "", VISIT
    if load.table:
        action = WRITE if chance.random() < load.writes else READ
        key = f"drill-{chance.randrange(load.keys)}"
        if action == WRITE:
            key = _free_key(load, key, departure.at_s, written)
            written[load.table, key] = departure.at_s
    return Request(
        number=number,
        at_s=departure.at_s,
        city=departure.city,
        action=action,
        url=load.url + key,
        patience_s=load.patience_s,
        key=key,
        table=load.table,
    )


def _free_key(load: Load, drawn: str, at_s: float, written: dict[tuple[str, str], float]) -> str:
    """The drawn key, unless somebody has just written it; then the one that was written the longest time ago."""
    if at_s - written.get((load.table, drawn), -APART_S) >= APART_S:
        return drawn
    keys = [f"drill-{number}" for number in range(load.keys)]
    return min(keys, key=lambda key: written.get((load.table, key), -APART_S))
