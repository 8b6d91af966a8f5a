"""A run as one value for JSON, and from it every other report. Pure.

In: a `Drill`, a seed, a `Run`. Out: plain dicts and lists of rounded numbers; the keys are told in README.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sandbox.drills.judging import judge
from sandbox.drills.measuring import (
    CityFigures,
    figures_of,
    lost_writes,
    newest_version,
    of_city,
    points_lost,
    recoveries,
    requests_of_regions,
    seconds_of,
    stale_reads,
)
from sandbox.drills.values import OVERALL, Drill, Run

Report = Mapping[str, Any]


def report_of(drill: Drill, seed: int, run: Run) -> Report:
    """Everything a run says."""
    verdicts = judge(drill, run)
    report: Report = rounded(
        {
            "drill": drill.name,
            "says": drill.says,
            "seed": seed,
            "speed": drill.speed,
            "regions": list(drill.regions),
            "length_s": drill.length_s,
            "held": all(verdict.held for verdict in verdicts),
            "objectives": [asdict(verdict) for verdict in verdicts],
            "cities": {
                **{city: _figures(figures_of(of_city(run.samples, city))) for city in drill.cities},
                OVERALL: _figures(figures_of(run.samples)),
            },
            "requests_of_regions": requests_of_regions(run.samples),
            "faults": [
                {
                    "fault": seen.fault.words,
                    "parameters": dict(seen.fault.parameters),
                    "at_s": seen.at_s,
                    "until_s": seen.until_s,
                }
                for seen in run.faults
            ],
            "calls": [
                {
                    "says": seen.call.step.says,
                    "at_s": seen.call.at_s,
                    "expected": seen.call.expect,
                    "error": seen.error,
                    "message": seen.message,
                    "as_expected": seen.as_expected,
                }
                for seen in run.calls
            ],
            "rto": [asdict(each) for each in recoveries(run, drill.cities)],
            "rpo": [{**asdict(each), "writes": list(each.writes)} for each in points_lost(run, drill.regions)],
            "stale_reads": [asdict(each) for each in stale_reads(run.samples)],
            "lost_writes": [asdict(each) for each in lost_writes(run)],
            "settled": run.settled,
            "winners": {
                table: {key: newest_version(run.final, table, key) for key in sorted(_keys(run, table))}
                for table in sorted(run.final)
            },
            "seconds": {
                city: [asdict(second) for second in seconds_of(of_city(run.samples, city))] for city in drill.cities
            },
        }
    )
    return report


def _figures(figures: CityFigures) -> dict[str, Any]:
    return {**asdict(figures), "availability": figures.availability, "errors": dict(figures.errors)}


def _keys(run: Run, table: str) -> set[str]:
    return {key for image in run.final[table].values() for key in image}


def rounded(value: Any) -> Any:
    """Three digits are enough for people, and for comparing."""
    if isinstance(value, float):
        return round(value, 4 if abs(value) <= 1 else 2)
    if isinstance(value, Mapping):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
