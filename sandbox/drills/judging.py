"""Objectives against figures. Pure.

In: a `Drill` and a `Run`. Out: one `Verdict` for each limit, by name, also for those that held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sandbox.drills.measuring import (
    CityFigures,
    Recovery,
    figures_of,
    lost_writes,
    of_city,
    points_lost,
    recoveries,
    stale_reads,
)
from sandbox.drills.values import OVERALL, Drill, Run


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One limit. objective: its name in the file, with the city it is for; limit, measured: in words with units."""

    objective: str
    limit: str
    measured: str
    held: bool


def judge(drill: Drill, run: Run) -> list[Verdict]:
    """All limits of the drill, in the order of the file's keys."""
    wanted = drill.objectives
    verdicts = [
        *_by_city("availability", wanted.availability, drill, run, _availability),
        *_by_city("p99_ms", wanted.p99_ms, drill, run, _p99),
        *_recovered(wanted.rto_s, recoveries(run, drill.cities)),
    ]
    points = points_lost(run, drill.regions)
    most_s = max((point.rpo_s for point in points), default=0.0)
    most_writes = max((len(point.writes) for point in points), default=0)
    if wanted.rpo_s is not None:
        verdicts.append(_at_most("rpo_s", wanted.rpo_s, most_s, "s"))
    if wanted.rpo_writes is not None:
        verdicts.append(_at_most("rpo_writes", wanted.rpo_writes, most_writes, "writes"))
    if wanted.stale_reads is not None:
        verdicts.append(_at_most("stale_reads", wanted.stale_reads, len(stale_reads(run.samples)), "reads"))
    if wanted.lost_writes is not None:
        verdicts.append(_lost(wanted.lost_writes, run))
    return verdicts + [
        Verdict(
            objective=f"call {seen.call.step.operation} at {seen.call.at_s:g} s",
            limit=seen.call.expect or "succeeds",
            measured=seen.error or "succeeded",
            held=seen.as_expected,
        )
        for seen in run.calls
    ]


Judge = Callable[[str, float, CityFigures], Verdict]


def _by_city(name: str, limits: Mapping[str, float], drill: Drill, run: Run, rule: Judge) -> Iterator[Verdict]:
    for city, limit in limits.items():
        samples = run.samples if city == OVERALL else of_city(run.samples, city)
        yield rule(name if city == OVERALL else f"{name} of {city}", limit, figures_of(samples))


def _availability(name: str, limit: float, figures: CityFigures) -> Verdict:
    return Verdict(
        objective=name,
        limit=f"at least {limit * 100:g} %",
        measured=f"{figures.availability * 100:.2f} % ({figures.ok} of {figures.sent})",
        held=figures.availability >= limit and figures.sent > 0,
    )


def _p99(name: str, limit: float, figures: CityFigures) -> Verdict:
    measured = "no answers" if figures.p99_ms is None else f"{figures.p99_ms:.0f} ms"
    held = figures.p99_ms is not None and figures.p99_ms <= limit
    return Verdict(objective=name, limit=f"at most {limit:g} ms", measured=measured, held=held)


def _recovered(limits: Mapping[str, float], found: list[Recovery]) -> Iterator[Verdict]:
    for city, limit in limits.items():
        some = [each for each in found if each.city == city or (city == OVERALL and each.city not in limits)]
        worst = max(some, key=lambda each: each.rto_s, default=None)
        where = "" if worst is None or city != OVERALL or not worst.rto_s else f" ({worst.city}, {worst.fault})"
        yield Verdict(
            objective="rto_s" if city == OVERALL else f"rto_s of {city}",
            limit=f"at most {limit:g} s",
            measured=f"{0.0 if worst is None else worst.rto_s:.1f} s{where}",
            held=worst is None or worst.rto_s <= limit,
        )


def _lost(limit: int, run: Run) -> Verdict:
    if not run.settled:  # what is still on its way is neither kept nor lost
        told = "unknown: the replicas did not settle"
        return Verdict(objective="lost_writes", limit=f"at most {limit} writes", measured=told, held=False)
    return _at_most("lost_writes", limit, len(lost_writes(run)), "writes")


def _at_most(name: str, limit: float, measured: float, unit: str) -> Verdict:
    told = f"{measured} {unit}" if isinstance(measured, int) else f"{measured:.2f} {unit}"
    return Verdict(objective=name, limit=f"at most {limit:g} {unit}", measured=told, held=measured <= limit)
